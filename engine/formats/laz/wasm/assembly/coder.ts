/**
 * The arithmetic coder of LASzip (M. Isenburg 2013; models by A. Said 2004) over one layer, and its adaptive models.
 * AssemblyScript: names such as `load<u16>(address, offset)` are WebAssembly's own memory instructions.
 *
 * A symbol is a chain of instructions that each wait for the one before: divide, look up, multiply, shift. So the table gives
 * what the chain needs (start and width), at once, and what is as good as random is worked out without a branch. Two layers can be
 * decoded in one loop, each in a {@link FIRST lane} of its own: while one waits, the other goes on.
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
 * | 20 | (u16 start, u16 width) × 136: of the symbol that holds frequency 256 i; the last symbol's width is 0xFFFF − start |
 * | 564 | u16 × 136: that symbol |
 * | 836 | (u16 start, u16 count) × N, then (0xFFFF, 0): a start above every frequency |
 */

const CYCLE: usize = 4
const TOTAL: usize = 8
const SIZE: usize = 12
const BITS: usize = 16
const TABLE: usize = 20
const SYMBOLS: usize = TABLE + 4 * 136
const PAIRS: usize = SYMBOLS + 2 * 136
const LAST: u32 = 0xffff
/** Bytes of a model of one bit. */
export const BIT_BYTES: usize = PAIRS + 12
/** Bytes that must be readable below the first byte of a turned layer: what one point can take beyond the end. */
const PADDING: usize = 256

/**
 * Addresses of the two lanes. A lane is the state of what decodes a layer, in memory: the processor keeps such places at hand as well
 * as locals, of which there would be too many. Here: value, length of the interval, address of the next four bytes, address below
 * which the layer's bytes are used up, and whether the stream holds what no encoder writes; then what `channels.ts` and `xy.ts` keep.
 */
export const FIRST: usize = memory.data(64, 64)
export const SECOND: usize = memory.data(64, 64)
const VALUE: usize = 0
const LENGTH: usize = 4
const AT: usize = 8
const FLOOR: usize = 12
const BROKEN: usize = 16

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
 * Fills a model's table from a bucket on with a symbol that ends at frequency `end`, eight buckets at a time: the symbols after it
 * write over what is too much. Gives the bucket after it.
 */
@inline
function fill(model: usize, bucket: u32, start: u32, end: u32, width: u32, symbol: u32): u32 {
  const entries = i32x4.splat(start | (width << 16))
  const symbols = i16x8.splat(<i16>symbol)
  let b = bucket
  do {
    v128.store(model + 4 * b, entries, TABLE)
    v128.store(model + 4 * b, entries, TABLE + 16)
    v128.store(model + 2 * b, symbols, SYMBOLS)
    b += 8
  } while (b << 8 < end)
  return (end + 255) >>> 8
}

/** Starts from the counts, four at a time. */
@inline
function addUp(model: usize, size: u32): void {
  const scale: u32 = 0x80000000 / load<u32>(model, TOTAL)
  const scales = i32x4.splat(scale)
  const none = i32x4.splat(0)
  const end = model + 4 * size
  let sums = none
  let pair = model
  for (; pair + 16 <= end; pair += 16) {
    const counts = i32x4.shr_u(v128.load(pair, PAIRS), 16)
    const twos = i32x4.add(counts, v128.shuffle<i32>(counts, none, 4, 0, 1, 2))
    const upTo = i32x4.add(i32x4.add(twos, v128.shuffle<i32>(twos, none, 4, 4, 0, 1)), sums)
    const starts = i32x4.shr_u(i32x4.mul(i32x4.sub(upTo, counts), scales), 16)
    v128.store(pair, v128.or(i32x4.shl(counts, 16), starts), PAIRS)
    sums = v128.shuffle<i32>(upTo, upTo, 3, 3, 3, 3)
  }
  let sum: u32 = i32x4.extract_lane(sums, 0)
  for (; pair < end; pair += 4) {
    store<u16>(pair, (scale * sum) >>> 16, PAIRS)
    sum += load<u16>(pair, PAIRS + 2)
  }
}

/** Starts and table from the counts. */
function tabulate(model: usize): void {
  const size = load<u32>(model, SIZE)
  addUp(model, size)
  const last = model + 4 * (size - 1)
  let start: u32 = 0
  let bucket: u32 = 0
  let symbol: u32 = 0
  for (let pair = model; pair < last; pair += 4) {
    const end: u32 = load<u16>(pair, PAIRS + 4)
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
 * Starts a lane on a layer of `size` bytes at `source`. They are turned around to `turned` ({@link PADDING} bytes further), so that a
 * little-endian load gives them as a big-endian number.
 */
export function startLayer(lane: usize, source: usize, size: usize, turned: usize): void {
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
  // The value is always below the length. Where it begins as high as that, no encoder wrote it, and its symbols would lie outside the tables.
  const begin = load<u32>(top - 3)
  const possible = begin != 0xffffffff
  store<u32>(lane, possible ? begin : 0xfffffffe, VALUE)
  store<u32>(lane, 0xffffffff, LENGTH)
  store<usize>(lane, top - 7, AT)
  store<usize>(lane, possible ? bottom - 4 : <usize>0xffffffff, FLOOR)
  store<u32>(lane, u32(!possible), BROKEN)
}

/** True when the layer's bytes are used up before its points are. */
@inline
export function exhausted(lane: usize): bool {
  return load<usize>(lane, AT) < load<usize>(lane, FLOOR)
}

/** Marks the layer as broken. */
export function markBroken(lane: usize): void {
  store<u32>(lane, 1, BROKEN)
}

/**
 * 0: the layer was read to its last byte and ends as an encoder ends; 1: too short, or impossible; 2: bytes are left.
 *
 * LASzip's encoder closes on base + 2^24, cut to its highest byte, or on base + 2^23, cut to two, where the interval is narrow; zeros follow.
 * The value left is what was added, less what was cut. A broken stream that happens to end at the last byte rarely ends on that.
 */
export function endLayer(lane: usize): i32 {
  const at = load<usize>(lane, AT)
  const floor = load<usize>(lane, FLOOR)
  const value = load<u32>(lane, VALUE)
  if (load<u32>(lane, BROKEN) != 0 || at < floor) return 1
  if (at > floor) return 2
  const tail = load<u32>(floor + 4)
  const sound =
    load<u32>(lane, LENGTH) > 0x02000000
      ? value - 1 < 0x01000000 && (tail & 0xffffff) == 0
      : value - 0x7f0001 < 0x10000 && (tail & 0xffff) == 0
  return sound ? 0 : 1
}

/** Sets the coder's interval and brings it to 2^24 and above: by 0, 8, 16 or 24 bits, without a branch. */
@inline
function narrow(lane: usize, offset: u32, width: u32): void {
  const at = load<usize>(lane, AT)
  const bits = clz(width) & 24
  store<u32>(lane, width << bits, LENGTH)
  store<u32>(lane, <u32>((((<u64>offset << 32) | load<u32>(at)) << bits) >>> 32), VALUE)
  store<usize>(lane, at - (bits >>> 3), AT)
}

/** Next symbol by a model. */
@inline
export function symbol(lane: usize, model: usize): u32 {
  return nextSymbol(lane, model, 15)
}

/** The same as a call: for what is rare, so that loops stay small. */
export function rareSymbol(lane: usize, model: usize): u32 {
  return nextSymbol(lane, model, 15)
}

/** Next symbol by a model whose frequencies have some bits. */
@inline
function nextSymbol(lane: usize, model: usize, bits: u32): u32 {
  let until = load<u32>(model)
  if (until == 0) until = update(model)
  store<u32>(model, until - 1)
  const length = load<u32>(lane, LENGTH)
  const value = load<u32>(lane, VALUE)
  const step = length >>> bits
  const frequency = value / step
  const bucket: usize = frequency >>> 8
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
  narrow(lane, value - low, select<u32>(length - low, width * step, width >= 0x8000))
  store<u16>(pair, load<u16>(pair, PAIRS + 2) + 1, PAIRS + 2)
  return <u32>(pair - model) >>> 2
}

/**
 * Next symbol by a model, likely to be `guess`. Where it is, the processor need not wait for a division and a table: it goes on
 * with the guess, which only has to be confirmed. Wrong guesses cost a mispredicted branch each: for symbols that rarely change.
 */
@inline
export function likelySymbol(lane: usize, model: usize, guess: u32): u32 {
  const until = load<u32>(model)
  const step = load<u32>(lane, LENGTH) >>> 15
  const value = load<u32>(lane, VALUE)
  const pair = model + (guess << 2)
  const end: u32 = load<u16>(pair, PAIRS + 4)
  const low = <u32>load<u16>(pair, PAIRS) * step
  const width = end * step - low
  if (value - low >= width || end == LAST || until == 0) return symbol(lane, model)
  if (width >= 0x1000000) {
    store<u32>(lane, width, LENGTH)
    store<u32>(lane, value - low, VALUE)
  } else narrow(lane, value - low, width)
  store<u16>(pair, load<u16>(pair, PAIRS + 2) + 1, PAIRS + 2)
  store<u32>(model, until - 1)
  return guess
}

/** `bits` bits (1–31) as they are: above 19, 16 low ones come first. */
export function raw(lane: usize, bits: u32): u32 {
  if (bits > 19) {
    const low = raw(lane, 16)
    return (raw(lane, bits - 16) << 16) | low
  }
  const step = load<u32>(lane, LENGTH) >>> bits
  const value = load<u32>(lane, VALUE)
  const found = value / step
  narrow(lane, value - step * found, step)
  if (found >>> bits != 0) markBroken(lane)
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

/**
 * Next corrector of `k` bits, by the models at `correctors` that all contexts share. The symbol before it is k, by a context's model of
 * bit counts. The frequencies' bits follow from k: what the model says of them would be there too late.
 */
@inline
export function corrector(lane: usize, k: u32, correctors: usize): i32 {
  const model = correctors + load<u32>(CORRECTORS + 4 * k)
  if (k > 8) return farCorrector(lane, k, model)
  return signed(nextSymbol(lane, model, 15 - (u32(k == 0) << 1)), k)
}

/** The same where the symbol is the upper eight bits. */
function farCorrector(lane: usize, k: u32, model: usize): i32 {
  if (k == 32) return i32.MIN_VALUE
  const high = symbol(lane, model)
  return signed((high << (k - 8)) | raw(lane, k - 8), k)
}

/** Of k bits, the upper half stands for 2^(k−1) + 1 … 2^k, the lower for −(2^k − 1) … −2^(k−1); without bits 0 and 1 for themselves. */
@inline
function signed(found: u32, k: u32): i32 {
  return found + 1 + (((found >>> (k - 1)) - 1) << k)
}
