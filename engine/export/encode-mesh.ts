/** Encodes a mesh as Wavefront OBJ and as binary PLY. */
import { objectFacts, objectName, type PlacedMesh } from "./placed-mesh.js"

/**
 * Encodes a mesh as Wavefront OBJ (Alias|Wavefront, "Object Files", version 3.0).
 *
 * Vertices are in metres to the millimetre. Faces form one group an object (`g building_ID`), in
 * the order of the objects. The head has `comments`; above each group are its attributes as JSON.
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

/*
 * Binary PLY (Turk, "The PLY Polygon File Format", 1994), little-endian. After the header, by byte:
 * vertex (25): 0 f64 x, y, z, metres less the offset; 24 u8 LiDAR class
 * face (18):   0 u8 3; 1 i32 three vertices; 13 u8 LiDAR class; 14 i32 object
 */
const vertexBytes = 25
const faceBytes = 18

/**
 * Encodes a mesh as binary PLY. `comments` become part of the header.
 *
 * Each object has a header line `comment object N {…}` with its attributes as JSON. N is the number
 * in the faces' property `object`.
 */
export const encodePly = (mesh: PlacedMesh, comments: readonly string[]): Uint8Array => {
  const { positions, classes, triangles, faceClasses, owners, objects } = mesh
  const header = new TextEncoder().encode(
    [
      "ply",
      "format binary_little_endian 1.0",
      ...comments.map((text) => `comment ${text}`),
      ...objects.ids.map((_, row) => `comment object ${row} ${objectFacts(objects, row)}`),
      `element vertex ${classes.length}`,
      "property double x",
      "property double y",
      "property double z",
      "property uchar class",
      `element face ${owners.length}`,
      "property list uchar int vertex_indices",
      "property uchar class",
      "property int object",
      "end_header\n",
    ].join("\n"),
  )
  const bytes = new Uint8Array(header.length + vertexBytes * classes.length + faceBytes * owners.length)
  const view = new DataView(bytes.buffer)
  bytes.set(header)
  let at = header.length
  for (let v = 0; v < classes.length; v++, at += vertexBytes) {
    for (let k = 0; k < 3; k++) view.setFloat64(at + 8 * k, positions[3 * v + k]!, true)
    bytes[at + 24] = classes[v]!
  }
  for (let t = 0; t < owners.length; t++, at += faceBytes) {
    bytes[at] = 3
    for (let k = 0; k < 3; k++) view.setInt32(at + 1 + 4 * k, triangles[3 * t + k]!, true)
    bytes[at + 13] = faceClasses[t]!
    view.setInt32(at + 14, owners[t]!, true)
  }
  return bytes
}
