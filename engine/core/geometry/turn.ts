/** On which side of a line a point lies, in plain doubles. */

/**
 * Twice the signed area of triangle a, b, c: positive where it turns counter-clockwise (x east, y north).
 * Exact for whole numbers whose differences stay below 2²⁶; else right but for the rounding of doubles.
 */
export const turn = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number =>
  (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
