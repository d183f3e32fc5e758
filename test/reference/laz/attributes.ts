/**
 * Flags, intensity, scan angle, user data, source id and GPS time of POINT14, each decoded only on
 * demand: the reference implementation of `assembly/attributes.ts` and `assembly/times.ts`.
 */
import { channelOf, isNew, meet, modelsOf, startChannels, stateOf, states } from "./channels.js"
import { corrector, layInteger } from "./integers.js"
import { layModels, modelSize } from "./models.js"
import { exhausted, markBroken, raw, symbol } from "./symbols.js"

/** Starts a channel of models of `symbols` symbols, one for each of 64 contexts, with a last value. */
const enterSymbols = (channel: number, symbols: number, last: number): void => {
  meet(channel)
  states[stateOf(channel)] = last
  layModels(modelsOf(channel), symbols, 64)
}

/** The six bits of a flags byte that are in the stream: without the channel. */
const packed = (flags: number): number => (flags & 15) | ((flags >> 2) & 48)

/** Decodes the flags byte of the record: class flags (bits 0–3), channel (4–5), scan direction (6), edge of flight line (7). */
export const decodeFlags = (flags: Uint8Array, links: Uint16Array): void => {
  startChannels()
  enterSymbols(channelOf(links[0]), 64, packed(flags[0]))
  for (let i = 1; i < links.length && !exhausted(); i++) {
    const channel = channelOf(links[i])
    if (isNew(channel)) enterSymbols(channel, 64, packed(flags[i - 1]))
    const state = stateOf(channel)
    const found = symbol(modelsOf(channel) + states[state] * modelSize(64))
    states[state] = found
    flags[i] = (found & 15) | (channel << 4) | ((found & 48) << 2)
  }
}

/** Decodes user data. */
export const decodeUserData = (values: Uint8Array, links: Uint16Array): void => {
  startChannels()
  enterSymbols(channelOf(links[0]), 256, values[0])
  for (let i = 1; i < links.length && !exhausted(); i++) {
    const channel = channelOf(links[i])
    if (isNew(channel)) enterSymbols(channel, 256, values[i - 1])
    const state = stateOf(channel)
    const value = symbol(modelsOf(channel) + (states[state] >> 2) * modelSize(256))
    states[state] = value
    values[i] = value
  }
}

/** Starts a channel of an integer of 16 bits with a last value, one for each of eight slots. */
const enterShort = (channel: number, contexts: number, last: number): void => {
  meet(channel)
  const state = stateOf(channel)
  for (let slot = 0; slot < 8; slot++) states[state + slot] = last
  layInteger(modelsOf(channel), 16, contexts)
}

/** Decodes intensity. */
export const decodeIntensity = (values: Uint16Array, links: Uint16Array): void => {
  const correctors = 4 * modelSize(17)
  startChannels()
  enterShort(channelOf(links[0]), 4, values[0])
  for (let i = 1; i < links.length && !exhausted(); i++) {
    const link = links[i]
    const channel = channelOf(link)
    if (isNew(channel)) enterShort(channel, 4, values[i - 1])
    const context = (link >> 11) & 3
    const last = stateOf(channel) + ((context << 1) | ((link >> 10) & 1))
    const models = modelsOf(channel)
    values[i] = states[last] + corrector(models + context * modelSize(17), models + correctors)
    states[last] = values[i]
  }
}

/** Decodes a 16-bit field that is there only where bit `flag` of the link says so; one of two contexts by the GPS-changed bit. */
const decodeMarked = (values: Uint16Array | Int16Array, links: Uint16Array, flag: number, contexts: number): void => {
  startChannels()
  enterShort(channelOf(links[0]), contexts, values[0])
  for (let i = 1; i < links.length && !exhausted(); i++) {
    const link = links[i]
    const channel = channelOf(link)
    if (isNew(channel)) enterShort(channel, contexts, values[i - 1])
    const state = stateOf(channel)
    if (((link >> flag) & 1) !== 0) {
      const models = modelsOf(channel)
      const context = contexts === 2 ? (link >> 10) & 1 : 0
      states[state] += corrector(models + context * modelSize(17), models + contexts * modelSize(17))
    }
    values[i] = states[state]
  }
}

/** Decodes scan angle (of 0.006 degrees). */
export const decodeScanAngle = (angles: Int16Array, links: Uint16Array): void => decodeMarked(angles, links, 13, 2)

/** Decodes point source id. */
export const decodeSourceId = (ids: Uint16Array, links: Uint16Array): void => decodeMarked(ids, links, 14, 1)

/** State of GPS time in a channel: current sequence, newest sequence, four times (lower and upper 32 bits), steps and counters. */
const SEQUENCE = 0
const NEWEST = 1
const TIMES = 2
const STEPS = 10
const EXTREMES = 14
/** The channel's last time. */
const CURRENT = 18
/** Places of the models: multiples of the step, cases without a step, bit counts. */
const NO_STEP = modelSize(515)
const LENGTHS = NO_STEP + modelSize(5)
const CORRECTORS = LENGTHS + 9 * modelSize(33)
/** Multiples are 0–499; 500 means more; 501–510 are −1 … −10; 511 a new sequence; 512–514 a jump to another. */
const MORE = 500
const NEW_SEQUENCE = 511

const enterTime = (channel: number, lower: number, upper: number): void => {
  meet(channel)
  const state = stateOf(channel)
  states[state + TIMES] = lower
  states[state + TIMES + 1] = upper
  states[state + CURRENT] = lower
  states[state + CURRENT + 1] = upper
  layInteger(layModels(layModels(modelsOf(channel), 515, 1), 5, 1), 32, 9)
}

const timeCorrector = (models: number, context: number): number =>
  corrector(models + LENGTHS + context * modelSize(33), models + CORRECTORS)

/** Adds a step to the time of a sequence: 64-bit integers in two halves. */
const advance = (state: number, sequence: number, step: number): void => {
  const time = state + TIMES + 2 * sequence
  const lower = (states[time] + step) | 0
  // The sign of the step, and the carry of the lower half.
  states[time + 1] += (step >> 31) + (lower >>> 0 < states[time] >>> 0 ? 1 : 0)
  states[time] = lower
}

/** A time whose upper 32 bits are predicted and whose lower ones are raw: starts a sequence. */
const startSequence = (state: number, models: number): void => {
  const newest = (states[state + NEWEST] + 1) & 3
  const before = states[state + TIMES + 2 * states[state + SEQUENCE] + 1]
  states[state + TIMES + 2 * newest + 1] = before + timeCorrector(models, 8)
  const low = raw(16)
  states[state + TIMES + 2 * newest] = (raw(16) << 16) | low
  states[state + SEQUENCE] = newest
  states[state + NEWEST] = newest
  states[state + STEPS + newest] = 0
  states[state + EXTREMES + newest] = 0
}

/** The context of the corrector that follows a multiple of the step. */
const stepContext = (multiple: number): number => {
  if (multiple === 0) return 7
  if (multiple === 1) return 1
  if (multiple < 10) return 2
  if (multiple < MORE) return 3
  return multiple === MORE ? 4 : multiple < 510 ? 5 : 6
}

/** The step to the next time by its multiple of the step before; far multiples, met four times in a row, set a new step. */
const nextStep = (state: number, models: number, sequence: number, multiple: number): number => {
  if (multiple === 1) states[state + EXTREMES + sequence] = 0
  const factor = multiple <= MORE ? multiple : MORE - multiple
  const step = Math.imul(factor, states[state + STEPS + sequence])
  const found = (step + timeCorrector(models, stepContext(multiple))) | 0
  if (multiple === 0 || multiple === MORE || multiple === 510) {
    const extremes = states[state + EXTREMES + sequence] + 1
    states[state + EXTREMES + sequence] = extremes > 3 ? 0 : extremes
    if (extremes > 3) states[state + STEPS + sequence] = found
  }
  return found
}

const decodeTime = (state: number, models: number): void => {
  // An encoder jumps once at most; a broken stream could jump for ever.
  for (let jumps = 0; jumps < 8; jumps++) {
    const sequence = states[state + SEQUENCE]
    const stepless = states[state + STEPS + sequence] === 0
    const what = symbol(stepless ? models + NO_STEP : models)
    const jump = stepless ? what - 1 : what - NEW_SEQUENCE
    if (jump > 0) {
      states[state + SEQUENCE] = (sequence + jump) & 3
      continue
    }
    if (jump === 0) startSequence(state, models)
    else if (stepless) {
      const step = timeCorrector(models, 0)
      states[state + STEPS + sequence] = step
      states[state + EXTREMES + sequence] = 0
      advance(state, sequence, step)
    } else advance(state, sequence, nextStep(state, models, sequence, what))
    return
  }
  markBroken()
}

/** Decodes GPS time. */
export const decodeGpsTime = (times: Float64Array, links: Uint16Array): void => {
  // Halves, lower first: the machine's order, as of all typed arrays here.
  const halves = new Int32Array(times.buffer, times.byteOffset, 2 * times.length)
  startChannels()
  enterTime(channelOf(links[0]), halves[0], halves[1])
  for (let i = 1; i < links.length && !exhausted(); i++) {
    const link = links[i]
    const channel = channelOf(link)
    if (isNew(channel)) enterTime(channel, halves[2 * i - 2], halves[2 * i - 1])
    const state = stateOf(channel)
    if (((link >> 10) & 1) !== 0) {
      decodeTime(state, modelsOf(channel))
      const time = state + TIMES + 2 * states[state + SEQUENCE]
      states[state + CURRENT] = states[time]
      states[state + CURRENT + 1] = states[time + 1]
    }
    halves[2 * i] = states[state + CURRENT]
    halves[2 * i + 1] = states[state + CURRENT + 1]
  }
}
