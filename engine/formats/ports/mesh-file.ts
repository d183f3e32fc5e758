import { EngineError } from "../../errors.js"
import type { Mesh } from "../../kernel.js"
import { decodeTable, encodeTable } from "./attribute-table.js"

/*
 * Intermediate file of a mesh, little-endian:
 *   0  u32  magic "MSH1"      4  u32  vertex count n      8  u32  triangle count m      12  u32  number of objects k, 0 without owners
 *  16  f64  origin x, y, z   40  f64  max error, metres
 *  48  i32  positions 3·n     …  u32  triangles 3·m        …  u8  classes n
 * with owners, after zeros up to a multiple of 4:
 *   …  u32  owners m          …  u8   object classes k     …  table of the objects (attribute-table.ts)
 */
const magic = 0x3148534d
const headerBytes = 48

/** Bytes of a mesh's intermediate file. */
export const encodeMeshFile = (mesh: Mesh): Uint8Array => {
  const vertices = mesh.classes.length
  const triangles = mesh.triangles.length / 3
  const { owners, objects } = mesh
  const plainBytes = headerBytes + vertices * 13 + triangles * 12
  const table = owners && objects && objects.ids.length > 0 ? encodeTable(objects) : undefined
  const ownersAt = alignFour(plainBytes)
  const objectCount = table === undefined ? 0 : (objects?.ids.length ?? 0)
  const size = table === undefined ? plainBytes : ownersAt + 4 * triangles + objectCount + table.length
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(4, vertices, true)
  view.setUint32(8, triangles, true)
  view.setUint32(12, objectCount, true)
  for (const [axis, value] of mesh.origin.entries()) view.setFloat64(16 + 8 * axis, value, true)
  view.setFloat64(40, mesh.maxError, true)
  new Int32Array(bytes.buffer, headerBytes, mesh.positions.length).set(mesh.positions)
  const triangleStart = headerBytes + mesh.positions.length * 4
  new Uint32Array(bytes.buffer, triangleStart, mesh.triangles.length).set(mesh.triangles)
  bytes.set(mesh.classes, triangleStart + mesh.triangles.length * 4)
  if (table === undefined || owners === undefined || objects === undefined) return bytes
  new Uint32Array(bytes.buffer, ownersAt, triangles).set(owners)
  bytes.set(objects.classes, ownersAt + 4 * triangles)
  bytes.set(table, ownersAt + 4 * triangles + objectCount)
  return bytes
}

const alignFour = (offset: number): number => Math.ceil(offset / 4) * 4

/** The mesh again. Throws E_FORMAT on bytes that are no such file or cut short. */
export const decodeMeshFile = (bytes: Uint8Array, file: string): Mesh => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const vertices = bytes.byteLength >= headerBytes && view.getUint32(0, true) === magic ? view.getUint32(4, true) : -1
  const triangles = vertices < 0 ? 0 : view.getUint32(8, true)
  const objectCount = vertices < 0 ? 0 : view.getUint32(12, true)
  const plainBytes = headerBytes + vertices * 13 + triangles * 12
  const tableAt = alignFour(plainBytes) + 4 * triangles + objectCount
  const whole = objectCount === 0 ? bytes.byteLength === plainBytes : bytes.byteLength > tableAt
  if (vertices < 0 || !whole) {
    throw damaged(file, `${bytes.byteLength} bytes are no whole mesh file`)
  }
  const copy = new Uint8Array(bytes).buffer
  const triangleStart = headerBytes + vertices * 12
  const mesh: Mesh = {
    origin: [view.getFloat64(16, true), view.getFloat64(24, true), view.getFloat64(32, true)],
    positions: new Int32Array(copy, headerBytes, vertices * 3),
    triangles: new Uint32Array(copy, triangleStart, triangles * 3),
    classes: new Uint8Array(copy, triangleStart + triangles * 12, vertices),
    maxError: view.getFloat64(40, true),
  }
  if (mesh.triangles.some((vertex) => vertex >= vertices))
    throw damaged(file, "a triangle has a vertex that is not there")
  if (objectCount === 0) return mesh
  const owners = new Uint32Array(copy, alignFour(plainBytes), triangles)
  const table = decodeTable(bytes.subarray(tableAt), file)
  if (table.ids.length !== objectCount || owners.some((row) => row >= objectCount))
    throw damaged(file, "a triangle is of an object that is not there")
  return { ...mesh, owners, objects: { ...table, classes: new Uint8Array(copy, tableAt - objectCount, objectCount) } }
}

const damaged = (file: string, found: string): EngineError =>
  new EngineError("E_FORMAT", `${file}: ${found}; run again with --force`, { file })
