/** How ports declare that their data are shown and judged. Plain data, part of no hash. */

/** Red, green, blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number]

/** How maps (`maille preview`) show a raster. */
export interface RasterStyle {
  /** Name of the map's layer. */
  readonly layer: string
  readonly label: string
  /** The data it needs, in words for the user: "heights above ground". */
  readonly needs: string
  /** Colours at even steps from the lowest value to the highest; absent: hypsometric tints. */
  readonly ramp?: readonly Rgb[]
  /** Unit of the legend. */
  readonly unit: string
  /** Value of the first colour; absent: the lowest value on the map. */
  readonly low?: number
  /** Minimum difference between the values of the first and the last colour. */
  readonly span?: number
  /** Values below it are not drawn; absent: all are. */
  readonly least?: number
  /** True: shaded by its own slopes. */
  readonly shaded?: true
}

/** CSS colours of features on a map. */
export interface MapColours {
  readonly line: string
  /** Pixels on a map of 1000 pixels; scales with the letters. */
  readonly width: number
  readonly fill?: string
  /** Colour around the letters along lines. */
  readonly halo?: string
  /** Background of pale lines in the legend. */
  readonly backing?: string
}

/** How maps (`maille preview`) show a layer. */
export interface MapStyle {
  readonly label: string
  /** The data it needs, in words for the user: "buildings". */
  readonly needs: string
  /** Drawing order among layers of one geometry: higher ones on top; default 0. */
  readonly order?: number
  /**
   * `relief`: colours on shaded relief; `image`, `both`: on aerial images and on both together,
   * where they differ.
   */
  readonly relief: MapColours
  readonly image?: MapColours
  readonly both?: MapColours
  /** Fills by the values of a column, each with its label. */
  readonly kinds?: {
    readonly column: string
    readonly values: Readonly<Record<string, readonly [label: string, fill: string]>>
  }
  /**
   * Contour lines. `column` has their heights, `interval` is the kernel option for their spacing
   * (metres), `index` the one for the number of intervals between index lines. Index lines are
   * thick and labelled. They are not drawn over the polygons of the layer `notOver`, where the map
   * has it.
   */
  readonly levels?: {
    readonly column: string
    readonly interval: string
    readonly index: string
    readonly notOver?: string
  }
  /** Pixel size, metres, above which the layer is drawn only on request. */
  readonly largestPixel?: number
}

/** How the viewer fills polygons: by the values of a column, at even steps of a ramp. */
export interface FeaturesFill {
  readonly column: string
  readonly label: string
  readonly unit: string
  readonly ramp: readonly Rgb[]
  /** Values of the first and the last colour. Unknown values are grey. */
  readonly low: number
  readonly high: number
}

/** How a layer is shown. */
export interface FeaturesStyle {
  /** Colour of lines in the viewer, CSS. */
  readonly colour: string
  readonly fill?: FeaturesFill
  /**
   * True: drawn on the lowest face, under trees and decks; else on the highest face that is not
   * vegetation.
   */
  readonly isLow?: true
  /** True: not drawn over buildings. */
  readonly endsAtRoofs?: true
  /** Columns of point features, metres: altitude of the foot, height above it, radius. */
  readonly foot?: string
  readonly height?: string
  readonly radius?: string
  /** Absent: not shown on maps. */
  readonly map?: MapStyle
  /**
   * First zoom of its vector tiles; `early` sets another one for features whose column is 1.
   * Absent: it depends on the geometry.
   */
  readonly zoom?: { readonly first: number; readonly early?: { readonly column: string; readonly first: number } }
}

/** A figure of the whole job: a ratio of sums of metrics over all its tasks. */
export interface JobShare {
  /** Names of metrics with their kernels: `kernel.name`. */
  readonly parts: readonly string[]
  readonly whole: readonly string[]
  readonly meaning: string
  /** Below it, the run warns … */
  readonly least: number
  /** … and says what helps. */
  readonly remedy: string
}

/** A bound of the quality passport, the same for every tile, job and machine. */
export interface Threshold {
  /**
   * The figure is a ratio of sums of the port's metrics, or 1 minus it with `rest`. Absent: the
   * figure is the metric of the same name.
   */
  readonly share?: { readonly parts: readonly string[]; readonly whole: readonly string[]; readonly rest?: true }
  readonly meaning: string
  /** Unit of the figure and its bounds; absent for shares and counts. */
  readonly unit?: string
  /** Beyond it, a tile needs a look. */
  readonly warn: number
  /** Beyond it, a tile may not be released. Absent: the figure never blocks a release. */
  readonly fail?: number
}
