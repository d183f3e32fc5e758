/**
 * Encodes colours, near infrared and extra bytes (items RGB14, NIR14 and BYTE14, version 3). Two
 * faults of the first writers are now part of the format (see `../wasm/assembly/colours.ts`).
 * First, a point in the same scanner channel as its predecessor counts as channel 0. Second, at a
 * switch back to a known channel, the last value of the previous channel predicts the point and is
 * replaced by it.
 */
import { modelSize } from "../arithmetic-coding.js"
import type { EncoderChannels, LayerKind, RawRecords } from "./channels.js"

const USED_128 = modelSize(128)
const USED_4 = modelSize(4)
const OF_256 = modelSize(256)

/** Channel of the last point as these items count it. */
let current = 0

const start = (channels: EncoderChannels, kind: LayerKind, link: number): number => {
  channels.start(kind)
  current = (link >> 8) & 3
  channels.enter(current)
  return channels.stateOf(current)
}

/** Switches to a point's channel ({@link current}); returns the state with the predicting value. */
const turn = (channels: EncoderChannels, link: number): number => {
  const before = channels.stateOf(current)
  const channel = ((link >> 8) & 3) * (link >> 15)
  if (channel === current) return before
  current = channel
  if (!channels.isNew(channel)) return before
  channels.enter(channel)
  const state = channels.stateOf(channel)
  channels.state.copyWithin(state, before, before + 3)
  return state
}

const clamp = (value: number): number => Math.max(0, Math.min(255, value))

const writeColour = (
  channels: EncoderChannels,
  models: number,
  last: number,
  r: number,
  g: number,
  b: number,
): void => {
  const { coder, state } = channels
  const differences = models + USED_128
  const [lastR, lastG, lastB] = [state[last], state[last + 1], state[last + 2]]
  const [dr, dg, db] = [r ^ lastR, g ^ lastG, b ^ lastB]
  const used =
    ((dr & 255) !== 0 ? 1 : 0) |
    (dr >> 8 !== 0 ? 2 : 0) |
    ((dg & 255) !== 0 ? 4 : 0) |
    (dg >> 8 !== 0 ? 8 : 0) |
    ((db & 255) !== 0 ? 16 : 0) |
    (db >> 8 !== 0 ? 32 : 0) |
    (r !== g || r !== b ? 64 : 0)
  coder.symbol(models, used)
  let low = (r & 255) - (lastR & 255)
  let high = (r >> 8) - (lastR >> 8)
  if ((used & 1) !== 0) coder.symbol(differences, low & 255)
  if ((used & 2) !== 0) coder.symbol(differences + OF_256, high & 255)
  if ((used & 64) !== 0) {
    // The change of red predicts green; the mean change of red and green predicts blue.
    if ((used & 4) !== 0) coder.symbol(differences + 2 * OF_256, ((g & 255) - clamp(low + (lastG & 255))) & 255)
    if ((used & 16) !== 0) {
      low = ((low + (g & 255) - (lastG & 255)) / 2) | 0
      coder.symbol(differences + 4 * OF_256, ((b & 255) - clamp(low + (lastB & 255))) & 255)
    }
    if ((used & 8) !== 0) coder.symbol(differences + 3 * OF_256, ((g >> 8) - clamp(high + (lastG >> 8))) & 255)
    if ((used & 32) !== 0) {
      high = ((high + (g >> 8) - (lastG >> 8)) / 2) | 0
      coder.symbol(differences + 5 * OF_256, ((b >> 8) - clamp(high + (lastB >> 8))) & 255)
    }
  }
  state[last] = r
  state[last + 1] = g
  state[last + 2] = b
}

/** Encodes red, green and blue. */
export const encodeRgb = (channels: EncoderChannels, { view, count, length }: RawRecords, links: Uint16Array): void => {
  const first = start(channels, "rgb", links[0])
  for (let band = 0; band < 3; band++) channels.state[first + band] = view.getUint16(30 + 2 * band, true)
  for (let i = 1, at = length + 30; i < count; i++, at += length) {
    const last = turn(channels, links[i])
    const [r, g, b] = [view.getUint16(at, true), view.getUint16(at + 2, true), view.getUint16(at + 4, true)]
    writeColour(channels, channels.modelsOf(current), last, r, g, b)
  }
}

/** Encodes near infrared. */
export const encodeNir = (channels: EncoderChannels, { view, count, length }: RawRecords, links: Uint16Array): void => {
  const { coder, state } = channels
  state[start(channels, "nir", links[0])] = view.getUint16(36, true)
  for (let i = 1, at = length + 36; i < count; i++, at += length) {
    const last = turn(channels, links[i])
    const models = channels.modelsOf(current)
    const value = view.getUint16(at, true)
    const before = state[last]
    const changed = value ^ before
    const used = ((changed & 255) !== 0 ? 1 : 0) | (changed >> 8 !== 0 ? 2 : 0)
    coder.symbol(models, used)
    if ((used & 1) !== 0) coder.symbol(models + USED_4, (value - before) & 255)
    if ((used & 2) !== 0) coder.symbol(models + USED_4 + OF_256, ((value >> 8) - (before >> 8)) & 255)
    state[last] = value
  }
}

/** Encodes the extra byte at offset `place` of the record. */
export const encodeByte = (
  channels: EncoderChannels,
  { bytes, count, length }: RawRecords,
  links: Uint16Array,
  place: number,
): void => {
  const { coder, state } = channels
  state[start(channels, "byte", links[0])] = bytes[place]
  for (let i = 1, at = length + place; i < count; i++, at += length) {
    const last = turn(channels, links[i])
    const value = bytes[at]
    coder.symbol(channels.modelsOf(current), (value - state[last]) & 255)
    state[last] = value
  }
}
