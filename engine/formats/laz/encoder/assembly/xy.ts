/** Encodes the layer of POINT14 that all others need: returns with x and y. */
import { channelOf, isNew, Kind, modelAt, STATE_BYTES, startChannels, stateOf } from "../../wasm/assembly/channels"
import { FIRST } from "../../wasm/assembly/coder"
import {
  addToMedian,
  CONTEXT,
  COUNTS,
  contextOf,
  DX,
  DX_CORRECTORS,
  DY,
  DY_CORRECTORS,
  enterXy,
  LINK_OF,
  MAP,
  MEDIANS_X,
  MEDIANS_Y,
  NUMBERS,
  RETURNS_BEFORE,
  SAME_PULSE,
  SCANNER,
} from "../../wasm/assembly/xy"
import { put, putCorrector, putRare } from "./coder"

/** Further state of a channel: time, then scan angle and source id. */
const TIME: usize = 16
const ANGLE: usize = 24
const SOURCE: usize = 28

/** Code of a step of the return number, modulo 16: 0, +1 (1), −1 (2), any other (3). */
const STEP_CODES: u32 = 0xbffffff4

/** The columns of the points. */
let angles: usize = 0
let sources: usize = 0
let times: usize = 0

/** Names the columns that only mark changes. */
export function placeMarks(angleColumn: usize, sourceColumn: usize, timeColumn: usize): void {
  angles = angleColumn
  sources = sourceColumn
  times = timeColumn
}

@inline
function keepMarks(state: usize, time: u64, angle: u32, source: u32): void {
  store<u64>(state, time, TIME)
  store<u32>(state, angle, ANGLE)
  store<u32>(state, source, SOURCE)
}

/** Encodes the change of channel, and starts a new one with the last point of the other. */
function changeChannel(before: usize, channel: u32, own: u32): void {
  putRare(before + STATE_BYTES + SCANNER, (own - channel - 1) & 3)
  if (!isNew(FIRST, own)) return
  enterXy(FIRST, own, load<i32>(before), load<i32>(before, 4), load<u32>(before, RETURNS_BEFORE))
  keepMarks(stateOf(FIRST, own), load<u64>(before, TIME), load<u32>(before, ANGLE), load<u32>(before, SOURCE))
}

/**
 * Encodes returns, x and y. `links` holds the channels as bits 8 and 9, and becomes what
 * `decodeXy` gives: the facts about each point that other layers need.
 *
 * GPS times are compared as bits, which preserves every one. LASzip compares numbers: it takes −0
 * for 0 and writes a repeated NaN anew.
 */
export function encodeXy(count: u32, xs: usize, ys: usize, returnsOf: usize, links: usize): void {
  let channel = channelOf(load<u16>(links))
  startChannels(FIRST, Kind.xy)
  enterXy(FIRST, channel, load<i32>(xs), load<i32>(ys), load<u8>(returnsOf))
  let state = stateOf(FIRST, channel)
  keepMarks(state, load<u64>(times), load<u16>(angles), load<u16>(sources))
  for (let i: u32 = 1; i < count; i++) {
    const own = channelOf(load<u16>(links + 2 * i))
    const switched = own != channel
    // Compared with the last point of the same channel, or of any if this one is new.
    const base = switched && !isNew(FIRST, own) ? stateOf(FIRST, own) : state
    const returns: u32 = load<u8>(returnsOf + i)
    const before = load<u32>(base, RETURNS_BEFORE)
    const time = load<u64>(times + 8 * i)
    const angle: u32 = load<u16>(angles + 2 * i)
    const source: u32 = load<u16>(sources + 2 * i)
    const timed = u32(time != load<u64>(base, TIME))
    const step = (returns - before) & 15
    const changes =
      (u32(switched) << 6) |
      (u32(source != load<u32>(base, SOURCE)) << 5) |
      (timed << 4) |
      (u32(angle != load<u32>(base, ANGLE)) << 3) |
      (u32(returns >>> 4 != before >>> 4) << 2) |
      ((STEP_CODES >>> (step << 1)) & 3)
    put(modelAt(state + STATE_BYTES, 128, load<u32>(state, CONTEXT)), changes)
    if (switched) {
      changeChannel(state, channel, own)
      channel = own
      state = stateOf(FIRST, own)
    }
    const models = state + STATE_BYTES
    if ((changes & 4) != 0) putRare(modelAt(models + COUNTS, 16, before >>> 4), returns >>> 4)
    if ((changes & 3) == 3) {
      if (timed != 0) putRare(modelAt(models + NUMBERS, 16, before & 15), returns & 15)
      else putRare(models + SAME_PULSE, step - 2)
    }
    const link =
      <u32>load<u16>(LINK_OF + 2 * returns) |
      (channel << 8) |
      (timed << 10) |
      ((changes & 8) << 10) |
      ((changes & 96) << 9)
    store<u32>(state, returns, RETURNS_BEFORE)
    store<u32>(state, contextOf(link), CONTEXT)
    keepMarks(state, time, angle, source)
    const slot = state + 24 * ((<u32>load<u8>(MAP + returns) << 1) | timed)
    const single = link & 1
    const x = load<i32>(xs + 4 * i)
    const dx = x - load<i32>(state)
    store<i32>(state, x)
    const middleX = load<i32>(slot + MEDIANS_X, 8)
    addToMedian(slot + MEDIANS_X, dx)
    const bitsX = putCorrector(modelAt(models + DX, 33, single), models + DX_CORRECTORS, dx - middleX)
    const y = load<i32>(ys + 4 * i)
    const dy = y - load<i32>(state, 4)
    store<i32>(state, y, 4)
    const middleY = load<i32>(slot + MEDIANS_Y, 8)
    addToMedian(slot + MEDIANS_Y, dy)
    const context = ((bitsX < 20 ? bitsX : 20) & ~1) | single
    const bitsY = putCorrector(modelAt(models + DY, 33, context), models + DY_CORRECTORS, dy - middleY)
    const bits = (bitsX + bitsY) >>> 1
    store<u16>(links + 2 * i, link | ((bits < 18 ? bits : 18) & ~1))
  }
}
