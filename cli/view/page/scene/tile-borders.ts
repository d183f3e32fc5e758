/** Draws the borders of tiles. */
import { BufferGeometry, Color, Float32BufferAttribute, LineBasicMaterial, LineSegments } from "three"

const material = new LineBasicMaterial({ color: new Color("#ff2d95") })

/** Two vertex numbers make one number of a double's 53 bits. */
const STRIDE = 2 ** 26

/**
 * The edges of some meshes that belong to one triangle alone, as lines: the border with the neighbours, and every hole. Vertices in equal places count as one: objects, and
 * flat faces of one object, have vertices of their own. O(triangles · log triangles) time; about 100 bytes a vertex while it counts.
 */
export const borderLines = (geometries: readonly BufferGeometry[]): LineSegments => {
  const places: number[] = []
  const known = new Map<string, number>()
  const edges: number[] = []
  for (const geometry of geometries) {
    const position = geometry.getAttribute("position")
    const index = geometry.getIndex()
    const numbers = Uint32Array.from({ length: position.count }, (_, vertex) => {
      const place = [position.getX(vertex), position.getY(vertex), position.getZ(vertex)]
      const name = place.join(" ")
      const number = known.get(name) ?? known.size
      if (number === known.size) places.push(...place)
      known.set(name, number)
      return number
    })
    const count = index?.count ?? position.count
    const at = (i: number): number => numbers[index?.getX(i) ?? i] ?? 0
    for (let i = 0; i + 2 < count; i += 3) {
      for (let k = 0; k < 3; k++) {
        const a = at(i + k)
        const b = at(i + ((k + 1) % 3))
        edges.push(Math.min(a, b) * STRIDE + Math.max(a, b))
      }
    }
  }
  const lines = new BufferGeometry()
  lines.setAttribute("position", new Float32BufferAttribute(openEnds(Float64Array.from(edges), places), 3))
  return new LineSegments(lines, material)
}

/** Ends of the edges that come once. */
const openEnds = (edges: Float64Array, places: readonly number[]): number[] => {
  edges.sort()
  const ends: number[] = []
  for (let i = 0; i < edges.length; i++) {
    const edge = edges[i] ?? 0
    if (edge === edges[i - 1] || edge === edges[i + 1]) continue
    for (const vertex of [Math.floor(edge / STRIDE), edge % STRIDE])
      ends.push(...places.slice(3 * vertex, 3 * vertex + 3))
  }
  return ends
}
