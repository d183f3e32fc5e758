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
  columns: SegmentColumns
}

const bufferOf = (cellX: number, cellY: number, capacity: number): CellBuffer => ({
  cellX,
  cellY,
  count: 0,
  capacity,
  columns: SpoolSegment.columns(new Uint8Array(SpoolSegment.bytes(capacity)), capacity),
})

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
  pending: Uint8Array[] = []
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
    buffer.columns = larger.columns
    buffer.capacity = larger.capacity
  }

  emit(buffer: CellBuffer): void {
    const { count, cellX, cellY } = buffer
    const bytes = new Uint8Array(SpoolSegment.bytes(count))
    copyColumns(buffer.columns, count, SpoolSegment.columns(bytes, count))
    this.segments.push({ cellX, cellY, offset: this.at, count, crc: crc32(bytes) })
    this.pending.push(bytes)
    this.at += bytes.length
    this.buffered -= count
    this.points += count
    buffer.count = 0
  }

  async flush(all: boolean): Promise<void> {
    if (all || this.buffered > BUFFERED_POINTS) {
      for (const buffer of this.cells.values()) if (buffer.count > 0) this.emit(buffer)
      this.cells.clear()
    }
    let position = this.at - this.pending.reduce((sum, bytes) => sum + bytes.length, 0)
    for (const bytes of this.pending) {
      await writeAll(this.handle, bytes, position)
      position += bytes.length
    }
    this.pending = []
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

const distribute = (writer: SpoolWriter, points: PointColumns, base: readonly [number, number]): void => {
  const { count, x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime } = points
  let buffer: CellBuffer | undefined
  for (let i = 0; i < count; i++) {
    const cellX = base[0] + Math.floor(x[i]! / SPOOL.cellMm)
    const cellY = base[1] + Math.floor(y[i]! / SPOOL.cellMm)
    // Points come in scan order: the cell is mostly that of the point before.
    if (buffer === undefined || buffer.cellX !== cellX || buffer.cellY !== cellY) buffer = writer.cell(cellX, cellY)
    writer.makeRoom(buffer)
    const { columns } = buffer
    const at = buffer.count++
    columns.x[at] = x[i]! - (cellX - base[0]) * SPOOL.cellMm
    columns.y[at] = y[i]! - (cellY - base[1]) * SPOOL.cellMm
    columns.z[at] = z[i]!
    columns.classification[at] = classification[i]!
    columns.returnNumber[at] = returnNumber[i]!
    columns.numberOfReturns[at] = numberOfReturns[i]!
    columns.intensity[at] = intensity[i]!
    columns.gpsTime[at] = gpsTime[i]!
  }
  writer.buffered += count
}
