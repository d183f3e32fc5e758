/** The side of a line on which a point is, in plain doubles. */

/**
 * Twice the signed area of triangle a, b, c: positive where it turns counter-clockwise (x east, y
 * north). Exact for whole numbers whose differences stay below 2²⁶; otherwise rounded.
 */
export const turn = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number =>
  (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
