/**
 * Reads LASzip's additions to a LAS file, item record and chunk table, and checks them against the
 * file's size. Divides a file into parts, and reads chunks in few requests.
 */
import { elementAt } from "../../core/lists.js"
import { damaged, EngineError } from "../../errors.js"
import { type ByteSource, isUrl } from "../../io/byte-source.js"
import type { Part } from "../las/columns.js"
import type { Vlr } from "../las/header.js"
import { type LasHeader, RECORD_BYTES, refuse } from "../las/header.js"
import { arithmeticIntegers } from "./arithmetic-coding.js"

/** Content of the `laszip encoded`/22204 record. */
export interface Laszip {
  /** 1 a single chunk of points, 2 chunks of points, 3 chunks of layers. */
  readonly compressor: number
  /** Points per chunk; 0xFFFFFFFF: variable, the table states them. */
  readonly chunkSize: number
  /** Bytes of extra dimensions in a record. */
  readonly extraBytes: number
}

/** Points that were compressed together: bytes `[begin, end)` of the file. */
export interface Chunk {
  readonly begin: number
  readonly end: number
  readonly count: number
}

const VARIABLE = 0xffffffff
const CONVERT = "Convert it to point format 6, 7 or 8 with LAStools or PDAL."
const CONVERT_OLD = "Convert it with LAStools: las2las -i old.laz -o new.laz."
const REFETCH_OR_CONVERT = "Fetch it again, or convert it to point format 6, 7 or 8 with LAStools or PDAL."
const SMALLER_CHUNKS = "Write it again with chunks of 50,000 points."

/**
 * Item types by point format: 6 POINT10, 7 GPSTIME11, 8 RGB12, 10 POINT14, 11 RGB14, 12 RGBNIR14.
 */
const ITEMS: Readonly<Record<number, readonly number[]>> = {
  0: [6],
  1: [6, 7],
  2: [6, 8],
  3: [6, 7, 8],
  6: [10],
  7: [10, 11],
  8: [10, 12],
}
const ITEM_NAMES: Readonly<Record<number, string>> = { 9: "WAVEPACKET13", 13: "WAVEPACKET14" }

/**
 * Reads and checks the LASzip record: compressor, coder, items and their versions.
 *
 * Offsets: 0 compressor, 2 coder, 4 version, 12 chunk size (u32), 32 items (u16), 34 items: type,
 * size, version (3 u16).
 *
 * @throws EngineError `E_FORMAT` with a remedy if no decoder here supports the file
 */
export const parseLaszip = (vlrs: readonly Vlr[], header: LasHeader, file: string): Laszip => {
  const expected = ITEMS[header.pointFormat]
  if (expected === undefined) {
    const found = `LAZ of point format ${header.pointFormat}; only formats 0 to 3 and 6 to 8 are supported`
    throw refuse(file, found, CONVERT)
  }
  const data = vlrs.find((vlr) => vlr.userId === "laszip encoded" && vlr.recordId === 22204)?.data
  if (data === undefined || data.length < 34) {
    throw damaged(file, "marked as compressed, without a LASzip record")
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const compressor = view.getUint16(0, true)
  const coder = view.getUint16(2, true)
  const layered = header.pointFormat >= 6
  if (layered ? compressor !== 3 : compressor !== 1 && compressor !== 2) {
    throw refuse(file, `LASzip compressor ${compressor} for point format ${header.pointFormat}`, CONVERT)
  }
  if (coder !== 0) {
    throw damaged(file, `unknown LASzip coder ${coder}; expected 0 (arithmetic)`, REFETCH_OR_CONVERT)
  }
  const extraBytes = checkItems(view, header, expected, file)
  return { compressor, chunkSize: compressor === 1 ? header.count : view.getUint32(12, true), extraBytes }
}

const checkItems = (view: DataView, header: LasHeader, expected: readonly number[], file: string): number => {
  const layered = header.pointFormat >= 6
  const count = view.getUint16(32, true)
  const base = RECORD_BYTES[header.pointFormat] ?? 0
  let bytes = 0
  let oddVersion = ""
  let oldItems = 0
  for (let i = 0; i < count; i++) {
    const at = 34 + i * 6
    if (at + 6 > view.byteLength) {
      throw damaged(file, `its LASzip record ends at item ${i + 1} of ${count}`)
    }
    const [type, size, version] = [0, 2, 4].map((field) => view.getUint16(at + field, true)) as [number, number, number]
    bytes += size
    if (type !== (expected[i] ?? (layered ? 14 : 0))) {
      const name = ITEM_NAMES[type] ?? `type ${type}`
      const found = `LASzip item ${name} in point format ${header.pointFormat}`
      throw damaged(file, found, REFETCH_OR_CONVERT)
    }
    if (version === 1) oldItems++
    if (layered ? version !== 2 && version !== 3 : version !== 2)
      oddVersion = `version ${version} of LASzip item ${type}`
  }
  if (!layered && oldItems === count) throw refuse(file, "LASzip 1 is not supported", CONVERT_OLD)
  if (oddVersion !== "") {
    throw damaged(file, `${oddVersion}; expected version ${layered ? 3 : 2}`, REFETCH_OR_CONVERT)
  }
  if (count < expected.length || bytes !== header.recordLength) {
    throw damaged(file, `LASzip items of ${bytes} bytes in total for records of ${header.recordLength}`)
  }
  return header.recordLength - base
}

/** The chunks of a LAZ file, and the encoded table, which identifies the file. */
export interface ChunkTable {
  readonly chunks: readonly Chunk[]
  readonly bytes: Uint8Array
}

/**
 * Reads the chunk table. An i64 at the point offset locates it; if that is −1, the file's last 8
 * bytes do. The table: u32 version, u32 number of chunks, then arithmetic-coded point counts (if
 * variable) and byte sizes. Every number is checked against the file's size.
 *
 * @throws EngineError `E_FORMAT` if the table is missing (writing was cut short), sizes exceed the
 * file, or counts do not add up
 */
export const readChunkTable = async (source: ByteSource, header: LasHeader, laszip: Laszip): Promise<ChunkTable> => {
  const file = source.path
  if (header.count === 0) return { chunks: [], bytes: new Uint8Array(0) }
  const dataEnd = header.evlrCount > 0 && header.evlrOffset > header.pointOffset ? header.evlrOffset : source.size
  if (laszip.compressor === 1) {
    const chunk = { begin: header.pointOffset, end: Math.min(dataEnd, source.size), count: header.count }
    return { chunks: [plausible(chunk, header, file)], bytes: new Uint8Array(0) }
  }
  // Some COPC writers set it to 0: with a valid hierarchy, the chunk table is not read.
  if (laszip.chunkSize === 0) throw damaged(file, "LASzip chunks of 0 points")
  const dataBegin = header.pointOffset + 8
  const tableAt = await tableOffset(source, header)
  if (tableAt < dataBegin || tableAt + 8 > source.size) {
    throw damaged(file, `no LAZ chunk table at byte ${tableAt} of ${source.size} (cut short)`)
  }
  const head = await source.read(tableAt, tableAt + 8)
  const count = new DataView(head.buffer).getUint32(4, true)
  const varies = laszip.chunkSize === VARIABLE
  const most = Math.floor((tableAt - dataBegin) / header.recordLength)
  // Some writers add an empty chunk at the end.
  const needed = (varies ? header.count : Math.ceil(header.count / laszip.chunkSize)) + 1
  if (count > most || count > needed) {
    const why = count > most ? `${tableAt - dataBegin} bytes have` : `${header.count} points make`
    throw damaged(file, `it announces ${count} chunks; ${why} at most ${Math.min(most, needed)}`)
  }
  // A chunk's two numbers take less than 16 bytes; the coder may read a few bytes ahead.
  const bytes = await source.read(tableAt, Math.min(source.size, tableAt + 8 + count * 16 + 64))
  const next = arithmeticIntegers(bytes.subarray(8), 2)
  const chunks: Chunk[] = []
  let [points, size, begin, total] = [0, 0, dataBegin, 0]
  for (let i = 0; i < count; i++) {
    points = varies ? next(points, 0) : Math.min(laszip.chunkSize, header.count - total)
    size = next(size, 1)
    if (begin + size > tableAt) throw damaged(file, `a LAZ chunk extends past byte ${tableAt}`)
    if (points > 0) chunks.push(plausible({ begin, end: begin + size, count: points }, header, file))
    begin += size
    total += points
  }
  if (total !== header.count) {
    throw damaged(file, `its header announces ${header.count} points, and its chunks have ${total} (cut short)`)
  }
  if (begin !== tableAt) {
    throw damaged(file, `its LAZ chunks end at byte ${begin}, and their table is at byte ${tableAt}`)
  }
  return { chunks, bytes }
}

const tableOffset = async (source: ByteSource, header: LasHeader): Promise<number> => {
  if (header.pointOffset + 8 > source.size) return -1
  const read = async (at: number): Promise<number> =>
    Number(new DataView((await source.read(at, at + 8)).buffer).getBigInt64(0, true))
  const offset = await read(header.pointOffset)
  return offset === -1 ? read(source.size - 8) : offset
}

/**
 * Upper bound on points per byte. Larger counts are false and would make the decoder run for hours.
 */
const MOST_POINTS_PER_BYTE = 512
const MOST_CHUNK_BYTES = 2 ** 31 - 2 ** 24
/**
 * A layered chunk is decoded whole into columns: with every attribute, this many points take 0.7
 * GB.
 */
const MOST_LAYERED_POINTS = 2 ** 24

/**
 * Returns the chunk if its size is plausible for its count and fits WebAssembly memory.
 *
 * @throws EngineError `E_FORMAT` otherwise
 */
export const plausible = (chunk: Chunk, header: LasHeader, file: string): Chunk => {
  const bytes = chunk.end - chunk.begin
  if (bytes < header.recordLength || chunk.count > bytes * MOST_POINTS_PER_BYTE) {
    throw damaged(file, `it announces a LAZ chunk of ${chunk.count} points in ${bytes} bytes`)
  }
  if (header.pointFormat >= 6 && chunk.count > MOST_LAYERED_POINTS) {
    const found = `a LAZ chunk of ${chunk.count} points, and at most ${MOST_LAYERED_POINTS} can be decoded at once`
    throw refuse(file, found, SMALLER_CHUNKS)
  }
  if (bytes > MOST_CHUNK_BYTES) {
    throw refuse(file, `a LAZ chunk of ${bytes} bytes, and at most 2 GB can be decoded at once`, SMALLER_CHUNKS)
  }
  return chunk
}

/**
 * Wraps an error of the decoder: a refusal, or a trap caused by a broken stream. Returns an
 * EngineError unchanged.
 */
export const undecodable = (file: string, { begin, count }: Chunk, error: unknown): EngineError => {
  if (error instanceof EngineError) return error
  const why = error instanceof Error ? error.message : String(error)
  return damaged(file, `the LAZ chunk at byte ${begin} (${count} points) cannot be decoded (${why})`)
}

/** How chunks are merged into reads. */
interface Cost {
  /** Chunks closer than this share a read: the bytes between cost less than another request. */
  readonly gapBytes: number
  /** Maximum size of a read. */
  readonly mostBytes: number
}

const LOCAL: Cost = { gapBytes: 8 * 1024, mostBytes: 2 * 1024 * 1024 }
const REMOTE: Cost = { gapBytes: 64 * 1024, mostBytes: 8 * 1024 * 1024 }

/**
 * Neighbouring chunks read together: chunks `[first, next)` of the list, bytes `[begin, end)` of
 * the file.
 */
interface Run {
  readonly first: number
  readonly next: number
  readonly begin: number
  readonly end: number
}

const runFrom = (chunks: readonly Chunk[], first: number, { gapBytes, mostBytes }: Cost): Run => {
  const { begin, end: firstEnd } = elementAt(chunks, first)
  let end = firstEnd
  let next = first + 1
  for (; next < chunks.length; next++) {
    const chunk = elementAt(chunks, next)
    if (chunk.begin > end + gapBytes || chunk.end - begin > mostBytes) break
    end = Math.max(end, chunk.end)
  }
  return { first, next, begin, end }
}

/**
 * A chunk with its bytes, and its successor if in the same read. The successor is then yielded as
 * the same objects.
 */
export type Read = readonly [Chunk, Uint8Array, next: readonly [Chunk, Uint8Array] | undefined]

/**
 * Yields chunks (sorted by offset) with their bytes, valid until the next chunk is requested.
 * Neighbours share a read, and the next run is read while the caller works on this one. Memory: two
 * runs of 2 MB (file) or 8 MB (address), or the two largest chunks. Runs of a file alternate
 * between two buffers: a new buffer for each would burden the garbage collector.
 */
export async function* readRuns(source: ByteSource, chunks: readonly Chunk[]): AsyncGenerator<Read> {
  const cost = isUrl(source.path) ? REMOTE : LOCAL
  let [room, other] = [new Uint8Array(0), new Uint8Array(0)]
  const roomFor = (size: number): Uint8Array | undefined => {
    if (isUrl(source.path)) return undefined
    const roomy = Math.max(size, Math.min(cost.mostBytes, 2 * size))
    ;[room, other] = [other.length < size ? new Uint8Array(roomy) : other, room]
    return room.subarray(0, size)
  }
  const start = (first: number): { run: Run; bytes: Promise<Uint8Array> } | undefined => {
    if (first >= chunks.length) return undefined
    const run = runFrom(chunks, first, cost)
    const bytes = source.read(run.begin, run.end, roomFor(run.end - run.begin))
    // A consumer that stops early never awaits this read: ignore its failure.
    bytes.catch(() => undefined)
    return { run, bytes }
  }
  for (let ahead = start(0); ahead !== undefined; ) {
    const { run } = ahead
    const bytes = await ahead.bytes
    ahead = start(run.next)
    const read = chunks
      .slice(run.first, run.next)
      .map((chunk) => [chunk, bytes.subarray(chunk.begin - run.begin, chunk.end - run.begin)] as const)
    for (const [i, [chunk, own]] of read.entries()) yield [chunk, own, read[i + 1]]
  }
}

/** The chunks of a part, in order, balanced by points. Each chunk belongs to exactly one part. */
export const chunksOfPart = (chunks: readonly Chunk[], part: Part | undefined): readonly Chunk[] => {
  if (part === undefined) return chunks
  const total = chunks.reduce((sum, { count }) => sum + count, 0)
  const [begin, end] = recordsOfPart(total, part)
  let before = 0
  return chunks.filter(({ count }) => {
    // The middle of a chunk decides. Below the total for the last chunk, it always falls into a
    // part.
    const middle = before + count / 2
    before += count
    return middle >= begin && middle < end
  })
}

/** The records `[begin, end)` of a part of `count` records. */
export const recordsOfPart = (count: number, part: Part | undefined): readonly [begin: number, end: number] => {
  if (part === undefined) return [0, count]
  const { index, of } = part
  if (!(Number.isInteger(index) && Number.isInteger(of) && index >= 0 && index < of)) {
    throw new RangeError(`part ${index} of ${of}: expected a whole number from 0 to ${of - 1}`)
  }
  return [Math.floor((count * index) / of), Math.floor((count * (index + 1)) / of)]
}
