/** Where rings cross a level line, for scan lines and points inside a polygon. */

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
      const [ax, ay, bx, by] = [ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!]
      if (ay > y !== by > y) found.push(ax + ((bx - ax) * (y - ay)) / (by - ay))
    }
  }
  return found.sort((a, b) => a - b)
}
