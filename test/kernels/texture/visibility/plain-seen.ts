/** The reference implementation of what a mesh shows from above, texel by texel. */
import type { Mesh } from "../../../../engine/kernel.js"
import type { SeenFromAbove, TexelGrid } from "../../../../kernels/texture/visibility/depth-from-above.js"

type Plane = readonly [atOrigin: number, perColumn: number, perRow: number]

/** What `seenFromAbove` gives, texel by texel with the height of each: its definition. */
export const plainSeen = (mesh: Mesh, grid: TexelGrid, hides: Uint8Array): SeenFromAbove => {
  const { width, height } = grid
  const count = mesh.triangles.length / 3
  const uppermost = new Uint32Array(width * height)
  const heights = new Float32Array(width * height).fill(-Infinity)
  const [covered, hidden] = [new Uint32Array(count), new Uint32Array(count)]
  const faces = Array.from({ length: count }, (_, t) => faceOf(mesh, grid, t))
  for (const [t, { plane, texels }] of faces.entries()) {
    covered[t] = texels.length
    for (const [column, row] of texels) {
      const z = heightAt(plane, column, row)
      const at = row * width + column
      if (z <= heights[at]!) continue
      heights[at] = z
      uppermost[at] = t + 1
    }
  }
  const { owners } = mesh
  if (owners === undefined) return { uppermost, covered, hidden }
  for (const [t, { plane, texels }] of faces.entries()) {
    for (const [column, row] of texels) {
      const at = row * width + column
      const isBelow = heights[at]! > heightAt(plane, column, row) + 50
      if (isBelow && hides[owners[uppermost[at]! - 1]!] === 1) hidden[t]!++
    }
  }
  return { uppermost, covered, hidden }
}

const heightAt = ([atOrigin, perColumn, perRow]: Plane, column: number, row: number): number =>
  atOrigin + perRow * row + perColumn * column

const faceOf = (
  { positions: p, triangles }: Mesh,
  { width, height, left, top, texel }: TexelGrid,
  t: number,
): { plane: Plane; texels: (readonly [column: number, row: number])[] } => {
  const corners = [...triangles.subarray(3 * t, 3 * t + 3)].map((v) => ({
    x: (p[3 * v]! / 1000 - left) / texel - 0.5,
    y: (top - p[3 * v + 1]! / 1000) / texel - 0.5,
    z: p[3 * v + 2]!,
  }))
  const [a, b, c] = corners as [(typeof corners)[0], (typeof corners)[0], (typeof corners)[0]]
  const area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
  const perColumn = ((b.z - a.z) * (c.y - a.y) - (c.z - a.z) * (b.y - a.y)) / area
  const perRow = ((b.x - a.x) * (c.z - a.z) - (c.x - a.x) * (b.z - a.z)) / area
  const plane: Plane = [a.z - perColumn * a.x - perRow * a.y, perColumn, perRow]
  const texels: [number, number][] = []
  // Lines count downwards: what looks up turns the other way.
  for (let row = 0; row < height && area < 0; row++) {
    const ends: number[] = []
    for (let side = 0; side < 3; side++) {
      const [one, other] = [corners[side]!, corners[(side + 1) % 3]!]
      const [upper, lower] = one.y < other.y ? [one, other] : [other, one]
      if (upper.y > row || lower.y <= row) continue
      ends.push(upper.x + (row - upper.y) * ((lower.x - upper.x) / (lower.y - upper.y)))
    }
    if (ends.length === 0) continue
    for (let column = Math.max(0, Math.ceil(Math.min(...ends))); column < width; column++) {
      if (column >= Math.ceil(Math.max(...ends))) break
      texels.push([column, row])
    }
  }
  return { plane, texels }
}
