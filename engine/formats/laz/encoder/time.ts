/** Encodes the GPS time layer of a chunk (item POINT14, version 3). */
import { modelSize } from "../arithmetic-coding.js"
import type { EncoderChannels, RawRecords } from "./channels.js"

/** Offsets of the models: multiples of the step, cases without a step, bit counts, correctors. */
const NO_STEP = modelSize(515)
const LENGTHS = NO_STEP + modelSize(5)
const BITS = modelSize(33)
const CORRECTORS = LENGTHS + 9 * BITS

/**
 * State of a channel: current and newest sequence; then, for each of four sequences, low and high
 * half of its last time, step, and count of far multiples.
 */
const CURRENT = 0
const NEWEST = 1
const LOW = 2
const HIGH = 6
const STEP = 10
const EXTREMES = 14

/**
 * Symbols 0–499 are multiples; 500 is any greater one; 501–510 are −1 … −10; 511 starts a new
 * sequence; 512–514 jump to another one.
 */
const MORE = 500
const LEAST = -10
const NEW_SEQUENCE = 511

/**
 * True if a time differs from a sequence's last one by a signed 32-bit number: (low − last low) |
 * 0.
 */
const isNear = (state: Int32Array, sequence: number, low: number, high: number): boolean => {
  const before = state[sequence + LOW]
  const borrow = low >>> 0 < before >>> 0 ? 1 : 0
  return ((high - state[sequence + HIGH] - borrow) | 0) === ((low - before) | 0) >> 31
}

/**
 * LASzip's multiple of the step: a quotient of 32-bit floats, rounded and converted as C does on
 * x86 (overflow gives the least integer).
 */
const multipleOf = (difference: number, step: number): number => {
  const quotient = Math.fround(Math.fround(difference) / Math.fround(step))
  return Math.fround(quotient >= 0 ? quotient + 0.5 : quotient - 0.5) | 0
}

/**
 * Encodes a difference as a multiple of the sequence's step. Four far multiples in a row set a new
 * step.
 */
const writeStep = (channels: EncoderChannels, models: number, sequence: number, difference: number): void => {
  const { coder, state } = channels
  const step = state[sequence + STEP]
  const multiple = multipleOf(difference, step)
  let [symbol, factor, context] = [multiple, multiple, 2]
  if (multiple === 1) context = 1
  else if (multiple >= MORE) [symbol, factor, context] = [MORE, MORE, 4]
  else if (multiple >= 10) context = 3
  else if (multiple === 0) context = 7
  else if (multiple <= LEAST) [symbol, factor, context] = [MORE - LEAST, LEAST, 6]
  else if (multiple < 0) [symbol, context] = [MORE - multiple, 5]
  coder.symbol(models, symbol)
  coder.corrector(models + LENGTHS + BITS * context, models + CORRECTORS, (difference - Math.imul(factor, step)) | 0)
  if (context === 1) state[sequence + EXTREMES] = 0
  if (context !== 4 && context < 6) return
  const extremes = state[sequence + EXTREMES] + 1
  state[sequence + EXTREMES] = extremes > 3 ? 0 : extremes
  if (extremes > 3) state[sequence + STEP] = difference
}

/**
 * Encodes a time as a step of the current sequence, of another one, or as the start of a new one.
 */
const writeTime = (channels: EncoderChannels, channel: number, low: number, high: number): void => {
  const { coder, state } = channels
  const models = channels.modelsOf(channel)
  const base = channels.stateOf(channel)
  const current = state[base + CURRENT]
  let sequence = base + current
  let stepless = state[sequence + STEP] === 0
  if (!isNear(state, sequence, low, high)) {
    let jump = 1
    while (jump < 4 && !isNear(state, base + ((current + jump) & 3), low, high)) jump++
    const found = jump < 4
    if (stepless) coder.symbol(models + NO_STEP, found ? jump + 1 : 1)
    else coder.symbol(models, found ? NEW_SEQUENCE + jump : NEW_SEQUENCE)
    if (!found) {
      startSequence(channels, models, base, low, high)
      return
    }
    state[base + CURRENT] = (current + jump) & 3
    sequence = base + state[base + CURRENT]
    stepless = state[sequence + STEP] === 0
  }
  const difference = (low - state[sequence + LOW]) | 0
  if (stepless) {
    coder.symbol(models + NO_STEP, 0)
    coder.corrector(models + LENGTHS, models + CORRECTORS, difference)
    state[sequence + STEP] = difference
    state[sequence + EXTREMES] = 0
  } else writeStep(channels, models, sequence, difference)
  state[sequence + LOW] = low
  state[sequence + HIGH] = high
}

/**
 * Encodes a time with its upper 32 bits predicted and its lower ones raw. It starts a new sequence,
 * which replaces the oldest.
 */
const startSequence = (channels: EncoderChannels, models: number, base: number, low: number, high: number): void => {
  const { coder, state } = channels
  const before = state[base + state[base + CURRENT] + HIGH]
  coder.corrector(models + LENGTHS + 8 * BITS, models + CORRECTORS, (high - before) | 0)
  coder.raw(low & 0xffff, 16)
  coder.raw(low >>> 16, 16)
  const newest = (state[base + NEWEST] + 1) & 3
  state[base + NEWEST] = newest
  state[base + CURRENT] = newest
  state[base + newest + LOW] = low
  state[base + newest + HIGH] = high
  state[base + newest + STEP] = 0
  state[base + newest + EXTREMES] = 0
}

const enter = (channels: EncoderChannels, channel: number, view: DataView, at: number): void => {
  channels.enter(channel)
  const base = channels.stateOf(channel)
  channels.state[base + LOW] = view.getInt32(at, true)
  channels.state[base + HIGH] = view.getInt32(at + 4, true)
}

/** Encodes GPS time (bits of f64) where it changes. */
export const encodeGpsTime = (
  channels: EncoderChannels,
  { view, count, length }: RawRecords,
  links: Uint16Array,
): void => {
  channels.start("time")
  enter(channels, (links[0] >> 8) & 3, view, 22)
  for (let i = 1, at = length + 22; i < count; i++, at += length) {
    const link = links[i]
    const channel = (link >> 8) & 3
    if (channels.isNew(channel)) enter(channels, channel, view, at - length)
    if (((link >> 10) & 1) === 1) writeTime(channels, channel, view.getInt32(at, true), view.getInt32(at + 4, true))
  }
}
