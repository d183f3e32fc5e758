/** Draws the borders of tiles. */
import { BufferGeometry, Color, Float32BufferAttribute, LineBasicMaterial, LineSegments } from "three"
import { meshEdges } from "../../../../engine/core/geometry/mesh-edges.js"

const material = new LineBasicMaterial({ color: new Color("#ff2d95") })

/**
 * The edges of some meshes that belong to one triangle alone, as lines: the border with the neighbours, and every hole. Vertices in equal places count as one: objects, and
 * flat faces of one object, have vertices of their own. O(triangles · log triangles) time; about 100 bytes a vertex while it counts.
 */
export const borderLines = (geometries: readonly BufferGeometry[]): LineSegments => {
  const places: number[] = []
  const triangles: number[] = []
  for (const geometry of geometries) {
    const position = geometry.getAttribute("position")
    const index = geometry.getIndex()
    const first = places.length / 3
    for (let i = 0; i < position.count; i++) places.push(position.getX(i), position.getY(i), position.getZ(i))
    const count = index?.count ?? position.count
    for (let i = 0; i < count; i++) triangles.push(first + (index?.getX(i) ?? i))
  }
  const { open } = meshEdges(Float64Array.from(places), Uint32Array.from(triangles))
  const lines = new BufferGeometry()
  const ends = [...open].flatMap((vertex) => places.slice(3 * vertex, 3 * vertex + 3))
  lines.setAttribute("position", new Float32BufferAttribute(ends, 3))
  return new LineSegments(lines, material)
}
