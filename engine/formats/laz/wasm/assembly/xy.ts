/** Decodes the layer of POINT14 that all others need: returns with x and y. */
import { enter, isNew, Kind, modelAt, STATE_BYTES, startChannels, stateOf } from "./channels"
import { BIT_BYTES, corrector, endLayer, exhausted, FIRST, modelBytes, rareSymbol, SECOND, symbol } from "./coder"

/** Size of the correctors of a 32-bit integer, which follow its models of bit counts. */
const CORRECTOR_BYTES: usize = BIT_BYTES + 7 * modelBytes(0) + 4 * 254 + 24 * modelBytes(256)

/** Offsets of the models; those of changes are at 0. */
export const SCANNER: usize = 8 * modelBytes(128)
export const SAME_PULSE: usize = SCANNER + modelBytes(3)
export const COUNTS: usize = SAME_PULSE + modelBytes(13)
export const NUMBERS: usize = COUNTS + 16 * modelBytes(16)
export const DX: usize = NUMBERS + 16 * modelBytes(16)
export const DX_CORRECTORS: usize = DX + 2 * modelBytes(33)
export const DY: usize = DX_CORRECTORS + CORRECTOR_BYTES
export const DY_CORRECTORS: usize = DY + 22 * modelBytes(33)

/**
 * State of a channel: x, y, returns as in the record, context of the next changes, then 12 medians
 * of x and 12 of y.
 */
export const RETURNS_BEFORE: usize = 8
export const CONTEXT: usize = 12
export const MEDIANS_X: usize = 32
export const MEDIANS_Y: usize = 32 + 12 * 24

/**
 * Fields of a lane: the channel's state, four columns, the channel as bits of a link; medians of
 * the current point, and its link without z.
 */
const STATE: usize = 32
const XS: usize = 36
const YS: usize = 40
const RETURNS: usize = 44
const LINKS: usize = 48
const CHANNEL: usize = 52
const SLOT: usize = 56
const LINK: usize = 60

/**
 * Context of x and y by number of returns (row) and return number (column): LASzip's map to six
 * contexts.
 */
// biome-ignore format: a table
export const MAP: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 3, 4, 4, 5, 5, 5, 5, 5, 5, 5,
  1, 0, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
  2, 1, 2, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3,
  3, 3, 4, 5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  4, 3, 4, 4, 5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  5, 3, 4, 4, 4, 5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  3, 3, 4, 4, 4, 4, 5, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  4, 3, 4, 4, 4, 4, 4, 5, 4, 4, 4, 4, 4, 4, 4, 4,
  4, 3, 4, 4, 4, 4, 4, 4, 5, 4, 4, 4, 4, 4, 4, 4,
  5, 3, 4, 4, 4, 4, 4, 4, 4, 5, 4, 4, 4, 4, 4, 4,
  5, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 4, 4, 4, 4, 4,
  5, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 4, 4, 4,
  5, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 4, 4,
  5, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 4,
  5, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5,
  5, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5,
])

/** Bits of a link that follow from the returns, by the record's byte: see {@link decodeXy}. */
export const LINK_OF: usize = memory.data(2 * 256)

/** Fills the table {@link LINK_OF}, once per instance. */
export function setUpXy(): void {
  for (let returns: u32 = 0; returns < 256; returns++) {
    const n = returns >>> 4
    const r = returns & 15
    const distance = n > r ? n - r : r - n
    const level: u32 = distance < 7 ? distance : 7
    store<u16>(LINK_OF + 2 * returns, u32(n == 1) | (level << 5) | (u32(r >= n) << 11) | (u32(r == 1) << 12))
  }
}

/** Context of the next point's changes: bits 10–12 of a link. */
@inline
export function contextOf(link: u32): u32 {
  return (link >>> 10) & 7
}

@inline
function most(a: i32, b: i32): i32 {
  return select<i32>(a, b, a > b)
}

/**
 * Adds a value to LASzip's running median of five, without branches: it replaces either the
 * greatest or the least of five sorted values. Memory: five i32, then 1 if the greatest is replaced
 * next.
 */
@inline
export function addToMedian(median: usize, v: i32): void {
  const upperLeaves = load<u32>(median, 20)
  const middle = load<i32>(median, 8)
  const kept = v128.load(median + ((1 - upperLeaves) << 2))
  // Each value becomes max(the one below, min(itself, v)): an insertion into the sorted values.
  const below = v128.shuffle<i32>(kept, i32x4.splat(i32.MIN_VALUE), 4, 0, 1, 2)
  v128.store(median, i32x4.max_s(below, i32x4.min_s(kept, i32x4.splat(v))))
  store<i32>(median, most(i32x4.extract_lane(kept, 3), v), 16)
  store<u32>(median, u32(v < middle) | (u32(v == middle) & (upperLeaves ^ 1)), 20)
}

/** Starts a channel with a last point, its bit of a new GPS time cleared. */
export function enterXy(lane: usize, channel: u32, x: i32, y: i32, returns: u32): void {
  enter(lane, channel)
  const state = stateOf(lane, channel)
  store<i32>(state, x)
  store<i32>(state, y, 4)
  store<u32>(state, returns, RETURNS_BEFORE)
  store<u32>(state, contextOf(load<u16>(LINK_OF + 2 * returns)), CONTEXT)
  for (let i: usize = 0; i < 24; i++) store<u32>(state + 24 * i, 1, MEDIANS_X + 20)
}

/** Switches to another channel. */
function changeChannel(lane: usize): void {
  const before = load<usize>(lane, STATE)
  const channel = ((load<u32>(lane, CHANNEL) >>> 8) + symbol(lane, before + STATE_BYTES + SCANNER) + 1) & 3
  if (isNew(lane, channel)) {
    enterXy(lane, channel, load<i32>(before), load<i32>(before, 4), load<u32>(before, RETURNS_BEFORE))
  }
  store<usize>(lane, stateOf(lane, channel), STATE)
  store<u32>(lane, channel << 8, CHANNEL)
}

/** Decodes the first symbol of a point: the fields that change. */
@inline
function changesOf(lane: usize): u32 {
  const state = load<usize>(lane, STATE)
  return symbol(lane, modelAt(state + STATE_BYTES, 128, load<u32>(state, CONTEXT)))
}

/** Decodes the changed fields, and computes returns and link. */
@inline
function takeChanges(lane: usize, changes: u32): void {
  if ((changes & 64) != 0) changeChannel(lane)
  const state = load<usize>(lane, STATE)
  const models = state + STATE_BYTES
  const before = load<u32>(state, RETURNS_BEFORE)
  const timed = (changes >>> 4) & 1
  let n = before >>> 4
  if ((changes & 4) != 0) n = rareSymbol(lane, modelAt(models + COUNTS, 16, n))
  const step = changes & 3
  let r = (before + (0xf10 >>> (step << 2))) & 15
  if (step == 3) {
    if (timed != 0) r = rareSymbol(lane, modelAt(models + NUMBERS, 16, before & 15))
    else r = (before + rareSymbol(lane, models + SAME_PULSE) + 2) & 15
  }
  const returns = (n << 4) | r
  const link =
    <u32>load<u16>(LINK_OF + 2 * returns) |
    load<u32>(lane, CHANNEL) |
    (timed << 10) |
    ((changes & 8) << 10) |
    ((changes & 96) << 9)
  store<u32>(state, returns, RETURNS_BEFORE)
  store<u32>(state, contextOf(link), CONTEXT)
  store<u32>(lane, link, LINK)
  store<usize>(lane, state + 24 * ((<u32>load<u8>(MAP + returns) << 1) | timed), SLOT)
}

/** Decodes the bit count of x. */
@inline
function bitsOfX(lane: usize): u32 {
  const models = load<usize>(lane, STATE) + STATE_BYTES
  return symbol(lane, modelAt(models + DX, 33, load<u32>(lane, LINK) & 1))
}

/** Decodes the bit count of y, with that of x as context. */
@inline
function bitsOfY(lane: usize, bitsX: u32): u32 {
  const models = load<usize>(lane, STATE) + STATE_BYTES
  return symbol(lane, modelAt(models + DY, 33, ((bitsX < 20 ? bitsX : 20) & ~1) | (load<u32>(lane, LINK) & 1)))
}

@inline
function takeX(lane: usize, i: u32, bits: u32): void {
  const state = load<usize>(lane, STATE)
  const median = load<usize>(lane, SLOT) + MEDIANS_X
  const dx = load<i32>(median, 8) + corrector(lane, bits, state + STATE_BYTES + DX_CORRECTORS)
  addToMedian(median, dx)
  const x = load<i32>(state) + dx
  store<i32>(state, x)
  store<i32>(load<usize>(lane, XS) + 4 * i, x)
}

/** Decodes y, which completes the point. */
@inline
function takeY(lane: usize, i: u32, bitsX: u32, bitsY: u32): void {
  const state = load<usize>(lane, STATE)
  const median = load<usize>(lane, SLOT) + MEDIANS_Y
  const dy = load<i32>(median, 8) + corrector(lane, bitsY, state + STATE_BYTES + DY_CORRECTORS)
  addToMedian(median, dy)
  const y = load<i32>(state, 4) + dy
  store<i32>(state, y, 4)
  store<i32>(load<usize>(lane, YS) + 4 * i, y)
  store<u8>(load<usize>(lane, RETURNS) + i, load<u32>(state, RETURNS_BEFORE))
  const bits = (bitsX + bitsY) >>> 1
  store<u16>(load<usize>(lane, LINKS) + 2 * i, load<u32>(lane, LINK) | ((bits < 18 ? bits : 18) & ~1))
}

/** Starts a lane with a chunk's first point: element 0 of `xs`, `ys`, `returns`. */
export function startXy(lane: usize, channel: u32, xs: usize, ys: usize, returns: usize, links: usize): void {
  startChannels(lane, Kind.xy)
  enterXy(lane, channel, load<i32>(xs), load<i32>(ys), load<u8>(returns))
  store<u16>(links, channel << 8)
  store<usize>(lane, stateOf(lane, channel), STATE)
  store<u32>(lane, channel << 8, CHANNEL)
  store<usize>(lane, xs, XS)
  store<usize>(lane, ys, YS)
  store<usize>(lane, returns, RETURNS)
  store<usize>(lane, links, LINKS)
}

/** Decodes points from `from` on and ends the lane. */
function goOnWithXy(lane: usize, from: u32, count: u32): i32 {
  for (let i = from; i < count; i++) {
    if (exhausted(lane)) break
    takeChanges(lane, changesOf(lane))
    const bitsX = bitsOfX(lane)
    takeX(lane, i, bitsX)
    takeY(lane, i, bitsX, bitsOfY(lane, bitsX))
  }
  return endLayer(lane)
}

/**
 * Decodes returns, x and y, and fills `links` for the other layers. Element 0 of `xs`, `ys` and
 * `returns` is the first point; returns have the number in bits 0–3 and the count in 4–7.
 *
 * Bits of a link: 0–4 context of z, 5–7 level of the return (|returns − return|, 7 at most), 8–9
 * channel, 10 GPS time changed. Further bits: 11 last return, 12 first return, 13 scan angle
 * changed, 14 source id changed, 15 channel changed.
 *
 * @returns the result of `endLayer`, as for all layers
 */
export function decodeXy(count: u32, channel: u32, xs: usize, ys: usize, returns: usize, links: usize): i32 {
  startXy(FIRST, channel, xs, ys, returns, links)
  return goOnWithXy(FIRST, 1, count)
}

/**
 * Decodes returns, x and y of two chunks, alternating symbol by symbol; both lanes must be started.
 *
 * @returns the result of `endLayer` for the first lane, plus 256 times that for the second
 */
export function decodeXyOfTwo(count: u32, other: u32): i32 {
  const both = min(count, other)
  let i: u32 = 1
  for (; i < both; i++) {
    if (exhausted(FIRST) || exhausted(SECOND)) break
    const changes = changesOf(FIRST)
    const changes2 = changesOf(SECOND)
    takeChanges(FIRST, changes)
    takeChanges(SECOND, changes2)
    const bitsX = bitsOfX(FIRST)
    const bitsX2 = bitsOfX(SECOND)
    takeX(FIRST, i, bitsX)
    takeX(SECOND, i, bitsX2)
    const bitsY = bitsOfY(FIRST, bitsX)
    const bitsY2 = bitsOfY(SECOND, bitsX2)
    takeY(FIRST, i, bitsX, bitsY)
    takeY(SECOND, i, bitsX2, bitsY2)
  }
  return goOnWithXy(FIRST, i, count) | (goOnWithXy(SECOND, i, other) << 8)
}
