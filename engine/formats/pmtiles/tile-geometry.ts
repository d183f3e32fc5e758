/** Simplifies and clips lines and rings, and rounds them to a tile's grid. */
import { doubledArea } from "../../core/geometry/rings.js"
import { simplifyLine } from "../../core/geometry/simplify-line.js"

/** Steps along the side of a tile; nearly all programs use this value. */
export const TILE_EXTENT = 4096
/**
 * Steps by which geometry exceeds its tile, so lines drawn at the border are whole: 4 of 256
 * pixels.
 */
export const TILE_BUFFER = 64

/**
 * A line or a closed ring: interleaved x, y in steps of a zoom level's grid, from the world's
 * north-west corner, y southwards.
 */
export type Path = Float64Array

/**
 * Removes vertices that are within `tolerance` of the simplified path.
 *
 * Source: D. Douglas, T. Peucker, "Algorithms for the reduction of the number of points…", 1973,
 * without recursion. A ring keeps its first vertex. Mostly O(n log n), O(n²) at worst.
 */
export const simplifyPath = (path: Path, tolerance: number): Path => {
  const last = path.length / 2 - 1
  if (tolerance <= 0 || last < 2) return path
  const keep = new Uint8Array(last + 1)
  simplifyLine(path, keep, 0, last, tolerance)
  const result = new Float64Array(2 * keep.reduce((sum, flag) => sum + flag, 0))
  for (let i = 0, to = 0; i <= last; i++) {
    if (keep[i] === 0) continue
    result[to++] = path[2 * i]!
    result[to++] = path[2 * i + 1]!
  }
  return result
}

/**
 * Clips a ring to the strip between `axis = low` and `axis = high`. The result is one closed ring,
 * which may run along the bounds, or undefined.
 *
 * Source: I. Sutherland, G. Hodgman, "Reentrant polygon clipping", 1974, for two parallel lines.
 * O(n).
 */
export const clipRing = (ring: Path, axis: 0 | 1, low: number, high: number): Path | undefined => {
  const above = clipHalf(ring, axis, low, 1)
  const between = above.length === 0 ? above : clipHalf(above, axis, high, -1)
  return between.length >= 8 ? between : undefined
}

const clipHalf = (ring: Path, axis: 0 | 1, bound: number, sign: 1 | -1): Path => {
  const points: number[] = []
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const before = sign * (ring[i + axis]! - bound)
    const after = sign * (ring[i + 2 + axis]! - bound)
    if (before >= 0) points.push(ring[i]!, ring[i + 1]!)
    if (before >= 0 !== after >= 0) pushCrossing(points, ring, i, axis, bound)
  }
  if (points.length > 0) points.push(points[0]!, points[1]!)
  return Float64Array.from(points)
}

const pushCrossing = (points: number[], path: Path, i: number, axis: 0 | 1, bound: number): void => {
  const t = (bound - path[i + axis]!) / (path[i + 2 + axis]! - path[i + axis]!)
  const other = path[i + 1 - axis]! + t * (path[i + 3 - axis]! - path[i + 1 - axis]!)
  if (axis === 0) points.push(bound, other)
  else points.push(other, bound)
}

/** Clips a line to the strip between `axis = low` and `axis = high`. O(n). */
export const clipLine = (line: Path, axis: 0 | 1, low: number, high: number): Path[] => {
  const pieces: Path[] = []
  let piece: number[] = []
  const end = (): void => {
    if (piece.length >= 4) pieces.push(Float64Array.from(piece))
    piece = []
  }
  for (let i = 0; i + 3 < line.length; i += 2) {
    const [a, b] = [line[i + axis]!, line[i + 2 + axis]!]
    if (Math.max(a, b) < low || Math.min(a, b) > high) {
      end()
      continue
    }
    if (piece.length === 0) {
      if (a < low) pushCrossing(piece, line, i, axis, low)
      else if (a > high) pushCrossing(piece, line, i, axis, high)
      else piece.push(line[i]!, line[i + 1]!)
    }
    if (b < low || b > high) {
      pushCrossing(piece, line, i, axis, b < low ? low : high)
      end()
    } else piece.push(line[i + 2]!, line[i + 3]!)
  }
  end()
  return pieces
}

/**
 * Rounds a path to the steps of the tile with north-west corner (x, y), without repeated vertices.
 * Undefined if too little is left.
 *
 * @param ring closed; it is oriented as `outer` requires (Vector Tile Specification 2.1 §4.3.4.4:
 *   outer rings have a positive area, holes a negative one)
 */
export const quantisePath = (
  path: Path,
  [x, y]: readonly [x: number, y: number],
  ring?: { readonly outer: boolean },
): number[] | undefined => {
  const points: number[] = []
  for (let i = 0; i < path.length; i += 2) {
    const [column, row] = [Math.round(path[i]! - x), Math.round(path[i + 1]! - y)]
    if (points.at(-2) !== column || points.at(-1) !== row) points.push(column, row)
  }
  if (ring === undefined) return points.length >= 4 ? points : undefined
  const area = points.length >= 8 ? doubledArea(points) / 2 : 0
  if (area === 0) return undefined
  return area > 0 === ring.outer ? points : reversed(points)
}

const reversed = (points: readonly number[]): number[] => {
  const back: number[] = []
  for (let i = points.length - 2; i >= 0; i -= 2) back.push(points[i]!, points[i + 1]!)
  return back
}
