/**
 * Fault codes, tolerances and the geometry of a solid, shared by the checks of this folder. Codes
 * and defaults are those of val3dity.
 */

/**
 * Codes of ISO 19107 validity of solids, as the validator val3dity numbers them: 1xx rings, 2xx
 * polygons, 3xx shells, 4xx solids.
 *
 * Omitted are 103, since these rings do not repeat their first vertex, 309 (unused vertices), which
 * concerns a file, and 404 (interior cut apart by touching inner shells).
 */
export const solidCodes = {
  101: "ring of fewer than three points",
  102: "consecutive points of a ring are the same",
  104: "ring meets itself",
  201: "rings of a polygon cross",
  202: "two rings of a polygon are the same",
  203: "points are off the plane of their polygon",
  204: "polygon is folded",
  205: "interior of a polygon is not connected",
  206: "hole is outside its polygon",
  207: "hole is inside another",
  208: "hole turns the same way as the outer ring",
  301: "shell of fewer than four polygons",
  302: "shell is not closed",
  303: "polygons around a vertex form more than one fan",
  304: "edge of more than two polygons",
  305: "shell of several pieces",
  306: "shell meets itself",
  307: "polygon is turned the wrong way",
  401: "two shells cross or share a face",
  402: "two shells are the same",
  403: "inner shell is outside the outer one",
  405: "shell is turned inside out",
} as const

export type SolidCode = keyof typeof solidCodes

/**
 * A fault and its place: indices of the shell and of its face, −1 where it concerns no single one.
 */
export interface SolidFault {
  readonly code: SolidCode
  readonly shell: number
  readonly face: number
}

/** Open rings of vertex indices, the outer one first. */
export type Face = readonly (readonly number[])[]

/**
 * A solid as in CityJSON: the outer shell, then the inner ones. Faces are counter-clockwise seen
 * from outside the material.
 */
export interface SolidGeometry {
  /** x, y, z in metres. Any origin is allowed; one near the solid loses least precision. */
  readonly vertices: Float64Array
  readonly shells: readonly (readonly Face[])[]
}

/** Tolerances of a check, in metres and degrees. */
export interface Tolerances {
  /** Vertices nearer than this are merged; a millimetre lattice is unchanged by a millimetre. */
  readonly snap: number
  /** Largest distance from the least-squares plane. */
  readonly plane: number
  /** Largest angle between a triangle of the polygon and that plane. */
  readonly fold: number
  /** Triangles with less height have no reliable normal. */
  readonly thin: number
}

/** Tolerances of val3dity. */
export const tolerances: Tolerances = { snap: 0.001, plane: 0.01, fold: 20, thin: 0.001 }
