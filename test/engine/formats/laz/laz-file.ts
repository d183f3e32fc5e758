import { openCopc, selectNodes } from "../../../../engine/formats/copc/open-copc.js"
import { type LasHeader, parseHeader } from "../../../../engine/formats/las/header.js"
import { parseVlrs, readEvlrs, readPreamble } from "../../../../engine/formats/las/vlr.js"
import { decodeChunk } from "../../../../engine/formats/laz/chunk-decoder.js"
import { type Chunk, type Laszip, parseLaszip, readChunkTable } from "../../../../engine/formats/laz/laszip.js"
import type { LazColumns, LazLayer, LazRequest } from "../../../../engine/formats/laz/wasm/chunk.js"
import { openBytes } from "../../../../engine/io/bytes.js"

/** A LAZ file taken apart into its chunks. */
export interface LazFile {
  readonly path: string
  readonly header: LasHeader
  readonly laszip: Laszip
  readonly chunks: readonly (Chunk & { readonly bytes: Uint8Array })[]
}

/** Reads all chunks of a LAZ or COPC file. */
export const readLazFile = async (path: string): Promise<LazFile> => {
  const source = await openBytes(path)
  try {
    const head = await source.read(0, Math.min(65536, source.size))
    const header = parseHeader(head, source, [])
    const vlrs = [
      ...parseVlrs(await readPreamble(source, header, head), header, []),
      ...(await readEvlrs(source, header, [])),
    ]
    const laszip = parseLaszip(vlrs, header, path)
    const copc = await openCopc(source, header, vlrs, [])
    const table =
      copc === undefined
        ? (await readChunkTable(source, header, laszip)).chunks
        : await selectNodes(source, header, copc, {})
    const chunks = []
    for (const chunk of table) chunks.push({ ...chunk, bytes: await source.read(chunk.begin, chunk.end) })
    return { path, header, laszip, chunks }
  } finally {
    await source.close()
  }
}

/** The raw records of a chunk, by laz-perf. */
export const recordsByLazPerf = async (file: LazFile, index: number): Promise<Uint8Array> => {
  const chunk = file.chunks[index]
  const records = new Uint8Array(chunk.count * file.header.recordLength)
  let at = 0
  for await (const block of decodeChunk(chunk.bytes, chunk, file.header, file.laszip, file.path)) {
    records.set(block, at)
    at += block.length
  }
  return records
}

/** Everything that a chunk of a file holds. */
export const requestAll = (file: Pick<LazFile, "header">, count: number): LazRequest => {
  const { pointFormat, recordLength } = file.header
  const layers: LazLayer[] = [
    "z",
    "classification",
    "flags",
    "intensity",
    "scanAngle",
    "userData",
    "sourceId",
    "gpsTime",
  ]
  if (pointFormat >= 7) layers.push("rgb")
  if (pointFormat === 8) layers.push("nir")
  const extra = recordLength - (pointFormat === 6 ? 30 : pointFormat === 7 ? 36 : 38)
  return { count, pointFormat, recordLength, layers, extra: Array.from({ length: extra }, (_, i) => i) }
}

/** Records as a file holds them, from columns. */
export const recordsOf = (columns: LazColumns, { pointFormat, recordLength, count }: LazRequest): Uint8Array => {
  const records = new Uint8Array(count * recordLength)
  const view = new DataView(records.buffer)
  const time = new BigUint64Array(columns.gpsTime!.slice().buffer)
  for (let i = 0; i < count; i++) {
    const at = i * recordLength
    view.setInt32(at, columns.x[i], true)
    view.setInt32(at + 4, columns.y[i], true)
    view.setInt32(at + 8, columns.z![i], true)
    view.setUint16(at + 12, columns.intensity![i], true)
    records[at + 14] = columns.returns[i]
    records[at + 15] = columns.flags![i]
    records[at + 16] = columns.classification![i]
    records[at + 17] = columns.userData![i]
    view.setInt16(at + 18, columns.scanAngle![i], true)
    view.setUint16(at + 20, columns.sourceId![i], true)
    view.setBigUint64(at + 22, time[i], true)
    if (pointFormat >= 7) {
      view.setUint16(at + 30, columns.red![i], true)
      view.setUint16(at + 32, columns.green![i], true)
      view.setUint16(at + 34, columns.blue![i], true)
    }
    if (pointFormat === 8) view.setUint16(at + 36, columns.nir![i], true)
    const base = pointFormat === 6 ? 30 : pointFormat === 7 ? 36 : 38
    for (let k = base; k < recordLength; k++) records[at + k] = columns.extra[k - base]![i]
  }
  return records
}

/** Names the first difference of two lists of records, or undefined when they are equal. */
export const difference = (found: Uint8Array, expected: Uint8Array, recordLength: number): string | undefined => {
  if (Buffer.compare(found, expected) === 0) return undefined
  const at = found.findIndex((byte, i) => byte !== expected[i])
  return `point ${Math.floor(at / recordLength)}, byte ${at % recordLength}: ${found[at]} for ${expected[at]}`
}
