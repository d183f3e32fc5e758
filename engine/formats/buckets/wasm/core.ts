/**
 * The passes over points of bucket files in WebAssembly (`assembly/`). Each thread compiles the
 * module once. Each pass has its own instance. The next pass reuses a small one; otherwise many
 * small tiles would leave as many instances to the garbage collector.
 */
import { loadWasm, type WasmGlobal } from "../../../core/wasm.js"
import type {
  BucketCore,
  BucketDealer,
  DealQuery,
  DealtPoints,
  DealtSegment,
  OrderCounts,
  OrderQuery,
  RowBlock,
  RowOrder,
  SortedRow,
} from "./core-types.js"

/** Side of a block, mm, and its number of rows of 1 m. */
const SIDE = 50000
const ROWS = 50
/** An instance with more memory is not reused. */
const CACHED_BYTES = 8 * 2 ** 20

let core: Promise<BucketCore> | undefined

/**
 * Returns the passes, compiled at the first call of this thread.
 *
 * @throws EngineError `E_INTERNAL` if the module is missing
 */
export const bucketCore = (): Promise<BucketCore> => {
  core ??= createBucketCore().catch((error: unknown) => {
    core = undefined
    throw error
  })
  return core
}

const createBucketCore = async (): Promise<BucketCore> => {
  const instantiate = await loadWasm<BucketExports>("buckets")
  let idle: BucketExports | undefined
  const instance = (): BucketExports => {
    const wasm = idle ?? instantiate()
    idle = undefined
    return wasm
  }
  const release = (wasm: BucketExports): void => {
    if (wasm.memory.buffer.byteLength <= CACHED_BYTES) idle = wasm
  }
  return {
    rowOrder: (query) => new CoreOrder(instance(), release, query),
    dealer: (query) => new CoreDealer(instance(), release, query),
  }
}

/** Maximum number of points of a row of blocks: with more, addresses would overflow. */
const MOST_POINTS = 4e7

/** Calls `assembly/order.ts`. */
class CoreOrder implements RowOrder {
  readonly release: () => void
  private readonly wasm: BucketExports
  private readonly query: OrderQuery
  private readonly times: boolean
  private readonly intensities: boolean
  private readonly returns: boolean

  constructor(wasm: BucketExports, release: (wasm: BucketExports) => void, query: OrderQuery) {
    this.wasm = wasm
    this.release = () => release(wasm)
    this.query = query
    const { attributes, originZ, wanted } = query
    this.times = attributes.includes("gpsTime")
    this.intensities = attributes.includes("intensity")
    this.returns = attributes.includes("returnNumber") || attributes.includes("numberOfReturns")
    wasm.startOrder(Number(this.times), Number(this.intensities), Number(this.returns), originZ)
    new Uint8Array(wasm.memory.buffer, wasm.wanted.value, 256).set(wanted)
  }

  get counts(): OrderCounts {
    const { memory, classCounts, read, duplicates, noise, inCell } = this.wasm
    return {
      count: read.value - duplicates.value,
      duplicates: duplicates.value,
      noise: noise.value,
      inCell: inCell.value,
      classes: new Uint32Array(memory.buffer, classCounts.value, 256).slice(),
    }
  }

  order(blocks: readonly RowBlock[], append: (columns: SortedRow, count: number) => void): void {
    const { wasm, query } = this
    const counts = blocks.map(({ segments }) => segments.reduce((sum, { x }) => sum + x.length, 0))
    const points = counts.reduce((sum, count) => sum + count, 0)
    if (points > MOST_POINTS || wasm.layOut(blocks.length, points, Math.max(0, ...counts)) === 0) throw outOfMemory()
    this.fill(blocks, points)
    let from = 0
    for (const [b, { x, y }] of blocks.entries()) {
      const to = from + counts[b]
      wasm.sortBlock(b, from, to, x, y, ...listCorners(query.box, x, y), ...listCorners(query.cell, x, y))
      from = to
    }
    for (let row = 0; row < ROWS; row++) {
      const count = wasm.line(row)
      if (count < 0) throw outOfMemory()
      if (count > 0) append(this.lineColumns(wasm.lineRoom(row)), count)
    }
  }

  /** Copies the requested columns. */
  private fill(blocks: readonly RowBlock[], points: number): void {
    const { buffer } = this.wasm.memory
    const place = placesFrom(this.wasm.columns.value, 64)
    const times = new Float64Array(buffer, place(this.times ? 8 * points : 0), this.times ? points : 0)
    const z = new Int32Array(buffer, place(4 * points), points)
    const x = new Uint16Array(buffer, place(2 * points), points)
    const y = new Uint16Array(buffer, place(2 * points), points)
    const intensities = new Uint16Array(buffer, place(this.intensities ? 2 * points : 0), this.intensities ? points : 0)
    const classes = new Uint8Array(buffer, place(points), points)
    const returns = new Uint8Array(buffer, place(points), points)
    let at = 0
    for (const { segments } of blocks)
      for (const segment of segments) {
        if (this.times) times.set(segment.gpsTime, at)
        z.set(segment.z, at)
        x.set(segment.x, at)
        y.set(segment.y, at)
        if (this.intensities) intensities.set(segment.intensity, at)
        classes.set(segment.classification, at)
        returns.set(segment.returns, at)
        at += segment.x.length
      }
  }

  private lineColumns(room: number): SortedRow {
    const { buffer } = this.wasm.memory
    const place = placesFrom(this.wasm.out.value, 1)
    const gpsTime = this.times ? { gpsTime: new Float64Array(buffer, place(8 * room), room) } : {}
    const x = new Int32Array(buffer, place(4 * room), room)
    const y = new Int32Array(buffer, place(4 * room), room)
    const z = new Int32Array(buffer, place(4 * room), room)
    const intensity = this.intensities ? { intensity: new Uint16Array(buffer, place(2 * room), room) } : {}
    const classification = new Uint8Array(buffer, place(room), room)
    const returns = this.returns
      ? {
          returnNumber: new Uint8Array(buffer, place(room), room),
          numberOfReturns: new Uint8Array(buffer, place(room), room),
        }
      : {}
    return { x, y, z, classification, ...returns, ...intensity, ...gpsTime }
  }
}

/** Returns consecutive addresses; each new one is rounded up to a multiple of `step`. */
const placesFrom = (start: number, step: number): ((bytes: number) => number) => {
  let at = start
  return (bytes) => {
    const begin = at
    at = Math.ceil((at + bytes) / step) * step
    return begin
  }
}

/** Intersection of a range with a block, mm from the block's corner. */
const listCorners = ({ minX, minY, maxX, maxY }: OrderQuery["box"], x: number, y: number): RangeCorners => [
  within(minX - x),
  within(minY - y),
  within(maxX - x),
  within(maxY - y),
]

const within = (mm: number): number => Math.min(SIDE, Math.max(0, mm))

/** Size of the chunk, as in `assembly/deal.ts`: it fits the processor's cache. */
const CHUNK = 8192

/** Capacity of a cell's first buffer, in points. */
const FEW = 32

/** Views of the WebAssembly memory. */
interface Views {
  readonly buffer: ArrayBuffer
  readonly words: Uint32Array
  readonly numbers: Float64Array
  /** Columns of the chunk. */
  readonly chunk: Readonly<Record<"x" | "y" | "z", Int32Array>> & {
    readonly gpsTime: Float64Array
    readonly intensity: Uint16Array
    readonly classification: Uint8Array
    readonly returns: Uint8Array
  }
}

/** Calls `assembly/deal.ts`, in an instance of its own. */
class CoreDealer implements BucketDealer {
  readonly release: () => void
  private readonly wasm: BucketExports
  private readonly query: DealQuery
  private known: Views | undefined

  constructor(wasm: BucketExports, release: (wasm: BucketExports) => void, query: DealQuery) {
    this.wasm = wasm
    this.release = () => release(wasm)
    this.query = query
    const { further, classMask, most } = query
    guarded(() => wasm.startDealing(Number(further.gpsTime), Number(further.intensity), FEW, most))
    new Uint8Array(wasm.memory.buffer, wasm.kept.value, 256).set(classMask)
  }

  get buffered(): number {
    return this.wasm.buffered.value
  }

  get cells(): number {
    return this.wasm.cells.value
  }

  get classes(): Uint32Array {
    return new Uint32Array(this.wasm.memory.buffer, this.wasm.counts.value, 256).slice()
  }

  deal(points: DealtPoints, emit: (segment: DealtSegment) => void): void {
    const [column, row] = this.query.base
    for (let from = 0; from < points.count; from += CHUNK) {
      const count = Math.min(CHUNK, points.count - from)
      this.fill(points, from, from + count)
      for (let at = 0; at < count; ) {
        at = guarded(() => this.wasm.deal(at, count, column, row))
        const cell = this.wasm.full.value
        if (cell !== 0) this.emit(cell, emit)
      }
    }
  }

  drain(emit: (segment: DealtSegment) => void): void {
    for (let cell = this.wasm.first.value; cell !== 0; cell = this.views.words[(cell >> 2) + 5] as number)
      this.emit(cell, emit)
    this.wasm.clear()
  }

  /** Growing the memory replaces its buffer. */
  private get views(): Views {
    const { buffer } = this.wasm.memory
    if (this.known?.buffer !== buffer) this.known = createViews(buffer, this.wasm.chunk.value)
    return this.known as Views
  }

  private fill(points: DealtPoints, from: number, to: number): void {
    const { chunk } = this.views
    chunk.x.set(points.x.subarray(from, to))
    chunk.y.set(points.y.subarray(from, to))
    chunk.z.set(points.z.subarray(from, to))
    chunk.classification.set(points.classification.subarray(from, to))
    chunk.returns.set(points.returns!.subarray(from, to))
    if (points.gpsTime.length > 0) chunk.gpsTime.set(points.gpsTime.subarray(from, to))
    else chunk.gpsTime.fill(Number.NaN)
    if (!this.query.further.intensity) return
    if (points.intensity.length > 0) chunk.intensity.set(points.intensity.subarray(from, to))
    else chunk.intensity.fill(0)
  }

  private emit(cell: number, emit: (segment: DealtSegment) => void): void {
    const { wasm } = this
    const { buffer, words, numbers } = this.views
    const at = cell >> 2
    if (words[at + 28] === 0) return
    const size = wasm.pack(cell)
    emit({
      cellX: words[at] | 0,
      cellY: words[at + 1] | 0,
      count: words[at + 2],
      bytes: new Uint8Array(buffer, wasm.segment.value, size),
      lowZ: words[at + 6] | 0,
      highZ: words[at + 7] | 0,
      times: numbers.slice((cell >> 3) + 4, (cell >> 3) + 12),
      others: words.slice(at + 24, at + 28),
    })
    wasm.spent(cell)
  }
}

/** The dealing traps when memory cannot grow. */
const guarded = <T>(pass: () => T): T => {
  try {
    return pass()
  } catch (cause) {
    throw cause instanceof Error && cause.name === "RuntimeError" ? outOfMemory() : cause
  }
}

const createViews = (buffer: ArrayBuffer, at: number): Views => ({
  buffer,
  words: new Uint32Array(buffer),
  numbers: new Float64Array(buffer),
  chunk: {
    gpsTime: new Float64Array(buffer, at, CHUNK),
    x: new Int32Array(buffer, at + 8 * CHUNK, CHUNK),
    y: new Int32Array(buffer, at + 12 * CHUNK, CHUNK),
    z: new Int32Array(buffer, at + 16 * CHUNK, CHUNK),
    intensity: new Uint16Array(buffer, at + 20 * CHUNK, CHUNK),
    classification: new Uint8Array(buffer, at + 22 * CHUNK, CHUNK),
    returns: new Uint8Array(buffer, at + 23 * CHUNK, CHUNK),
  },
})

/** Exports of `assembly/index.ts`. Addresses and counts are u32; booleans are 0 or 1. */
interface BucketExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly buffered: WasmGlobal
  readonly cells: WasmGlobal
  readonly chunk: WasmGlobal
  readonly classCounts: WasmGlobal
  readonly columns: WasmGlobal
  readonly counts: WasmGlobal
  readonly duplicates: WasmGlobal
  readonly first: WasmGlobal
  readonly full: WasmGlobal
  readonly inCell: WasmGlobal
  readonly kept: WasmGlobal
  readonly noise: WasmGlobal
  readonly out: WasmGlobal
  readonly read: WasmGlobal
  readonly segment: WasmGlobal
  readonly wanted: WasmGlobal
  startDealing(times: number, intensities: number, few: number, many: number): void
  deal(begin: number, end: number, column: number, row: number): number
  pack(cell: number): number
  spent(cell: number): void
  clear(): void
  startOrder(times: number, intensities: number, returns: number, originZ: number): void
  layOut(blocks: number, points: number, largest: number): number
  sortBlock(
    ...args: [block: number, from: number, to: number, x: number, y: number, ...RangeCorners, ...RangeCorners]
  ): void
  line(row: number): number
  lineRoom(row: number): number
}

/** A range within a block, mm. */
type RangeCorners = [minX: number, minY: number, maxX: number, maxY: number]

/** Worded so that `errors.ts` recognises a lack of memory. */
const outOfMemory = (): RangeError => new RangeError("Array buffer allocation failed: points of a bucket file")
