/**
 * Decodes a plain LAS or LAZ file into a bucket file.
 * See docs/decisions/11-bucket-files.md.
 */

import { type FileHandle, open } from "node:fs/promises"
import { crc32 } from "node:zlib"
import { outputError } from "../../core/files/atomic-write.js"
import { writeFully } from "../../core/files/with-file.js"
import { concatenate, elementAt } from "../../core/lists.js"
import { PRESENCE_BYTES } from "../../core/presence.js"
import { EngineError } from "../../errors.js"
import type { AttributeName } from "../../kernel.js"
import { type FieldName, type Further, furtherOf, type Part, type PointColumns } from "../las/columns.js"
import type { PointFile } from "../points/point-file.js"
import {
  BUCKET_FILE,
  type BucketPresence,
  type BucketSegment,
  encodeBucketHeader,
  encodeBucketIndex,
} from "./format.js"
import { bucketCore } from "./wasm/core.js"
import type { BucketDealer, DealQuery, DealtSegment } from "./wasm/core-types.js"

/** Maximum number of points of a segment: 82 KB, 164 KB with all columns. */
const SEGMENT_POINTS = 8192
/** Size of blocks of segments for writing; greater than any segment. */
const BLOCK_BYTES = 2 ** 20
/**
 * Above this many points in buffers, all are written out. They take at most 43 MB, if all grow
 * together: outgrown buffers remain allocated.
 */
const BUFFERED_POINTS = 2 ** 19
/**
 * Above this many buffers, all are written out. The smallest take 10 MB; points scattered over a
 * country take 54 MB in all.
 */
const MOST_BUFFERS = 2 ** 14
/** The same where presence is asked for, and most cells whose presence waits: 12 MB each. */
const MOST_PRESENCES = 2 ** 12

/** The file being written, with segments in the order in which buffers fill up. */
class BucketWriter {
  readonly handle: FileHandle
  readonly further: Further
  readonly notes: boolean
  readonly segments: BucketSegment[] = []
  readonly presences: BucketPresence[] = []
  readonly dealer: BucketDealer
  private readonly extras: ExtraDealer | undefined
  /** Presence of the cells that is not written yet, by column and row. */
  private readonly noted = new Map<string, NotedPresence>()
  /** Full blocks of segments, not yet being written. */
  private pending: Uint8Array<ArrayBuffer>[] = []
  /** The block being filled, and its fill level. */
  private block = new Uint8Array(0)
  private filled = 0
  /**
   * Written blocks, reused for later segments: new memory for each would burden the garbage
   * collector.
   */
  private readonly free: Uint8Array<ArrayBuffer>[] = []
  private writing: Promise<void> = Promise.resolve()
  at: number
  points = 0

  constructor(
    handle: FileHandle,
    { further, presence }: Pick<DealQuery, "further" | "presence">,
    dealer: BucketDealer,
    extras: ExtraDealer | undefined,
  ) {
    this.handle = handle
    this.notes = presence === true
    this.further = further
    this.dealer = dealer
    this.extras = extras
    this.at = encodeBucketHeader(further).length
  }

  deal(points: PointColumns): void {
    if (this.extras === undefined) this.dealer.deal(points, this.emit)
    else this.extras.join((dealer, values, emit) => dealer.deal({ ...points, ...values }, emit), points, this.emit)
  }

  private drain(): void {
    if (this.extras === undefined) this.dealer.drain(this.emit)
    else this.extras.join((dealer, _, emit) => dealer.drain(emit), undefined, this.emit)
  }

  private readonly emit = ({ bytes, presence, ...segment }: DealtSegment): void => {
    if (presence !== undefined) this.note(segment, presence)
    this.segments.push({ ...segment, ...this.append(bytes) })
    this.points += segment.count
  }

  /** Appends bytes of a multiple of 8 to the file. */
  private append(from: Uint8Array): Pick<BucketSegment, "offset" | "crc"> {
    if (this.filled + from.length > this.block.length) this.closeBlock()
    const bytes = this.block.subarray(this.filled, this.filled + from.length)
    bytes.set(from)
    this.filled += bytes.length
    const offset = this.at
    this.at += bytes.length
    return { offset, crc: crc32(bytes) }
  }

  /** Joins the presence of a segment to that of its cell. */
  private note({ cellX, cellY }: Pick<BucketSegment, "cellX" | "cellY">, from: Uint8Array): void {
    const name = `${cellX} ${cellY}`
    const known = this.noted.get(name)
    if (known === undefined) {
      // Padded to 8 bytes.
      const bytes = new Uint8Array(Math.ceil(from.length / 8) * 8)
      bytes.set(from)
      this.noted.set(name, { cellX, cellY, bytes })
      return
    }
    joinPresences(known.bytes, from)
  }

  private writePresences(): void {
    for (const { cellX, cellY, bytes } of this.noted.values()) {
      const { offset } = this.append(bytes)
      this.presences.push({ cellX, cellY, offset, crc: crc32(bytes.subarray(0, PRESENCE_BYTES)) })
    }
    this.noted.clear()
  }

  private closeBlock(): void {
    if (this.filled > 0) this.pending.push(this.block.subarray(0, this.filled))
    this.block = this.free.pop() ?? new Uint8Array(BLOCK_BYTES)
    this.filled = 0
  }

  /**
   * Awaits the previous write, then starts writing the pending blocks, while the next points are
   * decoded.
   */
  async flush(all: boolean): Promise<void> {
    const dealers = 1 + (this.further.extra?.length ?? 0)
    const mostCells = this.notes ? MOST_PRESENCES : MOST_BUFFERS
    if (all || dealers * this.dealer.buffered > BUFFERED_POINTS || dealers * this.dealer.cells > mostCells) this.drain()
    if (all || this.noted.size > MOST_PRESENCES) this.writePresences()
    if (all) this.closeBlock()
    await this.writing
    const { pending } = this
    if (pending.length === 0) return
    this.pending = []
    const position = this.at - this.filled - pending.reduce((sum, bytes) => sum + bytes.length, 0)
    this.writing = this.write(pending, position)
    // The next flush reports a failure. If reading fails first, suppress the unhandled rejection.
    this.writing.catch(() => undefined)
    if (all) await this.writing
  }

  private async write(pending: readonly Uint8Array<ArrayBuffer>[], start: number): Promise<void> {
    await writeMany(this.handle, pending, start)
    for (const { buffer } of pending) this.free.push(new Uint8Array(buffer))
  }
}

/** Joins the presence of some points of a cell to that of others, in place; by words, for speed. */
const joinPresences = (to: Uint8Array, from: Uint8Array): void => {
  const flags = (BUCKET_FILE.cellMm / 1000) ** 2 / 4
  const words = PRESENCE_BYTES / 4
  const [into, other] = [to, from].map(({ buffer, byteOffset }) => new Int32Array(buffer, byteOffset, words)) as [
    Int32Array,
    Int32Array,
  ]
  for (let k = 0; k < flags; k++) into[k]! |= other[k]!
  for (let k = flags; k < words; k++) if (other[k]! < into[k]!) into[k] = other[k]!
}

interface NotedPresence extends Pick<BucketPresence, "cellX" | "cellY"> {
  readonly bytes: Uint8Array
}

type Emit = (segment: DealtSegment) => void

/**
 * Deals extra bytes along with the points: a dealer each, whose GPS times are the values of one
 * name. Dealing depends on places and classes only, so all dealers pass on the same segments.
 */
class ExtraDealer {
  private readonly plain: BucketDealer
  private readonly dealers: readonly (readonly [name: string, dealer: BucketDealer])[]

  constructor(plain: BucketDealer, dealers: readonly (readonly [name: string, dealer: BucketDealer])[]) {
    this.plain = plain
    this.dealers = dealers
  }

  /** Calls `pass` with each dealer, and `emit` with the joined segments. */
  join(
    pass: (dealer: BucketDealer, values: object, emit: Emit) => void,
    points: PointColumns | undefined,
    emit: Emit,
  ): void {
    const dealt: { readonly segment: DealtSegment; readonly parts: Uint8Array[] }[] = []
    // The bytes of a segment are valid until the next one.
    pass(this.plain, {}, ({ presence, ...segment }) =>
      dealt.push({ segment: { ...segment, presence: presence?.slice() }, parts: [segment.bytes.slice()] }),
    )
    for (const [name, dealer] of this.dealers) {
      let k = 0
      pass(dealer, { gpsTime: points?.extra?.[name] }, ({ bytes, count }) =>
        elementAt(dealt, k++).parts.push(bytes.slice(0, 8 * count)),
      )
    }
    for (const { segment, parts } of dealt) emit({ ...segment, bytes: concatenate(Uint8Array, parts) })
  }

  release(): void {
    for (const [, dealer] of this.dealers) dealer.release()
  }
}

/**
 * Writes buffers contiguously. One call with many buffers costs as much as one with a single
 * buffer.
 */
const writeMany = async (handle: FileHandle, buffers: readonly Uint8Array[], start: number): Promise<void> => {
  let position = start
  for (let rest = buffers; rest.length > 0; ) {
    const { bytesWritten } = await handle.writev(rest, position)
    position += bytesWritten
    let done = bytesWritten
    rest = rest.flatMap((bytes) => {
      const written = Math.min(done, bytes.length)
      done -= written
      return written < bytes.length ? [bytes.subarray(written)] : []
    })
  }
}

/** Options of {@link writeBuckets}. */
export interface BucketOptions {
  /** A part of the file; all of it when absent. */
  readonly part?: Part
  /**
   * Attributes that readers will request; all when absent. GPS time and intensity are stored only
   * if listed.
   */
  readonly attributes?: readonly AttributeName[]
  /** Names of extra bytes to store; none when absent. */
  readonly extra?: readonly string[]
  /**
   * Classes that readers will request; all when absent. Points of other classes are only counted;
   * noise is always stored.
   */
  readonly classes?: readonly number[] | undefined
  /** True: notes where the points of each cell are, for readers' `bucketPresence`. */
  readonly presence?: boolean
}

/**
 * Decodes a plain LAS or LAZ file, or a part of it, into a bucket file at `path`, from which a tile
 * reads only its 50 m cells. The same file and options give the same bytes.
 *
 * Memory: that of the reader, and at most 43 MB of buffers (54 MB for points scattered over a
 * country). The end mark is written last: readers detect an unfinished file. The caller renames it.
 *
 * @returns the number of points in all and by class, including those omitted
 * @throws EngineError of the reader; `E_OUTPUT` if the disk is full or the folder is not writable
 */
export const writeBuckets = async (
  file: PointFile,
  path: string,
  { part, attributes, extra = [], classes, presence = false }: BucketOptions = {},
): Promise<{ points: number; classes: Readonly<Record<number, number>> }> => {
  const cell = BUCKET_FILE.cellMm / 1000
  const base = [Math.floor(file.info.box[0] / cell), Math.floor(file.info.box[1] / cell)] as const
  const further = furtherOf(attributes, extra)
  const classMask = new Uint8Array(256).fill(classes === undefined ? 1 : 0)
  for (const code of [...(classes ?? []), 7, 18]) classMask[code] = 1
  let handle: FileHandle | undefined
  try {
    handle = await open(path, "w")
    const { dealer } = await bucketCore()
    const query = { classMask, base, most: SEGMENT_POINTS }
    const plain = dealer({ ...query, further, presence })
    const timed = extra.map(
      (name) => [name, dealer({ ...query, further: { gpsTime: true, intensity: false } })] as const,
    )
    const extras = extra.length === 0 ? undefined : new ExtraDealer(plain, timed)
    const writer = new BucketWriter(handle, { further, presence }, plain, extras)
    await writeFully(handle, encodeBucketHeader(further), 0)
    const origin = [base[0] * cell, base[1] * cell, 0] as const
    const fields: FieldName[] = [
      "classification",
      "returns",
      "gpsTime",
      ...(further.intensity ? ["intensity" as const] : []),
    ]
    const reading = { origin, attributes: fields, extra, lent: true }
    for await (const columns of file.read(part === undefined ? reading : { ...reading, part })) {
      writer.deal(columns)
      await writer.flush(false)
    }
    await writer.flush(true)
    const found = [...writer.dealer.classes.entries()].filter(([, count]) => count > 0)
    plain.release()
    extras?.release()
    await writeFully(handle, encodeBucketIndex(writer.segments, writer.presences, writer.at, writer.points), writer.at)
    return { points: found.reduce((sum, [, count]) => sum + count, 0), classes: Object.fromEntries(found) }
  } catch (error) {
    // Running out of memory is not a fault of the folder.
    if (error instanceof EngineError || error instanceof RangeError) throw error
    throw outputError(path, error)
  } finally {
    await handle?.close()
  }
}
