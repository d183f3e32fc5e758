/** Tests whether two segments in the plane meet, with or without their ends. */
import { turn } from "./turn.js"

/**
 * True where the closed segments p[i] – p[j] and q[k] – q[l] share a point; ends and collinear
 * overlaps count. Exact for whole numbers whose differences stay below 2²⁶.
 *
 * @param p x, y of each vertex; `i` and `j` are indices of an x
 */
export const segmentsMeetClosed = (
  p: ArrayLike<number>,
  i: number,
  j: number,
  q: ArrayLike<number>,
  k: number,
  l: number,
): boolean => {
  if (areApart(p, i, j, q, k, l) || areApart(p, i + 1, j + 1, q, k + 1, l + 1)) return false
  // Collinear segments meet where their boxes do.
  return side(p, i, j, q, k) * side(p, i, j, q, l) <= 0 && side(q, k, l, p, i) * side(q, k, l, p, j) <= 0
}

/**
 * True where the segments cross in a point that is no end of either. Otherwise as
 * {@link segmentsMeetClosed}.
 */
export const segmentsCrossInside = (
  p: ArrayLike<number>,
  i: number,
  j: number,
  q: ArrayLike<number>,
  k: number,
  l: number,
): boolean => side(p, i, j, q, k) * side(p, i, j, q, l) < 0 && side(q, k, l, p, i) * side(q, k, l, p, j) < 0

/** True where the intervals p[i] – p[j] and q[k] – q[l] are disjoint. */
const areApart = (p: ArrayLike<number>, i: number, j: number, q: ArrayLike<number>, k: number, l: number): boolean =>
  Math.max(p[i]!, p[j]!) < Math.min(q[k]!, q[l]!) || Math.max(q[k]!, q[l]!) < Math.min(p[i]!, p[j]!)

/** Side of the line p[i] – p[j] on which q[k] is: 1 left, −1 right, 0 on the line. */
const side = (p: ArrayLike<number>, i: number, j: number, q: ArrayLike<number>, k: number): number =>
  Math.sign(turn(p[i]!, p[i + 1]!, p[j]!, p[j + 1]!, q[k]!, q[k + 1]!))
