import { EngineError } from "../errors.js"
import type { Mesh } from "../kernel.js"

/*
 * Intermediate file of a mesh, little-endian:
 *   0  u32  magic "MSH1"      4  u32  vertex count n      8  u32  triangle count m      12  u32  reserved, 0
 *  16  f64  origin x, y, z   40  f64  max error, metres
 *  48  i32  positions 3·n     …  u32  triangles 3·m        …  u8  classes n
 */
const magic = 0x3148534d
const headerBytes = 48

/** Bytes of a mesh's intermediate file. */
export const encodeMeshFile = (mesh: Mesh): Uint8Array => {
  const vertices = mesh.classes.length
  const bytes = new Uint8Array(headerBytes + mesh.positions.length * 4 + mesh.triangles.length * 4 + vertices)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(4, vertices, true)
  view.setUint32(8, mesh.triangles.length / 3, true)
  for (const [axis, value] of mesh.origin.entries()) view.setFloat64(16 + 8 * axis, value, true)
  view.setFloat64(40, mesh.maxError, true)
  new Int32Array(bytes.buffer, headerBytes, mesh.positions.length).set(mesh.positions)
  const triangleStart = headerBytes + mesh.positions.length * 4
  new Uint32Array(bytes.buffer, triangleStart, mesh.triangles.length).set(mesh.triangles)
  bytes.set(mesh.classes, triangleStart + mesh.triangles.length * 4)
  return bytes
}

/** The mesh again. Throws E_FORMAT on bytes that are no such file or cut short. */
export const decodeMeshFile = (bytes: Uint8Array, file: string): Mesh => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const vertices = bytes.byteLength >= headerBytes && view.getUint32(0, true) === magic ? view.getUint32(4, true) : -1
  const triangles = vertices < 0 ? 0 : view.getUint32(8, true)
  if (vertices < 0 || bytes.byteLength !== headerBytes + vertices * 13 + triangles * 12) {
    throw new EngineError(
      "E_FORMAT",
      `${file}: ${bytes.byteLength} bytes are no whole mesh file; run again with --force`,
      { file },
    )
  }
  const copy = new Uint8Array(bytes).buffer
  const triangleStart = headerBytes + vertices * 12
  return {
    origin: [view.getFloat64(16, true), view.getFloat64(24, true), view.getFloat64(32, true)],
    positions: new Int32Array(copy, headerBytes, vertices * 3),
    triangles: new Uint32Array(copy, triangleStart, triangles * 3),
    classes: new Uint8Array(copy, triangleStart + triangles * 12, vertices),
    maxError: view.getFloat64(40, true),
  }
}
