/** Brings the triangles of a polygon near Delaunay's by Lawson's edge flips. */

/**
 * Flips inner edges of a triangulation in place while that makes it more like Delaunay's (Lawson's flips); outer edges stay. Triangles without area
 * that clipping left along a straight side go away by it.
 *
 * @param triangles corners, three a triangle, counter-clockwise
 * @param plan u, v of the corners
 * @param names vertex of each corner: corners of one vertex are one
 */
export const improveTriangles = (triangles: number[], plan: Float64Array, names: readonly number[]): void => {
  const owners = new Map<number, number>()
  const put = (t: number): void => {
    for (let k = 0; k < 3; k++) owners.set(edgeAt(names, triangles, t, k), t)
  }
  for (let t = 0; t < triangles.length; t += 3) put(t)
  // Flips to Delaunay are at most the square of the triangles; rounding must not make it run on.
  let left = triangles.length * triangles.length
  for (let changed = true; changed && left > 0; ) {
    changed = false
    for (let t = 0; t < triangles.length && left > 0; t += 3) {
      for (let k = 0; k < 3; k++) {
        const a = triangles[t + k]!
        const b = triangles[t + ((k + 1) % 3)]!
        const other = owners.get(edgeOf(names[b]!, names[a]!))
        if (other === undefined || other === t) continue
        const c = triangles[t + ((k + 2) % 3)]!
        const j = [0, 1, 2].find((i) => names[triangles[other + i]!] === names[b])!
        const d = triangles[other + ((j + 2) % 3)]!
        if (!shouldFlip(plan, a, b, c, d)) continue
        for (let i = 0; i < 3; i++) {
          owners.delete(edgeAt(names, triangles, t, i))
          owners.delete(edgeAt(names, triangles, other, i))
        }
        triangles.splice(t, 3, a, d, c)
        triangles.splice(other, 3, d, b, c)
        put(t)
        put(other)
        left--
        changed = true
        break
      }
    }
  }
}

/** An edge as one number: exact for up to 2^26 vertices. */
const edgeOf = (from: number, to: number): number => from * 2 ** 26 + to

const edgeAt = (names: readonly number[], triangles: readonly number[], t: number, k: number): number =>
  edgeOf(names[triangles[t + k]!]!, names[triangles[t + ((k + 1) % 3)]!]!)

/** The edge a b of the triangles a b c and b a d: true where d lies in the circle of a b c and both new triangles have an area. */
const shouldFlip = (p: Float64Array, a: number, b: number, c: number, d: number): boolean => {
  const area = (i: number, j: number, k: number): number =>
    (p[2 * j]! - p[2 * i]!) * (p[2 * k + 1]! - p[2 * i + 1]!) -
    (p[2 * j + 1]! - p[2 * i + 1]!) * (p[2 * k]! - p[2 * i]!)
  const angle = (i: number, j: number, k: number): number =>
    Math.atan2(
      Math.abs(area(i, j, k)),
      (p[2 * j]! - p[2 * i]!) * (p[2 * k]! - p[2 * i]!) +
        (p[2 * j + 1]! - p[2 * i + 1]!) * (p[2 * k + 1]! - p[2 * i + 1]!),
    )
  const least = 1e-9 * Math.hypot(p[2 * c]! - p[2 * d]!, p[2 * c + 1]! - p[2 * d + 1]!)
  if (area(a, d, c) <= least || area(d, b, c) <= least) return false
  return angle(c, a, b) + angle(d, a, b) > Math.PI + 1e-9
}
