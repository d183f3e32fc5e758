/**
 * LASzip's arithmetic encoder over the models of the decoder; it does not use their tables. Carries
 * are rare, and bytes leave without a branch: four are written, and as many kept as are settled.
 *
 * Fields of the lane: base and length of the interval, address of the next byte.
 */
import { addUp, addUpBit, CORRECTORS, FIRST, isBit, LAST, PAIRS, renew } from "../../wasm/assembly/coder"

const BASE: usize = 0
const LENGTH: usize = 4
const AT: usize = 8
const MIN_LENGTH: u32 = 0x1000000

/** Adds one to the bytes before `at`. It never passes the stream's first byte. */
function carry(at: usize): void {
  let byte = at - 1
  while (load<u8>(byte) == 255) store<u8>(byte--, 0)
  store<u8>(byte, load<u8>(byte) + 1)
}

/** Sets the interval, and scales its length to 2^24 or more. */
@inline
function narrow(low: u32, width: u32): void {
  const before = load<u32>(FIRST, BASE)
  const at = load<usize>(FIRST, AT)
  const base = before + low
  if (base < before) carry(at)
  const bits = clz(width) & 24
  store<u32>(at, bswap(base))
  store<usize>(FIRST, at + (bits >>> 3), AT)
  store<u32>(FIRST, base << bits, BASE)
  store<u32>(FIRST, width << bits, LENGTH)
}

/** Starts a stream at an address. */
export function startStream(at: usize): void {
  store<u32>(FIRST, 0, BASE)
  store<u32>(FIRST, 0xffffffff, LENGTH)
  store<usize>(FIRST, at, AT)
}

/**
 * Ends the stream with one or two bytes of the interval, padded with zeros to four bytes: the
 * decoder reads four bytes ahead, hence exactly to the end. Returns the address after it.
 */
export function endStream(): usize {
  const end = load<usize>(FIRST, AT) + 4
  if (load<u32>(FIRST, LENGTH) > 2 * MIN_LENGTH) narrow(MIN_LENGTH, MIN_LENGTH >>> 1)
  else narrow(MIN_LENGTH >>> 1, MIN_LENGTH >>> 9)
  const at = load<usize>(FIRST, AT)
  memory.fill(at, 0, end - at)
  return end
}

function update(model: usize): u32 {
  const next = renew(model)
  if (isBit(model)) addUpBit(model)
  else addUp(model)
  return next
}

/** Encodes a symbol by a model with frequencies of `bits` bits. */
@inline
function putSymbol(model: usize, symbol: u32, bits: u32): void {
  let until = load<u32>(model)
  if (until == 0) until = update(model)
  store<u32>(model, until - 1)
  const pair = model + (symbol << 2)
  const found = load<u32>(pair, PAIRS)
  const end: u32 = load<u16>(pair, PAIRS + 4)
  store<u32>(pair, found + 0x10000, PAIRS)
  const length = load<u32>(FIRST, LENGTH)
  const step = length >>> bits
  const low = (found & 0xffff) * step
  // The last symbol extends to the end of the interval.
  narrow(low, select<u32>(length, end * step, end == LAST) - low)
}

/** Encodes a symbol. */
@inline
export function put(model: usize, symbol: u32): void {
  putSymbol(model, symbol, 15)
}

/** The same, not inlined: keeps loops small where a symbol is rare. */
export function putRare(model: usize, symbol: u32): void {
  putSymbol(model, symbol, 15)
}

/** Encodes `bits` (1–31) unmodelled bits: above 19, the 16 low ones first. */
export function putRaw(value: u32, bits: u32): void {
  if (bits > 19) {
    putRaw(value & 0xffff, 16)
    putRaw(value >>> 16, bits - 16)
    return
  }
  const step = load<u32>(FIRST, LENGTH) >>> bits
  narrow(value * step, step)
}

/**
 * Encodes the signed difference from a prediction: its bit count with the context's model
 * `lengths`, then the value with the shared models at `correctors`.
 *
 * @returns the bit count: the least k with the difference in −(2^k − 1) … 2^k
 */
@inline
export function putCorrector(lengths: usize, correctors: usize, difference: i32): u32 {
  const positive = difference > 0
  const k: u32 = 32 - clz<u32>(select<u32>(difference - 1, 0 - difference, positive))
  put(lengths, k)
  const value: u32 = difference - 1 + select<i32>(0, 1 << k, positive)
  const model = correctors + load<u32>(CORRECTORS + 4 * k)
  if (k > 8) putFar(model, k, value)
  else if (k > 0) put(model, value)
  else putSymbol(correctors, difference, 13)
  return k
}

/** A corrector of more than eight bits: the symbol is the upper eight. */
function putFar(model: usize, k: u32, value: u32): void {
  if (k == 32) return
  putSymbol(model, value >>> (k - 8), 15)
  putRaw(value & ((1 << (k - 8)) - 1), k - 8)
}
