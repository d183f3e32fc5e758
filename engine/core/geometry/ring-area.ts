/** Signed area of a ring. */

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
