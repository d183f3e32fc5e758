/** LASzip's arithmetic coder and adaptive models in plain TypeScript: the reference for `assembly/coder.ts`. */

/** Adaptive frequencies of `symbols` symbols, 15-bit, with a table from the upper 8 bits of a frequency to where its search starts. */
export class SymbolModel {
  readonly symbols: number
  readonly starts: Uint16Array
  readonly counts: Uint16Array
  readonly table = new Uint16Array(257)
  total = 0
  cycle: number
  until = 0

  constructor(symbols: number) {
    this.symbols = symbols
    this.starts = new Uint16Array(symbols + 1)
    this.starts[symbols] = 0xffff
    this.counts = new Uint16Array(symbols).fill(1)
    this.cycle = symbols
    this.update()
    this.cycle = (symbols + 6) >> 1
    this.until = this.cycle
  }

  update(): void {
    const { counts, starts, table, symbols } = this
    this.total += this.cycle
    if (this.total > 32768) {
      this.total = 0
      for (let i = 0; i < symbols; i++) this.total += counts[i] = (counts[i] + 1) >> 1
    }
    const scale = Math.floor(0x80000000 / this.total)
    let [sum, bucket] = [0, 0]
    for (let i = 0; i < symbols; i++) {
      const start = Math.floor((scale * sum) / 65536)
      starts[i] = start
      sum += counts[i]
      while (bucket << 7 < start) table[bucket++] = i - 1
    }
    table.fill(symbols - 1, bucket)
    this.cycle = Math.min((5 * this.cycle) >> 2, (symbols + 6) << 3)
    this.until = this.cycle
  }
}

/** Adaptive probability of one bit, 13-bit. */
export class BitModel {
  zeros = 1
  count = 2
  probability = 4096
  cycle = 4
  until = 4

  update(): void {
    this.count += this.cycle
    if (this.count > 8192) {
      this.count = (this.count + 1) >> 1
      this.zeros = (this.zeros + 1) >> 1
      if (this.zeros === this.count) this.count++
    }
    this.probability = Math.floor((this.zeros * Math.floor(0x80000000 / this.count)) / 262144)
    this.cycle = Math.min((5 * this.cycle) >> 2, 64)
    this.until = this.cycle
  }
}

const VALUE = 0
const LENGTH = 1
const AT = 2

/** The coder over one layer. */
export class Coder {
  readonly bytes: Uint8Array
  /** Value and length (unsigned, kept signed) and the next byte: in an array, since V8 would box such numbers in fields. */
  readonly state = new Int32Array(3)
  broken = false

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.state[VALUE] = (bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]
    this.state[LENGTH] = -1
    this.state[AT] = 4
  }

  /** 0: read to its last byte; 1: too short or impossible; 2: bytes are left. */
  get status(): number {
    const left = this.bytes.length - this.state[AT]
    return this.broken || left < 0 ? 1 : left === 0 ? 0 : 2
  }

  /** True when the bytes are used up. */
  get exhausted(): boolean {
    return this.state[AT] > this.bytes.length
  }

  private advance(value: number, length: number): void {
    const { state, bytes } = this
    let v = value
    let l = length
    while (l >>> 0 < 0x01000000) {
      v = (v << 8) | bytes[state[AT]++]
      l <<= 8
    }
    state[VALUE] = v
    state[LENGTH] = l
  }

  symbol(model: SymbolModel): number {
    const { state } = this
    const { starts } = model
    const length = state[LENGTH]
    const step = length >>> 15
    const frequency = ((state[VALUE] >>> 0) / step) | 0
    let k = model.table[frequency >>> 7]
    while (starts[k + 1] <= frequency) k++
    const low = Math.imul(starts[k], step)
    const end = k + 1 === model.symbols ? length : Math.imul(starts[k + 1], step)
    this.advance((state[VALUE] - low) | 0, (end - low) | 0)
    model.counts[k]++
    if (--model.until === 0) model.update()
    return k
  }

  bit(model: BitModel): number {
    const value = this.state[VALUE]
    const length = this.state[LENGTH]
    const bound = Math.imul(model.probability, length >>> 13)
    const one = value >>> 0 >= bound >>> 0
    if (one) this.advance((value - bound) | 0, (length - bound) | 0)
    else {
      this.advance(value, bound)
      model.zeros++
    }
    if (--model.until === 0) model.update()
    return one ? 1 : 0
  }

  /** `bits` bits (1–31) as they are: above 19, 16 low ones come first. */
  raw(bits: number): number {
    if (bits > 19) {
      const low = this.raw(16)
      return (this.raw(bits - 16) << 16) | low
    }
    const length = this.state[LENGTH] >>> bits
    const found = Math.floor((this.state[VALUE] >>> 0) / length)
    if (found >= 2 ** bits) this.broken = true
    this.advance((this.state[VALUE] - Math.imul(found, length)) | 0, length)
    return found | 0
  }
}

/** A list of models of `symbols` symbols, each made when it is first used. */
export class ModelList {
  readonly symbols: number
  readonly models: (SymbolModel | undefined)[]

  constructor(symbols: number, count: number) {
    this.symbols = symbols
    this.models = new Array<SymbolModel | undefined>(count).fill(undefined)
  }

  at(index: number): SymbolModel {
    let model = this.models[index]
    if (model === undefined) {
      model = new SymbolModel(this.symbols)
      this.models[index] = model
    }
    return model
  }
}

/** Models of LASzip's integers of 16 or 32 bits: bit counts by context, correctors shared. */
export class IntegerModels {
  readonly lengths: ModelList
  readonly one = new BitModel()
  readonly correctors: readonly ModelList[]
  /** Number of bits of the last corrector. */
  lastBits = 0

  constructor(bits: number, contexts: number) {
    this.lengths = new ModelList(bits + 1, contexts)
    this.correctors = Array.from({ length: 32 }, (_, k) => new ModelList(2 ** Math.min(Math.max(k, 1), 8), 1))
  }

  /** The next corrector, to be added to the prediction (modulo 2^bits). */
  next(coder: Coder, context: number): number {
    const k = coder.symbol(this.lengths.at(context))
    this.lastBits = k
    if (k === 0) return coder.bit(this.one)
    if (k === 32) return -2147483648
    let found = coder.symbol(this.correctors[k].at(0))
    if (k > 8) found = (found << (k - 8)) | coder.raw(k - 8)
    // The upper half stands for 2^(k−1) + 1 … 2^k, the lower for −(2^k − 1) … −2^(k−1).
    return found >>> 0 >= 2 ** (k - 1) ? (found + 1) | 0 : (found - (2 ** k - 1)) | 0
  }
}
