/** LASzip's arithmetic coder: its adaptive models, and the decoder for short streams. */

/** Offset of the first (start, count) pair in a model. */
export const PAIRS = 4
const BIT_ELEMENTS = 6

/** Number of elements of a model of `symbols` symbols. */
export const modelSize = (symbols: number): number => PAIRS + 2 * symbols + 2

/** Symbols of the corrector model for `k` bits: the upper 8 bits are modelled, the others raw. */
const correctorSymbols = (k: number): number => 2 ** Math.min(k, 8)

/** Offsets of the corrector models by bit count, counted from the one-bit model. */
export const CORRECTORS: Int32Array = (() => {
  const places = new Int32Array(33)
  let at = BIT_ELEMENTS
  for (let k = 1; k <= 32; k++) {
    places[k] = at
    at += modelSize(correctorSymbols(k))
  }
  return places
})()

/** Number of elements of the models of a 16- or 32-bit integer. */
export const integerSize = (bits: number, contexts: number): number =>
  contexts * modelSize(bits + 1) + (CORRECTORS[Math.min(bits, 31) + 1] as number)

/** Writes a fresh model; returns the index after it. */
export const writeModel = (models: Uint16Array, model: number, symbols: number): number => {
  const end = model + modelSize(symbols)
  models.fill(0, model, end)
  models[model + 1] = symbols
  models[model + 3] = symbols
  for (let i = 0; i < symbols; i++) models[model + PAIRS + 2 * i + 1] = 1
  updateModel(models, model)
  const cycle = (symbols + 6) >> 1
  models[model] = cycle
  models[model + 1] = cycle
  return end
}

/** Writes the fresh models of an integer; returns the index after them. */
export const writeInteger = (models: Uint16Array, start: number, bits: number, contexts: number): number => {
  let at = start
  for (let i = 0; i < contexts; i++) at = writeModel(models, at, bits + 1)
  models.set([4, 4, 1, 2, 4096, 0], at)
  at += BIT_ELEMENTS
  // Bit count 32 encodes only the least integer and needs no model.
  for (let k = 1; k <= Math.min(bits, 31); k++) at = writeModel(models, at, correctorSymbols(k))
  return at
}

/** Recomputes the starts from the counts. */
export const updateModel = (models: Uint16Array, model: number): void => {
  const symbols = models[model + 3] as number
  const cycle = models[model + 1] as number
  const first = model + PAIRS
  const end = first + 2 * symbols
  let total = (models[model + 2] as number) + cycle
  if (total > 32768) {
    total = 0
    for (let at = first + 1; at < end; at += 2) {
      const count = ((models[at] as number) + 1) >> 1
      models[at] = count
      total += count
    }
  }
  models[model + 2] = total
  const scale = (0x80000000 / total) | 0
  let sum = 0
  for (let at = first; at < end; at += 2) {
    models[at] = Math.imul(scale, sum) >>> 16
    sum += models[at + 1] as number
  }
  const next = Math.min((5 * cycle) >> 2, (symbols + 6) << 3)
  models[model] = next
  models[model + 1] = next
}

/** Recomputes the probability of a one-bit model from its counts. */
export const updateBitModel = (models: Uint16Array, model: number): void => {
  const cycle = models[model + 1] as number
  let zeros = models[model + 2] as number
  let count = (models[model + 3] as number) + cycle
  if (count > 8192) {
    count = (count + 1) >> 1
    zeros = (zeros + 1) >> 1
    if (zeros === count) count++
  }
  const next = Math.min((5 * cycle) >> 2, 64)
  models[model] = next
  models[model + 1] = next
  models[model + 2] = zeros
  models[model + 3] = count
  models[model + 4] = Math.imul(zeros, (0x80000000 / count) | 0) >>> 18
}

const MIN_LENGTH = 0x01000000

/**
 * LASzip's arithmetic decoder over the models above; it reads zeros after the last byte. Written
 * for clarity, since its streams are short. All numbers are unsigned, stored as doubles.
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
