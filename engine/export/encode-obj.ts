/** Encodes a mesh as Wavefront OBJ. */
import { objectFacts, objectName, type PlacedMesh } from "./placed-mesh.js"

/**
 * A mesh as Wavefront OBJ (Alias|Wavefront, "Object Files", version 3.0): vertices in metres to the millimetre, faces in groups, one an object
 * (`g building_ID`), in the order of the objects. `comments` stand at the head; above each group, its attributes as JSON.
 */
export const encodeObj = (mesh: PlacedMesh, comments: readonly string[]): Uint8Array => {
  const { positions, triangles, owners, objects } = mesh
  const lines = comments.map((text) => `# ${text}`)
  for (let i = 0; i < positions.length; i += 3)
    lines.push(`v ${fixed(positions[i]!)} ${fixed(positions[i + 1]!)} ${fixed(positions[i + 2]!)}`)
  const faces: number[][] = objects.ids.map(() => [])
  for (let t = 0; t < owners.length; t++) faces[owners[t]!]!.push(t)
  for (const [row, own] of faces.entries()) {
    if (own.length === 0) continue
    lines.push(`# ${objectFacts(objects, row)}`, `g ${objectName(objects, row)}`)
    // Vertices are counted from 1.
    for (const t of own)
      lines.push(`f ${triangles[3 * t]! + 1} ${triangles[3 * t + 1]! + 1} ${triangles[3 * t + 2]! + 1}`)
  }
  return new TextEncoder().encode(`${lines.join("\n")}\n`)
}

const fixed = (value: number): string => value.toFixed(3)
