/** Layers of item POINT14 that every format has and every reader needs: returns with x and y, z, classification. */
import { channelOf, enter, enterWith, isNew, Kind, modelAt, STATE_BYTES, startChannels, stateOf } from "./channels"
import { BIT_BYTES, corrector, endLayer, exhausted, lastBits, likelySymbol, modelBytes, symbol } from "./coder"

/** Bytes of the correctors that follow the models of bit counts (32-bit integers). */
const CORRECTOR_BYTES: usize = BIT_BYTES + 7 * modelBytes(0) + 4 * 254 + 24 * modelBytes(256)

/** Places of the models of the XY layer. */
const SCANNER: usize = 8 * modelBytes(128)
const SAME_PULSE: usize = SCANNER + modelBytes(3)
const COUNTS: usize = SAME_PULSE + modelBytes(13)
const NUMBERS: usize = COUNTS + 16 * modelBytes(16)
const DX: usize = NUMBERS + 16 * modelBytes(16)
const DX_CORRECTORS: usize = DX + 2 * modelBytes(33)
const DY: usize = DX_CORRECTORS + CORRECTOR_BYTES
const DY_CORRECTORS: usize = DY + 22 * modelBytes(33)

/** State of a channel: x, y, number of returns, return number, GPS-changed bit, then 12 medians of x and 12 of y. */
const MEDIANS_X: usize = 32
const MEDIANS_Y: usize = 32 + 12 * 24

/** Context of x and y by number of returns (row) and return number (column): LASzip's map of six. */
// biome-ignore format: a table
const MAP: usize = memory.data<u8>([
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

@inline
function most(a: i32, b: i32): i32 {
  return select<i32>(a, b, a > b)
}

/**
 * Puts a value into LASzip's running median of five: four of five sorted values stay (the upper one leaves where the median
 * last rose, else the lower one), without a branch. Median: five i32, then whether the upper one leaves.
 */
@inline
function addToMedian(median: usize, v: i32): void {
  const upperLeaves = load<u32>(median, 20)
  const middle = load<i32>(median, 8)
  const kept = v128.load(median + ((1 - upperLeaves) << 2))
  // least(a, v), most(a, least(b, v)), …: each value, or the one below it where v is in between.
  const below = v128.shuffle<i32>(kept, i32x4.splat(i32.MIN_VALUE), 4, 0, 1, 2)
  v128.store(median, i32x4.max_s(below, i32x4.min_s(kept, i32x4.splat(v))))
  store<i32>(median, most(i32x4.extract_lane(kept, 3), v), 16)
  store<u32>(median, u32(v < middle) | (u32(v == middle) & (upperLeaves ^ 1)), 20)
}

/** Starts a channel with a last point. */
function enterXy(channel: u32, x: i32, y: i32, n: u32, r: u32): void {
  enter(channel)
  const state = stateOf(channel)
  store<i32>(state, x)
  store<i32>(state, y, 4)
  store<u32>(state, n, 8)
  store<u32>(state, r, 12)
  for (let i: usize = 0; i < 24; i++) store<u32>(state + 24 * i, 1, MEDIANS_X + 20)
}

/**
 * Decodes returns, x and y. `links[i]` is all that the other layers need of the point: bits 0–4 context of z, 5–7 level of the
 * return (|returns − return|, 7 at most), 8–9 channel, 10 GPS time changed, 11 last return, 12 first return, 13 scan angle changed,
 * 14 source id changed,
 * 15 channel changed. Element 0 of `xs`, `ys`, `returns` (as in the record: number in bits 0–3, count in 4–7) is the first point.
 *
 * Gives what `endLayer` says, as all layers do.
 */
export function decodeXy(count: u32, channel: u32, xs: usize, ys: usize, returns: usize, links: usize): i32 {
  startChannels(Kind.xy)
  const first: u32 = load<u8>(returns)
  enterXy(channel, load<i32>(xs), load<i32>(ys), first >>> 4, first & 15)
  let state = stateOf(channel)
  store<u16>(links, channel << 8)
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted()) break
    let models = state + STATE_BYTES
    let n = load<u32>(state, 8)
    let r = load<u32>(state, 12)
    const context = u32(r == 1) | (u32(r >= n) << 1) | (load<u32>(state, 16) << 2)
    const changes = symbol(modelAt(models, 128, context))
    if ((changes & 64) != 0) {
      channel = (channel + symbol(models + SCANNER) + 1) & 3
      const before = state
      state = stateOf(channel)
      // The last point of the channel before, its GPS-changed bit cleared.
      if (isNew(channel)) enterXy(channel, load<i32>(before), load<i32>(before, 4), n, r)
      models = state + STATE_BYTES
      n = load<u32>(state, 8)
      r = load<u32>(state, 12)
    }
    const timed = (changes >>> 4) & 1
    if ((changes & 4) != 0) n = symbol(modelAt(models + COUNTS, 16, n))
    const step = changes & 3
    if (step != 3) r = (r + (0xf10 >>> (step << 2))) & 15
    else r = timed != 0 ? symbol(modelAt(models + NUMBERS, 16, r)) : (r + symbol(models + SAME_PULSE) + 2) & 15
    store<u32>(state, n, 8)
    store<u32>(state, r, 12)
    store<u32>(state, timed, 16)
    const single = u32(n == 1)
    const slot: usize = 24 * ((<u32>load<u8>(MAP + (n << 4) + r) << 1) | timed)
    const medianX = state + slot + MEDIANS_X
    const dx = load<i32>(medianX, 8) + corrector(modelAt(models + DX, 33, single), models + DX_CORRECTORS)
    addToMedian(medianX, dx)
    const x = load<i32>(state) + dx
    const bitsX = lastBits
    const medianY = state + slot + MEDIANS_Y
    const contextY = ((bitsX < 20 ? bitsX : 20) & ~1) | single
    const dy = load<i32>(medianY, 8) + corrector(modelAt(models + DY, 33, contextY), models + DY_CORRECTORS)
    addToMedian(medianY, dy)
    const y = load<i32>(state, 4) + dy
    const bits = (bitsX + lastBits) >>> 1
    store<i32>(state, x)
    store<i32>(state, y, 4)
    store<i32>(xs + 4 * i, x)
    store<i32>(ys + 4 * i, y)
    store<u8>(returns + i, (n << 4) | r)
    const distance = n > r ? n - r : r - n
    store<u16>(
      links + 2 * i,
      ((bits < 18 ? bits : 18) & ~1) |
        single |
        ((distance < 7 ? distance : 7) << 5) |
        (channel << 8) |
        (timed << 10) |
        (u32(r >= n) << 11) |
        (u32(r == 1) << 12) |
        ((changes & 8) << 10) |
        ((changes & 32) << 9) |
        ((changes & 64) << 9),
    )
  }
  return endLayer()
}

/** Starts a channel with the z of the point before. */
function enterZ(channel: u32, z: i32): void {
  enter(channel)
  const state = stateOf(channel)
  for (let level: usize = 0; level < 8; level++) store<i32>(state + 4 * level, z)
}

/** Decodes z; `zs[0]` is the first point's. */
export function decodeZ(count: u32, zs: usize, links: usize): i32 {
  startChannels(Kind.z)
  enterZ(channelOf(load<u16>(links)), load<i32>(zs))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted()) break
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    const state = stateOf(channel)
    if (isNew(channel)) enterZ(channel, load<i32>(zs + 4 * (i - 1)))
    const models = state + STATE_BYTES
    const last = state + (((link >>> 5) & 7) << 2)
    const z = load<i32>(last) + corrector(modelAt(models, 33, link & 31), models + 20 * modelBytes(33))
    store<i32>(last, z)
    store<i32>(zs + 4 * i, z)
  }
  return endLayer()
}

/** Decodes classification; `classes[0]` is the first point's. */
export function decodeClassification(count: u32, classes: usize, links: usize): i32 {
  startChannels(Kind.bytes)
  enterWith(channelOf(load<u16>(links)), load<u8>(classes))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted()) break
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    const state = stateOf(channel)
    if (isNew(channel)) enterWith(channel, load<u8>(classes + i - 1))
    const only = (link >>> 11) & (link >>> 12) & 1
    const before = load<u32>(state)
    const code = likelySymbol(modelAt(state + STATE_BYTES, 256, ((before & 31) << 1) | only), before)
    store<u32>(state, code)
    store<u8>(classes + i, code)
  }
  return endLayer()
}
