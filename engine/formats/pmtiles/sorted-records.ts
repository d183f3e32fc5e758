/** Sorts pieces of features by tile, on disk, with a fixed amount of memory. */
import { createReadStream } from "node:fs"
import { join } from "node:path"
import { Heap } from "../../core/heap.js"
import { EngineError } from "../../errors.js"
import { writeInParts } from "../../io/part-writer.js"

/** Bytes and their sort key: by tile, then by order. */
export interface SortedRecord {
  readonly tile: number
  readonly order: number
  readonly bytes: Uint8Array
}

/** tile (f64), order (f64), number of bytes (u32), little-endian; then the bytes. */
const HEAD_BYTES = 20
/** Bytes that are sorted in memory. */
const RUN_BYTES = 64 << 20
/** Bytes that are read from a run at a time during the merge. */
const READ_BYTES = 1 << 19

/**
 * Sorts any number of records with a fixed amount of memory. Writes sorted runs of 64 MB, then
 * merges them.
 *
 * Memory: 64 MB and an index of 20 bytes a record; half a megabyte a run while reading. Disk: all
 * records, once. Pairs of tile and order must be unique.
 */
export class SortedRecords {
  readonly #folder: string
  readonly #runBytes: number
  readonly #runs: string[] = []
  #block: Uint8Array
  #used = 0
  #starts: number[] = []

  constructor(folder: string, runBytes: number = RUN_BYTES) {
    this.#folder = folder
    this.#runBytes = runBytes
    this.#block = new Uint8Array(runBytes)
  }

  /** Takes a copy of the bytes. */
  async add({ tile, order, bytes }: SortedRecord): Promise<void> {
    const size = HEAD_BYTES + bytes.length
    if (this.#used + size > this.#block.length) {
      await this.#spill()
      if (size > this.#block.length) this.#block = new Uint8Array(size)
    }
    const view = new DataView(this.#block.buffer)
    view.setFloat64(this.#used, tile, true)
    view.setFloat64(this.#used + 8, order, true)
    view.setUint32(this.#used + 16, bytes.length, true)
    this.#block.set(bytes, this.#used + HEAD_BYTES)
    this.#starts.push(this.#used)
    this.#used += size
  }

  /**
   * Yields all records in order. A record's bytes are valid until the next is requested. Nothing
   * can be added afterwards.
   */
  async *inOrder(): AsyncGenerator<SortedRecord> {
    if (this.#runs.length === 0) {
      for (const start of this.#sorted()) yield recordAt(this.#block, start)
      return
    }
    await this.#spill()
    this.#block = new Uint8Array(0)
    yield* merged(this.#runs.map(readRecords))
  }

  #sorted(): number[] {
    const view = new DataView(this.#block.buffer)
    return this.#starts.sort(
      (a, b) =>
        view.getFloat64(a, true) - view.getFloat64(b, true) ||
        view.getFloat64(a + 8, true) - view.getFloat64(b + 8, true),
    )
  }

  async #spill(): Promise<void> {
    if (this.#starts.length === 0) return
    const path = join(this.#folder, `run-${this.#runs.length}`)
    const view = new DataView(this.#block.buffer)
    await writeInParts(path, async (out) => {
      for (const start of this.#sorted()) {
        const size = HEAD_BYTES + view.getUint32(start + 16, true)
        await out.write(this.#block.slice(start, start + size))
      }
    })
    this.#runs.push(path)
    this.#used = 0
    this.#starts = []
    if (this.#block.length > this.#runBytes) this.#block = new Uint8Array(this.#runBytes)
  }
}

const recordAt = (block: Uint8Array, start: number): SortedRecord => {
  const view = new DataView(block.buffer, block.byteOffset + start, HEAD_BYTES)
  const from = start + HEAD_BYTES
  return {
    tile: view.getFloat64(0, true),
    order: view.getFloat64(8, true),
    bytes: block.subarray(from, from + view.getUint32(16, true)),
  }
}

/** Yields the records of a run's file. */
async function* readRecords(path: string): AsyncGenerator<SortedRecord> {
  let rest: Uint8Array = new Uint8Array(0)
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
    const block = Buffer.concat([rest, chunk as Uint8Array])
    let at = 0
    while (block.length - at >= HEAD_BYTES && block.length - at >= HEAD_BYTES + block.readUInt32LE(at + 16)) {
      const record = recordAt(block, at)
      yield record
      at += HEAD_BYTES + record.bytes.length
    }
    rest = block.subarray(at)
  }
  if (rest.length > 0)
    throw new EngineError("E_RESOURCE", `${path}: another program changed this temporary file. Run again.`, {
      file: path,
    })
}

/** A run and its next record. */
interface Run {
  readonly head: SortedRecord
  readonly records: AsyncGenerator<SortedRecord>
}

const before = ({ head: a }: Run, { head: b }: Run): boolean =>
  a.tile < b.tile || (a.tile === b.tile && a.order < b.order)

/** Merges runs by their next records. */
async function* merged(runs: readonly AsyncGenerator<SortedRecord>[]): AsyncGenerator<SortedRecord> {
  const heap = new Heap<Run>(before)
  const pushNext = async (records: AsyncGenerator<SortedRecord>): Promise<void> => {
    const { done, value } = await records.next()
    if (!done) heap.push({ head: value, records })
  }
  try {
    for (const run of runs) await pushNext(run)
    for (let run = heap.pop(); run !== undefined; run = heap.pop()) {
      yield run.head
      await pushNext(run.records)
    }
  } finally {
    for (const run of runs) await run.return(undefined)
  }
}
