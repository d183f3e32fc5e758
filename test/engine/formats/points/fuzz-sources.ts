import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { seededRandom } from "../../../../engine/core/random.js"
import { writeCopc } from "../../../../engine/formats/copc/copc-writer.js"
import { openCopc } from "../../../../engine/formats/copc/open-copc.js"
import { type LasHeader, parseHeader, parseVlrs } from "../../../../engine/formats/las/header.js"
import { addToTotals, emptyTotals, type RecordSpec } from "../../../../engine/formats/las/write/record-spec.js"
import { encodeVlr, HEADER_BYTES, writeLasHeader } from "../../../../engine/formats/las/write/write-header.js"
import { lazEncoder } from "../../../../engine/formats/laz/encoder/encoder.js"
import { type Chunk, type Laszip, parseLaszip, readChunkTable } from "../../../../engine/formats/laz/laszip.js"
import { encodeChunkTable, encodeLaszipVlr } from "../../../../engine/formats/laz/laszip-writer.js"
import type { ByteSource } from "../../../../engine/io/byte-source.js"
import { createStripScanner } from "../../../../fixtures/scan-strip.js"
import { lasBytes, randomPoints } from "../las/las-bytes.js"
import { copcBytes, type NodeKey } from "../las/laz-bytes.js"

/** A run of bytes, half-open. */
export type Span = readonly [begin: number, end: number]

/** A sound file to break, with the places of its parts. */
export interface FuzzSource {
  readonly name: string
  readonly bytes: Uint8Array
  readonly header: LasHeader
  readonly laszip: Laszip | undefined
  /** Compressed runs of points in the order of their bytes. */
  readonly chunks: readonly Chunk[]
  /** VLRs with their heads. */
  readonly vlrs: readonly Span[]
  /** The chunk table's place and itself; the COPC info record's data, and the root page. */
  readonly table: readonly Span[]
  readonly copc: { readonly info: Span; readonly root: Span } | undefined
}

const memorySource = (path: string, bytes: Uint8Array): ByteSource => ({
  path,
  name: path,
  size: bytes.length,
  identity: "",
  read: async (begin, end) => bytes.slice(begin, Math.min(end, bytes.length)),
  verify: async () => undefined,
  close: async () => undefined,
})

/** Finds the parts of a sound file. */
export const describeFile = async (name: string, bytes: Uint8Array): Promise<FuzzSource> => {
  const source = memorySource(name, bytes)
  const header = parseHeader(bytes, source, [])
  const preamble = bytes.subarray(0, header.pointOffset)
  const vlrs = parseVlrs(preamble, header, [])
  const spans: Span[] = []
  let at = header.headerBytes
  for (const vlr of vlrs) {
    spans.push([at, at + 54 + vlr.data.length])
    at += 54 + vlr.data.length
  }
  const base = { name, bytes, header, vlrs: spans }
  if (!header.compressed) return { ...base, laszip: undefined, chunks: [], table: [], copc: undefined }
  const laszip = parseLaszip(vlrs, header, name)
  const copc = await openCopc(source, header, vlrs, [])
  if (copc === undefined) {
    const { chunks } = await readChunkTable(source, header, laszip)
    const end = Math.max(header.pointOffset + 8, ...chunks.map((chunk) => chunk.end))
    const table: Span[] = [
      [header.pointOffset, header.pointOffset + 8],
      [end, Math.min(bytes.length, end + 8 + 4 * chunks.length)],
    ]
    return { ...base, laszip, chunks, table, copc: undefined }
  }
  const chunks = await copc.nodes({})
  const info = spans[vlrs.findIndex((vlr) => vlr.userId === "copc" && vlr.recordId === 1)]!
  const root: Span = [copc.rootOffset, copc.rootOffset + copc.rootBytes]
  return { ...base, laszip, chunks, table: [], copc: { info: [info[0] + 54, info[1]], root } }
}

const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

const spec = (pointFormat: 6 | 7 | 8, recordLength: number, vlrs: RecordSpec["vlrs"] = []): RecordSpec => ({
  pointFormat,
  recordLength,
  scale: [0.01, 0.01, 0.01],
  offset: [0, 0, 0],
  vlrs,
  evlrs: [],
  globalEncoding: 17,
})

/** LAS or LAZ with chunks of a few points, so that there are several. */
const encodeFile = async (
  facts: RecordSpec,
  records: Uint8Array,
  chunkPoints: number | undefined,
  variable = false,
): Promise<Uint8Array> => {
  const { recordLength, pointFormat } = facts
  const count = records.length / recordLength
  const totals = emptyTotals()
  addToTotals(totals, records, count, recordLength)
  const extra = recordLength - [30, 36, 38][pointFormat - 6]!
  const laszip = encodeLaszipVlr(pointFormat, extra, variable ? "variable" : (chunkPoints ?? 1))
  const vlrs = [...facts.vlrs, ...(chunkPoints === undefined ? [] : [laszip])].map(encodeVlr)
  const pointOffset = HEADER_BYTES + vlrs.reduce((sum, vlr) => sum + vlr.length, 0)
  const compressed = chunkPoints !== undefined
  const layout = { totals, compressed, pointOffset, vlrCount: vlrs.length, evlrOffset: 0, evlrCount: 0 }
  const start = [writeLasHeader(facts, layout), ...vlrs]
  if (chunkPoints === undefined) return concat([...start, records])
  const encoder = await lazEncoder()
  const chunks: Uint8Array[] = []
  const sizes: { count: number; bytes: number }[] = []
  for (let from = 0; from < count; from += chunkPoints) {
    const n = Math.min(chunkPoints, count - from)
    const raw = records.subarray(from * recordLength, (from + n) * recordLength)
    const bytes = encoder.encode(raw, { count: n, pointFormat, recordLength }).slice()
    chunks.push(bytes)
    sizes.push({ count: n, bytes: bytes.length })
  }
  const place = new Uint8Array(8)
  const tableAt = pointOffset + 8 + sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  new DataView(place.buffer).setBigInt64(0, BigInt(tableAt), true)
  return concat([...start, place, ...chunks, encodeChunkTable(sizes, variable)])
}

/** Records of format 6 made longer: three colours, and three extra bytes that grow slowly. */
const widened = (records: Uint8Array): Uint8Array => {
  const count = records.length / 30
  const wide = new Uint8Array(count * 39)
  const view = new DataView(wide.buffer)
  for (let i = 0; i < count; i++) {
    wide.set(records.subarray(i * 30, i * 30 + 30), i * 39)
    for (let band = 0; band < 3; band++)
      view.setUint16(i * 39 + 30 + band * 2, 20_000 + ((i * 37 * (band + 1)) % 999), true)
    view.setUint16(i * 39 + 36, i >> 1, true)
    view.setUint8(i * 39 + 38, (i % 7) * 3)
  }
  return wide
}

const extraVlr = (): RecordSpec["vlrs"] => {
  const data = new Uint8Array(384)
  for (const [i, type] of [3, 1].entries()) {
    data[i * 192 + 2] = type
    data.set(new TextEncoder().encode(`extra${i}`), i * 192 + 4)
  }
  return [{ userId: "LASF_Spec", recordId: 4, data }]
}

const madeCopc = async (records: Uint8Array): Promise<Uint8Array> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-fuzz-"))
  try {
    const path = join(folder, "one.copc.laz")
    const count = records.length / 30
    const all = async function* () {
      yield { bytes: records, count }
    }
    await writeCopc({ spec: spec(6, 30), records: all, count, box: [0, 0, 0, 1, 1, 1] }, path, {
      temporaryFolder: folder,
    })
    return new Uint8Array(await readFile(path))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const pagedCopc = (): Uint8Array => {
  const random = seededRandom(77)
  const keys: NodeKey[] = [[0, 0, 0, 0]]
  for (let i = 0; i < 8; i++)
    keys.push([1, i & 1, (i >> 1) & 1, i >> 2], [2, (i & 1) * 2, ((i >> 1) & 1) * 2, (i >> 2) * 2])
  const points = randomPoints(random, keys.length).map((point, i) => {
    const [level, kx, ky, kz] = keys[i]!
    const side = 6400 / 2 ** level
    return { ...point, x: kx * side + 100, y: ky * side + 200, z: kz * side + 300 }
  })
  return copcBytes(points, keys, 64, 1)
}

/** Small synthetic files in every format: they need no data from elsewhere. */
export const syntheticSources = async (): Promise<FuzzSource[]> => {
  const { bytes: records } = createStripScanner(1)({
    seed: 1,
    box: [843_000, 6_520_930, 843_060, 6_520_950],
    pulsesPerM2: 0.7,
  })
  const random = seededRandom(5)
  const files: [string, Uint8Array][] = [
    ["las6", await encodeFile(spec(6, 30), records, undefined)],
    ["las7-extra", await encodeFile(spec(7, 39, extraVlr()), widened(records), undefined)],
    ["las1.2-3", lasBytes({ minor: 2, pointFormat: 3, points: randomPoints(random, 400) })],
    ["las1.4-1", lasBytes({ minor: 4, pointFormat: 1, extraBytes: 2, points: randomPoints(random, 300) })],
    ["laz6", await encodeFile(spec(6, 30), records, 700)],
    ["laz6-variable", await encodeFile(spec(6, 30), records, 500, true)],
    ["laz7-extra", await encodeFile(spec(7, 39, extraVlr()), widened(records), 900)],
    ["copc6", await madeCopc(records)],
    ["copc6-pages", pagedCopc()],
  ]
  return Promise.all(files.map(([name, bytes]) => describeFile(name, bytes)))
}

/** Real files of every kind of compression, under 100 KB each. */
export const realSources = (folder: string): Promise<FuzzSource[]> =>
  Promise.all(
    [
      "lidar-hd/patchwork/recipient_test.laz",
      "lidar-hd/patchwork/donor_more_fields_test.las",
      "lidar-hd/ign-pdal-tools/replace_area_in_pointcloud/target_cloud_crop.laz",
      "lidar-other/las-rs/autzen.copc.laz",
      "lidar-other/lasR/example.copc.laz",
      "lidar-other/PDAL/copc/1.2-with-color.copc.laz",
      "lidar-other/las-rs/32-1-472-150-76.laz",
      "lidar-other/laspy/1_4_w_evlr.laz",
      "lidar-other/PDAL/las/interesting.las",
    ].map(async (path) => describeFile(path, new Uint8Array(await readFile(join(folder, path))))),
  )
