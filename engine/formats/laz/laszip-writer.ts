/** Encodes LASzip's additions to a LAS file: the item record and the chunk table. */
import type { VlrToWrite } from "../las/write/record-spec.js"
import { integerSize, modelSize, writeInteger } from "./arithmetic-coding.js"
import { ArithmeticEncoder } from "./arithmetic-encoder.js"

const VARIABLE = 0xffffffff

/** Items by point format, as type (10 POINT14, 11 RGB14, 12 RGBNIR14) and bytes. */
const ITEMS: Readonly<Record<6 | 7 | 8, readonly (readonly [type: number, bytes: number])[]>> = {
  6: [[10, 30]],
  7: [
    [10, 30],
    [11, 6],
  ],
  8: [
    [10, 30],
    [12, 8],
  ],
}
const BYTE14 = 14

/**
 * The `laszip encoded`/22204 record of layered LAZ (compressor 3, items of version 3).
 *
 * Offsets: 0 compressor, 2 coder, 4 version, 12 chunk size (u32), 16 count and offset of special
 * EVLRs (2 i64, −1), 32 items (u16), 34 items: type, size, version (3 u16).
 *
 * @param extraBytes bytes of a record beyond those of its format
 * @param chunkSize points per chunk; `variable`: the chunk table states them, as in COPC
 */
export const encodeLaszipVlr = (
  pointFormat: 6 | 7 | 8,
  extraBytes: number,
  chunkSize: number | "variable",
): VlrToWrite => {
  const items = [...ITEMS[pointFormat]]
  if (extraBytes > 0) items.push([BYTE14, extraBytes])
  const data = new Uint8Array(34 + 6 * items.length)
  const view = new DataView(data.buffer)
  view.setUint16(0, 3, true)
  view.setUint8(4, 3)
  view.setUint8(5, 4)
  view.setUint16(6, 3, true)
  view.setUint32(12, chunkSize === "variable" ? VARIABLE : chunkSize, true)
  view.setBigInt64(16, -1n, true)
  view.setBigInt64(24, -1n, true)
  view.setUint16(32, items.length, true)
  items.forEach(([type, bytes], i) => {
    for (const [k, value] of [type, bytes, 3].entries()) view.setUint16(34 + 6 * i + 2 * k, value, true)
  })
  return { userId: "laszip encoded", recordId: 22204, description: "LASzip layers by maille", data }
}

/**
 * The chunk table: u32 version 0, u32 number of chunks, then an arithmetic-coded stream. The stream
 * has point counts (`variable` only, context 0) and byte sizes (context 1), each predicted by its
 * predecessor. The first 8 bytes of the point data locate the table.
 */
export const encodeChunkTable = (
  chunks: readonly { readonly count: number; readonly bytes: number }[],
  variable: boolean,
): Uint8Array => {
  const models = new Uint16Array(integerSize(32, 2))
  writeInteger(models, 0, 32, 2)
  const encoder = new ArithmeticEncoder(models, 64 + chunks.length * 4)
  encoder.start(8)
  const correctors = 2 * modelSize(33)
  let [count, bytes] = [0, 0]
  for (const chunk of chunks) {
    if (variable) encoder.corrector(0, correctors, (chunk.count - count) | 0)
    encoder.corrector(modelSize(33), correctors, (chunk.bytes - bytes) | 0)
    count = chunk.count
    bytes = chunk.bytes
  }
  const end = chunks.length === 0 ? 8 : encoder.end()
  new DataView(encoder.bytes.buffer).setUint32(4, chunks.length, true)
  return encoder.bytes.slice(0, end)
}
