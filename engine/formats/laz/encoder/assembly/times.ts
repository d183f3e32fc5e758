/** Encodes GPS time (bits of f64) where it changes. */
import {
  channelOf,
  enter,
  isNew,
  Kind,
  modelAt,
  STATE_BYTES,
  startChannels,
  stateOf,
} from "../../wasm/assembly/channels"
import { FIRST } from "../../wasm/assembly/coder"
import {
  CORRECTORS,
  EXTREMES,
  LENGTHS,
  MORE,
  NEW_SEQUENCE,
  NEWEST,
  NO_STEP,
  STEPS,
  TIMES,
} from "../../wasm/assembly/times"
import { put, putCorrector, putRare, putRaw } from "./coder"

/** Least multiple of the step with a symbol of its own. */
const LEAST: i32 = -10

@inline
function putStep(models: usize, context: u32, difference: i32): void {
  putCorrector(modelAt(models + LENGTHS, 33, context), models + CORRECTORS, difference)
}

/** The difference of a time from a sequence's last one. */
@inline
function fromSequence(state: usize, sequence: u32, time: u64): i64 {
  return <i64>(time - load<u64>(state + (sequence << 3), TIMES))
}

@inline
function isNear(difference: i64): bool {
  return difference == <i64>(<i32>difference)
}

/**
 * LASzip's multiple of the step: a quotient of 32-bit floats, rounded and converted as C does on
 * x86 (overflow gives the least integer).
 */
@inline
function multipleOf(difference: i32, step: i32): i32 {
  const quotient = <f32>difference / <f32>step
  return <i32>(<i64>(quotient + copysign<f32>(0.5, quotient)))
}

/**
 * Encodes a difference as a multiple of the sequence's step. Four far multiples in a row set a new
 * step.
 */
function putMultiple(state: usize, models: usize, sequence: u32, difference: i32): void {
  const place = state + (sequence << 2)
  const step = load<i32>(place, STEPS)
  const multiple = multipleOf(difference, step)
  let symbol = multiple
  let factor = multiple
  let context: u32 = 2
  if (multiple == 1) context = 1
  else if (multiple >= MORE) {
    symbol = MORE
    factor = MORE
    context = 4
  } else if (multiple >= 10) context = 3
  else if (multiple == 0) context = 7
  else if (multiple <= LEAST) {
    symbol = MORE - LEAST
    factor = LEAST
    context = 6
  } else if (multiple < 0) {
    symbol = MORE - multiple
    context = 5
  }
  put(models, symbol)
  putStep(models, context, difference - factor * step)
  if (context == 1) store<i32>(place, 0, EXTREMES)
  if (context != 4 && context < 6) return
  const extremes = load<i32>(place, EXTREMES) + 1
  store<i32>(place, extremes > 3 ? 0 : extremes, EXTREMES)
  if (extremes > 3) store<i32>(place, difference, STEPS)
}

/**
 * Encodes a time with its upper 32 bits predicted and its lower ones raw. It starts a new sequence,
 * which replaces the oldest.
 */
function startSequence(state: usize, models: usize, time: u64): void {
  const before = load<u64>(state + (load<u32>(state) << 3), TIMES)
  putStep(models, 8, <i32>(time >>> 32) - <i32>(before >>> 32))
  putRaw(<u32>time & 0xffff, 16)
  putRaw(<u32>time >>> 16, 16)
  const newest = (load<u32>(state, NEWEST) + 1) & 3
  store<u32>(state, newest, NEWEST)
  store<u32>(state, newest)
  store<u64>(state + (newest << 3), time, TIMES)
  store<i32>(state + (newest << 2), 0, STEPS)
  store<i32>(state + (newest << 2), 0, EXTREMES)
}

/** Encodes a time far from the current sequence: a jump to another one, or a new one. */
function leaveSequence(state: usize, models: usize, time: u64): bool {
  const current = load<u32>(state)
  let jump: u32 = 1
  while (jump < 4 && !isNear(fromSequence(state, (current + jump) & 3, time))) jump++
  const found = jump < 4
  if (load<i32>(state + (current << 2), STEPS) == 0) putRare(models + NO_STEP, found ? jump + 1 : 1)
  else putRare(models, found ? NEW_SEQUENCE + jump : NEW_SEQUENCE)
  if (found) store<u32>(state, (current + jump) & 3)
  else startSequence(state, models, time)
  return found
}

/** Encodes a time: a step of the current sequence, of another one, or the start of a new one. */
function putTime(state: usize, models: usize, time: u64): void {
  if (!isNear(fromSequence(state, load<u32>(state), time)) && !leaveSequence(state, models, time)) return
  const sequence = load<u32>(state)
  const place = state + (sequence << 2)
  const difference = <i32>fromSequence(state, sequence, time)
  if (load<i32>(place, STEPS) == 0) {
    putRare(models + NO_STEP, 0)
    putStep(models, 0, difference)
    store<i32>(place, difference, STEPS)
    store<i32>(place, 0, EXTREMES)
  } else putMultiple(state, models, sequence, difference)
  store<u64>(state + (sequence << 3), time, TIMES)
}

function enterTime(channel: u32, before: u64): void {
  enter(FIRST, channel)
  store<u64>(stateOf(FIRST, channel), before, TIMES)
}

/** Encodes GPS time. */
export function encodeGpsTime(count: u32, times: usize, links: usize): void {
  startChannels(FIRST, Kind.time)
  enterTime(channelOf(load<u16>(links)), load<u64>(times))
  for (let i: u32 = 1; i < count; i++) {
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    if (isNew(FIRST, channel)) enterTime(channel, load<u64>(times + 8 * (i - 1)))
    if (((link >>> 10) & 1) == 0) continue
    const state = stateOf(FIRST, channel)
    putTime(state, state + STATE_BYTES, load<u64>(times + 8 * i))
  }
}
