/**
 * The passes over points of bucket files in WebAssembly (`assembly/`). Each thread compiles the
 * module once. Each pass has its own instance. The next pass reuses a small one; otherwise many
 * small tiles would leave as many instances to the garbage collector.
 */
import { PRESENCE_BYTES, presenceBits } from "../../../core/presence.js"
import { loadWasm, type WasmGlobal } from "../../../core/wasm.js"
import { EngineError } from "../../../errors.js"
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
    if (points > MOST_POINTS || wasm.placeRow(blocks.length, points, Math.max(0, ...counts)) === 0) throw outOfMemory()
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
      if (count > 0) append(this.lineColumns(count), count)
    }
  }

  /** Copies the requested columns. */
  private fill(blocks: readonly RowBlock[], points: number): void {
    const { wasm } = this
    const { buffer } = wasm.memory
    const times = new Float64Array(buffer, wasm.times.value, this.times ? points : 0)
    const z = new Int32Array(buffer, wasm.zs.value, points)
    const x = new Uint16Array(buffer, wasm.xs.value, points)
    const y = new Uint16Array(buffer, wasm.ys.value, points)
    const intensities = new Uint16Array(buffer, wasm.intensities.value, this.intensities ? points : 0)
    const classes = new Uint8Array(buffer, wasm.classes.value, points)
    const returns = new Uint8Array(buffer, wasm.returns.value, points)
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

  private lineColumns(count: number): SortedRow {
    const { wasm } = this
    const { buffer } = wasm.memory
    const bytes = (at: WasmGlobal): Uint8Array => new Uint8Array(buffer, at.value, count)
    return {
      x: new Int32Array(buffer, wasm.outX.value, count),
      y: new Int32Array(buffer, wasm.outY.value, count),
      z: new Int32Array(buffer, wasm.outZ.value, count),
      classification: bytes(wasm.outClasses),
      ...(this.returns ? { returnNumber: bytes(wasm.outNumbers), numberOfReturns: bytes(wasm.outReturns) } : {}),
      ...(this.intensities ? { intensity: new Uint16Array(buffer, wasm.outIntensities.value, count) } : {}),
      ...(this.times ? { gpsTime: new Float64Array(buffer, wasm.outTimes.value, count) } : {}),
    }
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

/** Columns of the chunk, in the memory of the module. */
interface ChunkColumns extends Omit<DealtPoints, "count" | "returns"> {
  readonly returns: Uint8Array
}

/** Calls `assembly/deal.ts`, in an instance of its own. */
class CoreDealer implements BucketDealer {
  readonly release: () => void
  private readonly wasm: BucketExports
  private readonly query: DealQuery
  private known: ChunkColumns | undefined

  constructor(wasm: BucketExports, release: (wasm: BucketExports) => void, query: DealQuery) {
    this.wasm = wasm
    this.release = () => release(wasm)
    this.query = query
    const { further, classMask, presence, most } = query
    const [times, intensities] = [Number(further.gpsTime), Number(further.intensity)]
    guarded(() => wasm.startDealing(times, intensities, Number(presence === true), most))
    new Uint8Array(wasm.memory.buffer, wasm.stored.value, 256).set(classMask)
    new Uint8Array(wasm.memory.buffer, wasm.bits.value, 256).set(presenceBits)
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
    const most = this.wasm.CHUNK.value
    for (let from = 0; from < points.count; from += most) {
      const count = Math.min(most, points.count - from)
      this.fill(points, from, from + count)
      for (let at = 0; at < count; ) {
        at = guarded(() => this.wasm.deal(at, count, column, row))
        const cell = this.wasm.full.value
        if (cell !== 0) this.emit(cell, emit)
      }
    }
  }

  drain(emit: (segment: DealtSegment) => void): void {
    for (let cell = this.wasm.first.value; cell !== 0; cell = this.wasm.nextCell(cell)) this.emit(cell, emit)
    this.wasm.clear()
  }

  /** Growing the memory replaces its buffer. */
  private get chunk(): ChunkColumns {
    if (this.known?.x.buffer !== this.wasm.memory.buffer) this.known = chunkColumns(this.wasm)
    return this.known
  }

  private fill(points: DealtPoints, from: number, to: number): void {
    const { chunk } = this
    chunk.x.set(points.x.subarray(from, to))
    chunk.y.set(points.y.subarray(from, to))
    chunk.z.set(points.z.subarray(from, to))
    chunk.classification.set(points.classification.subarray(from, to))
    if (points.returns === undefined) throw new EngineError("E_INTERNAL", "points to deal have no returns")
    chunk.returns.set(points.returns.subarray(from, to))
    if (points.gpsTime.length > 0) chunk.gpsTime.set(points.gpsTime.subarray(from, to))
    else chunk.gpsTime.fill(Number.NaN)
    if (!this.query.further.intensity) return
    if (points.intensity.length > 0) chunk.intensity.set(points.intensity.subarray(from, to))
    else chunk.intensity.fill(0)
  }

  private emit(cell: number, emit: (segment: DealtSegment) => void): void {
    const { wasm } = this
    if (wasm.pack(cell) === 0) return
    const { buffer } = wasm.memory
    emit({
      cellX: wasm.cellColumn.value,
      cellY: wasm.cellRow.value,
      count: wasm.segmentPoints.value,
      bytes: new Uint8Array(buffer, wasm.segment.value, wasm.segmentBytes.value),
      lowZ: wasm.lowZ.value,
      highZ: wasm.highZ.value,
      times: new Float64Array(buffer, wasm.quarterTimes.value, 8).slice(),
      others: new Uint32Array(buffer, wasm.quarterOthers.value, 4).slice(),
      presence: this.query.presence ? new Uint8Array(buffer, wasm.presence.value, PRESENCE_BYTES) : undefined,
    })
    wasm.empty(cell)
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

const chunkColumns = (wasm: BucketExports): ChunkColumns => {
  const { buffer } = wasm.memory
  const most = wasm.CHUNK.value
  return {
    x: new Int32Array(buffer, wasm.chunkX.value, most),
    y: new Int32Array(buffer, wasm.chunkY.value, most),
    z: new Int32Array(buffer, wasm.chunkZ.value, most),
    gpsTime: new Float64Array(buffer, wasm.chunkTimes.value, most),
    intensity: new Uint16Array(buffer, wasm.chunkIntensities.value, most),
    classification: new Uint8Array(buffer, wasm.chunkClasses.value, most),
    returns: new Uint8Array(buffer, wasm.chunkReturns.value, most),
  }
}

/** Addresses and results of `assembly/index.ts`; see there. */
type BucketGlobals =
  | "CHUNK"
  | `chunk${"X" | "Y" | "Z" | "Times" | "Intensities" | "Classes" | "Returns"}`
  | `out${"X" | "Y" | "Z" | "Times" | "Intensities" | "Classes" | "Numbers" | "Returns"}`
  | ("xs" | "ys" | "zs" | "times" | "intensities" | "classes" | "returns" | "wanted" | "classCounts")
  | ("read" | "duplicates" | "noise" | "inCell" | "stored" | "counts" | "buffered" | "cells" | "first" | "full")
  | ("segment" | "segmentBytes" | "segmentPoints" | "cellColumn" | "cellRow" | "lowZ" | "highZ")
  | ("quarterTimes" | "quarterOthers" | "bits" | "presence")

/** Exports of `assembly/index.ts`. Addresses and counts are u32; booleans are 0 or 1. */
interface BucketExports extends Readonly<Record<BucketGlobals, WasmGlobal>> {
  readonly memory: { readonly buffer: ArrayBuffer }
  startDealing(times: number, intensities: number, presence: number, many: number): void
  deal(begin: number, end: number, column: number, row: number): number
  pack(cell: number): number
  nextCell(cell: number): number
  empty(cell: number): void
  clear(): void
  startOrder(times: number, intensities: number, returns: number, originZ: number): void
  placeRow(blocks: number, points: number, largest: number): number
  sortBlock(
    ...args: [block: number, from: number, to: number, x: number, y: number, ...RangeCorners, ...RangeCorners]
  ): void
  line(row: number): number
}

/** A range within a block, mm. */
type RangeCorners = [minX: number, minY: number, maxX: number, maxY: number]

/** Worded so that `errors.ts` recognises a lack of memory. */
const outOfMemory = (): RangeError => new RangeError("Array buffer allocation failed: points of a bucket file")
