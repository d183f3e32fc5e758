/**
 * The arithmetic coder of LASzip (M. Isenburg 2013; models by A. Said 2004) over one layer, and its adaptive models.
 * AssemblyScript: names such as `load<u16>(address, offset)` are WebAssembly's own memory instructions.
 *
 * A symbol is a chain of instructions that each wait for the one before: divide, look up, multiply, shift. So the table gives
 * what the chain needs (start and width), at once, and what is as good as random is worked out without a branch.
 *
 * Memory of a model of N symbols ({@link modelBytes}); all integers little-endian. Only the header is written at first: the rest
 * is made when the model is first used, for a chunk uses few of its models.
 *
 * | offset | what |
 * |---|---|
 * | 0 | u32 symbols until the next update, which is due at 0, before the next symbol |
 * | 4 | u32 symbols between two updates; 0: never used |
 * | 8 | u32 total of the counts |
 * | 12 | u32 N |
 * | 16 | u32 bits of a frequency: 15, or 13 where N is 2 and only 0 is counted (a model of one bit) |
 * | 20 | (u16 start, u16 width) × 260: of the symbol that holds frequency 128 i; the last symbol's width is 0xFFFF − start |
 * | 1060 | u16 × 260: that symbol |
 * | 1580 | (u16 start, u16 count) × N, then (0xFFFF, 0): a start above every frequency |
 */

const CYCLE: usize = 4
const TOTAL: usize = 8
const SIZE: usize = 12
const BITS: usize = 16
const TABLE: usize = 20
const SYMBOLS: usize = TABLE + 4 * 260
const PAIRS: usize = SYMBOLS + 2 * 260
const LAST: u32 = 0xffff
/** Bytes of a model of one bit. */
export const BIT_BYTES: usize = PAIRS + 12
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

function writeHeader(model: usize, symbols: u32, bits: u32): usize {
  store<u64>(model, 0)
  store<u32>(model, symbols, SIZE)
  store<u32>(model, bits, BITS)
  return model + modelBytes(symbols)
}

/** Writes a fresh model and gives the address after it. */
export function writeModel(model: usize, symbols: u32): usize {
  return writeHeader(model, symbols, 15)
}

/** Writes a fresh model of one bit and gives the address after it. */
export function writeBitModel(model: usize): usize {
  return writeHeader(model, 2, 13)
}

/**
 * Fills a model's table from a bucket on with a symbol that ends at frequency `end`, four buckets at a time: the symbols after it
 * write over what is too much. Gives the bucket after it.
 */
@inline
function fill(model: usize, bucket: u32, start: u32, end: u32, width: u32, symbol: u32): u32 {
  const entries = i32x4.splat(start | (width << 16))
  const symbols: u64 = <u64>symbol * 0x0001000100010001
  let b = bucket
  do {
    v128.store(model + 4 * b, entries, TABLE)
    store<u64>(model + 2 * b, symbols, SYMBOLS)
    b += 4
  } while (b << 7 < end)
  return (end + 127) >>> 7
}

/** Starts and table from the counts. */
function tabulate(model: usize): void {
  const scale: u32 = 0x80000000 / load<u32>(model, TOTAL)
  const last = model + 4 * (load<u32>(model, SIZE) - 1)
  let sum: u32 = 0
  let start: u32 = 0
  let bucket: u32 = 0
  let symbol: u32 = 0
  for (let pair = model; pair < last; pair += 4) {
    sum += load<u16>(pair, PAIRS + 2)
    const end = (scale * sum) >>> 16
    store<u16>(pair, end, PAIRS + 4)
    bucket = fill(model, bucket, start, end, end - start, symbol)
    start = end
    symbol++
  }
  fill(model, bucket, start, 32769, LAST - start, symbol)
}

/** The same for a model of one bit. */
function tabulateBit(model: usize): void {
  const end = (<u32>load<u16>(model, PAIRS + 2) * (0x80000000 / load<u32>(model, TOTAL))) >>> 18
  store<u16>(model, end, PAIRS + 4)
  const bucket = fill(model, 0, 0, end, end, 0)
  fill(model, bucket, end, 8193, LAST - end, 1)
}

/** Gives each symbol of an unused model the count 1. */
function makeCounts(model: usize): void {
  const symbols = load<u32>(model, SIZE)
  for (let i: u32 = 0; i < symbols; i++) store<u32>(model + 4 * i, 0x10000, PAIRS)
  store<u32>(model + 4 * symbols, LAST, PAIRS)
  store<u32>(model, symbols, TOTAL)
}

function halveCounts(model: usize): void {
  const end = model + 4 * load<u32>(model, SIZE)
  let total: u32 = 0
  for (let pair = model; pair < end; pair += 4) {
    const count = (<u32>load<u16>(pair, PAIRS + 2) + 1) >>> 1
    store<u16>(pair, count, PAIRS + 2)
    total += count
  }
  store<u32>(model, total, TOTAL)
}

function halveBitCounts(model: usize): void {
  const total = (load<u32>(model, TOTAL) + 1) >>> 1
  const zeros = (<u32>load<u16>(model, PAIRS + 2) + 1) >>> 1
  store<u16>(model, zeros, PAIRS + 2)
  store<u32>(model, zeros == total ? total + 1 : total, TOTAL)
}

/** Makes an unused model, or updates one after its cycle; gives the symbols until the next update. */
function update(model: usize): u32 {
  const cycle = load<u32>(model, CYCLE)
  const bit = load<u32>(model, BITS) == 13
  const longest: u32 = bit ? 64 : (load<u32>(model, SIZE) + 6) << 3
  let next: u32 = (5 * cycle) >>> 2
  if (cycle == 0) {
    makeCounts(model)
    next = longest >>> 4
  } else {
    if (next > longest) next = longest
    const total = load<u32>(model, TOTAL) + cycle
    store<u32>(model, total, TOTAL)
    if (bit && total > 8192) halveBitCounts(model)
    else if (total > 32768) halveCounts(model)
  }
  if (bit) tabulateBit(model)
  else tabulate(model)
  store<u32>(model, next, CYCLE)
  return next
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
  let i: usize = 0
  for (; i + 16 <= size; i += 16) {
    const bytes = v128.load(source + i)
    v128.store(top - 15 - i, v128.shuffle<u8>(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
  }
  for (; i < size; i++) store<u8>(top - i, load<u8>(source + i))
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

/**
 * 0: the layer was read to its last byte and ends as an encoder ends; 1: too short, or impossible; 2: bytes are left.
 *
 * LASzip's encoder closes on base + 2^24, cut to its highest byte, or on base + 2^23, cut to two, where the interval is narrow; zeros follow.
 * The value left is what was added, less what was cut. A broken stream that happens to end at the last byte rarely ends on that.
 */
export function endLayer(): i32 {
  if (broken != 0 || at < floor) return 1
  if (at > floor) return 2
  const tail = load<u32>(floor + 4)
  const sound =
    length > 0x02000000
      ? value - 1 < 0x01000000 && (tail & 0xffffff) == 0
      : value - 0x7f0001 < 0x10000 && (tail & 0xffff) == 0
  return sound ? 0 : 1
}

/** Sets the coder's interval and brings it to 2^24 and above: by 0, 8, 16 or 24 bits, without a branch. */
@inline
function narrow(offset: u32, width: u32): void {
  const bits = clz(width) & 24
  length = width << bits
  value = <u32>((((<u64>offset << 32) | load<u32>(at)) << bits) >>> 32)
  at -= bits >>> 3
}

/** Next symbol by a model. */
@inline
export function symbol(model: usize): u32 {
  return nextSymbol(model, 15)
}

/** Next symbol by a model whose frequencies have some bits. */
@inline
function nextSymbol(model: usize, bits: u32): u32 {
  let until = load<u32>(model)
  if (until == 0) until = update(model)
  store<u32>(model, until - 1)
  const step = length >>> bits
  const frequency = value / step
  const bucket: usize = frequency >>> 7
  let start: u32 = load<u16>(model + (bucket << 2), TABLE)
  let width: u32 = load<u16>(model + (bucket << 2), TABLE + 2)
  let pair = model + (<usize>load<u16>(model + (bucket << 1), SYMBOLS) << 2)
  if (frequency - start >= width) {
    let end: u32 = 0
    do {
      pair += 4
      end = load<u16>(pair, PAIRS + 4)
    } while (end <= frequency)
    start = load<u16>(pair, PAIRS)
    width = end - start
  }
  const low = start * step
  // The last symbol has the rest of the interval.
  narrow(value - low, select<u32>(length - low, width * step, width >= 0x8000))
  store<u16>(pair, load<u16>(pair, PAIRS + 2) + 1, PAIRS + 2)
  return <u32>(pair - model) >>> 2
}

/**
 * Next symbol by a model, likely to be `guess`. Where it is, the processor need not wait for a division and a table: it goes on
 * with the guess, which only has to be confirmed. Wrong guesses cost a mispredicted branch each: for symbols that rarely change.
 */
@inline
export function likelySymbol(model: usize, guess: u32): u32 {
  const until = load<u32>(model)
  const step = length >>> 15
  const pair = model + (guess << 2)
  const end: u32 = load<u16>(pair, PAIRS + 4)
  const low = <u32>load<u16>(pair, PAIRS) * step
  const width = end * step - low
  if (value - low >= width || end == LAST || until == 0) return symbol(model)
  if (width >= 0x1000000) {
    length = width
    value -= low
  } else narrow(value - low, width)
  store<u16>(pair, load<u16>(pair, PAIRS + 2) + 1, PAIRS + 2)
  store<u32>(model, until - 1)
  return guess
}

/** `bits` bits (1–31) as they are: above 19, 16 low ones come first. */
export function raw(bits: u32): u32 {
  if (bits > 19) {
    const low = raw(16)
    return (raw(bits - 16) << 16) | low
  }
  const step = length >>> bits
  const found = value / step
  narrow(value - step * found, step)
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
  const model = correctors + load<u32>(CORRECTORS + 4 * k)
  if (k <= 8) return signed(nextSymbol(model, load<u32>(model, BITS)), k)
  if (k == 32) return i32.MIN_VALUE
  const high = symbol(model)
  return signed((high << (k - 8)) | raw(k - 8), k)
}

/** Of k bits, the upper half stands for 2^(k−1) + 1 … 2^k, the lower for −(2^k − 1) … −2^(k−1); without bits 0 and 1 for themselves. */
@inline
function signed(found: u32, k: u32): i32 {
  return found + 1 + (((found >>> (k - 1)) - 1) << k)
}
