/** Decodes the layers z and classification of item POINT14. */
import { channelOf, enter, enterWith, isNew, Kind, modelAt, STATE_BYTES, startChannels, stateOf } from "./channels"
import { corrector, endLayer, exhausted, FIRST, likelySymbol, modelBytes, symbol } from "./coder"

/** Starts a channel with the z of the previous point. */
export function enterZ(lane: usize, channel: u32, z: i32): void {
  enter(lane, channel)
  const state = stateOf(lane, channel)
  for (let level: usize = 0; level < 8; level++) store<i32>(state + 4 * level, z)
}

/** Starts z in a lane. */
export function startZ(lane: usize, zs: usize, links: usize): void {
  startChannels(lane, Kind.z)
  enterZ(lane, channelOf(load<u16>(links)), load<i32>(zs))
}

/** Decodes the bit count of the z of point `i`. */
@inline
export function bitsOfZ(lane: usize, i: u32, zs: usize, link: u32): u32 {
  const channel = channelOf(link)
  if (isNew(lane, channel)) enterZ(lane, channel, load<i32>(zs + 4 * (i - 1)))
  return symbol(lane, modelAt(stateOf(lane, channel) + STATE_BYTES, 33, link & 31))
}

@inline
export function takeZ(lane: usize, i: u32, zs: usize, link: u32, bits: u32): void {
  const state = stateOf(lane, channelOf(link))
  const last = state + (((link >>> 5) & 7) << 2)
  const z = load<i32>(last) + corrector(lane, bits, state + STATE_BYTES + 20 * modelBytes(33))
  store<i32>(last, z)
  store<i32>(zs + 4 * i, z)
}

/** Decodes z from point `from` on and ends the lane. */
export function goOnWithZ(lane: usize, from: u32, count: u32, zs: usize, links: usize): i32 {
  for (let i = from; i < count; i++) {
    if (exhausted(lane)) break
    const link: u32 = load<u16>(links + 2 * i)
    takeZ(lane, i, zs, link, bitsOfZ(lane, i, zs, link))
  }
  return endLayer(lane)
}

/** Decodes z; `zs[0]` is the first point's value. */
export function decodeZ(count: u32, zs: usize, links: usize): i32 {
  startZ(FIRST, zs, links)
  return goOnWithZ(FIRST, 1, count, zs, links)
}

/** Decodes classification; `classes[0]` is the first point's value. */
export function decodeClassification(count: u32, classes: usize, links: usize): i32 {
  startChannels(FIRST, Kind.bytes)
  enterWith(FIRST, channelOf(load<u16>(links)), load<u8>(classes))
  for (let i: u32 = 1; i < count; i++) {
    if (exhausted(FIRST)) break
    const link: u32 = load<u16>(links + 2 * i)
    const channel = channelOf(link)
    const state = stateOf(FIRST, channel)
    if (isNew(FIRST, channel)) enterWith(FIRST, channel, load<u8>(classes + i - 1))
    const only = (link >>> 11) & (link >>> 12) & 1
    const before = load<u32>(state)
    const code = likelySymbol(FIRST, modelAt(state + STATE_BYTES, 256, ((before & 31) << 1) | only), before)
    store<u32>(state, code)
    store<u8>(classes + i, code)
  }
  return endLayer(FIRST)
}
