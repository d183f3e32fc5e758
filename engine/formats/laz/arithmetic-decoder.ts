/** LASzip's arithmetic decoder in TypeScript, for short streams such as the chunk table. */
import {
  CORRECTORS,
  integerSize,
  modelSize,
  PAIRS,
  updateBitModel,
  updateModel,
  writeInteger,
} from "./arithmetic-models.js"

const MIN_LENGTH = 0x01000000

/**
 * LASzip's arithmetic decoder over the models of `arithmetic-models.ts`; it reads zeros after the
 * last byte. Written for clarity, since its streams are short. All numbers are unsigned, stored as
 * doubles.
 */
export class ArithmeticDecoder {
  private readonly models: Uint16Array
  private readonly bytes: Uint8Array
  private at = 4
  private value: number
  private length = 0xffffffff

  constructor(models: Uint16Array, bytes: Uint8Array) {
    this.models = models
    this.bytes = bytes
    this.value = [0, 1, 2, 3].reduce((value, i) => value * 256 + (bytes[i] ?? 0), 0)
  }

  /** Decodes a symbol. */
  symbol(model: number): number {
    const { models } = this
    const step = Math.floor(this.length / 32768)
    const start = (k: number): number => models[model + PAIRS + 2 * k] as number
    const last = (models[model + 3] as number) - 1
    let k = 0
    while (k < last && start(k + 1) * step <= this.value) k++
    const low = start(k) * step
    this.advance(this.value - low, (k === last ? this.length : start(k + 1) * step) - low)
    models[model + PAIRS + 2 * k + 1] = (models[model + PAIRS + 2 * k + 1] as number) + 1
    const until = (models[model] as number) - 1
    models[model] = until
    if (until === 0) updateModel(models, model)
    return k
  }

  /** Decodes a bit with a one-bit model. */
  bit(model: number): number {
    const { models } = this
    const bound = (models[model + 4] as number) * Math.floor(this.length / 8192)
    const bit = this.value >= bound ? 1 : 0
    if (bit === 0) {
      models[model + 2] = (models[model + 2] as number) + 1
      this.advance(this.value, bound)
    } else this.advance(this.value - bound, this.length - bound)
    const until = (models[model] as number) - 1
    models[model] = until
    if (until === 0) updateBitModel(models, model)
    return bit
  }

  /** Decodes `bits` unmodelled bits: above 19, the 16 low ones first. */
  raw(bits: number): number {
    if (bits > 19) {
      const low = this.raw(16)
      return this.raw(bits - 16) * 65536 + low
    }
    const length = Math.floor(this.length / 2 ** bits)
    const value = length === 0 ? 0 : Math.floor(this.value / length)
    this.advance(this.value - length * value, length)
    return value
  }

  /** Decodes a signed difference from a prediction, as `ArithmeticEncoder.corrector` writes it. */
  corrector(lengths: number, correctors: number): number {
    const k = this.symbol(lengths)
    if (k === 0) return this.bit(correctors)
    if (k === 32) return -2147483648
    const high = this.symbol(correctors + (CORRECTORS[k] as number))
    const value = k <= 8 ? high : high * 2 ** (k - 8) + this.raw(k - 8)
    // The upper half encodes 2^(k−1) + 1 … 2^k, the lower half −(2^k − 1) … −2^(k−1).
    return value >= 2 ** (k - 1) ? value + 1 : value - (2 ** k - 1)
  }

  private advance(value: number, length: number): void {
    this.value = value
    this.length = length
    // Only a broken stream has a length of 0, which would never grow.
    while (this.length < MIN_LENGTH && this.length > 0) {
      this.value = ((this.value * 256) % 4294967296) + (this.bytes[this.at++] ?? 0)
      this.length *= 256
    }
  }
}

/**
 * Decoder of LASzip's 32-bit integers, as in the chunk table; all `contexts` share their
 * correctors.
 *
 * @returns a function from prediction and context to the next integer (unsigned)
 */
export const arithmeticIntegers = (
  bytes: Uint8Array,
  contexts: number,
): ((predicted: number, context: number) => number) => {
  const models = new Uint16Array(integerSize(32, contexts))
  writeInteger(models, 0, 32, contexts)
  const decoder = new ArithmeticDecoder(models, bytes)
  const correctors = contexts * modelSize(33)
  return (predicted, context) => (predicted + decoder.corrector(context * modelSize(33), correctors)) >>> 0
}
