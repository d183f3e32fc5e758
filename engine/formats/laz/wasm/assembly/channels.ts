/**
 * Up to four scanner channels, each with its own models and last point, and the working memory of a
 * layer.
 *
 * Memory from `__heap_base`, for each channel of each lane: {@link STATE_BYTES} of state, then the
 * layer's models, fresh when the channel first occurs. The loader lays out the rest.
 */
import { FIRST, modelBytes, SECOND, setUpCoder, writeInteger, writeModel } from "./coder"

/** Size of the state that a layer keeps for a channel between points. */
export const STATE_BYTES: usize = 1024

/** Kinds of layers, by the models they need. */
export const enum Kind {
  xy,
  z,
  bytes,
  flags,
  intensity,
  scanAngle,
  sourceId,
  time,
  colour,
  infrared,
  extraByte,
}
const KINDS: u32 = 11

let workBytes: usize = 0

/**
 * Fields of a lane: kind of the layer, bit set of known channels, address of the channels' memory.
 */
const KIND: usize = 20
const SEEN: usize = 24
const WORK: usize = 28

function writeModels(start: usize, symbols: u32, count: u32): usize {
  let end = start
  for (let i: u32 = 0; i < count; i++) end = writeModel(end, symbols)
  return end
}

/** Writes the fresh models of a kind of layer; returns the address after them. */
function writeKind(kind: u32, start: usize): usize {
  switch (kind) {
    case Kind.xy: {
      // Offsets: see `xy.ts`.
      let end = writeModels(start, 128, 8)
      end = writeModel(end, 3)
      end = writeModel(end, 13)
      end = writeModels(end, 16, 32)
      end = writeInteger(end, 32, 2)
      return writeInteger(end, 32, 22)
    }
    case Kind.z:
      return writeInteger(start, 32, 20)
    case Kind.bytes:
      return writeModels(start, 256, 64)
    case Kind.flags:
      return writeModels(start, 64, 64)
    case Kind.intensity:
      return writeInteger(start, 16, 4)
    case Kind.scanAngle:
      return writeInteger(start, 16, 2)
    case Kind.sourceId:
      return writeInteger(start, 16, 1)
    case Kind.time:
      return writeInteger(writeModel(writeModel(start, 515), 5), 32, 9)
    case Kind.colour:
      return writeModels(writeModel(start, 128), 256, 6)
    case Kind.infrared:
      return writeModels(writeModel(start, 4), 256, 2)
    default:
      return writeModel(start, 256)
  }
}

/**
 * Lays out the lanes' memory, once per instance; returns the first free address. Memory must extend
 * 1 MB beyond `__heap_base`.
 */
export function setUpChannels(): usize {
  setUpCoder()
  const work = (__heap_base + 15) & ~15
  for (let kind: u32 = 0; kind < KINDS; kind++) {
    const bytes = writeKind(kind, work) - work
    if (bytes > workBytes) workBytes = bytes
  }
  workBytes = (workBytes + STATE_BYTES + 15) & ~15
  store<usize>(FIRST, work, WORK)
  store<usize>(SECOND, work + 4 * workBytes, WORK)
  return work + 8 * workBytes
}

/** Starts a layer in a lane: every channel is new. */
export function startChannels(lane: usize, kind: Kind): void {
  store<u32>(lane, kind, KIND)
  store<u32>(lane, 0, SEEN)
}

/** Channel of a point from its link (see `decodeXy`). */
@inline
export function channelOf(link: u32): u32 {
  return (link >>> 8) & 3
}

/** State of a channel; its models follow after {@link STATE_BYTES}. */
@inline
export function stateOf(lane: usize, channel: u32): usize {
  return load<usize>(lane, WORK) + <usize>channel * workBytes
}

/** True if the channel has not occurred in this layer. */
@inline
export function isNew(lane: usize, channel: u32): bool {
  return ((load<u32>(lane, SEEN) >>> channel) & 1) == 0
}

/** Marks a channel as known, with fresh models and zeroed state. */
export function enter(lane: usize, channel: u32): void {
  store<u32>(lane, load<u32>(lane, SEEN) | (1 << channel), SEEN)
  const state = stateOf(lane, channel)
  memory.fill(state, 0, STATE_BYTES)
  writeKind(load<u32>(lane, KIND), state + STATE_BYTES)
}

/** The same, with the last value as the first number of the state. */
export function enterWith(lane: usize, channel: u32, last: u32): void {
  enter(lane, channel)
  store<u32>(stateOf(lane, channel), last)
}

/** Address of model `index` among models of `symbols` symbols that start at `models`. */
@inline
export function modelAt(models: usize, symbols: usize, index: usize): usize {
  return models + index * modelBytes(symbols)
}
