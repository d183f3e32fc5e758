/** Rings in the plane: signed area, box, and whether a point is inside. */

/**
 * Twice the signed area of a ring, positive counter-clockwise. Exact below 2⁵³ for whole numbers.
 * O(vertices). Coordinates are taken relative to the first vertex, which saves digits far from the
 * origin.
 *
 * @param ring x, y of each vertex, then `stride` − 2 other numbers; closed (first vertex repeated)
 * or not
 */
export const doubledArea = (ring: ArrayLike<number>, stride: 2 | 3 = 2): number => {
  let sum = 0
  const [x, y] = [ring[0]!, ring[1]!]
  for (let i = stride; i + stride + 1 < ring.length; i += stride)
    sum += (ring[i]! - x) * (ring[i + stride + 1]! - y) - (ring[i + stride]! - x) * (ring[i + 1]! - y)
  return sum
}

/**
 * West, south, east and north of rings; minimum +∞ and maximum −∞ without vertices. O(vertices).
 *
 * @param rings x, y of each vertex, then `stride` − 2 other numbers
 */
export const boxOfRings = (
  rings: Iterable<ArrayLike<number>>,
  stride: 2 | 3 = 2,
): [minX: number, minY: number, maxX: number, maxY: number] => {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += stride) {
      minX = Math.min(minX, ring[i]!)
      minY = Math.min(minY, ring[i + 1]!)
      maxX = Math.max(maxX, ring[i]!)
      maxY = Math.max(maxY, ring[i + 1]!)
    }
  }
  return [minX, minY, maxX, maxY]
}

/**
 * True where (x, y) is inside an odd number of the rings, whatever their order and orientation. Of
 * two regions that share an edge, exactly one contains a point on it. Exact for whole numbers whose
 * differences stay below 2²⁶. O(vertices).
 *
 * @param rings x, y of each vertex, then `stride` − 2 other numbers; closed (first vertex repeated)
 * or not
 */
export const isInsideHalfOpen = (
  rings: readonly ArrayLike<number>[],
  x: number,
  y: number,
  stride: 2 | 3 = 2,
): boolean => {
  let inside = false
  for (const ring of rings) {
    for (let i = 0, j = ring.length - stride; i < ring.length; j = i, i += stride) {
      if (passesRight(ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!, x, y)) inside = !inside
    }
  }
  return inside
}

/**
 * True where the ray from (x, y) towards growing x crosses edge a – b. Half-open in y: the ray
 * crosses a vertex once. Both directions of an edge give the same answer.
 */
export const passesRight = (ax: number, ay: number, bx: number, by: number, x: number, y: number): boolean => {
  const isUp = by > y
  if (ay > y === isUp) return false
  // Relative to the point: swapping a and b then only changes the sign.
  const side = (ax - x) * (by - y) - (ay - y) * (bx - x)
  return isUp ? side > 0 : side < 0
}

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
