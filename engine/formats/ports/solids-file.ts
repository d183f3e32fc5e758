import { EngineError } from "../../errors.js"
import type { Solids } from "../../kernel.js"
import { decodeTable, encodeTable } from "./attribute-table.js"

/*
 * Intermediate file of solids, little-endian:
 *   0  u32  magic "SLD1"     4  u32  vertices n       8  u32  vertices of rings v   12  u32  rings r   16  u32  faces f   20  u32  solids s
 *  24  f64  origin x, y, z
 *  48  i32  positions 3·n     …  u32  ring vertices v  …  u32  ring ends r  …  u32  face ends f  …  u32  solid ends s
 *   …  u8   face kinds f      …  u8   classes s        …  table of ids and columns (attribute-table.ts)
 */
const magic = 0x31444c53
const headerBytes = 48

/** Bytes of the intermediate file of solids. */
export const encodeSolidsFile = (solids: Solids): Uint8Array => {
  const { positions, ringVertices, ringEnds, faceEnds, solidEnds, faceKinds, classes } = solids
  const table = encodeTable(solids)
  const words = [ringVertices, ringEnds, faceEnds, solidEnds]
  const wordCount = words.reduce((sum, { length }) => sum + length, positions.length)
  const bytes = new Uint8Array(headerBytes + 4 * wordCount + faceKinds.length + classes.length + table.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(4, positions.length / 3, true)
  for (const [index, { length }] of words.entries()) view.setUint32(8 + 4 * index, length, true)
  for (const [axis, value] of solids.origin.entries()) view.setFloat64(24 + 8 * axis, value, true)
  let at = headerBytes
  new Int32Array(bytes.buffer, at, positions.length).set(positions)
  at += 4 * positions.length
  for (const values of words) {
    new Uint32Array(bytes.buffer, at, values.length).set(values)
    at += 4 * values.length
  }
  bytes.set(faceKinds, at)
  bytes.set(classes, at + faceKinds.length)
  bytes.set(table, at + faceKinds.length + classes.length)
  return bytes
}

/** The solids again. Throws E_FORMAT on bytes that are no such file or cut short. */
export const decodeSolidsFile = (bytes: Uint8Array, file: string): Solids => {
  const copy = new Uint8Array(bytes)
  const view = new DataView(copy.buffer)
  const known = copy.length >= headerBytes && view.getUint32(0, true) === magic
  const count = (index: number): number => (known ? view.getUint32(4 + 4 * index, true) : 0)
  const [vertices, corners, rings, faces, solids] = [count(0), count(1), count(2), count(3), count(4)]
  const bytesAt = headerBytes + 12 * vertices + 4 * (corners + rings + faces + solids)
  const tableAt = bytesAt + faces + solids
  if (!known || copy.length <= tableAt) throw damaged(file, `${copy.length} bytes are no whole file of solids`)
  let at = headerBytes + 12 * vertices
  const words = (length: number): Uint32Array => {
    const values = new Uint32Array(copy.buffer, at, length)
    at += 4 * length
    return values
  }
  const read: Solids = {
    origin: [view.getFloat64(24, true), view.getFloat64(32, true), view.getFloat64(40, true)],
    positions: new Int32Array(copy.buffer, headerBytes, 3 * vertices),
    ringVertices: words(corners),
    ringEnds: words(rings),
    faceEnds: words(faces),
    solidEnds: words(solids),
    faceKinds: copy.slice(bytesAt, bytesAt + faces),
    classes: copy.slice(bytesAt + faces, tableAt),
    ...decodeTable(copy.subarray(tableAt), file),
  }
  const { ringVertices, ringEnds, faceEnds, solidEnds } = read
  const isWhole = isChain(ringEnds, corners) && isChain(faceEnds, rings) && isChain(solidEnds, faces)
  if (!isWhole || read.ids.length !== solids || ringVertices.some((vertex) => vertex >= vertices))
    throw damaged(file, "its rings, faces or solids are of parts that are not there")
  return read
}

/** Ends of runs that do not fall, the last one the end of all. */
const isChain = (ends: Uint32Array, count: number): boolean =>
  (ends.at(-1) ?? 0) === count && ends.every((end, i) => i === 0 || end >= ends[i - 1]!)

const damaged = (file: string, found: string): EngineError =>
  new EngineError("E_FORMAT", `${file}: ${found}; run again with --force`, { file })
