/**
 * The height grid and the case table of marching squares, shared with squares that have void
 * corners.
 */

/**
 * Heights on the corners of marching squares. Corner (i, j) is the centre of a raster cell, at ((i
 * + ½)·cell, (j + ½)·cell) in the CRS. Indices count from the CRS origin, i from the west, j from
 * the south. Square (i, j) has that corner as its south-western one.
 */
export interface HeightGrid {
  readonly cell: number
  /** First column and row of the corners, and how many. */
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  /** Rows from the south; NaN is void. */
  readonly heights: Float32Array
}

/**
 * Segments of each case of a marching square, with higher ground on the left. They are edges
 * entered and left: 0 south, 1 east, 2 north, 3 west. Case bits: 1 south-west above, 2 south-east,
 * 4 north-east, 8 north-west. The saddles 5 and 10 have a second segment, else −1; they cut off the
 * south-western and the north-eastern corner.
 */
export const squareCases = {
  enters: [-1, 0, 1, 1, 2, 0, 2, 2, 3, 0, 3, 1, 3, 0, 3, -1],
  leaves: [-1, 3, 0, 3, 1, 3, 0, 3, 2, 2, 0, 2, 1, 1, 0, -1],
  secondEnters: [-1, -1, -1, -1, -1, 2, -1, -1, -1, -1, 1, -1, -1, -1, -1, -1],
  secondLeaves: [-1, -1, -1, -1, -1, 1, -1, -1, -1, -1, 2, -1, -1, -1, -1, -1],
} as const
