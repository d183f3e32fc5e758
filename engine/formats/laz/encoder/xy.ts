/**
 * Encodes the first layer of a chunk (returns, x and y), and records the facts about each point
 * that other layers need.
 */
import { integerSize, modelSize } from "../arithmetic-coding.js"
import type { EncoderChannels, RawRecords } from "./channels.js"

/** Offsets of the models of the layer; the 8 models of changes are first. */
const CHANGES = modelSize(128)
const SCANNER = 8 * modelSize(128)
const SAME_PULSE = SCANNER + modelSize(3)
const COUNTS = SAME_PULSE + modelSize(13)
const NUMBERS = COUNTS + 16 * modelSize(16)
const RETURN = modelSize(16)
const DX = NUMBERS + 16 * modelSize(16)
const BITS = modelSize(33)
const DX_CORRECTORS = DX + 2 * BITS
const DY = DX + integerSize(32, 2)
const DY_CORRECTORS = DY + 22 * BITS

/** State of a channel: its last point, then 12 medians of x and 12 of y. */
const X = 0
const Y = 1
const N = 2
const R = 3
const TIMED = 4
const ANGLE = 5
const SOURCE = 6
const LOW = 7
const HIGH = 8
const MEDIANS_X = 16
const MEDIAN = 6
const MEDIANS_Y = MEDIANS_X + 12 * MEDIAN

/**
 * Context of x and y by number of returns (upper 4 bits) and return number (lower 4): LASzip's map
 * to six contexts, one digit an entry.
 */
const RETURN_CONTEXTS: Uint8Array = Uint8Array.from(
  [
    "0123453445555555",
    "1013333333333333",
    "2124444444433333",
    "3345444444444444",
    "4344544444444444",
    "5344454444444444",
    "3344445444444444",
    "4344444544444444",
    "4344444454444444",
    "5344444445444444",
    "5344444444544444",
    "5334444444455444",
    "5334444444455544",
    "5334444444445554",
    "5334444444444555",
    "5334444444444455",
  ].join(""),
  Number,
)

/**
 * Adds a value to LASzip's running median of five: it replaces either the greatest or the least of
 * five sorted values. Element 5 is 1 if the greatest is replaced next.
 */
const addToMedian = (state: Int32Array, median: number, value: number): void => {
  const middle = state[median + 2]
  if (state[median + 5] === 1) {
    let at = median + 4
    while (at > median && value < state[at - 1]) {
      state[at] = state[at - 1]
      at--
    }
    state[at] = value
    state[median + 5] = value < middle ? 1 : 0
  } else {
    let at = median
    while (at < median + 4 && state[at + 1] < value) {
      state[at] = state[at + 1]
      at++
    }
    state[at] = value
    state[median + 5] = value <= middle ? 1 : 0
  }
}

/** Starts a channel with the last point of another, its mark of a new GPS time cleared. */
const enterFrom = (channels: EncoderChannels, channel: number, before: number): void => {
  const { state } = channels
  const at = channels.stateOf(channel)
  channels.enter(channel)
  state.copyWithin(at, before, before + HIGH + 1)
  state[at + TIMED] = 0
  for (let i = 0; i < 24; i++) state[at + MEDIANS_X + MEDIAN * i + 5] = 1
}

const enterFirst = (channels: EncoderChannels, { view }: RawRecords): void => {
  const { state } = channels
  const channel = (view.getUint8(15) >> 4) & 3
  const at = channels.stateOf(channel)
  channels.enter(channel)
  state[at + X] = view.getInt32(0, true)
  state[at + Y] = view.getInt32(4, true)
  state[at + N] = view.getUint8(14) >> 4
  state[at + R] = view.getUint8(14) & 15
  state[at + ANGLE] = view.getInt16(18, true)
  state[at + SOURCE] = view.getUint16(20, true)
  state[at + LOW] = view.getInt32(22, true)
  state[at + HIGH] = view.getInt32(26, true)
  for (let i = 0; i < 24; i++) state[at + MEDIANS_X + MEDIAN * i + 5] = 1
}

/**
 * Encodes returns, x and y, and fills `links` for the other layers.
 *
 * Bits of a link: 0–4 context of z, 5–7 level of the return (|returns − return|, 7 at most), 8–9
 * channel, 10 GPS time changed. Further bits: 11 last return, 12 first return, 13 scan angle
 * changed, 14 source id changed, 15 channel changed.
 *
 * GPS times are compared as bits, which preserves every one. LASzip compares numbers: it takes −0
 * for 0 and writes a repeated NaN anew.
 */
export const encodeXy = (channels: EncoderChannels, records: RawRecords, links: Uint16Array): void => {
  const { coder, state } = channels
  const { view, count, length } = records
  channels.start("xy")
  enterFirst(channels, records)
  let channel = (view.getUint8(15) >> 4) & 3
  let last = channels.stateOf(channel)
  let models = channels.modelsOf(channel)
  links[0] = channel << 8
  for (let i = 1, at = length; i < count; i++, at += length) {
    const returns = view.getUint8(at + 14)
    const n = returns >> 4
    const r = returns & 15
    const own = (view.getUint8(at + 15) >> 4) & 3
    const switched = own !== channel
    const lastN = state[last + N]
    const lastR = state[last + R]
    const context = (lastR === 1 ? 1 : 0) | (lastR >= lastN ? 2 : 0) | (state[last + TIMED] << 2)
    // State to compare with: the last point of the same channel, or of any channel if this one is
    // new.
    const base = switched && !channels.isNew(own) ? channels.stateOf(own) : last
    const angle = view.getInt16(at + 18, true)
    const source = view.getUint16(at + 20, true)
    const low = view.getInt32(at + 22, true)
    const high = view.getInt32(at + 26, true)
    const timed = low !== state[base + LOW] || high !== state[base + HIGH] ? 1 : 0
    const beforeN = state[base + N]
    const beforeR = state[base + R]
    const step = (r - beforeR) & 15
    const changes =
      (switched ? 64 : 0) |
      (source !== state[base + SOURCE] ? 32 : 0) |
      (timed << 4) |
      (angle !== state[base + ANGLE] ? 8 : 0) |
      (n !== beforeN ? 4 : 0) |
      (step === 0 ? 0 : step === 1 ? 1 : step === 15 ? 2 : 3)
    coder.symbol(models + CHANGES * context, changes)
    if (switched) {
      coder.symbol(models + SCANNER, (own - channel - 1) & 3)
      if (channels.isNew(own)) enterFrom(channels, own, last)
      channel = own
      last = channels.stateOf(channel)
      models = channels.modelsOf(channel)
    }
    if ((changes & 4) !== 0) coder.symbol(models + COUNTS + RETURN * beforeN, n)
    if ((changes & 3) === 3) {
      if (timed === 1) coder.symbol(models + NUMBERS + RETURN * beforeR, r)
      else coder.symbol(models + SAME_PULSE, step - 2)
    }
    state[last + N] = n
    state[last + R] = r
    state[last + TIMED] = timed
    state[last + ANGLE] = angle
    state[last + SOURCE] = source
    state[last + LOW] = low
    state[last + HIGH] = high
    const single = n === 1 ? 1 : 0
    const slot = MEDIAN * ((RETURN_CONTEXTS[returns] << 1) | timed)
    const x = view.getInt32(at, true)
    const dx = (x - state[last + X]) | 0
    const medianX = last + MEDIANS_X + slot
    const bitsX = coder.corrector(models + DX + BITS * single, models + DX_CORRECTORS, (dx - state[medianX + 2]) | 0)
    addToMedian(state, medianX, dx)
    state[last + X] = x
    const y = view.getInt32(at + 4, true)
    const dy = (y - state[last + Y]) | 0
    const medianY = last + MEDIANS_Y + slot
    const contextY = (bitsX < 20 ? bitsX & ~1 : 20) | single
    const bitsY = coder.corrector(models + DY + BITS * contextY, models + DY_CORRECTORS, (dy - state[medianY + 2]) | 0)
    addToMedian(state, medianY, dy)
    state[last + Y] = y
    const bits = (bitsX + bitsY) >> 1
    links[i] =
      (bits < 18 ? bits & ~1 : 18) |
      single |
      (Math.min(Math.abs(n - r), 7) << 5) |
      (channel << 8) |
      (timed << 10) |
      (r >= n ? 1 << 11 : 0) |
      (r === 1 ? 1 << 12 : 0) |
      ((changes & 8) << 10) |
      ((changes & 32) << 9) |
      ((changes & 64) << 9)
  }
}
