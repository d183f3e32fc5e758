/**
 * LASzip's arithmetic decoder (M. Isenburg 2013; models by A. Said 2004), as far as the chunk table needs it: 32-bit
 * integers predicted by the previous value. A table is short, so clarity goes before speed.
 */

const MIN_LENGTH = 0x01000000

/** Adaptive frequencies of `symbols` symbols, 15-bit. */
class SymbolModel {
  readonly distribution: Uint32Array
  readonly counts: Uint32Array
  total = 0
  cycle: number
  untilUpdate = 0

  constructor(symbols: number) {
    this.distribution = new Uint32Array(symbols)
    this.counts = new Uint32Array(symbols).fill(1)
    this.cycle = symbols
    this.update()
    this.cycle = (symbols + 6) >> 1
    this.untilUpdate = this.cycle
  }

  update(): void {
    const { counts, distribution } = this
    this.total += this.cycle
    if (this.total > 32768) {
      this.total = 0
      for (let i = 0; i < counts.length; i++) {
        counts[i] = ((counts[i] ?? 0) + 1) >> 1
        this.total += counts[i] ?? 0
      }
    }
    const scale = Math.floor(0x80000000 / this.total)
    let sum = 0
    for (let i = 0; i < counts.length; i++) {
      distribution[i] = Math.floor((scale * sum) / 65536)
      sum += counts[i] ?? 0
    }
    this.cycle = Math.min((5 * this.cycle) >> 2, (counts.length + 6) << 3)
    this.untilUpdate = this.cycle
  }
}

/** Adaptive probability of one bit, 13-bit. */
class BitModel {
  zeros = 1
  count = 2
  probability = 4096
  cycle = 4
  untilUpdate = 4

  update(): void {
    this.count += this.cycle
    if (this.count > 8192) {
      this.count = (this.count + 1) >> 1
      this.zeros = (this.zeros + 1) >> 1
      if (this.zeros === this.count) this.count++
    }
    this.probability = Math.floor((this.zeros * Math.floor(0x80000000 / this.count)) / 262144)
    this.cycle = Math.min((5 * this.cycle) >> 2, 64)
    this.untilUpdate = this.cycle
  }
}

/** The coder's state over bytes; zeros follow the last byte. All numbers are unsigned 32-bit, kept as doubles. */
class Coder {
  readonly bytes: Uint8Array
  at = 4
  value: number
  length = 0xffffffff

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.value = [0, 1, 2, 3].reduce((value, i) => value * 256 + (bytes[i] ?? 0), 0)
  }

  renormalise(): void {
    // A length of 0 comes of a broken stream only: it would never grow.
    while (this.length < MIN_LENGTH && this.length > 0) {
      this.value = ((this.value * 256) % 4294967296) + (this.bytes[this.at++] ?? 0)
      this.length *= 256
    }
  }

  symbol(model: SymbolModel): number {
    const { distribution } = model
    let [symbol, low, high, last] = [0, 0, this.length, distribution.length]
    const length = Math.floor(this.length / 32768)
    for (let middle = last >> 1; middle !== symbol; middle = (symbol + last) >> 1) {
      const bound = length * (distribution[middle] ?? 0)
      if (bound > this.value) [last, high] = [middle, bound]
      else [symbol, low] = [middle, bound]
    }
    this.value -= low
    this.length = high - low
    this.renormalise()
    model.counts[symbol] = (model.counts[symbol] ?? 0) + 1
    if (--model.untilUpdate === 0) model.update()
    return symbol
  }

  bit(model: BitModel): number {
    const bound = model.probability * Math.floor(this.length / 8192)
    const bit = this.value >= bound ? 1 : 0
    if (bit === 0) {
      this.length = bound
      model.zeros++
    } else {
      this.value -= bound
      this.length -= bound
    }
    this.renormalise()
    if (--model.untilUpdate === 0) model.update()
    return bit
  }

  raw(bits: number): number {
    if (bits > 19) {
      const low = this.raw(16)
      return this.raw(bits - 16) * 65536 + low
    }
    this.length = Math.floor(this.length / 2 ** bits)
    const value = this.length === 0 ? 0 : Math.floor(this.value / this.length)
    this.value -= this.length * value
    this.renormalise()
    return value
  }
}

/**
 * Decoder of LASzip's 32-bit integers over `bytes`, with `contexts` contexts that share the correctors.
 * The function returned gives the next integer (unsigned) from its prediction and context.
 */
export const arithmeticIntegers = (
  bytes: Uint8Array,
  contexts: number,
): ((predicted: number, context: number) => number) => {
  const coder = new Coder(bytes)
  const bitCounts = Array.from({ length: contexts }, () => new SymbolModel(33))
  const one = new BitModel()
  const correctors = Array.from({ length: 32 }, (_, k) => (k === 0 ? undefined : new SymbolModel(2 ** Math.min(k, 8))))
  const correction = (context: number): number => {
    const k = coder.symbol(bitCounts[context] as SymbolModel)
    if (k === 0) return coder.bit(one)
    if (k === 32) return -2147483648
    const high = coder.symbol(correctors[k] as SymbolModel)
    const value = k <= 8 ? high : high * 2 ** (k - 8) + coder.raw(k - 8)
    return value >= 2 ** (k - 1) ? value + 1 : value - (2 ** k - 1)
  }
  return (predicted, context) => (predicted + correction(context)) >>> 0
}
