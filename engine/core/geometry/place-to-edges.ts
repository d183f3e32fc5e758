/** Point in ring with three answers: inside, on the border, outside. */

/**
 * Position of (x, y) relative to the region that edges bound: 1 inside (even–odd rule), 0 on an
 * edge, −1 outside. Edges that do not reach the height y may be missing. Exact for whole and half
 * numbers below 2²⁵. O(edges).
 *
 * @param edges x, y of the two ends of each edge, in ring order: a vertex is found as an end
 * @param from first number to read
 * @param to end of the numbers to read
 */
export const placeToEdges = (
  edges: ArrayLike<number>,
  x: number,
  y: number,
  from = 0,
  to: number = edges.length,
): 1 | 0 | -1 => {
  let inside = false
  for (let i = from; i < to; i += 4) {
    const ay = edges[i + 1]!
    const by = edges[i + 3]!
    if (ay <= y ? by < y : by > y) continue
    const ax = edges[i]!
    const bx = edges[i + 2]!
    const side = (ax - x) * (by - y) - (ay - y) * (bx - x)
    if (side === 0 && Math.min(ax, bx) <= x && x <= Math.max(ax, bx)) return 0
    if (ay <= y !== by <= y && side > 0 === by > ay) inside = !inside
  }
  return inside ? 1 : -1
}
