/** Segments in the plane: turns, meetings, distances, crossings of a level line. */

/**
 * Twice the signed area of triangle a, b, c: positive where it turns counter-clockwise (x east, y
 * north). Exact for whole numbers whose differences stay below 2²⁶; otherwise rounded.
 */
export const turn = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number =>
  (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)

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

/** Squared distance of (x, y) from the closed segment a – b, which may have length 0. */
export const squareToSegment = (x: number, y: number, ax: number, ay: number, bx: number, by: number): number => {
  const dx = bx - ax
  const dy = by - ay
  const px = x - ax
  const py = y - ay
  const square = dx * dx + dy * dy
  const t = square > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / square)) : 0
  return (px - t * dx) ** 2 + (py - t * dy) ** 2
}

/**
 * Distance of (x, y) from the nearest edge of rings (x, y pairs, closed or not); Infinity without
 * edges. O(vertices).
 */
export const distanceToRings = (rings: readonly ArrayLike<number>[], x: number, y: number): number => {
  let best = Number.POSITIVE_INFINITY
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
      best = Math.min(best, squareToSegment(x, y, ring[i]!, ring[i + 1]!, ring[j]!, ring[j + 1]!))
  }
  return Math.sqrt(best)
}

/**
 * Values of x, ascending, at which the rings cross the line at height y. The inside is between the
 * first and the second, the third and the fourth, … Edges are half-open in y, as in
 * {@link isInsideHalfOpen}. O(n log n).
 *
 * @param rings x, y pairs, closed or not
 */
export const levelCrossings = (rings: readonly ArrayLike<number>[], y: number): number[] => {
  const found: number[] = []
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const ay = ring[j + 1]!
      const by = ring[i + 1]!
      if (ay > y !== by > y) found.push(ring[j]! + ((ring[i]! - ring[j]!) * (y - ay)) / (by - ay))
    }
  }
  return found.sort((a, b) => a - b)
}
