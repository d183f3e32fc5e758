/**
 * Layers of POINT14 that are decoded only on request. Element 0 of a column is the first point's
 * value.
 */
import { channelOf, enter, enterWith, isNew, Kind, modelAt, STATE_BYTES, startChannels, stateOf } from "./channels"
import { corrector, endLayer, exhausted, FIRST, likelySymbol, modelBytes, symbol } from "./coder"

/** The six encoded bits of a flags byte: all but the channel. */
@inline
function packed(flags: u32): u32 {
  return (flags & 15) | ((flags >>> 2) & 48)
}

/**
 * Decodes the record's flags byte: class flags (bits 0–3), channel (4–5), scan direction (6), edge
 * of flight line (7).
 */
export function decodeFlags(count: u32, flags: usize, links: usize): i32 {
  startChannels(FIRST, Kind.flags)
  enterWith(FIRST, channelOf(load<u16>(links)), packed(load<u8>(flags)))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted(FIRST)) break
    const channel = channelOf(load<u16>(links + 2 * i))
    const state = stateOf(FIRST, channel)
    if (isNew(FIRST, channel)) enterWith(FIRST, channel, packed(load<u8>(flags + i - 1)))
    const before = load<u32>(state)
    const found = likelySymbol(FIRST, modelAt(state + STATE_BYTES, 64, before), before)
    store<u32>(state, found)
    store<u8>(flags + i, (found & 15) | (channel << 4) | ((found & 48) << 2))
  }
  return endLayer(FIRST)
}

function enterIntensity(channel: u32, before: u32): void {
  enter(FIRST, channel)
  const state = stateOf(FIRST, channel)
  for (let slot: usize = 0; slot < 8; slot++) store<u32>(state + 4 * slot, before)
}

/** Decodes intensity (u16). */
export function decodeIntensity(count: u32, values: usize, links: usize): i32 {
  startChannels(FIRST, Kind.intensity)
  enterIntensity(channelOf(load<u16>(links)), load<u16>(values))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted(FIRST)) break
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    const state = stateOf(FIRST, channel)
    if (isNew(FIRST, channel)) enterIntensity(channel, load<u16>(values + 2 * (i - 1)))
    const models = state + STATE_BYTES
    const context = (link >>> 11) & 3
    const last = state + (((context << 1) | ((link >>> 10) & 1)) << 2)
    const value = (load<u32>(last) + corrector(FIRST, symbol(FIRST, modelAt(models, 17, context)), models + 4 * modelBytes(17))) & 0xffff
    store<u32>(last, value)
    store<u16>(values + 2 * i, value)
  }
  return endLayer(FIRST)
}

/**
 * Decodes a 16-bit field (scan angle, source id) that is encoded only where bit `flag` of the link
 * is set.
 */
function decodeMarked(count: u32, values: usize, links: usize, flag: u32, contexts: usize): i32 {
  enterWith(FIRST, channelOf(load<u16>(links)), load<u16>(values))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted(FIRST)) break
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    const state = stateOf(FIRST, channel)
    if (isNew(FIRST, channel)) enterWith(FIRST, channel, load<u16>(values + 2 * (i - 1)))
    let value = load<u32>(state)
    if (((link >>> flag) & 1) != 0) {
      const models = state + STATE_BYTES
      const context = contexts == 2 ? (link >>> 10) & 1 : 0
      value = (value + corrector(FIRST, symbol(FIRST, modelAt(models, 17, context)), models + contexts * modelBytes(17))) & 0xffff
      store<u32>(state, value)
    }
    store<u16>(values + 2 * i, value)
  }
  return endLayer(FIRST)
}

/** Decodes scan angle (i16, units of 0.006 degrees). */
export function decodeScanAngle(count: u32, values: usize, links: usize): i32 {
  startChannels(FIRST, Kind.scanAngle)
  return decodeMarked(count, values, links, 13, 2)
}

/** Decodes point source id (u16). */
export function decodeSourceId(count: u32, values: usize, links: usize): i32 {
  startChannels(FIRST, Kind.sourceId)
  return decodeMarked(count, values, links, 14, 1)
}

/** Decodes user data (u8). */
export function decodeUserData(count: u32, values: usize, links: usize): i32 {
  startChannels(FIRST, Kind.bytes)
  enterWith(FIRST, channelOf(load<u16>(links)), load<u8>(values))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted(FIRST)) break
    const channel = channelOf(load<u16>(links + 2 * i))
    const state = stateOf(FIRST, channel)
    if (isNew(FIRST, channel)) enterWith(FIRST, channel, load<u8>(values + i - 1))
    const before = load<u32>(state)
    const value = likelySymbol(FIRST, modelAt(state + STATE_BYTES, 256, before >>> 2), before)
    store<u32>(state, value)
    store<u8>(values + i, value)
  }
  return endLayer(FIRST)
}
