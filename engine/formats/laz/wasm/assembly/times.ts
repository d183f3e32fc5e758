/**
 * Decodes GPS time, by itself or together with z. Element 0 of a column is the first point's value.
 */
import { channelOf, enter, isNew, Kind, modelAt, STATE_BYTES, startChannels, stateOf } from "./channels"
import { corrector, endLayer, exhausted, FIRST, markBroken, modelBytes, raw, SECOND, symbol } from "./coder"
import { bitsOfZ, goOnWithZ, startZ, takeZ } from "./point14"

/**
 * State of a channel: current and newest sequence; four times (bits of f64), steps and counters of
 * far multiples; the channel's last time.
 */
export const NEWEST: usize = 4
export const TIMES: usize = 8
export const STEPS: usize = 40
export const EXTREMES: usize = 56
const CURRENT: usize = 72
/** Offsets of the models: multiples of the step, cases without a step, bit counts, correctors. */
export const NO_STEP: usize = modelBytes(515)
export const LENGTHS: usize = NO_STEP + modelBytes(5)
export const CORRECTORS: usize = LENGTHS + 9 * modelBytes(33)
/**
 * Symbols 0–499 are multiples; 500 is any greater one; 501–510 are −1 … −10; 511 starts a new
 * sequence; 512–514 jump to another one.
 */
export const MORE: i32 = 500
export const NEW_SEQUENCE: u32 = 511

/**
 * Factor (i16) of a symbol below 511, and context of the corrector after it. Tables, since steps of
 * 0, 1 or 2 are unpredictable for branches.
 */
const FACTORS: usize = memory.data(2 * 512)
const CONTEXTS: usize = memory.data(512)
/** Contexts of the far multiples: 500, −10 and 0. */
const FAR: u32 = (1 << 4) | (1 << 6) | (1 << 7)

function contextOf(factor: i32): u32 {
  if (factor == 0) return 7
  if (factor < 0) return factor > -10 ? 5 : 6
  if (factor < 10) return factor == 1 ? 1 : 2
  return factor < MORE ? 3 : 4
}

/** Fills the tables of multiples, once per instance. */
export function setUpTimes(): void {
  for (let multiple: i32 = 0; multiple < <i32>NEW_SEQUENCE; multiple++) {
    const factor = multiple > MORE ? MORE - multiple : multiple
    store<i16>(FACTORS + 2 * multiple, <i16>factor)
    store<u8>(CONTEXTS + multiple, contextOf(factor))
  }
}

@inline
function timeCorrector(lane: usize, models: usize, context: u32): i32 {
  return corrector(lane, symbol(lane, modelAt(models + LENGTHS, 33, context)), models + CORRECTORS)
}

/** Starts a sequence with a time: its upper 32 bits are predicted, its lower ones raw. */
function newSequence(lane: usize, state: usize, models: usize): void {
  const newest = (load<u32>(state, NEWEST) + 1) & 3
  const before = load<u64>(state + (load<u32>(state) << 3), TIMES)
  const upper = <i32>(before >>> 32) + timeCorrector(lane, models, 8)
  const low = raw(lane, 16)
  const lower = (raw(lane, 16) << 16) | low
  store<u64>(state + (newest << 3), (<u64>(<u32>upper) << 32) | lower, TIMES)
  store<u32>(state, newest)
  store<u32>(state, newest, NEWEST)
  store<i32>(state + (newest << 2), 0, STEPS)
  store<i32>(state + (newest << 2), 0, EXTREMES)
}

/** Advances a sequence by a step. */
@inline
function addStep(state: usize, sequence: u32, step: i32): void {
  const place = state + (sequence << 3)
  store<u64>(place, load<u64>(place, TIMES) + <u64>(<i64>step), TIMES)
}

/**
 * Decodes in a sequence without a step: its first step, a new sequence, or a jump to another one.
 *
 * @returns false after a jump: the time is still to be decoded
 */
function firstStep(lane: usize, state: usize, models: usize, sequence: u32): bool {
  const what = symbol(lane, models + NO_STEP)
  if (what > 1) {
    store<u32>(state, (sequence + what - 1) & 3)
    return false
  }
  if (what == 1) newSequence(lane, state, models)
  else {
    const step = timeCorrector(lane, models, 0)
    store<i32>(state + (sequence << 2), step, STEPS)
    store<i32>(state + (sequence << 2), 0, EXTREMES)
    addStep(state, sequence, step)
  }
  return true
}

/**
 * Applies a multiple of the step `before`. Four far multiples in a row set a new step.
 *
 * @returns false after a jump: the time is still to be decoded
 */
@inline
function takeMultiple(lane: usize, state: usize, models: usize, sequence: u32, before: i32, multiple: u32): bool {
  if (multiple >= NEW_SEQUENCE) {
    if (multiple == NEW_SEQUENCE) newSequence(lane, state, models)
    else store<u32>(state, (sequence + multiple - NEW_SEQUENCE) & 3)
    return multiple == NEW_SEQUENCE
  }
  const place = state + (sequence << 2)
  const context: u32 = load<u8>(CONTEXTS + multiple)
  const step = <i32>load<i16>(FACTORS + 2 * multiple) * before + timeCorrector(lane, models, context)
  addStep(state, sequence, step)
  const extremes = load<i32>(place, EXTREMES)
  if (((FAR >>> context) & 1) == 0) store<i32>(place, context == 1 ? 0 : extremes, EXTREMES)
  else {
    store<i32>(place, extremes > 2 ? 0 : extremes + 1, EXTREMES)
    if (extremes > 2) store<i32>(place, step, STEPS)
  }
  return true
}

/** Decodes a time after `jumps` jumps, or in a sequence without a step. */
function otherTime(lane: usize, state: usize, models: usize, jumps: u32): void {
  // An encoder jumps at most once; a broken stream could jump for ever.
  for (let i = jumps; i < 8; i++) {
    const sequence = load<u32>(state)
    const step = load<i32>(state + (sequence << 2), STEPS)
    if (step == 0) {
      if (firstStep(lane, state, models, sequence)) return
    } else if (takeMultiple(lane, state, models, sequence, step, symbol(lane, models))) return
  }
  markBroken(lane)
}

function enterTime(lane: usize, channel: u32, before: u64): void {
  enter(lane, channel)
  const state = stateOf(lane, channel)
  store<u64>(state, before, TIMES)
  store<u64>(state, before, CURRENT)
}

function startTimes(lane: usize, times: usize, links: usize): void {
  startChannels(lane, Kind.time)
  enterTime(lane, channelOf(load<u16>(links)), load<u64>(times))
}

/** State of a point's channel, started if new. */
@inline
function stateAt(lane: usize, i: u32, times: usize, link: u32): usize {
  const channel = channelOf(link)
  if (isNew(lane, channel)) enterTime(lane, channel, load<u64>(times + 8 * (i - 1)))
  return stateOf(lane, channel)
}

/** True if the point has the time of its predecessor in the channel. */
@inline
function isSameTime(link: u32): bool {
  return ((link >>> 10) & 1) == 0
}

@inline
function keepTime(state: usize): void {
  store<u64>(state, load<u64>(state + (load<u32>(state) << 3), TIMES), CURRENT)
}

/** Decodes times from point `from` on and ends the lane. */
function goOnWithTimes(lane: usize, from: u32, count: u32, times: usize, links: usize): i32 {
  for (let i = from; i < count; i++) {
    if (exhausted(lane)) break
    const link: u32 = load<u16>(links + 2 * i)
    const state = stateAt(lane, i, times, link)
    if (!isSameTime(link)) {
      const models = state + STATE_BYTES
      const sequence = load<u32>(state)
      const step = load<i32>(state + (sequence << 2), STEPS)
      if (step == 0) otherTime(lane, state, models, 0)
      else if (!takeMultiple(lane, state, models, sequence, step, symbol(lane, models))) otherTime(lane, state, models, 1)
      keepTime(state)
    }
    store<u64>(times + 8 * i, load<u64>(state, CURRENT))
  }
  return endLayer(lane)
}

/** Decodes GPS time (bits of f64). */
export function decodeGpsTime(count: u32, times: usize, links: usize): i32 {
  startTimes(FIRST, times, links)
  return goOnWithTimes(FIRST, 1, count, times, links)
}

/**
 * Decodes z in the first lane and GPS time in the second, alternating symbol by symbol.
 *
 * @returns the result of `endLayer` for z, plus 256 times that for the times
 */
export function decodeZAndTime(count: u32, zs: usize, times: usize, links: usize): i32 {
  startZ(FIRST, zs, links)
  startTimes(SECOND, times, links)
  let i: u32 = 1
  for (; i < count; i++) {
    if (exhausted(FIRST) || exhausted(SECOND)) break
    const link: u32 = load<u16>(links + 2 * i)
    const bits = bitsOfZ(FIRST, i, zs, link)
    const state = stateAt(SECOND, i, times, link)
    if (isSameTime(link)) takeZ(FIRST, i, zs, link, bits)
    else {
      const models = state + STATE_BYTES
      const sequence = load<u32>(state)
      const step = load<i32>(state + (sequence << 2), STEPS)
      const multiple = step == 0 ? 0 : symbol(SECOND, models)
      takeZ(FIRST, i, zs, link, bits)
      if (step == 0) otherTime(SECOND, state, models, 0)
      else if (!takeMultiple(SECOND, state, models, sequence, step, multiple)) otherTime(SECOND, state, models, 1)
      keepTime(state)
    }
    store<u64>(times + 8 * i, load<u64>(state, CURRENT))
  }
  return goOnWithZ(FIRST, i, count, zs, links) | (goOnWithTimes(SECOND, i, count, times, links) << 8)
}
