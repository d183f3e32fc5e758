/**
 * Decodes items RGB14, NIR14 and BYTE14, version 3. Two faults of the first writers are now part of
 * the format. First, a point in the same scanner channel as its predecessor counts as channel 0.
 * Second, at a switch back to a known channel, the last value of the previous channel predicts the
 * point and is replaced by it.
 */
import { channelOf, enter, isNew, Kind, modelAt, STATE_BYTES, startChannels, stateOf } from "./channels"
import { endLayer, exhausted, FIRST, modelBytes, symbol } from "./coder"

/** Channel of the previous point as these items count it. */
let current: u32 = 0

/** Channel to which these items assign a point. */
@inline
export function countedChannel(link: u32): u32 {
  return channelOf(link) & (0 - (link >>> 15))
}

/** Switches to a point's channel; returns the state with the predicting value, 16 bytes. */
@inline
export function lastOf(channel: u32): usize {
  const before = stateOf(FIRST, current)
  if (channel == current) return before
  current = channel
  if (!isNew(FIRST, channel)) return before
  enter(FIRST, channel)
  const state = stateOf(FIRST, channel)
  memory.copy(state, before, 16)
  return state
}

@inline
export function clamp(value: i32): u32 {
  return value < 0 ? 0 : value > 255 ? 255 : value
}

export function start(kind: Kind, channel: u32): usize {
  startChannels(FIRST, kind)
  current = channel
  enter(FIRST, channel)
  return stateOf(FIRST, channel)
}

@inline
function difference(models: usize, index: usize): u32 {
  return symbol(FIRST, modelAt(models + modelBytes(128), 256, index))
}

/**
 * Decodes a colour and updates its predecessor in `last` (three u32): the low and high bytes that
 * differ, with red predicting green and blue.
 */
function decodeColour(last: usize, models: usize): void {
  const r = load<u32>(last)
  const g = load<u32>(last, 4)
  const b = load<u32>(last, 8)
  const used = symbol(FIRST, models)
  let redLow = r & 255
  let redHigh = r >>> 8
  if ((used & 1) != 0) redLow = (redLow + difference(models, 0)) & 255
  if ((used & 2) != 0) redHigh = (redHigh + difference(models, 1)) & 255
  const red = (redHigh << 8) | redLow
  store<u32>(last, red)
  if ((used & 64) == 0) {
    store<u32>(last, red, 4)
    store<u32>(last, red, 8)
    return
  }
  let greenLow = g & 255
  let blueLow = b & 255
  let change = <i32>redLow - <i32>(r & 255)
  if ((used & 4) != 0) greenLow = (difference(models, 2) + clamp(change + <i32>greenLow)) & 255
  if ((used & 16) != 0) {
    change = (change + <i32>greenLow - <i32>(g & 255)) / 2
    blueLow = (difference(models, 4) + clamp(change + <i32>blueLow)) & 255
  }
  let greenHigh = g >>> 8
  let blueHigh = b >>> 8
  change = <i32>redHigh - <i32>(r >>> 8)
  if ((used & 8) != 0) greenHigh = (difference(models, 3) + clamp(change + <i32>greenHigh)) & 255
  if ((used & 32) != 0) {
    change = (change + <i32>greenHigh - <i32>(g >>> 8)) / 2
    blueHigh = (difference(models, 5) + clamp(change + <i32>blueHigh)) & 255
  }
  store<u32>(last, (greenHigh << 8) | greenLow, 4)
  store<u32>(last, (blueHigh << 8) | blueLow, 8)
}

/** Decodes red, green and blue (u16). */
export function decodeRgb(count: u32, red: usize, green: usize, blue: usize, links: usize): i32 {
  const first = start(Kind.colour, channelOf(load<u16>(links)))
  store<u32>(first, load<u16>(red))
  store<u32>(first, load<u16>(green), 4)
  store<u32>(first, load<u16>(blue), 8)
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted(FIRST)) break
    const channel = countedChannel(load<u16>(links + 2 * i))
    const last = lastOf(channel)
    decodeColour(last, stateOf(FIRST, channel) + STATE_BYTES)
    store<u16>(red + 2 * i, load<u32>(last))
    store<u16>(green + 2 * i, load<u32>(last, 4))
    store<u16>(blue + 2 * i, load<u32>(last, 8))
  }
  return endLayer(FIRST)
}

/** Decodes near infrared (u16). */
export function decodeNir(count: u32, values: usize, links: usize): i32 {
  const first = start(Kind.infrared, channelOf(load<u16>(links)))
  store<u32>(first, load<u16>(values))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted(FIRST)) break
    const channel = countedChannel(load<u16>(links + 2 * i))
    const last = lastOf(channel)
    const models = stateOf(FIRST, channel) + STATE_BYTES
    const bytes = models + modelBytes(4)
    const before = load<u32>(last)
    const used = symbol(FIRST, models)
    let low = before & 255
    let high = before >>> 8
    if ((used & 1) != 0) low = (low + symbol(FIRST, bytes)) & 255
    if ((used & 2) != 0) high = (high + symbol(FIRST, modelAt(bytes, 256, 1))) & 255
    store<u32>(last, (high << 8) | low)
    store<u16>(values + 2 * i, (high << 8) | low)
  }
  return endLayer(FIRST)
}

/** Decodes one extra byte. */
export function decodeByte(count: u32, values: usize, links: usize): i32 {
  const first = start(Kind.extraByte, channelOf(load<u16>(links)))
  store<u32>(first, load<u8>(values))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted(FIRST)) break
    const channel = countedChannel(load<u16>(links + 2 * i))
    const last = lastOf(channel)
    const value = (load<u32>(last) + symbol(FIRST, stateOf(FIRST, channel) + STATE_BYTES)) & 255
    store<u32>(last, value)
    store<u8>(values + i, value)
  }
  return endLayer(FIRST)
}
