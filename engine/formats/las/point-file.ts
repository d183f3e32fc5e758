/**
 * Opens a LAS, LAZ or COPC file: its description, and its points by query, by record or by place.
 */
import { Box2 } from "../../core/geometry/box.js"
import { sha256 } from "../../core/hash.js"
import type { CrsDescription } from "../../grid/crs.js"
import { type ByteSource, isUrl, type OpenBytesOptions } from "../../io/byte-source.js"
import { openBytes } from "../../io/bytes.js"
import type { Copc, CopcQuery } from "../copc/open-copc.js"
import { type Chunk, type ChunkTable, type Laszip, parseLaszip, readChunkTable } from "../laz/laszip.js"
import { layerReader } from "../laz/layer-columns.js"
import { lazDecoder } from "../laz/wasm/decoder.js"
import type { PointColumns, PointQuery } from "./columns.js"
import { type ExtraDimension, extraDimensions } from "./extra-bytes.js"
import { checkBody, type LasHeader, latin, parseHeader, refuse } from "./header.js"
import type { PlaceQuery, VisitPlaces } from "./read-places.js"
import type { RecordBlock } from "./read-records.js"
import { chunksOfPart, readRuns } from "./read-runs.js"
import type { Progress } from "./stored-places.js"
import { geoKeysOf, parseVlrs, readEvlrs, readPreamble, type Vlr, wktTexts } from "./vlr.js"
import type { StoredSpec } from "./write/stored-spec.js"

/** What a point file says of itself. */
export interface PointFileInfo {
  /** As given. */
  readonly path: string
  /** File name. */
  readonly name: string
  readonly format: "las" | "laz" | "copc"
  /** System identifier of the header; absent where it is blank, or where no header was read. */
  readonly systemId?: string
  /** LAS version, `1.0` to `1.4`. */
  readonly version: string
  readonly pointFormat: number
  readonly recordLength: number
  readonly count: number
  /** Extent by the header, closed, CRS units; of an examined file (`openWithoutWild`) by its points. */
  readonly box: Box2
  /** Half-open, CRS units: points outside are not read. Absent: all are. */
  readonly extent?: Box2
  /** How many points are left out and where they lie, why they stay, or how wrong the header's box is. */
  readonly wild?: string
  readonly zRange: readonly [number, number]
  readonly scale: readonly [number, number, number]
  readonly offset: readonly [number, number, number]
  readonly crs: CrsDescription
  readonly extraBytes: readonly { readonly name: string; readonly type: string }[]
  /** Faults of the writer that were tolerated. */
  readonly faults: readonly string[]
  /** SHA-256 over size, header and chunk table, COPC root page or (LAS) samples of the points; for an address, over its `ETag` and length. */
  readonly identity: string
  /** COPC: distance between points at the root, metres. */
  readonly spacing?: number
}

/** An open LAS, LAZ or COPC file. */
export interface PointFile {
  readonly info: PointFileInfo
  /** Points whose places were decoded so far, wanted or not. */
  readonly decoded: number
  /** Points that queries left out so far for heights beyond 12 km. */
  readonly tooHigh: number
  /** Points in chunks of at most 65,536, in the file's order (COPC: in the order of its bytes). */
  read(query: PointQuery): AsyncIterable<PointColumns>
  /** About how many points a query will give, whatever its classes and part: as if nodes of a COPC, or all of another file, were spread evenly; an eighth more where not all lie in the box. */
  expected(query: PointQuery): Promise<number>
  /** Raw records of the file's own format, every byte kept: all, or those in a half-open box. Each block is good until the next. */
  records(query?: { readonly box?: Box2 | undefined }): AsyncIterable<RecordBlock>
  /** Hands over the places of all points, as stored. */
  places(visit: VisitPlaces, query?: PlaceQuery): Promise<void>
  /** Points that its chunks hold; of a COPC by the whole hierarchy, every page of it read and checked. Chunks of others were checked when it was opened. */
  held(): Promise<number>
  /** What the file says beside its points, to be written again. */
  stored(): Promise<StoredSpec>
  /** Checks, after reading, that the file is still the one that was opened. Throws E_INPUT when it was changed, replaced or removed. */
  verify(): Promise<void>
  close(): Promise<void>
}

const HEAD_BYTES = 65536
/**
 * Opens a LAS 1.0–1.4 file (point formats 0–10), LAZ (0–3 and 6–8) or COPC, by path or `http(s)` address. Reads the header, the
 * records before the points and the chunk table or root page only.
 *
 * @param options.found what is known better than the header says it; with an `extent`, no query gives points outside
 * @throws EngineError `E_INPUT` when it cannot be read, `E_FORMAT` when it is broken or unsuited; the message says what to do.
 */
export const openPointFile = async (
  path: string,
  { found, ...options }: OpenBytesOptions & { readonly found?: Partial<PointFileInfo> | undefined } = {},
): Promise<PointFile> => {
  const source = await openBytes(path, options)
  try {
    return await openSource(source, found)
  } catch (error) {
    await source.close()
    throw error
  }
}

/** A file whose structure is known: all that reading needs. */
interface Structure {
  readonly source: ByteSource
  readonly header: LasHeader
  readonly extent?: Box2 | undefined
  readonly dimensions: readonly ExtraDimension[]
  readonly laszip?: Laszip
  readonly table?: ChunkTable
  readonly copc?: Copc
}

const openSource = async (source: ByteSource, found?: Partial<PointFileInfo>): Promise<PointFile> => {
  const faults: string[] = []
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size))
  const header = parseHeader(head, source, faults)
  const preamble = await readPreamble(source, header, head)
  const vlrs = [...parseVlrs(preamble, header, faults), ...(await readEvlrs(source, header, faults))]
  const structure = { ...(await structureOf(source, header, vlrs, faults)), extent: found?.extent }
  const { copc } = structure
  const info: PointFileInfo = {
    path: source.path,
    name: source.name,
    format: copc === undefined ? (header.compressed ? "laz" : "las") : "copc",
    ...systemOf(head),
    version: header.version,
    pointFormat: header.pointFormat,
    recordLength: header.recordLength,
    count: header.count,
    box: header.box,
    zRange: header.zRange,
    scale: header.scale,
    offset: header.offset,
    crs: found?.crs ?? (await crsOf(vlrs, faults)),
    extraBytes: structure.dimensions.map(({ name, type }) => ({ name, type })),
    faults,
    identity: await identityOf(structure, preamble),
    ...(copc === undefined ? {} : { spacing: copc.spacing }),
    ...found,
  }
  const progress: Progress = { decoded: 0, tooHigh: 0 }
  return {
    info,
    get decoded() {
      return progress.decoded
    },
    get tooHigh() {
      return progress.tooHigh
    },
    read: (query) => readPoints(structure, withinExtent(structure, query), progress),
    expected: (query) => pointsExpected(structure, withinExtent(structure, query)),
    places: async (visit, query) => (await import("./read-places.js")).readPlaces(structure, visit, query),
    records: async function* ({ box } = {}) {
      const { readRecordBlocks } = await import("./read-records.js")
      yield* readRecordBlocks({ ...structure, chunks: (wanted) => readChunks(structure, wanted) }, box)
    },
    held: () => pointsHeld(structure),
    stored: async () => (await import("./write/stored-spec.js")).readStoredSpec(source, header),
    verify: () => source.verify(),
    close: () => source.close(),
  }
}

const withinExtent = ({ extent }: Structure, query: PointQuery): PointQuery =>
  extent === undefined ? query : { ...query, box: query.box ? Box2.intersection(extent, query.box) : extent }

const crsOf = async (vlrs: readonly Vlr[], faults: string[]): Promise<CrsDescription> => {
  const { recogniseCrs } = await import("../../grid/crs.js")
  const geoKeys = geoKeysOf(vlrs, faults)
  return recogniseCrs({ wkts: wktTexts(vlrs), ...(geoKeys === undefined ? {} : { geoKeys }) })
}

const systemOf = (head: Uint8Array): Pick<PointFileInfo, "systemId"> => {
  const systemId = latin(head, 26, 32).trim()
  return systemId === "" ? {} : { systemId }
}

const structureOf = async (
  source: ByteSource,
  header: LasHeader,
  vlrs: Vlr[],
  faults: string[],
): Promise<Structure> => {
  const base = { source, header, dimensions: extraDimensions(vlrs, header, faults) }
  if (vlrs.some((vlr) => vlr.userId === "lascompatible")) {
    faults.push("LAS 1.4 points in compatibility mode: classes above 31 are lost")
  }
  const body = header.pointsEnd - header.pointOffset
  // An empty LAZ holds the table's place and an empty table.
  if (header.count === 0 && body >= (header.compressed ? 64 : header.recordLength)) {
    throw refuse(
      source.path,
      `announces no point, yet ${body} bytes follow the header: its writing was interrupted`,
      "Make or fetch the file again.",
    )
  }
  if (!header.compressed) {
    checkBody(source, header, faults)
    return base
  }
  const laszip = parseLaszip(vlrs, header, source.path)
  if (vlrs.some(({ userId }) => userId === "copc")) {
    const { openCopc } = await import("../copc/open-copc.js")
    const copc = await openCopc(source, header, vlrs, faults)
    if (copc !== undefined) return { ...base, laszip, copc }
  }
  return { ...base, laszip, table: await readChunkTable(source, header, laszip) }
}

/** LAS without a table: all of a small body, else this many blocks evenly over it. */
const SAMPLES = 256
const SAMPLE_BYTES = 65536

const identityOf = async ({ source, header, table, copc }: Structure, preamble: Uint8Array): Promise<string> => {
  if (isUrl(source.path)) return sha256(source.identity)
  const parts = [`${source.size}`, sha256(preamble)]
  if (copc !== undefined) parts.push(sha256(copc.root))
  else if (table !== undefined) parts.push(sha256(table.bytes))
  else {
    const body = source.size - header.pointOffset
    const blocks = Math.min(SAMPLES, Math.ceil(body / SAMPLE_BYTES))
    for (let i = 0; i < blocks; i++) {
      const begin = header.pointOffset + Math.floor((i * body) / blocks)
      parts.push(sha256(await source.read(begin, Math.min(begin + SAMPLE_BYTES, source.size))))
    }
  }
  return sha256(parts.join("|"))
}

const pointsHeld = async ({ header, copc }: Structure): Promise<number> => {
  if (copc === undefined) return header.count
  const nodes = await copc.nodes({})
  return nodes.reduce((sum, { count }) => sum + count, 0)
}

const pointsExpected = async ({ header, copc }: Structure, query: PointQuery): Promise<number> => {
  const { box } = query
  const area = Box2.area(header.box)
  const share = box === undefined || area === 0 ? 1 : Box2.area(Box2.intersection(header.box, box)) / area
  const whole = copc === undefined ? [{ count: header.count, expected: header.count * share }] : undefined
  let sum = 0
  for (const { count, expected } of whole ?? (await copc!.nodes(query))) {
    sum += Math.min(count, 1.125 * expected)
  }
  return Math.ceil(sum)
}

async function* readPoints(structure: Structure, query: PointQuery, progress: Progress): AsyncGenerator<PointColumns> {
  const { source, header, dimensions, laszip } = structure
  if (laszip?.compressor !== 3) {
    const { readRecordColumns } = await import("./record-columns.js")
    yield* readRecordColumns({ ...structure, chunks: structure.table?.chunks ?? [] }, query, progress)
    return
  }
  const chunks = chunksOfPart(await chunksOf(structure, query), query.part)
  const decode = layerReader(await lazDecoder(), header, query, dimensions, source.path, progress)
  for await (const [chunk, bytes, next] of readRuns(source, chunks)) {
    progress.decoded += chunk.count
    for (const columns of decode(bytes, chunk, next)) if (columns.count > 0) yield columns
  }
}

/** The chunks that may hold points of a query. */
const chunksOf = async ({ table, copc }: Structure, query: CopcQuery): Promise<readonly Chunk[]> =>
  copc === undefined ? (table?.chunks ?? []) : copc.nodes(query)

/** The chunks that may hold points of a box, with their bytes. */
async function* readChunks(structure: Structure, box: Box2 | undefined) {
  yield* readRuns(structure.source, await chunksOf(structure, box === undefined ? {} : { box }))
}
