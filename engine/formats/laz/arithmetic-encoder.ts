/** LASzip's arithmetic encoder: writes the layers of chunks and the chunk table. */
import { CORRECTORS, PAIRS, updateBitModel, updateModel } from "./arithmetic-models.js"

const MIN_LENGTH = 0x01000000
const BASE = 0
const LENGTH = 1
const AT = 2

/**
 * LASzip's arithmetic encoder over the models of `arithmetic-models.ts`. Streams are written one after another into one buffer:
 * {@link start}, then symbols, bits, raw bits and correctors, then {@link end}. Memory: the buffer, which grows by doubling.
 */
export class ArithmeticEncoder {
  readonly models: Uint16Array
  /** What was written so far, up to {@link at}; another array after it had to grow. */
  bytes: Uint8Array
  /** Base and length of the interval (unsigned, kept signed) and the next byte: an array, since V8 may box such numbers in fields. */
  private readonly state = new Int32Array(3)

  constructor(models: Uint16Array, capacity: number) {
    this.models = models
    this.bytes = new Uint8Array(Math.max(16, capacity))
  }

  /** The next byte to write. */
  get at(): number {
    return this.state[AT] as number
  }

  /** Starts a stream at a byte of the buffer. */
  start(at: number): void {
    while (at + 16 > this.bytes.length) this.grow()
    this.state[BASE] = 0
    this.state[LENGTH] = -1
    this.state[AT] = at
  }

  /**
   * Ends the stream with one or two bytes of the interval and zeros: four bytes in all, as many as the decoder is ahead, so that it reads
   * to the last one exactly. Gives the byte after it.
   */
  end(): number {
    const begin = this.state[AT] as number
    if ((this.state[LENGTH] as number) >>> 0 > 2 * MIN_LENGTH) this.advance(MIN_LENGTH, MIN_LENGTH >>> 1)
    else this.advance(MIN_LENGTH >>> 1, MIN_LENGTH >>> 9)
    if (begin + 4 > this.bytes.length) this.grow()
    this.bytes.fill(0, this.state[AT] as number, begin + 4)
    this.state[AT] = begin + 4
    return begin + 4
  }

  /** Writes symbol `k` by a model. */
  symbol(model: number, k: number): void {
    const { models, state } = this
    const length = state[LENGTH] as number
    const step = length >>> 15
    const pair = model + PAIRS + 2 * k
    const low = Math.imul(models[pair] as number, step)
    const end = models[pair + 2] as number
    // After the last symbol stands 0: it ends where the interval does, not at a multiple of the step.
    const high = end === 0 ? length : Math.imul(end, step)
    this.advance(low, (high - low) | 0)
    models[pair + 1] = (models[pair + 1] as number) + 1
    const until = (models[model] as number) - 1
    models[model] = until
    if (until === 0) updateModel(models, model)
  }

  /** Writes a bit by a model of one bit. */
  bit(model: number, bit: number): void {
    const { models, state } = this
    const length = state[LENGTH] as number
    const bound = Math.imul(models[model + 4] as number, length >>> 13)
    if (bit === 0) {
      models[model + 2] = (models[model + 2] as number) + 1
      this.advance(0, bound)
    } else this.advance(bound, (length - bound) | 0)
    const until = (models[model] as number) - 1
    models[model] = until
    if (until === 0) updateBitModel(models, model)
  }

  /** Writes `bits` bits (1–31) as they are: above 19, the 16 low ones first. */
  raw(value: number, bits: number): void {
    if (bits > 19) {
      this.raw(value & 0xffff, 16)
      this.raw(value >>> 16, bits - 16)
      return
    }
    const length = (this.state[LENGTH] as number) >>> bits
    this.advance(Math.imul(value, length), length)
  }

  /**
   * Writes the difference `c` (signed) of an integer and its prediction; `lengths` is the context's model of bit counts,
   * `correctors` the integer's model of one bit. Gives the bit count: the least k with c in −(2^k − 1) … 2^k.
   */
  corrector(lengths: number, correctors: number, c: number): number {
    const k = 32 - Math.clz32(c <= 0 ? -c : c - 1)
    this.symbol(lengths, k)
    if (k === 0) this.bit(correctors, c)
    else if (k < 32) {
      const value = c < 0 ? (c + ((1 << k) - 1)) | 0 : c - 1
      const model = correctors + (CORRECTORS[k] as number)
      if (k <= 8) this.symbol(model, value)
      else {
        this.symbol(model, value >> (k - 8))
        this.raw(value & ((1 << (k - 8)) - 1), k - 8)
      }
    }
    return k
  }

  private advance(by: number, length: number): void {
    const { state } = this
    const before = state[BASE] as number
    let base = (before + by) | 0
    if (base >>> 0 < before >>> 0) this.carry()
    let l = length
    if (l >>> 0 < MIN_LENGTH) {
      let at = state[AT] as number
      if (at + 4 > this.bytes.length) this.grow()
      const { bytes } = this
      do {
        bytes[at++] = base >>> 24
        base <<= 8
        l <<= 8
      } while (l >>> 0 < MIN_LENGTH)
      state[AT] = at
    }
    state[BASE] = base
    state[LENGTH] = l
  }

  /** Adds one to the bytes written: it never goes past the stream's first byte, which the interval keeps below 256. */
  private carry(): void {
    let at = (this.state[AT] as number) - 1
    while (this.bytes[at] === 255) this.bytes[at--] = 0
    this.bytes[at] = (this.bytes[at] as number) + 1
  }

  private grow(): void {
    const bytes = new Uint8Array(this.bytes.length * 2)
    bytes.set(this.bytes)
    this.bytes = bytes
  }
}
