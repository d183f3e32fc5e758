/** Calls the dealing pass of the WebAssembly module, chunk by chunk. */
import type { DealQuery, DealtPoints, DealtSegment, SpoolDealer } from "../deal-types.js"
import { outOfMemory, type SpoolExports } from "./exports.js"

/** Points of the chunk, as in `assembly/deal.ts`: they stay in the processor's cache. */
const CHUNK = 8192
/** Points of a cell's first buffer. */
const FEW = 32

/** Views of the memory. */
interface Views {
  readonly buffer: ArrayBuffer
  readonly words: Uint32Array
  readonly numbers: Float64Array
  /** The chunk's columns. */
  readonly chunk: Readonly<Record<"x" | "y" | "z", Int32Array>> & {
    readonly gpsTime: Float64Array
    readonly intensity: Uint16Array
    readonly classification: Uint8Array
    readonly returns: Uint8Array
  }
}

/** The dealing of `assembly/deal.ts`, with an instance of its own. */
export class CoreDealer implements SpoolDealer {
  readonly release: () => void
  private readonly wasm: SpoolExports
  private readonly query: DealQuery
  private known: Views | undefined

  constructor(wasm: SpoolExports, release: (wasm: SpoolExports) => void, query: DealQuery) {
    this.wasm = wasm
    this.release = () => release(wasm)
    this.query = query
    const { held, kept, most } = query
    guarded(() => wasm.startDealing(Number(held.gpsTime), Number(held.intensity), FEW, most))
    new Uint8Array(wasm.memory.buffer, wasm.kept.value, 256).set(kept)
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

  /** Memory that has grown lies in another buffer. */
  private get views(): Views {
    const { buffer } = this.wasm.memory
    if (this.known?.buffer !== buffer) this.known = viewsOf(buffer, this.wasm.chunk.value)
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
    if (!this.query.held.intensity) return
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

/** A trap is what the dealing does where memory cannot grow. */
const guarded = <T>(pass: () => T): T => {
  try {
    return pass()
  } catch (cause) {
    throw cause instanceof Error && cause.name === "RuntimeError" ? outOfMemory() : cause
  }
}

const viewsOf = (buffer: ArrayBuffer, at: number): Views => ({
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
