/**
 * Items RGB14, NIR14 and BYTE14, version 3: the reference implementation of `assembly/colours.ts`.
 * Two slips of the first writers are now the format: a point whose scanner channel is that of the
 * point before counts as of channel 0; and a point that comes back to a channel met before is
 * predicted by the last value of the channel it comes from, and becomes that one's last value.
 */
import { channelOf, isNew, meet, modelsOf, startChannels, stateOf, states } from "./channels.js"
import { layModels, modelSize } from "./models.js"
import { exhausted, symbol } from "./symbols.js"

/** Kinds of items, by their models: (symbols, count) twice. */
const COLOUR = [128, 1, 256, 6] as const
const INFRARED = [4, 1, 256, 2] as const
const BYTE = [256, 1, 256, 0] as const
type Kind = readonly [number, number, number, number]

/** Channel of the point before. */
let current = 0

const enter = (channel: number, [first, firsts, second, seconds]: Kind): void => {
  meet(channel)
  layModels(layModels(modelsOf(channel), first, firsts), second, seconds)
}

/** Starts a layer with the first point's values; gives the state that holds them. */
const start = (channel: number, kind: Kind, a: number, b: number, c: number): void => {
  startChannels()
  current = channel
  enter(channel, kind)
  states.set([a, b, c], stateOf(channel))
}

/** Channel that an item's point counts for. */
const countedChannel = (link: number): number => (link >> 15 === 1 ? channelOf(link) : 0)

/** Turns to a point's channel; gives the state that holds the values before. */
const lastOf = (channel: number, kind: Kind): number => {
  const before = stateOf(current)
  if (channel === current) return before
  current = channel
  if (!isNew(channel)) return before
  enter(channel, kind)
  const state = stateOf(channel)
  states.copyWithin(state, before, before + 3)
  return state
}

const clamp = (value: number): number => (value < 0 ? 0 : Math.min(value, 255))

/** Half of a number, towards zero. */
const half = (value: number): number => (value / 2) | 0

/** A byte from the one predicted, where bit `index` of the symbol says that it differs. */
const byteOf = (models: number, used: number, index: number, before: number, change: number): number => {
  if (((used >> index) & 1) === 0) return before
  return (symbol(models + modelSize(128) + index * modelSize(256)) + clamp(change + before)) & 255
}

/** One colour from the one before in the state: low and high bytes that differ, green and blue predicted by red. */
const decodeColour = (last: number, models: number): void => {
  const [r, g, b] = [states[last], states[last + 1], states[last + 2]]
  const used = symbol(models)
  const redLow = byteOf(models, used, 0, r & 255, 0)
  const redHigh = byteOf(models, used, 1, r >> 8, 0)
  const red = (redHigh << 8) | redLow
  states[last] = red
  if ((used & 64) === 0) {
    states[last + 1] = red
    states[last + 2] = red
    return
  }
  const low = redLow - (r & 255)
  const greenLow = byteOf(models, used, 2, g & 255, low)
  const blueLow = byteOf(models, used, 4, b & 255, half(low + greenLow - (g & 255)))
  const high = redHigh - (r >> 8)
  const greenHigh = byteOf(models, used, 3, g >> 8, high)
  const blueHigh = byteOf(models, used, 5, b >> 8, half(high + greenHigh - (g >> 8)))
  states[last + 1] = (greenHigh << 8) | greenLow
  states[last + 2] = (blueHigh << 8) | blueLow
}

/** Decodes red, green and blue. */
export const decodeRgb = (red: Uint16Array, green: Uint16Array, blue: Uint16Array, links: Uint16Array): void => {
  start(channelOf(links[0]), COLOUR, red[0], green[0], blue[0])
  for (let i = 1; i < links.length && !exhausted(); i++) {
    const channel = countedChannel(links[i])
    const last = lastOf(channel, COLOUR)
    decodeColour(last, modelsOf(channel))
    red[i] = states[last]
    green[i] = states[last + 1]
    blue[i] = states[last + 2]
  }
}

/** Decodes near infrared. */
export const decodeNir = (values: Uint16Array, links: Uint16Array): void => {
  start(channelOf(links[0]), INFRARED, values[0], 0, 0)
  for (let i = 1; i < links.length && !exhausted(); i++) {
    const channel = countedChannel(links[i])
    const last = lastOf(channel, INFRARED)
    const models = modelsOf(channel)
    const bytes = models + modelSize(4)
    const used = symbol(models)
    let low = states[last] & 255
    let high = states[last] >> 8
    if ((used & 1) !== 0) low = (low + symbol(bytes)) & 255
    if ((used & 2) !== 0) high = (high + symbol(bytes + modelSize(256))) & 255
    states[last] = (high << 8) | low
    values[i] = states[last]
  }
}

/** Decodes one extra byte. */
export const decodeByte = (values: Uint8Array, links: Uint16Array): void => {
  start(channelOf(links[0]), BYTE, values[0], 0, 0)
  for (let i = 1; i < links.length && !exhausted(); i++) {
    const channel = countedChannel(links[i])
    const last = lastOf(channel, BYTE)
    states[last] = (states[last] + symbol(modelsOf(channel))) & 255
    values[i] = states[last]
  }
}
