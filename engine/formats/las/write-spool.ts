import { type FileHandle, open } from "node:fs/promises"
import { crc32 } from "node:zlib"
import { EngineError } from "../../errors.js"
import type { PointColumns } from "./columns.js"
import type { Part } from "./part.js"
import type { PointFile } from "./point-file.js"
import { encodeSpoolIndex, type SegmentColumns, SPOOL, SpoolSegment } from "./spool-format.js"

/** Points of one cell in one segment, at most: 172 KB. */
const SEGMENT_POINTS = 8192
/** All buffers are written out when they hold this many points (28 MB at most, half of them unused). */
const BUFFERED_POINTS = 2 ** 19
const FIRST_POINTS = 256

/** Points of one cell that wait to be written. */
interface CellBuffer {
  readonly cellX: number
  readonly cellY: number
  count: number
  capacity: number
  /** Those of a segment where the buffer is full. */
  bytes: Uint8Array<ArrayBuffer>
  columns: SegmentColumns
}

const bufferOf = (cellX: number, cellY: number, capacity: number): CellBuffer => {
  const bytes = new Uint8Array(SpoolSegment.bytes(capacity))
  return { cellX, cellY, count: 0, capacity, bytes, columns: SpoolSegment.columns(bytes, capacity) }
}

const COLUMN_NAMES = [
  "gpsTime",
  "z",
  "x",
  "y",
  "intensity",
  "classification",
  "returnNumber",
  "numberOfReturns",
] as const satisfies readonly (keyof SegmentColumns)[]

const copyColumns = (from: SegmentColumns, count: number, into: SegmentColumns): void => {
  for (const name of COLUMN_NAMES) into[name].set(from[name].subarray(0, count))
}

/** The file being written: segments in the order in which buffers fill. */
class SpoolWriter {
  readonly handle: FileHandle
  readonly segments: SpoolSegment[] = []
  readonly cells = new Map<string, CellBuffer>()
  /** Encoded segments that wait for the file. */
  pending: Uint8Array<ArrayBuffer>[] = []
  /** Bytes of full segments that are written, for the next ones. */
  private readonly free: Uint8Array<ArrayBuffer>[] = []
  private writing: Promise<void> = Promise.resolve()
  at = SPOOL.headerBytes
  buffered = 0
  points = 0

  constructor(handle: FileHandle) {
    this.handle = handle
  }

  cell(cellX: number, cellY: number): CellBuffer {
    const key = `${cellX}/${cellY}`
    let buffer = this.cells.get(key)
    if (buffer === undefined) {
      buffer = bufferOf(cellX, cellY, FIRST_POINTS)
      this.cells.set(key, buffer)
    }
    return buffer
  }

  /** Makes room for one more point. */
  makeRoom(buffer: CellBuffer): void {
    if (buffer.count < buffer.capacity) return
    if (buffer.capacity === SEGMENT_POINTS) {
      this.emit(buffer)
      return
    }
    const larger = bufferOf(buffer.cellX, buffer.cellY, buffer.capacity * 2)
    copyColumns(buffer.columns, buffer.count, larger.columns)
    buffer.bytes = larger.bytes
    buffer.columns = larger.columns
    buffer.capacity = larger.capacity
  }

  emit(buffer: CellBuffer): void {
    const { count, cellX, cellY } = buffer
    const bytes = this.segmentOf(buffer)
    this.segments.push({ cellX, cellY, offset: this.at, count, crc: crc32(bytes) })
    this.pending.push(bytes)
    this.at += bytes.length
    this.buffered -= count
    this.points += count
    buffer.count = 0
  }

  /** The bytes of a buffer's points: its own, for which it gets others, where it is full. */
  private segmentOf(buffer: CellBuffer): Uint8Array<ArrayBuffer> {
    const { count } = buffer
    if (count < SEGMENT_POINTS) {
      const bytes = new Uint8Array(SpoolSegment.bytes(count))
      copyColumns(buffer.columns, count, SpoolSegment.columns(bytes, count))
      return bytes
    }
    const { bytes } = buffer
    buffer.bytes = this.free.pop() ?? new Uint8Array(bytes.length)
    buffer.columns = SpoolSegment.columns(buffer.bytes, SEGMENT_POINTS)
    return bytes
  }

  /** Starts to write what waits, once what went before is written: meanwhile the next points are decoded. */
  async flush(all: boolean): Promise<void> {
    if (all || this.buffered > BUFFERED_POINTS) {
      for (const buffer of this.cells.values()) if (buffer.count > 0) this.emit(buffer)
      this.cells.clear()
    }
    await this.writing
    const { pending } = this
    if (pending.length === 0) return
    this.pending = []
    const position = this.at - pending.reduce((sum, bytes) => sum + bytes.length, 0)
    this.writing = this.write(pending, position)
    // It is met at the next flush; when reading fails before that, its failure is nobody's.
    this.writing.catch(() => undefined)
    if (all) await this.writing
  }

  private async write(pending: readonly Uint8Array<ArrayBuffer>[], start: number): Promise<void> {
    let position = start
    for (const bytes of pending) {
      await writeAll(this.handle, bytes, position)
      position += bytes.length
      if (bytes.length === SpoolSegment.bytes(SEGMENT_POINTS)) this.free.push(bytes)
    }
  }
}

const writeAll = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}

/**
 * Decodes a plain LAS or LAZ file, or a part of it, into a spool at `path`, from which each tile reads only the 50 m cells that it meets.
 * Memory: the reader's and at most about 30 MB of buffers. The end mark comes last: a file that was not finished is
 * recognised. The caller renames it. The same file gives the same bytes.
 *
 * @throws EngineError of the reader; `E_OUTPUT` when the disk is full or the folder cannot be written.
 */
export const writeSpool = async (file: PointFile, path: string, part?: Part): Promise<{ points: number }> => {
  const cell = SPOOL.cellMm / 1000
  const base = [Math.floor(file.info.box[0] / cell), Math.floor(file.info.box[1] / cell)] as const
  let handle: FileHandle | undefined
  try {
    handle = await open(path, "w")
    const writer = new SpoolWriter(handle)
    const header = new Uint8Array(SPOOL.headerBytes)
    header.set(new TextEncoder().encode(SPOOL.magic))
    new DataView(header.buffer).setUint32(8, SPOOL.version, true)
    await writeAll(handle, header, 0)
    const origin = [base[0] * cell, base[1] * cell, 0] as const
    for await (const columns of file.read(part === undefined ? { origin } : { origin, part })) {
      distribute(writer, columns, base)
      await writer.flush(false)
    }
    await writer.flush(true)
    await writeAll(handle, encodeSpoolIndex(writer.segments, writer.at, writer.points), writer.at)
    return { points: writer.points }
  } catch (error) {
    if (error instanceof EngineError) throw error
    throw new EngineError(
      "E_OUTPUT",
      `${path}: cannot be written (${error instanceof Error ? error.message : String(error)}). Check the free space and the folder's permissions.`,
      { file: path },
      error,
    )
  } finally {
    await handle?.close()
  }
}

/** Deals the points out to their cells, run by run: points come in scan order, so that many follow each other in one cell. */
const distribute = (writer: SpoolWriter, points: PointColumns, base: readonly [number, number]): void => {
  const { count, x, y } = points
  for (let begin = 0; begin < count; ) {
    const column = Math.floor(x[begin]! / SPOOL.cellMm)
    const row = Math.floor(y[begin]! / SPOOL.cellMm)
    const end = endOfRun(points, begin, column * SPOOL.cellMm, row * SPOOL.cellMm)
    const buffer = writer.cell(base[0] + column, base[1] + row)
    while (begin < end) {
      writer.makeRoom(buffer)
      const n = Math.min(end - begin, buffer.capacity - buffer.count)
      appendRun(buffer, points, begin, n, column * SPOOL.cellMm, row * SPOOL.cellMm)
      begin += n
    }
  }
  writer.buffered += count
}

/** Where the run from `begin` on leaves the cell with this south-west corner. */
const endOfRun = ({ x, y, count }: PointColumns, begin: number, west: number, south: number): number => {
  const east = west + SPOOL.cellMm
  const north = south + SPOOL.cellMm
  let end = begin + 1
  while (end < count && x[end]! >= west && x[end]! < east && y[end]! >= south && y[end]! < north) end++
  return end
}

/** One column after the other: each loop reads and writes two rows of memory, and nothing else. */
const appendRun = (
  buffer: CellBuffer,
  points: PointColumns,
  begin: number,
  n: number,
  west: number,
  south: number,
): void => {
  const { count, columns } = buffer
  const { x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime } = points
  for (let i = 0; i < n; i++) columns.x[count + i] = x[begin + i]! - west
  for (let i = 0; i < n; i++) columns.y[count + i] = y[begin + i]! - south
  for (let i = 0; i < n; i++) columns.z[count + i] = z[begin + i]!
  for (let i = 0; i < n; i++) columns.classification[count + i] = classification[begin + i]!
  for (let i = 0; i < n; i++) columns.returnNumber[count + i] = returnNumber[begin + i]!
  for (let i = 0; i < n; i++) columns.numberOfReturns[count + i] = numberOfReturns[begin + i]!
  for (let i = 0; i < n; i++) columns.intensity[count + i] = intensity[begin + i]!
  for (let i = 0; i < n; i++) columns.gpsTime[count + i] = gpsTime[begin + i]!
  buffer.count += n
}
