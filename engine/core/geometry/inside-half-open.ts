/**
 * Point in ring with a half-open border: of two regions that share an edge, exactly one contains a
 * point on it.
 */

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
