/** Encodes a mesh as Wavefront OBJ, binary PLY and binary STL. */

import { triangleNormal } from "../core/geometry/triangles.js"
import { elementAt } from "../core/lists.js"
import type { ExportFormat } from "./export-formats.js"
import { objectFacts, objectName, type PlacedMesh } from "./placed-mesh.js"

/** Encodes a mesh in a format; comments are placed where the format allows. */
export const encodeMesh = (mesh: PlacedMesh, format: ExportFormat, comments: readonly string[]): Uint8Array =>
  ({ obj: encodeObj, ply: encodePly, stl: encodeStl })[format](mesh, comments)

/**
 * Encodes a mesh as Wavefront OBJ (Alias|Wavefront, "Object Files", version 3.0).
 *
 * Vertices are in metres. Faces form one group an object (`g building_ID`), in
 * the order of the objects. The head has `comments`; above each group are its attributes as JSON.
 */
const encodeObj = (mesh: PlacedMesh, comments: readonly string[]): Uint8Array => {
  const { positions, triangles, owners, objects } = mesh
  const lines = comments.map((text) => `# ${text}`)
  for (let i = 0; i < positions.length; i += 3)
    lines.push(`v ${fixed(positions[i]!)} ${fixed(positions[i + 1]!)} ${fixed(positions[i + 2]!)}`)
  const faces: number[][] = objects.ids.map(() => [])
  for (let t = 0; t < owners.length; t++) elementAt(faces, owners[t]!).push(t)
  for (const [row, own] of faces.entries()) {
    if (own.length === 0) continue
    lines.push(`# ${objectFacts(objects, row)}`, `g ${objectName(objects, row)}`)
    // Vertices are counted from 1.
    for (const t of own)
      lines.push(`f ${triangles[3 * t]! + 1} ${triangles[3 * t + 1]! + 1} ${triangles[3 * t + 2]! + 1}`)
  }
  return new TextEncoder().encode(`${lines.join("\n")}\n`)
}

/** Whole millimetres with three digits; others exactly, or rounding would make faces cross. */
const fixed = (value: number): string => (Math.round(1000 * value) / 1000 === value ? value.toFixed(3) : String(value))

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
const encodePly = (mesh: PlacedMesh, comments: readonly string[]): Uint8Array => {
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

/*
 * Binary STL (3D Systems, 1989), little-endian: 80 bytes of text, u32 number of triangles, then per
 * triangle (50) 12 f32 of its normal and corners, and u16 0.
 */
const STL_HEAD = 80

/** Encodes a mesh as binary STL, without objects. Its head has the second comment: the offset. */
const encodeStl = ({ positions, triangles }: PlacedMesh, comments: readonly string[]): Uint8Array => {
  const count = triangles.length / 3
  const bytes = new Uint8Array(STL_HEAD + 4 + 50 * count)
  const view = new DataView(bytes.buffer)
  new TextEncoder().encodeInto((comments[1] ?? "").padEnd(STL_HEAD), bytes.subarray(0, STL_HEAD))
  view.setUint32(STL_HEAD, count, true)
  for (let t = 0; t < count; t++) {
    const [a, b, c] = [triangles[3 * t]!, triangles[3 * t + 1]!, triangles[3 * t + 2]!]
    const normal = triangleNormal(positions, a, b, c)
    const length = Math.hypot(...normal) || 1
    let at = STL_HEAD + 4 + 50 * t
    for (const value of normal) {
      view.setFloat32(at, value / length, true)
      at += 4
    }
    for (const v of [a, b, c])
      for (let axis = 0; axis < 3; axis++, at += 4) view.setFloat32(at, positions[3 * v + axis]!, true)
  }
  return bytes
}
