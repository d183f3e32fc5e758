/** Writes a LAZ 1.4 file: header, compressed chunks and chunk table. */
import { type FileHandle, open } from "node:fs/promises"
import { writeFully } from "../../core/files/with-file.js"
import { EngineError } from "../../errors.js"
import { addToTotals, baseRecordBytes, emptyTotals, type RecordSpec } from "../las/write/record-spec.js"
import { encodeEvlrHeader, encodeVlr, HEADER_BYTES, writeLasHeader } from "../las/write/write-header.js"
import { type LazEncoder, lazEncoder } from "./encoder/encoder.js"
import { encodeChunkTable, encodeLaszipVlr } from "./laszip-writer.js"

/** Points per chunk, as LASzip writes by default. */
const CHUNK_POINTS = 50000

/** Writes a LAZ file from front to back. */
export interface LazWriter {
  /** Appends a copy of `count` raw records; the array may be reused once the promise resolves. */
  write(records: Uint8Array, count: number): Promise<void>
  /**
   * Writes the last chunk, chunk table, EVLRs and header, then syncs and closes the file. Returns
   * its size.
   */
  finish(): Promise<{ readonly points: number; readonly bytes: number }>
  /**
   * Closes an unfinished file after a failure; its header stays empty. No effect after {@link
   * finish}.
   */
  close(): Promise<void>
}

/**
 * Checks a spec against the limits of the format.
 *
 * @throws EngineError `E_USAGE`
 */
const checkSpec = (spec: RecordSpec, path: string): void => {
  const long = spec.vlrs.find((vlr) => vlr.data.length > 65535)
  const found =
    spec.recordLength < baseRecordBytes(spec.pointFormat) || spec.recordLength > 65535
      ? `records of ${spec.recordLength} bytes; point format ${spec.pointFormat} needs ${baseRecordBytes(spec.pointFormat)} to 65535. Give whole records.`
      : long !== undefined
        ? `VLR ${long.userId}/${long.recordId} has ${long.data.length} bytes, more than 65535. Give it as an EVLR.`
        : undefined
  if (found !== undefined) throw new EngineError("E_USAGE", `${path}: cannot be written: ${found}`, { file: path })
}

/**
 * Opens a LAZ 1.4 file of point format 6, 7 or 8 for writing: header, the VLRs of `spec`, LASzip
 * record, chunks of 50,000 points, chunk table, EVLRs. The header's counts and box are those of the
 * points. Memory: one chunk of records and of bytes, and 16 bytes a chunk. The clock is not used:
 * equal points give equal bytes.
 *
 * @param path a temporary name: the file is complete only after `finish`; the caller renames it
 * @throws EngineError `E_USAGE` for a spec beyond the format's limits; system errors here and later
 * (full disk, permissions)
 */
export const openLazWriter = async (path: string, spec: RecordSpec): Promise<LazWriter> => {
  checkSpec(spec, path)
  const encoder = await lazEncoder()
  const handle = await open(path, "w")
  const writer = new Writer(spec, encoder, handle)
  try {
    await writer.begin()
  } catch (error) {
    await writer.close()
    throw error
  }
  return writer
}

class Writer implements LazWriter {
  private readonly spec: RecordSpec
  private readonly encoder: LazEncoder
  private readonly handle: FileHandle
  private readonly chunk: Uint8Array
  private readonly chunks: { readonly count: number; readonly bytes: number }[] = []
  private readonly totals = emptyTotals()
  private pending = 0
  private at = 0
  private pointOffset = 0
  private open = true

  constructor(spec: RecordSpec, encoder: LazEncoder, handle: FileHandle) {
    this.spec = spec
    this.encoder = encoder
    this.handle = handle
    this.chunk = new Uint8Array(CHUNK_POINTS * spec.recordLength)
  }

  async begin(): Promise<void> {
    const { spec } = this
    const extraBytes = spec.recordLength - baseRecordBytes(spec.pointFormat)
    await this.append(new Uint8Array(HEADER_BYTES))
    for (const vlr of [...spec.vlrs, encodeLaszipVlr(spec.pointFormat, extraBytes, CHUNK_POINTS)]) {
      await this.append(encodeVlr(vlr))
    }
    this.pointOffset = this.at
    await this.append(new Uint8Array(8))
  }

  async write(records: Uint8Array, count: number): Promise<void> {
    const { recordLength } = this.spec
    addToTotals(this.totals, records, count, recordLength)
    for (let done = 0; done < count; ) {
      const taken = Math.min(count - done, CHUNK_POINTS - this.pending)
      const bytes = records.subarray(done * recordLength, (done + taken) * recordLength)
      this.chunk.set(bytes, this.pending * recordLength)
      this.pending += taken
      done += taken
      if (this.pending === CHUNK_POINTS) await this.flush()
    }
  }

  async finish(): Promise<{ points: number; bytes: number }> {
    const { spec, totals } = this
    if (this.pending > 0) await this.flush()
    const place = new Uint8Array(8)
    new DataView(place.buffer).setBigInt64(0, BigInt(this.at), true)
    await this.append(encodeChunkTable(this.chunks, false))
    const evlrOffset = spec.evlrs.length > 0 ? this.at : 0
    for (const evlr of spec.evlrs) {
      await this.append(encodeEvlrHeader(evlr, evlr.data.length))
      await this.append(evlr.data)
    }
    const header = writeLasHeader(spec, {
      totals,
      compressed: true,
      pointOffset: this.pointOffset,
      vlrCount: spec.vlrs.length + 1,
      evlrOffset,
      evlrCount: spec.evlrs.length,
    })
    await writeFully(this.handle, place, this.pointOffset)
    await writeFully(this.handle, header, 0)
    await this.handle.sync()
    await this.close()
    return { points: totals.count, bytes: this.at }
  }

  async close(): Promise<void> {
    if (!this.open) return
    this.open = false
    await this.handle.close()
  }

  private async flush(): Promise<void> {
    const { pointFormat, recordLength } = this.spec
    const bytes = this.encoder.encode(this.chunk, { count: this.pending, pointFormat, recordLength })
    await this.append(bytes)
    this.chunks.push({ count: this.pending, bytes: bytes.length })
    this.pending = 0
  }

  private async append(bytes: Uint8Array): Promise<void> {
    await writeFully(this.handle, bytes, this.at)
    this.at += bytes.length
  }
}
