/** Encodes the layers of POINT14 besides returns with x and y, and GPS time. */
import {
  channelOf,
  enter,
  enterWith,
  isNew,
  Kind,
  modelAt,
  STATE_BYTES,
  startChannels,
  stateOf,
} from "../../wasm/assembly/channels"
import { FIRST, modelBytes } from "../../wasm/assembly/coder"
import { enterZ } from "../../wasm/assembly/point14"
import { put, putCorrector } from "./coder"

/** Encodes z. */
export function encodeZ(count: u32, zs: usize, links: usize): void {
  startChannels(FIRST, Kind.z)
  enterZ(FIRST, channelOf(load<u16>(links)), load<i32>(zs))
  for (let i: u32 = 1; i < count; i++) {
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    if (isNew(FIRST, channel)) enterZ(FIRST, channel, load<i32>(zs + 4 * (i - 1)))
    const state = stateOf(FIRST, channel)
    const models = state + STATE_BYTES
    const last = state + (((link >>> 5) & 7) << 2)
    const z = load<i32>(zs + 4 * i)
    putCorrector(modelAt(models, 33, link & 31), models + 20 * modelBytes(33), z - load<i32>(last))
    store<i32>(last, z)
  }
}

/** Encodes classification. */
export function encodeClassification(count: u32, classes: usize, links: usize): void {
  startChannels(FIRST, Kind.bytes)
  enterWith(FIRST, channelOf(load<u16>(links)), load<u8>(classes))
  for (let i: u32 = 1; i < count; i++) {
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    if (isNew(FIRST, channel)) enterWith(FIRST, channel, load<u8>(classes + i - 1))
    const state = stateOf(FIRST, channel)
    const only = (link >>> 11) & (link >>> 12) & 1
    const code: u32 = load<u8>(classes + i)
    put(modelAt(state + STATE_BYTES, 256, ((load<u32>(state) & 31) << 1) | only), code)
    store<u32>(state, code)
  }
}

/** The six encoded bits of a flags byte: all but the channel. */
@inline
function packed(flags: u32): u32 {
  return (flags & 15) | ((flags >>> 2) & 48)
}

/** Encodes the flags byte: class flags, scan direction, edge of flight line. */
export function encodeFlags(count: u32, flags: usize, links: usize): void {
  startChannels(FIRST, Kind.flags)
  enterWith(FIRST, channelOf(load<u16>(links)), packed(load<u8>(flags)))
  for (let i: u32 = 1; i < count; i++) {
    const channel = channelOf(load<u16>(links + 2 * i))
    if (isNew(FIRST, channel)) enterWith(FIRST, channel, packed(load<u8>(flags + i - 1)))
    const state = stateOf(FIRST, channel)
    const found = packed(load<u8>(flags + i))
    put(modelAt(state + STATE_BYTES, 64, load<u32>(state)), found)
    store<u32>(state, found)
  }
}

function enterIntensity(channel: u32, before: u32): void {
  enter(FIRST, channel)
  const state = stateOf(FIRST, channel)
  for (let slot: usize = 0; slot < 8; slot++) store<u32>(state + 4 * slot, before)
}

/** The difference of 16-bit numbers, which wraps. */
@inline
function difference16(a: u32, b: u32): i32 {
  return <i32>((a - b) << 16) >> 16
}

/** Encodes intensity (u16). */
export function encodeIntensity(count: u32, values: usize, links: usize): void {
  startChannels(FIRST, Kind.intensity)
  enterIntensity(channelOf(load<u16>(links)), load<u16>(values))
  for (let i: u32 = 1; i < count; i++) {
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    if (isNew(FIRST, channel)) enterIntensity(channel, load<u16>(values + 2 * (i - 1)))
    const state = stateOf(FIRST, channel)
    const models = state + STATE_BYTES
    const context = (link >>> 11) & 3
    const last = state + (((context << 1) | ((link >>> 10) & 1)) << 2)
    const value: u32 = load<u16>(values + 2 * i)
    putCorrector(modelAt(models, 17, context), models + 4 * modelBytes(17), difference16(value, load<u32>(last)))
    store<u32>(last, value)
  }
}

/** Encodes a 16-bit field where bit `flag` of the link is set. */
function encodeMarked(count: u32, values: usize, links: usize, flag: u32, contexts: usize): void {
  enterWith(FIRST, channelOf(load<u16>(links)), load<u16>(values))
  for (let i: u32 = 1; i < count; i++) {
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    if (isNew(FIRST, channel)) enterWith(FIRST, channel, load<u16>(values + 2 * (i - 1)))
    if (((link >>> flag) & 1) == 0) continue
    const state = stateOf(FIRST, channel)
    const models = state + STATE_BYTES
    const context = contexts == 2 ? (link >>> 10) & 1 : 0
    const value: u32 = load<u16>(values + 2 * i)
    putCorrector(modelAt(models, 17, context), models + contexts * modelBytes(17), difference16(value, load<u32>(state)))
    store<u32>(state, value)
  }
}

/** Encodes the scan angle where it changes. */
export function encodeScanAngle(count: u32, values: usize, links: usize): void {
  startChannels(FIRST, Kind.scanAngle)
  encodeMarked(count, values, links, 13, 2)
}

/** Encodes the point source id where it changes. */
export function encodeSourceId(count: u32, values: usize, links: usize): void {
  startChannels(FIRST, Kind.sourceId)
  encodeMarked(count, values, links, 14, 1)
}

/** Encodes user data (u8). */
export function encodeUserData(count: u32, values: usize, links: usize): void {
  startChannels(FIRST, Kind.bytes)
  enterWith(FIRST, channelOf(load<u16>(links)), load<u8>(values))
  for (let i: u32 = 1; i < count; i++) {
    const channel = channelOf(load<u16>(links + 2 * i))
    if (isNew(FIRST, channel)) enterWith(FIRST, channel, load<u8>(values + i - 1))
    const state = stateOf(FIRST, channel)
    const value: u32 = load<u8>(values + i)
    put(modelAt(state + STATE_BYTES, 256, load<u32>(state) >>> 2), value)
    store<u32>(state, value)
  }
}
