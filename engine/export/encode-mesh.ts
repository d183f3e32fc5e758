/** Encodes a mesh as binary PLY. */
import { objectFacts, type PlacedMesh } from "./placed-mesh.js"

/*
 * Binary PLY (Turk, "The PLY Polygon File Format", 1994), little-endian. After the header, a vertex of 25 bytes:
 *   0  f64  x, y, z, metres less the offset     24  u8   LiDAR class
 * and a face of 18 bytes:
 *   0  u8   3                                    1  i32  three vertices      13  u8   LiDAR class      14  i32  object
 */
const vertexBytes = 25
const faceBytes = 18

/**
 * A mesh as binary PLY. `comments` stand in the header; there too, a line an object: `comment object N {…}`, N being the number in the
 * faces' property `object`, then its attributes as JSON.
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
