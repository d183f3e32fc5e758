/** Box around rings. */

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
