/** Requests and results of the functions of `maille/kernels` beside `runKernel`. */
import type { Features, Raster, Solids } from "../kernel.js"
import type { BoxNumbers, PointArrays, RasterArray } from "./types.js"

/** Places `[x, y]` or `[x, y, third]`, or their text. */
type Places = string | readonly (readonly number[])[]

/** Area and CRS; the options have the names and defaults of their kernels. */
export interface AreaRequest {
  /** Area of the result, CRS metres. Default: that of the input. */
  readonly box?: BoxNumbers
  /** EPSG code of the CRS. */
  readonly epsg?: number
}

/** Request of `terrain` and `surface`. */
export interface CellRequest extends AreaRequest {
  /** Metres. */
  readonly cell?: number
  /** Boxes of the point files, where the model ends. Default: it fills the box. */
  readonly sources?: readonly BoxNumbers[]
}

/** Request of `buildings`: options of `vector.building` and `mesh.building`. */
export interface BuildingsRequest extends AreaRequest {
  /** Cells of the terrain model below the buildings, metres. */
  readonly cell?: number
  /** Smallest area of a building, m². */
  readonly minArea?: number
  readonly minHole?: number
  readonly close?: number
  readonly tolerance?: number
  readonly detail?: "normal" | "high"
  /** Smallest area of a roof plane, m². */
  readonly minPlane?: number
  readonly simplicity?: number
}

/** Outlines, roof planes, and closed solids in LoD 2.2 and below, by port. */
export interface BuildingsResult {
  readonly building: Features
  readonly roof: Features
  readonly solid: Solids
  readonly "flat-solid": Solids
}

/** Request of `flow`: options of `simulation.flow-tile`. */
export interface FlowRequest extends AreaRequest {
  readonly flat?: number
  /** Smallest area that drains to a stream, m². */
  readonly streamArea?: number
  /** Places where basins end. */
  readonly outlets?: Places
  readonly snap?: number
}

/** Outputs of `simulation.flow` by port. */
export interface FlowResult {
  readonly "flow-filled": Raster
  readonly "flow-direction": Raster
  readonly "flow-accumulation": Raster
  readonly "flow-truncated": Raster
  readonly "height-above-drainage": Raster
  readonly stream: Features
  readonly basin: Features
}

/** Request of `flood`: options of `simulation.flood-tile`. */
export interface FloodRequest extends AreaRequest {
  /** Altitude of the water, m; of poured water the highest one. */
  readonly level: number
  /** Places where water rises or is poured. */
  readonly from?: Places
  /** Points of class 9, where water rises, if there is no `from`. */
  readonly water?: PointArrays
  /** Water poured at each place, m³. Default: water rises to the level. */
  readonly volume?: number
}

/** Outputs of `simulation.flood` by port. */
export interface FloodResult {
  readonly "flood-depth": Raster
  readonly "flood-body": Features
  readonly "flood-quality": Readonly<Record<string, number>>
}

/** Request of `shadow`: options of `simulation.shadow`. */
export interface ShadowRequest extends AreaRequest {
  /** Times with their offset from UTC, such as "2026-06-21T12:00Z". */
  readonly time?: string | readonly string[]
  /** Of the sun without times, degrees from grid north. */
  readonly azimuth?: number
  readonly altitude?: number
  /** Metres. */
  readonly reach?: number
  /** Largest speck that is taken out, m². */
  readonly specks?: number
  /** What receives the light where vegetation is. "ground" needs `dtm` and `class`. */
  readonly under?: "surface" | "ground"
  /** Share of the sun's light that passes crowns, with `under: "ground"`. */
  readonly transmittance?: number
  /** Least height of vegetation, m, with `under: "ground"`. */
  readonly crown?: number
  /** Terrain model, such as that of `terrain`. */
  readonly dtm?: RasterArray
  /** Class of the highest point of each cell: `class` of `raster.dsm`. */
  readonly class?: RasterArray
}

/** Request of `viewshed`: options of `simulation.viewshed`. */
export interface ViewshedRequest extends AreaRequest {
  /** Observers above the surface, m, where the list has none. */
  readonly height?: number
  /** Height of targets above the surface, m. */
  readonly target?: number
  /** Metres. */
  readonly reach?: number
}

/**
 * An edit of the land: a GeoJSON feature in the CRS of the points, with `action` and what it takes
 * among its properties. Metres and degrees; `eaves`, `ridge` and `z` are altitudes.
 *
 * - `build`, polygon: `height` above the lowest ground of the outline, or `eaves`; `roof` flat,
 *   shed, gable, hip or pyramid, with `slope` or `ridge`; `direction`; `parapet`
 * - `raze`, `fell`, polygon; `raise`, polygon: `by`; `water`, polygon: `z`
 * - `level`, polygon: `z`, or heights in the geometry; `ratio`, metres of side slope per metre of
 *   height (2)
 * - `dyke`, `ditch`, line: `width` of crest or bed; `z`, `by`, or heights in the geometry; `ratio`
 * - `plant`, points, or a line or polygon with `spacing`: `height`, `crown` (diameter)
 *
 * `direction` is the azimuth towards which a shed roof falls, or that of a gable roof's ridge; by
 * default that of the longest wall. All take `id`, `name` and `order`.
 */
export interface EditFeature {
  readonly type: string
  readonly id?: string | number
  readonly geometry: { readonly type: string; readonly coordinates: unknown }
  readonly properties: Readonly<Record<string, unknown>> | null
}

/** Request of `editPoints`. */
export interface EditRequest {
  /** Where the data end: edits lie inside. Default: the box of the points, in whole metres. */
  readonly box?: BoxNumbers
}

/** Points after edits, with columns that the points had; extra bytes are left out. */
export interface EditedPoints extends PointArrays {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly z: Float64Array
  readonly classification: Uint8Array
  /** Index of the edit that made the point; −1 for points of before. */
  readonly edit: Int32Array
  /** What each edit did: points removed and added; m³ of earth taken away and put up. */
  readonly edits: readonly {
    readonly action: string
    readonly id?: string | number
    readonly removed: number
    readonly added: number
    readonly cut?: number
    readonly fill?: number
  }[]
}
