/**
 * Encodes item POINT14's layers except returns with x and y, and GPS time. Each is one loop over
 * the records and the links of `encodeXy`.
 */
import { modelSize } from "../arithmetic-coding.js"
import type { EncoderChannels, RawRecords } from "./channels.js"

const BITS_32 = modelSize(33)
const BITS_16 = modelSize(17)
const OF_256 = modelSize(256)
const OF_64 = modelSize(64)

/** Starts a channel with its first `slots` numbers of state set to one value. */
const enterWith = (channels: EncoderChannels, channel: number, slots: number, value: number): void => {
  channels.enter(channel)
  const at = channels.stateOf(channel)
  channels.state.fill(value, at, at + slots)
}

/** Encodes z. */
export const encodeZ = (channels: EncoderChannels, { view, count, length }: RawRecords, links: Uint16Array): void => {
  const { coder, state } = channels
  channels.start("z")
  enterWith(channels, (links[0] >> 8) & 3, 8, view.getInt32(8, true))
  for (let i = 1, at = length + 8; i < count; i++, at += length) {
    const link = links[i]
    const channel = (link >> 8) & 3
    if (channels.isNew(channel)) enterWith(channels, channel, 8, view.getInt32(at - length, true))
    const models = channels.modelsOf(channel)
    const last = channels.stateOf(channel) + ((link >> 5) & 7)
    const z = view.getInt32(at, true)
    coder.corrector(models + BITS_32 * (link & 31), models + 20 * BITS_32, (z - state[last]) | 0)
    state[last] = z
  }
}

/** Encodes classification. */
export const encodeClassification = (
  channels: EncoderChannels,
  { bytes, count, length }: RawRecords,
  links: Uint16Array,
): void => {
  const { coder, state } = channels
  channels.start("bytes")
  enterWith(channels, (links[0] >> 8) & 3, 1, bytes[16])
  for (let i = 1, at = length + 16; i < count; i++, at += length) {
    const link = links[i]
    const channel = (link >> 8) & 3
    if (channels.isNew(channel)) enterWith(channels, channel, 1, bytes[at - length])
    const last = channels.stateOf(channel)
    const only = (link >> 11) & (link >> 12) & 1
    const code = bytes[at]
    coder.symbol(channels.modelsOf(channel) + OF_256 * (((state[last] & 31) << 1) | only), code)
    state[last] = code
  }
}

/** The six encoded bits of a flags byte: all but the channel. */
const packed = (flags: number): number => (flags & 15) | ((flags >> 2) & 48)

/** Encodes the flags byte: class flags, scan direction, edge of flight line. */
export const encodeFlags = (
  channels: EncoderChannels,
  { bytes, count, length }: RawRecords,
  links: Uint16Array,
): void => {
  const { coder, state } = channels
  channels.start("flags")
  enterWith(channels, (links[0] >> 8) & 3, 1, packed(bytes[15]))
  for (let i = 1, at = length + 15; i < count; i++, at += length) {
    const channel = (links[i] >> 8) & 3
    if (channels.isNew(channel)) enterWith(channels, channel, 1, packed(bytes[at - length]))
    const last = channels.stateOf(channel)
    const flags = packed(bytes[at])
    coder.symbol(channels.modelsOf(channel) + OF_64 * state[last], flags)
    state[last] = flags
  }
}

/** Encodes intensity. */
export const encodeIntensity = (
  channels: EncoderChannels,
  { view, count, length }: RawRecords,
  links: Uint16Array,
): void => {
  const { coder, state } = channels
  channels.start("intensity")
  enterWith(channels, (links[0] >> 8) & 3, 8, view.getUint16(12, true))
  for (let i = 1, at = length + 12; i < count; i++, at += length) {
    const link = links[i]
    const channel = (link >> 8) & 3
    if (channels.isNew(channel)) enterWith(channels, channel, 8, view.getUint16(at - length, true))
    const models = channels.modelsOf(channel)
    const context = (link >> 11) & 3
    const last = channels.stateOf(channel) + ((context << 1) | ((link >> 10) & 1))
    const value = view.getUint16(at, true)
    // 16-bit differences wrap modulo 2^16.
    coder.corrector(models + BITS_16 * context, models + 4 * BITS_16, ((value - state[last]) << 16) >> 16)
    state[last] = value
  }
}

/** Encodes the scan angle where it changes. */
export const encodeScanAngle = (
  channels: EncoderChannels,
  { view, count, length }: RawRecords,
  links: Uint16Array,
): void => {
  const { coder, state } = channels
  channels.start("scanAngle")
  enterWith(channels, (links[0] >> 8) & 3, 1, view.getInt16(18, true))
  for (let i = 1, at = length + 18; i < count; i++, at += length) {
    const link = links[i]
    const channel = (link >> 8) & 3
    if (channels.isNew(channel)) enterWith(channels, channel, 1, view.getInt16(at - length, true))
    if (((link >> 13) & 1) === 0) continue
    const models = channels.modelsOf(channel)
    const last = channels.stateOf(channel)
    const angle = view.getInt16(at, true)
    const lengths = models + BITS_16 * ((link >> 10) & 1)
    coder.corrector(lengths, models + 2 * BITS_16, ((angle - state[last]) << 16) >> 16)
    state[last] = angle
  }
}

/** Encodes user data. */
export const encodeUserData = (
  channels: EncoderChannels,
  { bytes, count, length }: RawRecords,
  links: Uint16Array,
): void => {
  const { coder, state } = channels
  channels.start("bytes")
  enterWith(channels, (links[0] >> 8) & 3, 1, bytes[17])
  for (let i = 1, at = length + 17; i < count; i++, at += length) {
    const channel = (links[i] >> 8) & 3
    if (channels.isNew(channel)) enterWith(channels, channel, 1, bytes[at - length])
    const last = channels.stateOf(channel)
    const value = bytes[at]
    coder.symbol(channels.modelsOf(channel) + OF_256 * (state[last] >> 2), value)
    state[last] = value
  }
}

/** Encodes the point source id where it changes. */
export const encodeSourceId = (
  channels: EncoderChannels,
  { view, count, length }: RawRecords,
  links: Uint16Array,
): void => {
  const { coder, state } = channels
  channels.start("sourceId")
  enterWith(channels, (links[0] >> 8) & 3, 1, view.getUint16(20, true))
  for (let i = 1, at = length + 20; i < count; i++, at += length) {
    const link = links[i]
    const channel = (link >> 8) & 3
    if (channels.isNew(channel)) enterWith(channels, channel, 1, view.getUint16(at - length, true))
    if (((link >> 14) & 1) === 0) continue
    const models = channels.modelsOf(channel)
    const last = channels.stateOf(channel)
    const id = view.getUint16(at, true)
    coder.corrector(models, models + BITS_16, ((id - state[last]) << 16) >> 16)
    state[last] = id
  }
}
