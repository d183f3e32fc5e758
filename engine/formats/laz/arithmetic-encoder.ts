/** LASzip's arithmetic encoder, for the layers of chunks and the chunk table. */
import { CORRECTORS, PAIRS, updateBitModel, updateModel } from "./arithmetic-coding.js"

const MIN_LENGTH = 0x01000000
const BASE = 0
const LENGTH = 1
const AT = 2

/**
 * LASzip's arithmetic encoder over the models of `arithmetic-coding.ts`. Streams follow each other
 * in one buffer: {@link start}, then symbols, bits, raw bits and correctors, then {@link end}. The
 * buffer grows by doubling.
 */
export class ArithmeticEncoder {
  readonly models: Uint16Array
  /** Output, valid up to {@link at}. The array is replaced when it grows. */
  bytes: Uint8Array
  /**
   * Base and length of the interval (unsigned, stored signed), and offset of the next byte. An
   * array, since V8 may box such numbers in fields.
   */
  private readonly state = new Int32Array(3)

  constructor(models: Uint16Array, capacity: number) {
    this.models = models
    this.bytes = new Uint8Array(Math.max(16, capacity))
  }

  /** Offset of the next byte to write. */
  get at(): number {
    return this.state[AT] as number
  }

  /** Starts a stream at an offset of the buffer. */
  start(at: number): void {
    while (at + 16 > this.bytes.length) this.grow()
    this.state[BASE] = 0
    this.state[LENGTH] = -1
    this.state[AT] = at
  }

  /**
   * Ends the stream with one or two bytes of the interval, padded with zeros to four bytes. The
   * decoder reads four bytes ahead, hence exactly to the end.
   *
   * @returns the offset after the stream
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

  /** Encodes symbol `k`. */
  symbol(model: number, k: number): void {
    const { models, state } = this
    const length = state[LENGTH] as number
    const step = length >>> 15
    const pair = model + PAIRS + 2 * k
    const low = Math.imul(models[pair] as number, step)
    const end = models[pair + 2] as number
    // The start after the last symbol is 0: this symbol extends to the end of the interval, not to
    // a multiple of the step.
    const high = end === 0 ? length : Math.imul(end, step)
    this.advance(low, (high - low) | 0)
    models[pair + 1] = (models[pair + 1] as number) + 1
    const until = (models[model] as number) - 1
    models[model] = until
    if (until === 0) updateModel(models, model)
  }

  /** Encodes a bit with a one-bit model. */
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

  /** Encodes `bits` (1–31) unmodelled bits: above 19, the 16 low ones first. */
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
   * Encodes the signed difference `c` from a prediction. `lengths` is the context's model of bit
   * counts, `correctors` the integer's one-bit model.
   *
   * @returns the bit count: the least k with c in −(2^k − 1) … 2^k
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

  /**
   * Adds one to the bytes written. The carry never passes the stream's first byte, which the
   * interval limits to less than 256.
   */
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
