/** The other layers of POINT14, each read only when it is asked for. Element 0 of a column is the first point's value. */
import { channelOf, enter, enterWith, isNew, Kind, modelAt, STATE_BYTES, startChannels, stateOf } from "./channels"
import { corrector, endLayer, exhausted, likelySymbol, markBroken, modelBytes, raw, symbol } from "./coder"

/** The six bits of a flags byte that are in the stream: without the channel. */
@inline
function packed(flags: u32): u32 {
  return (flags & 15) | ((flags >>> 2) & 48)
}

/** Decodes the flags byte of the record: class flags (bits 0–3), channel (4–5), scan direction (6), edge of flight line (7). */
export function decodeFlags(count: u32, flags: usize, links: usize): i32 {
  startChannels(Kind.flags)
  enterWith(channelOf(load<u16>(links)), packed(load<u8>(flags)))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted()) break
    const channel = channelOf(load<u16>(links + 2 * i))
    const state = stateOf(channel)
    if (isNew(channel)) enterWith(channel, packed(load<u8>(flags + i - 1)))
    const before = load<u32>(state)
    const found = likelySymbol(modelAt(state + STATE_BYTES, 64, before), before)
    store<u32>(state, found)
    store<u8>(flags + i, (found & 15) | (channel << 4) | ((found & 48) << 2))
  }
  return endLayer()
}

function enterIntensity(channel: u32, before: u32): void {
  enter(channel)
  const state = stateOf(channel)
  for (let slot: usize = 0; slot < 8; slot++) store<u32>(state + 4 * slot, before)
}

/** Decodes intensity (u16). */
export function decodeIntensity(count: u32, values: usize, links: usize): i32 {
  startChannels(Kind.intensity)
  enterIntensity(channelOf(load<u16>(links)), load<u16>(values))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted()) break
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    const state = stateOf(channel)
    if (isNew(channel)) enterIntensity(channel, load<u16>(values + 2 * (i - 1)))
    const models = state + STATE_BYTES
    const context = (link >>> 11) & 3
    const last = state + (((context << 1) | ((link >>> 10) & 1)) << 2)
    const value = (load<u32>(last) + corrector(modelAt(models, 17, context), models + 4 * modelBytes(17))) & 0xffff
    store<u32>(last, value)
    store<u16>(values + 2 * i, value)
  }
  return endLayer()
}

/** Decodes a 16-bit field that is there only where bit `flag` of the link says so: scan angle, source id. */
function decodeMarked(count: u32, values: usize, links: usize, flag: u32, contexts: usize): i32 {
  enterWith(channelOf(load<u16>(links)), load<u16>(values))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted()) break
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    const state = stateOf(channel)
    if (isNew(channel)) enterWith(channel, load<u16>(values + 2 * (i - 1)))
    let value = load<u32>(state)
    if (((link >>> flag) & 1) != 0) {
      const models = state + STATE_BYTES
      const context = contexts == 2 ? (link >>> 10) & 1 : 0
      value = (value + corrector(modelAt(models, 17, context), models + contexts * modelBytes(17))) & 0xffff
      store<u32>(state, value)
    }
    store<u16>(values + 2 * i, value)
  }
  return endLayer()
}

/** Decodes scan angle (i16, 0.006 degrees). */
export function decodeScanAngle(count: u32, values: usize, links: usize): i32 {
  startChannels(Kind.scanAngle)
  return decodeMarked(count, values, links, 13, 2)
}

/** Decodes point source id (u16). */
export function decodeSourceId(count: u32, values: usize, links: usize): i32 {
  startChannels(Kind.sourceId)
  return decodeMarked(count, values, links, 14, 1)
}

/** Decodes user data (u8). */
export function decodeUserData(count: u32, values: usize, links: usize): i32 {
  startChannels(Kind.bytes)
  enterWith(channelOf(load<u16>(links)), load<u8>(values))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted()) break
    const channel = channelOf(load<u16>(links + 2 * i))
    const state = stateOf(channel)
    if (isNew(channel)) enterWith(channel, load<u8>(values + i - 1))
    const before = load<u32>(state)
    const value = likelySymbol(modelAt(state + STATE_BYTES, 256, before >>> 2), before)
    store<u32>(state, value)
    store<u8>(values + i, value)
  }
  return endLayer()
}

/** State of GPS time in a channel: current sequence, newest sequence, then four times (bits of f64), steps and counters. */
const NEWEST: usize = 4
const TIMES: usize = 8
const STEPS: usize = 40
const EXTREMES: usize = 56
const CURRENT: usize = 72
/** Places of the models: multiples of the step, cases without a step, bit counts. */
const NO_STEP: usize = modelBytes(515)
const LENGTHS: usize = NO_STEP + modelBytes(5)
const CORRECTORS: usize = LENGTHS + 9 * modelBytes(33)
/** Multiples are 0–499; 500 means more; 501–510 are −1 … −10; 511 a new sequence; 512–514 a jump to another. */
const MORE: u32 = 500
const NEW_SEQUENCE: u32 = 511

@inline
function timeCorrector(models: usize, context: u32): i32 {
  return corrector(modelAt(models + LENGTHS, 33, context), models + CORRECTORS)
}

/** A time whose upper 32 bits are predicted and whose lower ones are raw: starts a sequence. */
function newSequence(state: usize, models: usize): void {
  const newest = (load<u32>(state, NEWEST) + 1) & 3
  const before = load<u64>(state + (load<u32>(state) << 3), TIMES)
  const upper = <i32>(before >>> 32) + timeCorrector(models, 8)
  const low = raw(16)
  const lower = (raw(16) << 16) | low
  store<u64>(state + (newest << 3), (<u64>(<u32>upper) << 32) | lower, TIMES)
  store<u32>(state, newest)
  store<u32>(state, newest, NEWEST)
  store<i32>(state + (newest << 2), 0, STEPS)
  store<i32>(state + (newest << 2), 0, EXTREMES)
}

/** The step to the next time by its multiple of the step before; far multiples, met four times in a row, set a new step. */
function nextStep(state: usize, models: usize, sequence: u32, multiple: u32): i32 {
  const place = state + (sequence << 2)
  const step = load<i32>(place, STEPS)
  if (multiple == 1) {
    store<i32>(place, 0, EXTREMES)
    return step + timeCorrector(models, 1)
  }
  if (multiple > 0 && multiple < MORE) return <i32>multiple * step + timeCorrector(models, multiple < 10 ? 2 : 3)
  const negative = <i32>MORE - <i32>multiple
  if (negative < 0 && negative > -10) return negative * step + timeCorrector(models, 5)
  const found =
    multiple == 0
      ? timeCorrector(models, 7)
      : multiple == MORE
        ? <i32>MORE * step + timeCorrector(models, 4)
        : -10 * step + timeCorrector(models, 6)
  const extremes = load<i32>(place, EXTREMES) + 1
  store<i32>(place, extremes > 3 ? 0 : extremes, EXTREMES)
  if (extremes > 3) store<i32>(place, found, STEPS)
  return found
}

function decodeTime(state: usize, models: usize): void {
  // An encoder jumps once at most; a broken stream could jump for ever.
  for (let jumps = 0; jumps < 8; jumps++) {
    const sequence = load<u32>(state)
    const place = state + (sequence << 3)
    if (load<i32>(state + (sequence << 2), STEPS) == 0) {
      const what = symbol(models + NO_STEP)
      if (what > 1) {
        store<u32>(state, (sequence + what - 1) & 3)
        continue
      }
      if (what == 1) newSequence(state, models)
      else {
        const step = timeCorrector(models, 0)
        store<i32>(state + (sequence << 2), step, STEPS)
        store<i32>(state + (sequence << 2), 0, EXTREMES)
        store<u64>(place, load<u64>(place, TIMES) + <u64>(<i64>step), TIMES)
      }
      return
    }
    const multiple = symbol(models)
    if (multiple > NEW_SEQUENCE) {
      store<u32>(state, (sequence + multiple - NEW_SEQUENCE) & 3)
      continue
    }
    if (multiple == NEW_SEQUENCE) newSequence(state, models)
    else {
      const step = nextStep(state, models, sequence, multiple)
      store<u64>(place, load<u64>(place, TIMES) + <u64>(<i64>step), TIMES)
    }
    return
  }
  markBroken()
}

function enterTime(channel: u32, before: u64): void {
  enter(channel)
  const state = stateOf(channel)
  store<u64>(state, before, TIMES)
  store<u64>(state, before, CURRENT)
}

/** Decodes GPS time (bits of f64). */
export function decodeGpsTime(count: u32, times: usize, links: usize): i32 {
  startChannels(Kind.time)
  enterTime(channelOf(load<u16>(links)), load<u64>(times))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted()) break
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    const state = stateOf(channel)
    if (isNew(channel)) enterTime(channel, load<u64>(times + 8 * (i - 1)))
    if (((link >>> 10) & 1) != 0) {
      decodeTime(state, state + STATE_BYTES)
      store<u64>(state, load<u64>(state + (load<u32>(state) << 3), TIMES), CURRENT)
    }
    store<u64>(times + 8 * i, load<u64>(state, CURRENT))
  }
  return endLayer()
}
