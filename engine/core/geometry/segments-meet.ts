/** Whether two segments in the plane meet, with their ends or without. */
import { turn } from "./turn.js"

/**
 * True where the closed segments p[i] – p[j] and q[k] – q[l] share a point; ends and segments along one line count.
 * Exact for whole numbers whose differences stay below 2²⁶.
 *
 * @param p x, y of each vertex; `i` and `j` are places of an x
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
  // All on one line: their boxes meet, so they do.
  return side(p, i, j, q, k) * side(p, i, j, q, l) <= 0 && side(q, k, l, p, i) * side(q, k, l, p, j) <= 0
}

/** True where the segments cross in a point that is no end of either. Otherwise as {@link segmentsMeetClosed}. */
export const segmentsCrossInside = (
  p: ArrayLike<number>,
  i: number,
  j: number,
  q: ArrayLike<number>,
  k: number,
  l: number,
): boolean => side(p, i, j, q, k) * side(p, i, j, q, l) < 0 && side(q, k, l, p, i) * side(q, k, l, p, j) < 0

/** True where the intervals p[i] – p[j] and q[k] – q[l] share no number. */
const areApart = (p: ArrayLike<number>, i: number, j: number, q: ArrayLike<number>, k: number, l: number): boolean =>
  Math.max(p[i]!, p[j]!) < Math.min(q[k]!, q[l]!) || Math.max(q[k]!, q[l]!) < Math.min(p[i]!, p[j]!)

/** 1, 0 or −1: the side of p[i] – p[j] that q[k] lies on. */
const side = (p: ArrayLike<number>, i: number, j: number, q: ArrayLike<number>, k: number): number =>
  Math.sign(turn(p[i]!, p[i + 1]!, p[j]!, p[j + 1]!, q[k]!, q[k + 1]!))
