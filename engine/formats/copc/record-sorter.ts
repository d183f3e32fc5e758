/** Sorts any number of records by key, for building the octree. */
import { closeSync, openSync, readSync, writeSync } from "node:fs"
import { type Cube, fillKeys, type Keys } from "./keys.js"
import { pairOrder } from "./radix-order.js"
import { copyRecords, emptyRecords, type KeyedRecords, padRecords, wordsOf } from "./record-words.js"

/** Memory for records of a run being sorted, and for the records of all runs during the merge. */
const RUN_BYTES = 32 * 1024 * 1024
const MERGE_BYTES = 32 * 1024 * 1024
/** Records per batch when writing and merging. */
const BATCH = 16384

/**
 * A sorted run of the temporary file: byte offset of its next record, and number of records left.
 */
interface Run {
  at: number
  left: number
}

/**
 * Sorts any number of records by Morton key in bounded memory: writes sorted runs of 32 MB to a
 * temporary file, then merges them. Records of equal keys have no particular order.
 *
 * Memory: about 64 MB while adding records. While merging, 32 MB, or 1,024 records a run if that is
 * more.
 */
export class RecordSorter {
  readonly cube: Cube
  readonly recordLength: number
  readonly stride: number
  readonly path: string
  readonly capacity: number
  runs: Run[] = []
  handle: number | undefined
  written = 0
  words: Int32Array
  count = 0

  /** @param path temporary file, created or overwritten when first needed */
  constructor(cube: Cube, recordLength: number, path: string, expected: number) {
    this.cube = cube
    this.recordLength = recordLength
    this.stride = wordsOf(recordLength)
    this.path = path
    this.capacity = Math.max(BATCH, Math.min(Math.floor(RUN_BYTES / (4 * this.stride)), expected))
    this.words = new Int32Array(this.capacity * this.stride)
  }

  /** Adds a copy of `count` raw records. */
  add(bytes: Uint8Array, count: number): void {
    for (let done = 0; done < count; ) {
      if (this.count === this.capacity) this.spill()
      const n = Math.min(count - done, this.capacity - this.count)
      padRecords(bytes.subarray(done * this.recordLength), n, this.recordLength, this.words, this.count)
      this.count += n
      done += n
    }
  }

  /** Moves all records of another sorter here; the other one must not be used afterwards. */
  takeFrom(other: RecordSorter): void {
    const { stride } = this
    const block = new Int32Array(BATCH * stride)
    for (const run of other.runs) {
      for (; run.left > 0; ) {
        const count = Math.min(BATCH, run.left)
        readWords(other.handle!, block, count * stride, run.at)
        run.at += 4 * count * stride
        run.left -= count
        this.#addWords(block, count)
      }
    }
    this.#addWords(other.words, other.count)
    other.close()
    other.words = new Int32Array(0)
  }

  #addWords(words: Int32Array, count: number): void {
    const { stride } = this
    for (let done = 0; done < count; ) {
      if (this.count === this.capacity) this.spill()
      const n = Math.min(count - done, this.capacity - this.count)
      this.words.set(words.subarray(done * stride, (done + n) * stride), this.count * stride)
      this.count += n
      done += n
    }
  }

  /** Yields all records in key order, in batches valid until the next one. */
  *sorted(): Generator<KeyedRecords> {
    if (this.runs.length === 0) {
      yield* this.#batches()
      return
    }
    if (this.count > 0) this.spill()
    this.words = new Int32Array(0)
    yield* mergeRuns(this)
  }

  /** Closes the temporary file; the caller deletes it. */
  close(): void {
    if (this.handle !== undefined) closeSync(this.handle)
    this.handle = undefined
  }

  *#batches(): Generator<KeyedRecords> {
    const { words, stride, count, cube } = this
    const keys: Keys = { high: new Uint32Array(count), low: new Uint32Array(count) }
    fillKeys(cube, words, stride, 0, count, keys, 0)
    const order = pairOrder(keys.high, keys.low, count)
    const batch = emptyRecords(BATCH, stride)
    for (let done = 0; done < count; done += BATCH) {
      const n = Math.min(BATCH, count - done)
      for (let i = 0, to = 0; i < n; i++) {
        const record = order[done + i]!
        batch.high[i] = keys.high[record]!
        batch.low[i] = keys.low[record]!
        for (let k = 0, at = record * stride; k < stride; k++) batch.words[to++] = words[at + k]!
      }
      yield { ...batch, count: n }
    }
  }

  /** Writes the records in memory as a sorted run. */
  spill(): void {
    this.handle ??= openSync(this.path, "w+")
    this.runs.push({ at: this.written, left: this.count })
    for (const { words, count } of this.#batches()) {
      const bytes = new Uint8Array(words.buffer, 0, count * this.stride * 4)
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.handle, bytes, done, bytes.length - done, this.written + done)
      }
      this.written += bytes.length
    }
    this.count = 0
  }
}

const readWords = (handle: number, words: Int32Array, count: number, at: number): void => {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, 4 * count)
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(handle, bytes, done, bytes.length - done, at + done)
    if (read === 0) throw new RangeError("another program changed the temporary file")
    done += read
  }
}

/** Buffer of a run during the merge: records `[first, end)` of a block. */
interface Head extends Keys {
  readonly run: Run
  readonly words: Int32Array
  first: number
  end: number
}

function* mergeRuns({ runs, handle, stride, cube }: RecordSorter): Generator<KeyedRecords> {
  const capacity = Math.max(1024, Math.min(32768, Math.floor(MERGE_BYTES / runs.length / (4 * stride + 8))))
  const fill = (head: Head): boolean => {
    const count = Math.min(capacity, head.run.left)
    readWords(handle!, head.words, count * stride, head.run.at)
    fillKeys(cube, head.words, stride, 0, count, head, 0)
    head.run.at += 4 * count * stride
    head.run.left -= count
    head.first = 0
    head.end = count
    return count > 0
  }
  const heads = runs.map((run) => ({
    run,
    ...emptyRecords(capacity, stride),
    first: 0,
    end: 0,
  }))
  const heap = heads.filter(fill).sort((a, b) => (precedes(a, b) ? -1 : 1))
  const batch = emptyRecords(BATCH, stride)
  let count = 0
  while (heap.length > 0) {
    const head = heap[0]!
    const n = Math.min(stretch(head, rivalOf(heap)), BATCH - count)
    const from = head.first
    copyRecords(head, from, n, stride, batch, count)
    head.first += n
    count += n
    if (count === BATCH) {
      yield { ...batch, count }
      count = 0
    }
    if (head.first === head.end && !fill(head)) {
      const last = heap.pop()!
      if (last === head) continue
      heap[0] = last
    }
    sink(heap)
  }
  if (count > 0) yield { ...batch, count }
}

const precedes = (a: Head, b: Head): boolean => {
  const [p, q] = [a.high[a.first]!, b.high[b.first]!]
  return p !== q ? p < q : a.low[a.first]! < b.low[b.first]!
}

/** The head with the second-least key. */
const rivalOf = (heap: readonly Head[]): Head | undefined => {
  const [, left, right] = heap
  return right !== undefined && precedes(right, left!) ? right : left
}

/** Number of records of a head, at least one, that precede its rival's first. */
const stretch = (head: Head, rival: Head | undefined): number => {
  const { high, low, first, end } = head
  if (rival === undefined) return end - first
  const [h, l] = [rival.high[rival.first]!, rival.low[rival.first]!]
  let at = first + 1
  while (at < end && (high[at]! < h || (high[at]! === h && low[at]! <= l))) at++
  return at - first
}

const sink = (heap: Head[]): void => {
  let at = 0
  for (;;) {
    let least = at
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heap.length && precedes(heap[child]!, heap[least]!)) least = child
    }
    if (least === at) return
    ;[heap[at], heap[least]] = [heap[least]!, heap[at]!]
    at = least
  }
}
