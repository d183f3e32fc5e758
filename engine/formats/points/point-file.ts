/**
 * Opens a LAS, LAZ or COPC file: description, and points by query, as records or as coordinates.
 */
import { Box2 } from "../../core/geometry/box.js"
import { sha256 } from "../../core/hash.js"
import { damaged } from "../../errors.js"
import type { CrsDescription } from "../../grid/crs.js"
import { type ByteSource, isUrl, type OpenBytesOptions } from "../../io/byte-source.js"
import { openBytes } from "../../io/bytes.js"
import type { ReadNotes } from "../../io/noted-reads.js"
import type { Copc, CopcQuery } from "../copc/open-copc.js"
import type { PointChoice, PointColumns, PointQuery, RecordBlock } from "../las/columns.js"
import { type ExtraDimension, extraDimensions } from "../las/extra-bytes.js"
import {
  checkBody,
  type LasHeader,
  latin,
  parseHeader,
  parseVlrs,
  readEvlrs,
  readGeoKeys,
  readPreamble,
  type Vlr,
  wktTexts,
} from "../las/header.js"
import { noneLeftOut, type Progress } from "../las/stored-places.js"
import type { StoredSpec } from "../las/write/stored-spec.js"
import {
  type Chunk,
  type ChunkTable,
  chunksOfPart,
  type Laszip,
  parseLaszip,
  readChunkTable,
  readRuns,
} from "../laz/laszip.js"
import { layerReader } from "../laz/layer-columns.js"
import { lazDecoder } from "../laz/wasm/decoder.js"
import type { PlaceQuery, VisitPlaces } from "./read-places.js"

/** Description of a point file. */
export interface PointFileInfo {
  /** Path or address as given. */
  readonly path: string
  readonly name: string
  readonly format: "las" | "laz" | "copc"
  /** System identifier of the header; absent if blank, or if no header was read. */
  readonly systemId?: string
  /** LAS version, `1.0` to `1.4`. */
  readonly version: string
  readonly pointFormat: number
  readonly recordLength: number
  readonly count: number
  /**
   * Extent stated by the header, closed, CRS units; of the points themselves if `openWithoutWild`
   * examined the file.
   */
  readonly box: Box2
  /** Half-open, CRS units: points outside are not read. Absent: all are read. */
  readonly extent?: Box2
  /**
   * Message on wild points: how many are left out and where, or why they are retained, or how wrong
   * the header's box is.
   */
  readonly wild?: string
  readonly zRange: readonly [number, number]
  readonly scale: readonly [number, number, number]
  readonly offset: readonly [number, number, number]
  readonly crs: CrsDescription
  readonly extraBytes: readonly { readonly name: string; readonly type: string }[]
  /** Tolerated faults of the writer. */
  readonly faults: readonly string[]
  /**
   * SHA-256 over the structure: size, header, and chunk table, COPC root page or (LAS) samples of
   * the points. For an address: over its `ETag` and length. Where the structure of a job's source
   * is that of a former file with other bytes: over all bytes too (`settleIdentity`).
   */
  readonly identity: string
  /** SHA-256 over the structure, where the identity is another one. */
  readonly structure?: string | undefined
  /** Size and modification time of a local file. */
  readonly stamp?: string | undefined
  /** COPC: point spacing of the root, metres. */
  readonly spacing?: number
}

/** An open LAS, LAZ or COPC file. */
export interface PointFile {
  readonly info: PointFileInfo
  /** Points decoded so far, whether or not a query selected them. */
  readonly decoded: number
  /** Points that queries have left out so far because their height is beyond 12 km. */
  readonly tooHigh: number
  /** Points that queries have left out so far because of a class flag. */
  readonly flagged: number
  /** Points read so far outside the bounds that the header states. */
  readonly outside: number
  /** Points of queries so far whose class the scheme lacks, by class: they become unclassified. */
  readonly unlisted: ReadonlyMap<number, number>
  /** Points that queries have left out so far because of their class, by class. */
  readonly dropped: ReadonlyMap<number, number>
  /** Points in blocks of at most 65,536, in file order (COPC: in order of byte offset). */
  read(query: PointQuery): AsyncIterable<PointColumns>
  /**
   * Estimates the number of points of a query, regardless of its classes and part. It assumes that
   * points are spread evenly over a COPC node, or over the whole of another file. It adds an eighth
   * where the box covers only a part.
   */
  expected(query: PointQuery): Promise<number>
  /**
   * Raw records in the file's own point format, every byte unchanged: all, or those in a half-open
   * box. Each block is valid until the next.
   */
  records(query?: { readonly box?: Box2 | undefined }): AsyncIterable<RecordBlock>
  /** Passes the stored coordinates of all points to `visit`. */
  places(visit: VisitPlaces, query?: PlaceQuery): Promise<void>
  /**
   * Number of points in all chunks. For a COPC, reads and checks every page of the hierarchy; other
   * formats were checked when opened.
   */
  countPoints(): Promise<number>
  /** Metadata of the file that a copy of it should repeat. */
  stored(): Promise<StoredSpec>
  /**
   * Checks after reading that the file is still the one that was opened.
   *
   * @throws EngineError `E_INPUT` if it was changed, replaced or removed
   */
  verify(): Promise<void>
  close(): Promise<void>
}

/** How a point file is opened. */
export interface OpenPointOptions extends OpenBytesOptions {
  /** Replaces what the header states; with an `extent`, no query gives points outside it. */
  readonly found?: Partial<PointFileInfo> | undefined
  /** Classes for those of the file, and points to leave out; absent: points are as stored. */
  readonly choice?: ((info: PointFileInfo) => PointChoice) | undefined
  /** Receives the reads of a local file after its structure. */
  readonly notes?: ReadNotes | undefined
}

const HEAD_BYTES = 65536
/**
 * Opens a LAS 1.0–1.4 file (point formats 0–10), LAZ (0–3 and 6–8) or COPC, by path or `http(s)`
 * address. Reads only the header, the VLRs and EVLRs, and the chunk table or COPC root page.
 *
 * @throws EngineError `E_INPUT` if it cannot be read, `E_FORMAT` if it is broken or unsupported;
 * the message gives a remedy
 */
export const openPointFile = async (
  path: string,
  { found, choice, notes, ...options }: OpenPointOptions = {},
): Promise<PointFile> => {
  const source = await openBytes(path, options)
  try {
    return await openSource(source, { found, choice, notes })
  } catch (error) {
    await source.close()
    throw error
  }
}

/** The parsed structure of a file: everything that reading points needs. */
interface Structure {
  readonly source: ByteSource
  readonly header: LasHeader
  readonly extent?: Box2 | undefined
  readonly dimensions: readonly ExtraDimension[]
  readonly laszip?: Laszip
  readonly table?: ChunkTable
  readonly copc?: Copc
}

const openSource = async (
  source: ByteSource,
  { found, choice: choiceOf, notes }: Pick<OpenPointOptions, "found" | "choice" | "notes">,
): Promise<PointFile> => {
  const faults: string[] = []
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size))
  const header = parseHeader(head, source, faults)
  const preamble = await readPreamble(source, header, head)
  const vlrs = [...parseVlrs(preamble, header, faults), ...(await readEvlrs(source, header, faults))]
  const plain = await readStructure(source, header, vlrs, faults)
  const noted = notes === undefined || isUrl(source.path) ? source : notes.watch(source)
  const structure = { ...plain, source: noted, extent: found?.extent }
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
    identity: await hashIdentity(plain, preamble),
    ...(isUrl(source.path) ? {} : { stamp: source.identity }),
    ...(copc === undefined ? {} : { spacing: copc.spacing }),
    ...found,
  }
  const progress: Progress = { decoded: 0, ...noneLeftOut() }
  const choice = choiceOf?.(info)
  const chosen = choice === undefined ? {} : { choice }
  return {
    info,
    get decoded() {
      return progress.decoded
    },
    get tooHigh() {
      return progress.tooHigh
    },
    get outside() {
      return progress.outside
    },
    get flagged() {
      return progress.flagged
    },
    unlisted: progress.unlisted,
    dropped: progress.dropped,
    read: (query) => readPoints(structure, withinExtent(structure, { ...query, ...chosen }), progress),
    expected: (query) => pointsExpected(structure, withinExtent(structure, query)),
    places: async (visit, query) => (await import("./read-places.js")).readPlaces(structure, visit, query),
    records: async function* ({ box } = {}) {
      const { readRecordBlocks } = await import("./read-records.js")
      yield* readRecordBlocks({ ...structure, chunks: (wanted) => readChunks(structure, wanted) }, box)
    },
    countPoints: () => countAll(structure),
    stored: async () => (await import("../las/write/stored-spec.js")).readStoredSpec(source, header),
    verify: () => source.verify(),
    close: () => source.close(),
  }
}

const withinExtent = ({ extent }: Structure, query: PointQuery): PointQuery =>
  extent === undefined ? query : { ...query, box: query.box ? Box2.intersection(extent, query.box) : extent }

const crsOf = async (vlrs: readonly Vlr[], faults: string[]): Promise<CrsDescription> => {
  const { recogniseCrs } = await import("../../grid/crs.js")
  const geoKeys = readGeoKeys(vlrs, faults)
  return recogniseCrs({ wkts: wktTexts(vlrs), ...(geoKeys === undefined ? {} : { geoKeys }) })
}

const systemOf = (head: Uint8Array): Pick<PointFileInfo, "systemId"> => {
  const systemId = latin(head, 26, 32).trim()
  return systemId === "" ? {} : { systemId }
}

const readStructure = async (
  source: ByteSource,
  header: LasHeader,
  vlrs: Vlr[],
  faults: string[],
): Promise<Structure> => {
  const base = { source, header, dimensions: extraDimensions(vlrs, header, faults) }
  if (vlrs.some((vlr) => vlr.userId === "lascompatible")) {
    faults.push("LAS 1.4 compatibility mode: classes above 31 are not read")
  }
  const body = header.pointsEnd - header.pointOffset
  // An empty LAZ has the offset of its chunk table and an empty table.
  if (header.count === 0 && body >= (header.compressed ? 64 : header.recordLength)) {
    throw damaged(source.path, `its header announces no points, but ${body} bytes follow it`)
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

/**
 * Identity of a LAS file, which has no chunk table: this many blocks, spread evenly, or all of a
 * small file.
 */
const SAMPLES = 256
const SAMPLE_BYTES = 65536

const hashIdentity = async ({ source, header, table, copc }: Structure, preamble: Uint8Array): Promise<string> => {
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

const countAll = async ({ header, copc }: Structure): Promise<number> => {
  if (copc === undefined) return header.count
  const nodes = await copc.nodes({})
  return nodes.reduce((sum, { count }) => sum + count, 0)
}

const pointsExpected = async ({ header, copc }: Structure, query: PointQuery): Promise<number> => {
  const { box } = query
  const area = Box2.area(header.box)
  const share = box === undefined || area === 0 ? 1 : Box2.area(Box2.intersection(header.box, box)) / area
  const parts = copc ? await copc.nodes(query) : [{ count: header.count, expected: header.count * share }]
  let sum = 0
  for (const { count, expected } of parts) {
    sum += Math.min(count, 1.125 * expected)
  }
  return Math.ceil(sum)
}

async function* readPoints(structure: Structure, query: PointQuery, progress: Progress): AsyncGenerator<PointColumns> {
  const { source, header, dimensions, laszip } = structure
  if (laszip?.compressor !== 3) {
    const { readRecordColumns } = await import("./record-columns.js")
    yield* readRecordColumns({ ...structure, chunks: await chunksOf(structure, query) }, query, progress)
    return
  }
  const chunks = chunksOfPart(await chunksOf(structure, query), query.part)
  const decode = layerReader(await lazDecoder(), header, query, dimensions, source.path, progress)
  for await (const [chunk, bytes, next] of readRuns(source, chunks)) {
    progress.decoded += chunk.count
    for (const columns of decode(bytes, chunk, next)) if (columns.count > 0) yield columns
  }
}

/** Chunks that may contain points of a query. */
const chunksOf = async ({ table, copc }: Structure, query: CopcQuery): Promise<readonly Chunk[]> =>
  copc === undefined ? (table?.chunks ?? []) : copc.nodes(query)

/** Chunks that may contain points of a box, with their bytes. */
async function* readChunks(structure: Structure, box: Box2 | undefined) {
  yield* readRuns(structure.source, await chunksOf(structure, box === undefined ? {} : { box }))
}
