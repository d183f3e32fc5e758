/**
 * The arithmetic coder of LASzip (M. Isenburg 2013; models by A. Said 2004) over one layer, and its adaptive models.
 * AssemblyScript: names such as `load<u16>(address, offset)` are WebAssembly's own memory instructions.
 *
 * Memory of a model of N symbols ({@link modelBytes}); all integers little-endian:
 *
 * | offset | what |
 * |---|---|
 * | 0 | u32 symbols until the next update |
 * | 4 | u32 symbols between two updates |
 * | 8 | u32 total of the counts |
 * | 12 | u32 N |
 * | 16 | u8 × 257: by the upper 8 bits of a 15-bit frequency, the largest symbol that starts at or below it (>> 2 where N > 256) |
 * | 276 | (u16 start, u16 count) × N, then (0xFFFF, 0): a start above every frequency |
 *
 * A model of one bit: u32 until, cycle, zeros, count, probability (13 bits).
 */

const TABLE: usize = 16
const PAIRS: usize = 276
const LAST: u32 = 0xffff
/** Bytes of a model of one bit. */
export const BIT_BYTES: usize = 20
/** Bytes that must be readable below the first byte of a turned layer: what one point can take beyond the end. */
const PADDING: usize = 256

/** Coder state: the value, the length of the interval and the address of the next four bytes. */
let value: u32 = 0
let length: u32 = 0
let at: usize = 0
/** Below this address the layer's bytes are used up. */
let floor: usize = 0
/** Not 0: the stream holds what no encoder writes. */
let broken: i32 = 0
/** Number of bits of the last corrector: a context of the next field. */
export let lastBits: u32 = 0

/** Bytes of a model of `symbols` symbols, a multiple of 4. */
@inline
export function modelBytes(symbols: usize): usize {
  return PAIRS + 4 * (symbols + 1)
}

/** Writes a fresh model and gives the address after it. */
export function writeModel(model: usize, symbols: u32): usize {
  store<u32>(model, symbols, 4)
  store<u32>(model, 0, 8)
  store<u32>(model, symbols, 12)
  for (let i: u32 = 0; i < symbols; i++) store<u16>(model + 4 * i, 1, PAIRS + 2)
  store<u32>(model + 4 * symbols, LAST, PAIRS)
  update(model)
  const cycle = (symbols + 6) >>> 1
  store<u32>(model, cycle)
  store<u32>(model, cycle, 4)
  return model + modelBytes(symbols)
}

/** Writes a fresh model of one bit and gives the address after it. */
export function writeBitModel(model: usize): usize {
  store<u32>(model, 4)
  store<u32>(model, 4, 4)
  store<u32>(model, 1, 8)
  store<u32>(model, 2, 12)
  store<u32>(model, 4096, 16)
  return model + BIT_BYTES
}

/** New starts and table from the counts. */
function update(model: usize): void {
  const symbols = load<u32>(model, 12)
  const cycle = load<u32>(model, 4)
  let total = load<u32>(model, 8) + cycle
  const pairs = model + PAIRS
  if (total > 32768) {
    total = 0
    for (let i: u32 = 0; i < symbols; i++) {
      const count = (<u32>load<u16>(pairs + 4 * i, 2) + 1) >>> 1
      store<u16>(pairs + 4 * i, count, 2)
      total += count
    }
  }
  store<u32>(model, total, 8)
  const scale: u32 = 0x80000000 / total
  const shift: u32 = symbols > 256 ? 2 : 0
  const table = model + TABLE
  let sum: u32 = 0
  let bucket: u32 = 0
  for (let i: u32 = 0; i < symbols; i++) {
    const start = (scale * sum) >>> 16
    store<u16>(pairs + 4 * i, start)
    sum += load<u16>(pairs + 4 * i, 2)
    while (bucket << 7 < start) store<u8>(table + bucket++, (i - 1) >>> shift)
  }
  while (bucket <= 256) store<u8>(table + bucket++, (symbols - 1) >>> shift)
  const longest: u32 = (symbols + 6) << 3
  const next: u32 = (5 * cycle) >>> 2
  store<u32>(model, next < longest ? next : longest, 4)
  store<u32>(model, next < longest ? next : longest)
}

function updateBit(model: usize): void {
  const cycle = load<u32>(model, 4)
  let zeros = load<u32>(model, 8)
  let count = load<u32>(model, 12) + cycle
  if (count > 8192) {
    count = (count + 1) >>> 1
    zeros = (zeros + 1) >>> 1
    if (zeros == count) count++
  }
  const next: u32 = (5 * cycle) >>> 2
  const kept: u32 = next < 64 ? next : 64
  store<u32>(model, kept)
  store<u32>(model, kept, 4)
  store<u32>(model, zeros, 8)
  store<u32>(model, count, 12)
  store<u32>(model, (zeros * (0x80000000 / count)) >>> 18, 16)
}

/**
 * Starts on a layer of `size` bytes at `source`. They are turned around to `turned` ({@link PADDING} bytes further), so that a
 * little-endian load gives them as a big-endian number.
 */
export function startLayer(source: usize, size: usize, turned: usize): void {
  const bottom = turned + PADDING
  // What lies beyond the end is looked at, if never used: always the same, so that a broken layer always fails alike.
  memory.fill(turned, 0, PADDING)
  const top = bottom + size - 1
  for (let i: usize = 0; i < size; i++) store<u8>(top - i, load<u8>(source + i))
  value = load<u32>(top - 3)
  length = 0xffffffff
  at = top - 7
  floor = bottom - 4
  broken = 0
}

/** True when the layer's bytes are used up before its points are. */
@inline
export function exhausted(): bool {
  return at < floor
}

/** Marks the layer as broken. */
export function markBroken(): void {
  broken = 1
}

/** 0: the layer was read to its last byte; 1: too short, or impossible; 2: bytes are left. */
export function endLayer(): i32 {
  return broken != 0 || at < floor ? 1 : at == floor ? 0 : 2
}

@inline
function renormalise(): void {
  // 0, 8, 16 or 24 bits without a branch; the shift by 32 that none would need is taken in two.
  const bits = clz(length) & 24
  length <<= bits
  value = (value << bits) | ((load<u32>(at) >>> 1) >>> (31 - bits))
  at -= bits >>> 3
}

/** Next symbol by a model of at most 256 symbols. */
@inline
export function symbol(model: usize): u32 {
  const step = length >>> 15
  const frequency = value / step
  let pair = model + (<usize>load<u8>(model + (frequency >>> 7), TABLE) << 2)
  let end: u32 = load<u16>(pair, PAIRS + 4)
  while (end <= frequency) {
    pair += 4
    end = load<u16>(pair, PAIRS + 4)
  }
  const low = <u32>load<u16>(pair, PAIRS) * step
  length = select<u32>(length, end * step, end == LAST) - low
  value -= low
  renormalise()
  store<u16>(pair, load<u16>(pair, PAIRS + 2) + 1, PAIRS + 2)
  const until = load<u32>(model) - 1
  store<u32>(model, until)
  if (until == 0) update(model)
  return <u32>(pair - model) >>> 2
}

/** The same by a model of more than 256 symbols, whose table holds a quarter of the symbol. */
export function wideSymbol(model: usize): u32 {
  const step = length >>> 15
  const frequency = value / step
  let pair = model + (<usize>load<u8>(model + (frequency >>> 7), TABLE) << 4)
  let end: u32 = load<u16>(pair, PAIRS + 4)
  while (end <= frequency) {
    pair += 4
    end = load<u16>(pair, PAIRS + 4)
  }
  const low = <u32>load<u16>(pair, PAIRS) * step
  length = select<u32>(length, end * step, end == LAST) - low
  value -= low
  renormalise()
  store<u16>(pair, load<u16>(pair, PAIRS + 2) + 1, PAIRS + 2)
  const until = load<u32>(model) - 1
  store<u32>(model, until)
  if (until == 0) update(model)
  return <u32>(pair - model) >>> 2
}

function bit(model: usize): u32 {
  const bound = load<u32>(model, 16) * (length >>> 13)
  const one = value >= bound
  if (one) {
    value -= bound
    length -= bound
  } else {
    length = bound
    store<u32>(model, load<u32>(model, 8) + 1, 8)
  }
  renormalise()
  const until = load<u32>(model) - 1
  store<u32>(model, until)
  if (until == 0) updateBit(model)
  return u32(one)
}

/** `bits` bits (1–31) as they are: above 19, 16 low ones come first. */
export function raw(bits: u32): u32 {
  if (bits > 19) {
    const low = raw(16)
    return (raw(bits - 16) << 16) | low
  }
  length >>>= bits
  const found = value / length
  value -= length * found
  renormalise()
  if (found >>> bits != 0) broken = 1
  return found
}

/** Addresses of the correctors' models, relative to the first, by their number of bits. */
const CORRECTORS = memory.data(33 * 4)

/** Fills the table of {@link CORRECTORS}; once an instance. */
export function setUpCoder(): void {
  let offset: usize = BIT_BYTES
  for (let k: u32 = 1; k <= 32; k++) {
    store<u32>(CORRECTORS + 4 * k, offset)
    offset += modelBytes(<usize>1 << <usize>(k < 8 ? k : 8))
  }
}

/**
 * Writes fresh models of an integer of `bits` bits (16 or 32) with `contexts` contexts, and gives the address after them:
 * one model of bit counts a context, then the correctors that all contexts share.
 */
export function writeInteger(start: usize, bits: u32, contexts: u32): usize {
  let end = start
  for (let i: u32 = 0; i < contexts; i++) end = writeModel(end, bits + 1)
  end = writeBitModel(end)
  // 32 bits: the least number, which needs no model.
  for (let k: u32 = 1; k <= (bits < 31 ? bits : 31); k++) end = writeModel(end, 1 << (k < 8 ? k : 8))
  return end
}

/** Next corrector: `lengths` the context's model of bit counts, `correctors` the address of the shared models. */
@inline
export function corrector(lengths: usize, correctors: usize): i32 {
  const k = symbol(lengths)
  lastBits = k
  if (k == 0) return bit(correctors)
  if (k == 32) return i32.MIN_VALUE
  let found = symbol(correctors + load<u32>(CORRECTORS + 4 * k))
  if (k > 8) {
    const low = raw(k - 8)
    found = (found << (k - 8)) | low
  }
  // The upper half stands for 2^(k−1) + 1 … 2^k, the lower for −(2^k − 1) … −2^(k−1).
  return found >= <u32>1 << (k - 1) ? found + 1 : found - ((1 << k) - 1)
}
