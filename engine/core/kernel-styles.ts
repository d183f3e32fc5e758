/** What ports declare of how their data are shown and judged: data alone, and part of no hash. */

/** Red, green, blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number]

/** How maps (`maille preview`) show a raster. */
export interface RasterStyle {
  /** Name of the map's layer. */
  readonly layer: string
  readonly label: string
  /** What it needs, for a person: "heights above ground". */
  readonly needs: string
  /** Colours at even steps from the least value to the largest; absent: tints of land. */
  readonly ramp?: readonly Rgb[]
  /** Unit of the legend. */
  readonly unit: string
  /** Value of the first colour; absent: the least of the map. */
  readonly low?: number
  /** Least difference between the values of the first and the last colour. */
  readonly span?: number
  /** Smaller values are left out; absent: none. */
  readonly least?: number
  /** True: shaded by its own slopes. */
  readonly shaded?: true
}

/** Colours of features on a map, as CSS has them. */
export interface MapColours {
  readonly line: string
  /** Pixels on a map of 1000; in proportion to the letters on others. */
  readonly width: number
  readonly fill?: string
  /** Rim of the letters along lines. */
  readonly halo?: string
  /** Backs the legend of pale lines. */
  readonly backing?: string
}

/** How maps (`maille preview`) show a layer. */
export interface MapStyle {
  readonly label: string
  /** What it needs, for a person: "buildings". */
  readonly needs: string
  /** Larger ones are drawn over smaller ones of the same geometry; default 0. */
  readonly order?: number
  /** On shaded relief; on aerial images, and on both, where it differs. */
  readonly relief: MapColours
  readonly image?: MapColours
  readonly both?: MapColours
  /** Fill by the values of a column, each with its label. */
  readonly kinds?: {
    readonly column: string
    readonly values: Readonly<Record<string, readonly [label: string, fill: string]>>
  }
  /**
   * Lines at heights: the column that has them, and the options of the kernel for their interval (metres) and for how many
   * of these there are from one index line, which is thick and carries its height, to the next.
   */
  readonly levels?: { readonly column: string; readonly interval: string; readonly index: string }
  /** Metres a pixel above which it is drawn only when it is asked for. */
  readonly largestPixel?: number
}

/** How a layer is shown. */
export interface FeaturesStyle {
  /** Of its lines in the viewer, as CSS has it. */
  readonly colour: string
  /** True: drawn on the lowest face, under trees and decks; else on the highest that is not vegetation. */
  readonly isLow?: true
  /** True: not drawn over buildings. */
  readonly endsAtRoofs?: true
  /** Columns of points, metres: altitude of the foot, height above it, radius. */
  readonly foot?: string
  readonly height?: string
  readonly radius?: string
  /** Absent: maps do not show it. */
  readonly map?: MapStyle
  /** First zoom of its vector tiles; with `early` that of features whose column is 1. Absent: by its geometry. */
  readonly zoom?: { readonly first: number; readonly early?: { readonly column: string; readonly first: number } }
}

/** A bound of the quality passport, absolute: the same for every tile, job and machine. */
export interface Threshold {
  /** The figure is the sum of some of the port's metrics over that of others; with `rest` what is left of 1. Absent: the metric of its name. */
  readonly share?: { readonly parts: readonly string[]; readonly whole: readonly string[]; readonly rest?: true }
  readonly meaning: string
  /** Unit of the figure and its bounds; absent for shares and counts. */
  readonly unit?: string
  /** Beyond it a tile asks for a look. */
  readonly warn: number
  /** Beyond it a tile may not be released. Absent: never a reason against a release. */
  readonly fail?: number
}
