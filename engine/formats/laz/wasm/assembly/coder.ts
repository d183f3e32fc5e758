/**
 * LASzip's arithmetic decoder (M. Isenburg 2013; models by A. Said 2004) and its adaptive models.
 *
 * A symbol is a chain of dependent instructions: divide, look up, multiply, shift. One table
 * look-up therefore gives start and width, and unpredictable cases avoid branches. Two layers can
 * be decoded in one loop, each in its own {@link FIRST lane}: while one waits, the other proceeds.
 *
 * Memory of a model of N symbols ({@link modelBytes}). Only the header is written at first, since a
 * chunk uses few of its models.
 *
 * | offset | content |
 * |---|---|
 * | 0 | u32 symbols until the next update; at 0, it precedes the next symbol |
 * | 4 | u32 symbols between two updates; 0: never used |
 * | 8 | u32 total of the counts |
 * | 12 | u32 N |
 * | 16 | u32 bits of a frequency: 15, or 13 in a one-bit model, which counts only zeros |
 * | 20 | (u16 start, u16 width) × 136: symbol at frequency 256 i; last width: 0xFFFF − start |
 * | 564 | u16 × 136: that symbol |
 * | 836 | (u16 start, u16 count) × N, then (0xFFFF, 0): a start above every frequency |
 */

const CYCLE: usize = 4
const TOTAL: usize = 8
const SIZE: usize = 12
const BITS: usize = 16
const TABLE: usize = 20
const SYMBOLS: usize = TABLE + 4 * 136
export const PAIRS: usize = SYMBOLS + 2 * 136
export const LAST: u32 = 0xffff
/** Size of a one-bit model. */
export const BIT_BYTES: usize = PAIRS + 12
/**
 * Readable bytes required below the first byte of a reversed layer: one point can read that far
 * beyond the end.
 */
const PADDING: usize = 256

/**
 * Addresses of the two lanes. A lane is a decoder's state in memory: memory in the cache is as fast
 * as locals, which would be too many.
 *
 * Fields here: value, length of the interval, address of the next four bytes, address below which
 * the layer's bytes are used up, and whether the stream is impossible. The fields of `channels.ts`
 * and `xy.ts` follow.
 */
export const FIRST: usize = memory.data(64, 64)
export const SECOND: usize = memory.data(64, 64)
const VALUE: usize = 0
const LENGTH: usize = 4
const AT: usize = 8
const FLOOR: usize = 12
const BROKEN: usize = 16

/** Size of a model of `symbols` symbols, a multiple of 4. */
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

/** Writes a fresh model; returns the address after it. */
export function writeModel(model: usize, symbols: u32): usize {
  return writeHeader(model, symbols, 15)
}

/** Writes a fresh one-bit model; returns the address after it. */
export function writeBitModel(model: usize): usize {
  return writeHeader(model, 2, 13)
}

/**
 * Fills a model's table, from `bucket` on, with a symbol that ends at frequency `end`. It writes
 * eight buckets at a time; later symbols overwrite the surplus.
 *
 * @returns the bucket after the symbol
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

/** Computes the starts from the counts, four at a time. */
@inline
export function addUp(model: usize): void {
  const size = load<u32>(model, SIZE)
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

/** Computes starts and table from the counts. */
function tabulate(model: usize): void {
  addUp(model)
  const last = model + 4 * (load<u32>(model, SIZE) - 1)
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

/** Computes the start of the second symbol of a one-bit model. */
@inline
export function addUpBit(model: usize): u32 {
  const end = (<u32>load<u16>(model, PAIRS + 2) * (0x80000000 / load<u32>(model, TOTAL))) >>> 18
  store<u16>(model, end, PAIRS + 4)
  return end
}

/** Computes start and table of a one-bit model. */
function tabulateBit(model: usize): void {
  const end = addUpBit(model)
  const bucket = fill(model, 0, 0, end, end, 0)
  fill(model, bucket, end, 8193, LAST - end, 1)
}

/** Sets each symbol's count of an unused model to 1. */
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

/** True for a one-bit model. */
@inline
export function isBit(model: usize): bool {
  return load<u32>(model, BITS) == 13
}

/**
 * Initialises the counts of an unused model, or updates those of one after its cycle; returns the
 * number of symbols until the next update.
 */
@inline
export function renew(model: usize): u32 {
  const cycle = load<u32>(model, CYCLE)
  const bit = isBit(model)
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
  store<u32>(model, next, CYCLE)
  return next
}

function update(model: usize): u32 {
  const next = renew(model)
  if (isBit(model)) tabulateBit(model)
  else tabulate(model)
  return next
}

/**
 * Starts a layer of `size` bytes at `source` in a lane. The bytes are copied in reverse to `turned`
 * + {@link PADDING}: a little-endian load then reads a big-endian number.
 */
export function startLayer(lane: usize, source: usize, size: usize, turned: usize): void {
  const bottom = turned + PADDING
  // A broken layer may read beyond its end: zeros make it always fail in the same way.
  memory.fill(turned, 0, PADDING)
  const top = bottom + size - 1
  let i: usize = 0
  for (; i + 16 <= size; i += 16) {
    const bytes = v128.load(source + i)
    v128.store(top - 15 - i, v128.shuffle<u8>(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
  }
  for (; i < size; i++) store<u8>(top - i, load<u8>(source + i))
  // The value must be less than the length. No encoder starts a stream with the greatest value,
  // whose symbols would be outside the tables.
  const begin = load<u32>(top - 3)
  const possible = begin != 0xffffffff
  store<u32>(lane, possible ? begin : 0xfffffffe, VALUE)
  store<u32>(lane, 0xffffffff, LENGTH)
  store<usize>(lane, top - 7, AT)
  store<usize>(lane, possible ? bottom - 4 : <usize>0xffffffff, FLOOR)
  store<u32>(lane, u32(!possible), BROKEN)
}

/** True if the layer's bytes are used up. Before the last point, the layer is too short. */
@inline
export function exhausted(lane: usize): bool {
  return load<usize>(lane, AT) < load<usize>(lane, FLOOR)
}

/** Marks the layer as broken. */
export function markBroken(lane: usize): void {
  store<u32>(lane, 1, BROKEN)
}

/**
 * Checks the end of a layer.
 *
 * LASzip's encoder ends with base + 2^24 truncated to one byte or, in a narrow interval, base +
 * 2^23 truncated to two bytes; zeros follow. The value left is the addend less the part truncated.
 * A broken stream that ends at the last byte by chance rarely leaves such a value.
 *
 * @returns 0: read to the last byte, with an encoder's ending; 1: too short or impossible; 2: bytes
 * are left
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

/**
 * Sets the interval, and scales its length to 2^24 or more by a branchless shift of 0, 8, 16 or 24
 * bits.
 */
@inline
function narrow(lane: usize, offset: u32, width: u32): void {
  const at = load<usize>(lane, AT)
  const bits = clz(width) & 24
  store<u32>(lane, width << bits, LENGTH)
  store<u32>(lane, <u32>((((<u64>offset << 32) | load<u32>(at)) << bits) >>> 32), VALUE)
  store<usize>(lane, at - (bits >>> 3), AT)
}

/** Decodes a symbol. */
@inline
export function symbol(lane: usize, model: usize): u32 {
  return nextSymbol(lane, model, 15)
}

/** The same, not inlined: keeps loops small where a symbol is rare. */
export function rareSymbol(lane: usize, model: usize): u32 {
  return nextSymbol(lane, model, 15)
}

/** Decodes a symbol by a model with frequencies of `bits` bits. */
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
  // The last symbol extends to the end of the interval.
  narrow(lane, value - low, select<u32>(length - low, width * step, width >= 0x8000))
  store<u16>(pair, load<u16>(pair, PAIRS + 2) + 1, PAIRS + 2)
  return <u32>(pair - model) >>> 2
}

/**
 * Decodes a symbol that is probably `guess`. If it is, the processor speculates past the division
 * and the table look-up. A wrong guess costs a branch misprediction: use it for symbols that rarely
 * change.
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

/** Decodes `bits` (1–31) unmodelled bits: above 19, the 16 low ones first. */
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

/** Offsets of the corrector models from the first, by number of bits. */
export const CORRECTORS: usize = memory.data(33 * 4)

/** Fills the table {@link CORRECTORS}, once per instance. */
export function setUpCoder(): void {
  let offset: usize = BIT_BYTES
  for (let k: u32 = 1; k <= 32; k++) {
    store<u32>(CORRECTORS + 4 * k, offset)
    offset += modelBytes(<usize>1 << <usize>(k < 8 ? k : 8))
  }
}

/**
 * Writes fresh models of an integer of `bits` bits (16 or 32) with `contexts` contexts: one model
 * of bit counts a context, then shared correctors.
 *
 * @returns the address after them
 */
export function writeInteger(start: usize, bits: u32, contexts: u32): usize {
  let end = start
  for (let i: u32 = 0; i < contexts; i++) end = writeModel(end, bits + 1)
  end = writeBitModel(end)
  // Bit count 32 encodes only the least integer and needs no model.
  for (let k: u32 = 1; k <= (bits < 31 ? bits : 31); k++) end = writeModel(end, 1 << (k < 8 ? k : 8))
  return end
}

/**
 * Decodes a corrector of `k` bits with the shared models at `correctors`; the context's model of
 * bit counts gave k. The number of frequency bits follows from k: loading it from the model would
 * delay the division.
 */
@inline
export function corrector(lane: usize, k: u32, correctors: usize): i32 {
  const model = correctors + load<u32>(CORRECTORS + 4 * k)
  if (k > 8) return farCorrector(lane, k, model)
  return signed(nextSymbol(lane, model, 15 - (u32(k == 0) << 1)), k)
}

/** The same for more than eight bits: the symbol is the upper eight. */
function farCorrector(lane: usize, k: u32, model: usize): i32 {
  if (k == 32) return i32.MIN_VALUE
  const high = symbol(lane, model)
  return signed((high << (k - 8)) | raw(lane, k - 8), k)
}

/**
 * Signed value of a corrector. With k bits, the upper half encodes 2^(k−1) + 1 … 2^k, the lower
 * −(2^k − 1) … −2^(k−1); with none, 0 and 1 encode themselves.
 */
@inline
function signed(found: u32, k: u32): i32 {
  return found + 1 + (((found >>> (k - 1)) - 1) << k)
}
