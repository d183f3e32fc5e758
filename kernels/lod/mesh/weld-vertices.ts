/** Merges equal vertices on open edges: the seam between ground and building skins. */
import type { Mesh } from "../../../engine/kernel.js"
import { openEdges } from "../../geometry/mesh-border.js"

/**
 * Merges vertices at one place (equal x, y and z) where both are on edges of only one face, and
 * removes unused vertices. Vertices from `first` on are unchanged. Of equal vertices the first
 * remains; triangles retain their order. O(n log n) in the edges.
 */
export const weldOpenVertices = (mesh: Mesh, first: number): Mesh => {
  const { positions, triangles } = mesh
  const count = mesh.classes.length
  const same = Uint32Array.from({ length: count }, (_, v) => v)
  const border = [...new Set(openEdges(triangles, count))].filter((v) => v < first)
  const compare = (a: number, b: number): number =>
    positions[3 * a + 1] - positions[3 * b + 1] ||
    positions[3 * a] - positions[3 * b] ||
    positions[3 * a + 2] - positions[3 * b + 2]
  border.sort((a, b) => compare(a, b) || a - b)
  for (let i = 1; i < border.length; i++)
    if (compare(border[i - 1], border[i]) === 0) same[border[i]] = same[border[i - 1]]
  const numbers = new Int32Array(count).fill(-1)
  const remaining: number[] = []
  const renumbered = triangles.map((v) => {
    const own = same[v]
    if (numbers[own] < 0) numbers[own] = remaining.push(own) - 1
    return numbers[own]
  })
  const places = new Int32Array(3 * remaining.length)
  remaining.forEach((v, i) => {
    places.set(positions.subarray(3 * v, 3 * v + 3), 3 * i)
  })
  return {
    ...mesh,
    positions: places,
    triangles: renumbered,
    classes: Uint8Array.from(remaining, (v) => mesh.classes[v]),
  }
}
