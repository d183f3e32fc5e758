/**
 * Declares the parts of CityJSON 2.0 that maille reads and writes, and the lattice of its vertices.
 */

/** Rings of vertex indices of a feature, the outer one first, not closed. */
export type CityFace = readonly (readonly number[])[]

/** A geometry of CityJSON 2.0 of type Solid. */
export interface CitySolid {
  readonly type: "Solid"
  readonly lod: string
  /** Shells of faces; maille writes one. */
  readonly boundaries: readonly (readonly CityFace[])[]
  readonly semantics?: {
    readonly surfaces: readonly { readonly type: string }[]
    readonly values: readonly (readonly (number | null)[])[]
  }
}

/** A building, a bridge, or a part of one. */
export interface CityObject {
  readonly type: "Building" | "BuildingPart" | "Bridge" | "BridgePart"
  readonly attributes?: Readonly<Record<string, number | string>>
  readonly parents?: readonly string[]
  readonly children?: readonly string[]
  readonly geometry?: readonly CitySolid[]
}

/** A line of a sequence after the first: one building or bridge with its parts and vertices. */
export interface CityFeature {
  readonly type: "CityJSONFeature"
  readonly id: string
  readonly CityObjects: Readonly<Record<string, CityObject>>
  /** Integers: times the header's scale plus its translation, they are metres of the CRS. */
  readonly vertices: readonly (readonly [x: number, y: number, z: number])[]
}

/** The first line of a sequence. */
export interface CityHeader {
  readonly type: "CityJSON"
  readonly version: "2.0"
  readonly transform: {
    readonly scale: readonly [number, number, number]
    readonly translate: readonly [number, number, number]
  }
  readonly metadata?: {
    readonly referenceSystem?: string
    readonly geographicalExtent?: readonly number[]
    readonly title?: string
    readonly [name: string]: unknown
  }
  readonly CityObjects: Readonly<Record<string, never>>
  readonly vertices: readonly never[]
}

/** Surfaces by kind of face in `Solids`. */
export const surfaceTypes: readonly string[] = [
  "GroundSurface",
  "WallSurface",
  "RoofSurface",
  "OuterFloorSurface",
  "OuterCeilingSurface",
]

/** Metres a step of a vertex: a tenth of the millimetre lattice, so rounding breaks no solid. */
export const cityScale = 1e-4
/** Steps in a millimetre. */
export const stepsPerMm = 10
/**
 * Translations are multiples of this, metres. Most files of one area share theirs, and steps stay
 * below 2^31 within 214 km.
 */
export const translationStep = 100_000
