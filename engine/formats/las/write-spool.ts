import { type FileHandle, open } from "node:fs/promises"
import { crc32 } from "node:zlib"
import { EngineError } from "../../errors.js"
import type { AttributeName } from "../../kernel.js"
import type { FieldName, PointColumns } from "./columns.js"
import { type Further, furtherOf } from "./further-columns.js"
import type { Part } from "./part.js"
import type { PointFile } from "./point-file.js"
import { appendRun, type CellBuffer, emptyCell, isSpent, nothingTold } from "./spool-cells.js"
import { type SegmentColumns, SPOOL, SpoolSegment } from "./spool-format.js"
import { encodeSpoolHeader, encodeSpoolIndex } from "./spool-index.js"

/** Points of one cell in one segment, at most: 82 KB, 164 KB with all columns. */
const SEGMENT_POINTS = 8192
/** All buffers are written out when they hold this many points (22 MB at most, half of them unused). */
const BUFFERED_POINTS = 2 ** 19
const COLUMN_NAMES = [
  "gpsTime",
  "z",
  "x",
  "y",
  "intensity",
  "classification",
  "returns",
] as const satisfies readonly (keyof SegmentColumns)[]

const copyColumns = (from: SegmentColumns, count: number, into: SegmentColumns): void => {
  for (const name of COLUMN_NAMES) into[name].set(from[name].subarray(0, count))
}

/** The file being written: segments in the order in which buffers fill. */
class SpoolWriter {
  readonly handle: FileHandle
  readonly held: Further
  readonly segments: SpoolSegment[] = []
  readonly cells = new Map<number, CellBuffer>()
  /** Encoded segments that wait for the file. */
  pending: Uint8Array<ArrayBuffer>[] = []
  /** Bytes of full segments that are written, for the next ones. */
  private readonly free: Uint8Array<ArrayBuffer>[] = []
  private writing: Promise<void> = Promise.resolve()
  at = SPOOL.headerBytes
  buffered = 0
  points = 0
  /** Points dealt out, those too that are left out. */
  dealt = 0

  constructor(handle: FileHandle, held: Further) {
    this.handle = handle
    this.held = held
  }

  cell(cellX: number, cellY: number): CellBuffer {
    // Cells of 50 m: 32 bits of millimetres reach 86,000 of them.
    const key = cellX * 2 ** 26 + cellY
    let buffer = this.cells.get(key)
    if (buffer === undefined) {
      buffer = emptyCell(cellX, cellY, this.held)
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
    const capacity = buffer.capacity * 2
    const size = SpoolSegment.bytes(capacity, this.held)
    const bytes = (capacity === SEGMENT_POINTS ? this.free.pop() : undefined) ?? new Uint8Array(size)
    const columns = SpoolSegment.columns(bytes, capacity, this.held)
    copyColumns(buffer.columns, buffer.count, columns)
    buffer.bytes = bytes
    buffer.columns = columns
    buffer.capacity = capacity
  }

  emit(buffer: CellBuffer): void {
    const { count, cellX, cellY, lowZ, highZ, times, others } = buffer
    const bytes = this.segmentOf(buffer)
    this.segments.push({ cellX, cellY, offset: this.at, count, crc: crc32(bytes), lowZ, highZ, times, others })
    this.pending.push(bytes)
    this.at += bytes.length
    this.buffered -= count
    this.points += count
    buffer.count = 0
    Object.assign(buffer, nothingTold())
  }

  /** The bytes of a buffer's points: its own, for which it gets others, where it is full. */
  private segmentOf(buffer: CellBuffer): Uint8Array<ArrayBuffer> {
    const { count } = buffer
    if (count < SEGMENT_POINTS) {
      const bytes = new Uint8Array(SpoolSegment.bytes(count, this.held))
      copyColumns(buffer.columns, count, SpoolSegment.columns(bytes, count, this.held))
      return bytes
    }
    const { bytes } = buffer
    buffer.bytes = this.free.pop() ?? new Uint8Array(bytes.length)
    buffer.columns = SpoolSegment.columns(buffer.bytes, SEGMENT_POINTS, this.held)
    return bytes
  }

  /** Starts to write what waits, once what went before is written: meanwhile the next points are decoded. */
  async flush(all: boolean): Promise<void> {
    if (all || this.buffered > BUFFERED_POINTS) {
      for (const buffer of this.cells.values()) if (!isSpent(buffer)) this.emit(buffer)
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
    await writeMany(this.handle, pending, start)
    const full = SpoolSegment.bytes(SEGMENT_POINTS, this.held)
    for (const bytes of pending) if (bytes.length === full) this.free.push(bytes)
  }
}

/** Writes buffers one behind the other: many at one call, whose cost is the same as that of one. */
const writeMany = async (handle: FileHandle, buffers: readonly Uint8Array[], start: number): Promise<void> => {
  let position = start
  for (let rest = buffers; rest.length > 0; ) {
    const { bytesWritten } = await handle.writev(rest, position)
    position += bytesWritten
    let done = bytesWritten
    let next = 0
    while (next < rest.length && done >= rest[next]!.length) done -= rest[next++]!.length
    rest = rest.slice(next)
    if (done > 0) rest = [rest[0]!.subarray(done), ...rest.slice(1)]
  }
}

const writeAll = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}

/** What {@link writeSpool} puts into a spool. */
export interface SpoolOptions {
  /** A share of the file; all of it when absent. */
  readonly part?: Part
  /** Attributes that will be asked of the spool: GPS time and intensity are held where they are among them; all when absent. */
  readonly attributes?: readonly AttributeName[]
  /** Classes that will be asked of the spool; all when absent. Points of others are counted, and noise is held for its count. */
  readonly classes?: readonly number[] | undefined
}

/**
 * Decodes a plain LAS or LAZ file, or a part of it, into a spool at `path`, from which each tile reads only the 50 m cells that it meets.
 * Memory: the reader's and at most about 22 MB of buffers. The end mark comes last: a file that was not finished is
 * recognised. The caller renames it. Gives the points of the part, those too that are left out. The same file and attributes give the same bytes.
 *
 * @throws EngineError of the reader; `E_OUTPUT` when the disk is full or the folder cannot be written.
 */
export const writeSpool = async (
  file: PointFile,
  path: string,
  { part, attributes, classes }: SpoolOptions = {},
): Promise<{ points: number }> => {
  const cell = SPOOL.cellMm / 1000
  const base = [Math.floor(file.info.box[0] / cell), Math.floor(file.info.box[1] / cell)] as const
  const held = furtherOf(attributes)
  const kept = new Uint8Array(256).fill(classes === undefined ? 1 : 0)
  for (const code of [...(classes ?? []), 7, 18]) kept[code] = 1
  let handle: FileHandle | undefined
  try {
    handle = await open(path, "w")
    const writer = new SpoolWriter(handle, held)
    await writeAll(handle, encodeSpoolHeader(held), 0)
    const origin = [base[0] * cell, base[1] * cell, 0] as const
    const fields: FieldName[] = [
      "classification",
      "returns",
      "gpsTime",
      ...(held.intensity ? ["intensity" as const] : []),
    ]
    const query = { origin, attributes: fields, lent: true }
    for await (const columns of file.read(part === undefined ? query : { ...query, part })) {
      distribute(writer, columns, base, kept)
      await writer.flush(false)
    }
    await writer.flush(true)
    await writeAll(handle, encodeSpoolIndex(writer.segments, writer.at, writer.points), writer.at)
    return { points: writer.dealt }
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
const distribute = (
  writer: SpoolWriter,
  points: PointColumns,
  base: readonly [number, number],
  kept: Uint8Array,
): void => {
  const { count, x, y } = points
  for (let begin = 0; begin < count; ) {
    const column = Math.floor(x[begin]! / SPOOL.cellMm)
    const row = Math.floor(y[begin]! / SPOOL.cellMm)
    const buffer = writer.cell(base[0] + column, base[1] + row)
    writer.makeRoom(buffer)
    const before = buffer.count
    begin = appendRun(buffer, points, begin, [column * SPOOL.cellMm, row * SPOOL.cellMm], kept)
    writer.buffered += buffer.count - before
  }
  writer.dealt += count
}
