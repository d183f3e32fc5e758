/**
 * Encodes items RGB14, NIR14 and BYTE14, version 3. Two faults of the first writers are now part of
 * the format: see the decoder.
 */
import { channelOf, Kind, modelAt, STATE_BYTES, stateOf } from "../../wasm/assembly/channels"
import { FIRST, modelBytes } from "../../wasm/assembly/coder"
import { clamp, countedChannel, lastOf, start } from "../../wasm/assembly/colours"
import { put } from "./coder"

@inline
function putDifference(models: usize, index: usize, value: u32): void {
  put(modelAt(models + modelBytes(128), 256, index), value & 255)
}

/** Encodes a colour and keeps it in `last` (three u32). */
function putColour(last: usize, models: usize, r: u32, g: u32, b: u32): void {
  const lastR = load<u32>(last)
  const lastG = load<u32>(last, 4)
  const lastB = load<u32>(last, 8)
  const dr = r ^ lastR
  const dg = g ^ lastG
  const db = b ^ lastB
  const used =
    u32((dr & 255) != 0) |
    (u32(dr >>> 8 != 0) << 1) |
    (u32((dg & 255) != 0) << 2) |
    (u32(dg >>> 8 != 0) << 3) |
    (u32((db & 255) != 0) << 4) |
    (u32(db >>> 8 != 0) << 5) |
    (u32(r != g || r != b) << 6)
  put(models, used)
  let low = <i32>(r & 255) - <i32>(lastR & 255)
  let high = <i32>(r >>> 8) - <i32>(lastR >>> 8)
  if ((used & 1) != 0) putDifference(models, 0, low)
  if ((used & 2) != 0) putDifference(models, 1, high)
  if ((used & 64) != 0) {
    // The change of red predicts green; the mean change of red and green predicts blue.
    if ((used & 4) != 0) putDifference(models, 2, (g & 255) - clamp(low + <i32>(lastG & 255)))
    if ((used & 16) != 0) {
      low = (low + <i32>(g & 255) - <i32>(lastG & 255)) / 2
      putDifference(models, 4, (b & 255) - clamp(low + <i32>(lastB & 255)))
    }
    if ((used & 8) != 0) putDifference(models, 3, (g >>> 8) - clamp(high + <i32>(lastG >>> 8)))
    if ((used & 32) != 0) {
      high = (high + <i32>(g >>> 8) - <i32>(lastG >>> 8)) / 2
      putDifference(models, 5, (b >>> 8) - clamp(high + <i32>(lastB >>> 8)))
    }
  }
  store<u32>(last, r)
  store<u32>(last, g, 4)
  store<u32>(last, b, 8)
}

/** Encodes red, green and blue (u16). */
export function encodeRgb(count: u32, red: usize, green: usize, blue: usize, links: usize): void {
  const first = start(Kind.colour, channelOf(load<u16>(links)))
  store<u32>(first, load<u16>(red))
  store<u32>(first, load<u16>(green), 4)
  store<u32>(first, load<u16>(blue), 8)
  for (let i: u32 = 1; i < count; i++) {
    const channel = countedChannel(load<u16>(links + 2 * i))
    const last = lastOf(channel)
    const at = 2 * i
    putColour(last, stateOf(FIRST, channel) + STATE_BYTES, load<u16>(red + at), load<u16>(green + at), load<u16>(blue + at))
  }
}

/** Encodes near infrared (u16). */
export function encodeNir(count: u32, values: usize, links: usize): void {
  store<u32>(start(Kind.infrared, channelOf(load<u16>(links))), load<u16>(values))
  for (let i: u32 = 1; i < count; i++) {
    const channel = countedChannel(load<u16>(links + 2 * i))
    const last = lastOf(channel)
    const models = stateOf(FIRST, channel) + STATE_BYTES
    const bytes = models + modelBytes(4)
    const before = load<u32>(last)
    const value: u32 = load<u16>(values + 2 * i)
    const changed = value ^ before
    const used = u32((changed & 255) != 0) | (u32(changed >>> 8 != 0) << 1)
    put(models, used)
    if ((used & 1) != 0) put(bytes, (value - before) & 255)
    if ((used & 2) != 0) put(modelAt(bytes, 256, 1), ((value >>> 8) - (before >>> 8)) & 255)
    store<u32>(last, value)
  }
}

/** Encodes one extra byte. */
export function encodeByte(count: u32, values: usize, links: usize): void {
  store<u32>(start(Kind.extraByte, channelOf(load<u16>(links))), load<u8>(values))
  for (let i: u32 = 1; i < count; i++) {
    const channel = countedChannel(load<u16>(links + 2 * i))
    const last = lastOf(channel)
    const value: u32 = load<u8>(values + i)
    put(stateOf(FIRST, channel) + STATE_BYTES, (value - load<u32>(last)) & 255)
    store<u32>(last, value)
  }
}
