/** Simplifies polylines and rings. */
import { squareToSegment } from "./segments.js"

/**
 * Marks the vertices that remain in a simplified polyline (Douglas and Peucker 1973).
 *
 * Each dropped vertex is within `tolerance` of the segment that replaces it. The first and last
 * vertex and those already marked remain. The result depends on the sequence only: among equally
 * far vertices the first wins. O(n log n) as a rule, O(n²) at worst.
 *
 * @param xy vertices first … last, x and y interleaved
 * @param keep one byte a vertex, 1 = remains; marks are added
 */
export const simplifyLine = (
  xy: ArrayLike<number>,
  keep: Uint8Array,
  first: number,
  last: number,
  tolerance: number,
): void => {
  keep[first] = 1
  keep[last] = 1
  const stack: number[] = []
  let from = first
  for (let v = first + 1; v <= last; v++) {
    if (keep[v] === 0) continue
    stack.push(from, v)
    from = v
  }
  const limit = tolerance * tolerance
  for (;;) {
    const end = stack.pop()
    const start = stack.pop()
    if (end === undefined || start === undefined) break
    const [ax, ay, bx, by] = [xy[2 * start]!, xy[2 * start + 1]!, xy[2 * end]!, xy[2 * end + 1]!]
    let farthest = -1
    let distance = limit
    for (let v = start + 1; v < end; v++) {
      const d = squareToSegment(xy[2 * v]!, xy[2 * v + 1]!, ax, ay, bx, by)
      if (d > distance) {
        distance = d
        farthest = v
      }
    }
    if (farthest < 0) continue
    keep[farthest] = 1
    stack.push(start, farthest, farthest, end)
  }
}

/** The vertex of a ring farthest from vertex `from`; the first of several. */
export const farthestVertex = (xy: ArrayLike<number>, count: number, from: number): number => {
  let best = from
  let distance = -1
  for (let v = 0; v < count; v++) {
    const dx = xy[2 * v]! - xy[2 * from]!
    const dy = xy[2 * v + 1]! - xy[2 * from + 1]!
    if (dx * dx + dy * dy > distance) {
      distance = dx * dx + dy * dy
      best = v
    }
  }
  return best
}
