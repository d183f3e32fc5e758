/** Sorts any number of records by key, for building the octree. */
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs"
import { loadWasm, type WasmMemory } from "../../core/wasm.js"
import type { RecordTotals } from "../las/write/record-spec.js"
import { type Cube, KEY_LEVELS } from "./keys.js"
import { type KeyedRecords, wordsOf } from "./record-words.js"

/** Records per batch of input and of output. */
const BATCH = 16384
/** Records of a cell that are sorted in memory; those of a larger cell are divided again. */
const MOST_SORTED = 2 ** 20
/** Records of a cell that the choice of its level aims at, and the most levels at a time. */
const USUAL_SORTED = 200_000
const MOST_LEVELS = 3

/** Exports of `assembly/index.ts`; addresses and counts are u32. */
interface Exports {
  readonly memory: WasmMemory
  setUp(recordLength: number, level: number, levels: number, inputBytes: number): number
  setCube(x: number, y: number, z: number, stepsX: number, stepsY: number, stepsZ: number): void
  add(from: number, count: number, step: number): number
  /** Address of the least (0) and greatest (1) coordinates, returns (2), times (3). */
  totals(part: number): number
  fullCell(): number
  bufferOf(cell: number): number
  filledOf(cell: number): number
  emptyCell(cell: number): void
  reserve(count: number, batchRecords: number): number
  sort(count: number): void
  gather(first: number, count: number): number
  reserveChild(count: number, recordBytes: number): number
  thin(count: number, highShift: number, lowShift: number): number
}

/**
 * Selects one record of each cell of a node's child, by shifts of the keys. Both results are valid
 * until the next call.
 */
export type Thin = (
  child: KeyedRecords,
  stride: number,
  shifts: { readonly highShift: number; readonly lowShift: number },
) => { readonly selected: KeyedRecords; readonly others: KeyedRecords }

/** What a sorter sorts. */
interface Sorting {
  readonly cube: Cube
  readonly recordLength: number
  /** Temporary file, created or overwritten when first needed. */
  readonly path: string
  /** Expected number of records. */
  readonly expected: number
  /** Level of the cell that has all records; default: 0, the cube. */
  readonly level?: number
}

/**
 * Sorts any number of records by Morton key in bounded memory: distributes them to cells of a level
 * in a temporary file, then sorts cell by cell. Records of equal keys have no particular order.
 *
 * Memory: 2,048 records for each of at most 512 cells, and 65 bytes for each of the million records
 * that a cell has at most while it is sorted. O(n) time.
 */
export class RecordSorter {
  readonly cube: Cube
  readonly path: string
  readonly #recordLength: number
  readonly #stride: number
  readonly #level: number
  readonly #levels: number
  readonly #wasm: Exports
  readonly #make: () => Exports
  readonly #input: number
  readonly #cells = new Map<number, { readonly stretches: (readonly [at: number, count: number])[]; count: number }>()
  #handle: number | undefined
  #written = 0
  #count = 0

  constructor(make: () => Exports, { cube, recordLength, path, expected, level = 0 }: Sorting) {
    this.cube = cube
    this.path = path
    this.#recordLength = recordLength
    this.#stride = 4 * wordsOf(recordLength)
    this.#level = level
    const wanted = Math.ceil(Math.log(Math.max(1, expected / USUAL_SORTED)) / Math.log(4))
    this.#levels = Math.min(wanted, MOST_LEVELS, KEY_LEVELS - level)
    this.#make = make
    this.#wasm = make()
    this.#input = found(this.#wasm.setUp(recordLength, level, this.#levels, BATCH * this.#stride))
    this.#wasm.setCube(...cube.corner, ...cube.steps)
  }

  /** Adds a copy of `count` raw records. */
  add(bytes: Uint8Array, count: number): void {
    this.#addStepping(bytes, count, this.#recordLength)
  }

  /** Moves all records of another sorter here; the other one must not be used afterwards. */
  takeFrom(other: RecordSorter): void {
    for (const cell of other.#known()) for (const bytes of other.#stored(cell)) this.#addPadded(bytes)
    other.close()
  }

  #addPadded(bytes: Uint8Array): void {
    this.#addStepping(bytes, bytes.length / this.#stride, this.#stride)
  }

  /** Summary of the records, and the range of their GPS times. */
  get totals(): RecordTotals & { readonly time: readonly [number, number] } {
    const { buffer } = this.#wasm.memory
    const triple = (part: number): [number, number, number] => {
      const corner = new Int32Array(buffer, this.#wasm.totals(part), 3)
      return [corner[0]!, corner[1]!, corner[2]!]
    }
    const returns = [...new Uint32Array(buffer, this.#wasm.totals(2) + 4, 15)]
    const time = new Float64Array(buffer, this.#wasm.totals(3), 2)
    return { count: this.#count, min: triple(0), max: triple(1), returns, time: [time[0]!, time[1]!] }
  }

  #addStepping(bytes: Uint8Array, count: number, step: number): void {
    this.#count += count
    for (let done = 0; done < count; done += BATCH) {
      const n = Math.min(BATCH, count - done)
      this.#view().set(bytes.subarray(done * step, (done + n) * step), this.#input)
      for (let from = 0; from < n; ) {
        from = this.#wasm.add(from, n, step)
        if (from < 0) throw new RangeError("no memory to sort points")
        if (from < n) this.#flush(this.#wasm.fullCell())
      }
    }
  }

  #view(): Uint8Array {
    return new Uint8Array(this.#wasm.memory.buffer)
  }

  /** Bytes of a cell's records that are not in the file. */
  #buffered(cell: number): Uint8Array {
    const begin = this.#wasm.bufferOf(cell)
    return this.#view().subarray(begin, begin + this.#wasm.filledOf(cell) * this.#stride)
  }

  get #file(): number {
    this.#handle ??= openSync(this.path, "w+")
    return this.#handle
  }

  #flush(number: number): void {
    const bytes = this.#buffered(number)
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#file, bytes, done, bytes.length - done, this.#written + done)
    }
    const cell = this.#cells.get(number) ?? { stretches: [], count: 0 }
    const count = bytes.length / this.#stride
    cell.stretches.push([this.#written, count])
    cell.count += count
    this.#cells.set(number, cell)
    this.#written += bytes.length
    this.#wasm.emptyCell(number)
  }

  /** Cells with records, in the order of keys. */
  #known(): number[] {
    return Array.from({ length: 8 ** this.#levels }, (_, cell) => cell).filter(
      (cell) => this.#cells.has(cell) || this.#wasm.filledOf(cell) > 0,
    )
  }

  /** The padded records of a cell, in parts valid until the next one. */
  *#stored(number: number): Generator<Uint8Array> {
    const block = new Uint8Array(BATCH * this.#stride)
    for (const [at, count] of this.#cells.get(number)?.stretches ?? []) {
      const bytes = block.subarray(0, count * this.#stride)
      readBytes(this.#file, bytes, at)
      yield bytes
    }
    yield this.#buffered(number).slice()
  }

  /** Reads the padded records of a cell into the module's memory. */
  #load(number: number, to: number): void {
    const memory = this.#view()
    let end = to
    for (const [at, count] of this.#cells.get(number)?.stretches ?? []) {
      const begin = end
      end += count * this.#stride
      readBytes(this.#file, memory.subarray(begin, end), at)
    }
    memory.set(this.#buffered(number), end)
  }

  /** Yields all records in key order, in batches valid until the next one. */
  *sorted(): Generator<KeyedRecords> {
    for (const cell of this.#known()) {
      const count = (this.#cells.get(cell)?.count ?? 0) + this.#wasm.filledOf(cell)
      const level = this.#level + this.#levels
      if (count > MOST_SORTED && level < KEY_LEVELS) yield* this.#divided(cell, count, level)
      else if (count > MOST_SORTED) yield* this.#ofOneKey(cell)
      else yield* this.#batches(cell, count)
    }
  }

  /** Divides a large cell by a sorter of its own. */
  *#divided(cell: number, count: number, level: number): Generator<KeyedRecords> {
    const { cube } = this
    const path = `${this.path}-${level}`
    const sorting = { cube, recordLength: this.#recordLength, path, expected: count, level }
    const sorter = new RecordSorter(this.#make, sorting)
    try {
      for (const bytes of this.#stored(cell)) sorter.#addPadded(bytes)
      yield* sorter.sorted()
    } finally {
      sorter.close()
      rmSync(path, { force: true })
    }
  }

  /** The records of a smallest cell have one key: they need no order. */
  *#ofOneKey(cell: number): Generator<KeyedRecords> {
    for (const bytes of this.#stored(cell)) {
      const count = bytes.length / this.#stride
      const at = found(this.#wasm.reserve(count, count))
      this.#view().set(bytes, at)
      this.#wasm.sort(count)
      if (count > 0) yield this.#batch(0, count)
    }
  }

  *#batches(cell: number, count: number): Generator<KeyedRecords> {
    this.#load(cell, found(this.#wasm.reserve(count, Math.min(BATCH, count))))
    this.#wasm.sort(count)
    for (let done = 0; done < count; done += BATCH) yield this.#batch(done, Math.min(BATCH, count - done))
  }

  #batch(first: number, count: number): KeyedRecords {
    const at = this.#wasm.gather(first, count)
    const { buffer } = this.#wasm.memory
    const end = at + count * this.#stride
    return {
      words: new Int32Array(buffer, at, (count * this.#stride) / 4),
      high: new Uint32Array(buffer, end, count),
      low: new Uint32Array(buffer, end + 4 * count, count),
      count,
    }
  }

  /** Closes the temporary file; the caller deletes it. */
  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle)
    this.#handle = undefined
  }
}

/**
 * Loads what sorts and thins records.
 *
 * @throws EngineError `E_INTERNAL` if the module is missing
 */
export const recordSorters = async (): Promise<{
  readonly sorterOf: (sorting: Sorting) => RecordSorter
  readonly thin: Thin
}> => {
  const make = await loadWasm<Exports>("copc")
  return { sorterOf: (sorting) => new RecordSorter(make, sorting), thin: thinning(make()) }
}

const thinning =
  (wasm: Exports): Thin =>
  ({ words, high, low, count }, stride, { highShift, lowShift }) => {
    const at = found(wasm.reserveChild(count, 4 * stride))
    const part = (begin: number, n: number): KeyedRecords => {
      const { buffer } = wasm.memory
      const keys = begin + 4 * count * stride
      return {
        words: new Int32Array(buffer, begin, n * stride),
        high: new Uint32Array(buffer, keys, n),
        low: new Uint32Array(buffer, keys + 4 * count, n),
        count: n,
      }
    }
    const all = part(at, count)
    all.words.set(words.subarray(0, count * stride))
    all.high.set(high.subarray(0, count))
    all.low.set(low.subarray(0, count))
    const selected = wasm.thin(count, highShift, lowShift)
    return { selected: part(at + count * (4 * stride + 8), selected), others: part(at, count - selected) }
  }

const found = (address: number): number => {
  if (address === 0) throw new RangeError("no memory to sort points")
  return address
}

const readBytes = (handle: number, bytes: Uint8Array, at: number): void => {
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(handle, bytes, done, bytes.length - done, at + done)
    if (read === 0) throw new RangeError("another program changed the temporary file")
    done += read
  }
}
