/**
 * Layers of z and classification: the reference implementation of `decodeZ` and
 * `decodeClassification` in `assembly/point14.ts`, written out as `xy.ts` is, which says why.
 */
import * as channels from "./channels.js"
import * as coding from "./coder.js"
import * as integers from "./integers.js"
import * as adaptive from "./models.js"
import * as plain from "./symbols.js"

// Own names for what is imported: V8 takes a module's own constants, not another's, into the code it makes.
const { channelOf, isNew, meet, modelsOf, STATE, startChannels, stateOf, states } = channels
const { AT, coder, END, LENGTH, layerView, VALUE } = coding
const { CORRECTORS, layInteger, unfold } = integers
const { layModels, modelSize, models, PAIRS, renew, TABLE } = adaptive
const { raw } = plain
const LAST = 0xffff
const BLOCK = 512
/** Numbers of a model of bit counts, and of one of classes; place of the correctors of z. */
const LENGTHS_SIZE = modelSize(33)
const CODE_SIZE = modelSize(256)
const Z_CORRECTORS = 20 * LENGTHS_SIZE

const enterZ = (channel: number, z: number): void => {
  meet(channel)
  const state = stateOf(channel)
  for (let level = 0; level < 8; level++) states[state + level] = z
  layInteger(modelsOf(channel), 32, 20)
}

const decodeZBlock = (begin: number, end: number, zs: Int32Array, links: Uint16Array): void => {
  const m = models
  const s = states
  const places = CORRECTORS
  const bytes = layerView()
  const layerEnd = coder[END]
  let value = coder[VALUE]
  let length = coder[LENGTH]
  let at = coder[AT]
  for (let i = begin; i < end && at <= layerEnd; i++) {
    const link = links[i]
    const channel = channelOf(link)
    if (isNew(channel)) enterZ(channel, zs[i - 1])
    let model = ((channel << 16) + Math.imul(link & 31, LENGTHS_SIZE)) | 0

    if (m[model] === 0) renew(model)
    let step = length >>> 15
    let frequency = ((value >>> 0) / step) | 0
    let pair = (model + m[(model + TABLE + (frequency >>> 7)) | 0]) | 0
    let above = m[(pair + 2) | 0]
    while (above <= frequency) {
      pair = (pair + 2) | 0
      above = m[(pair + 2) | 0]
    }
    let low = Math.imul(m[pair], step)
    length = ((above === LAST ? length : Math.imul(above, step)) - low) | 0
    value = (value - low) | 0
    let shift = Math.clz32(length) & 24
    length <<= shift
    value = (value << shift) | ((bytes.getInt32(at) >>> 1) >>> (31 - shift))
    at = (at + (shift >> 3)) | 0
    m[(pair + 1) | 0]++
    m[model]--
    const bits = (pair - model - PAIRS) >> 1

    let found = -2147483648
    if (bits < 32) {
      model = ((channel << 16) + Z_CORRECTORS + places[bits]) | 0
      if (m[model] === 0) renew(model)
      step = length >>> (bits === 0 ? 13 : 15)
      frequency = ((value >>> 0) / step) | 0
      pair = (model + m[(model + TABLE + (frequency >>> 7)) | 0]) | 0
      above = m[(pair + 2) | 0]
      while (above <= frequency) {
        pair = (pair + 2) | 0
        above = m[(pair + 2) | 0]
      }
      low = Math.imul(m[pair], step)
      length = ((above === LAST ? length : Math.imul(above, step)) - low) | 0
      value = (value - low) | 0
      shift = Math.clz32(length) & 24
      length <<= shift
      value = (value << shift) | ((bytes.getInt32(at) >>> 1) >>> (31 - shift))
      at = (at + (shift >> 3)) | 0
      m[(pair + 1) | 0]++
      m[model]--
      found = (pair - model - PAIRS) >> 1
      if (bits > 8) {
        coder[VALUE] = value
        coder[LENGTH] = length
        coder[AT] = at
        found = (found << (bits - 8)) | raw(bits - 8)
        value = coder[VALUE]
        length = coder[LENGTH]
        at = coder[AT]
      }
      found = unfold(found, bits)
    }
    const last = (Math.imul(channel, STATE) + ((link >> 5) & 7)) | 0
    const z = (s[last] + found) | 0
    s[last] = z
    zs[i] = z
  }
  coder[VALUE] = value
  coder[LENGTH] = length
  coder[AT] = at
}

/** Decodes z; `zs[0]` is the first point's. */
export const decodeZ = (zs: Int32Array, links: Uint16Array): void => {
  startChannels()
  enterZ(channelOf(links[0]), zs[0])
  const count = links.length
  for (let i = 1; i < count; i += BLOCK) decodeZBlock(i, Math.min(i + BLOCK, count), zs, links)
}

const enterCodes = (channel: number, last: number): void => {
  meet(channel)
  states[stateOf(channel)] = last
  layModels(modelsOf(channel), 256, 64)
}

const decodeCodeBlock = (begin: number, end: number, codes: Uint8Array, links: Uint16Array): void => {
  const m = models
  const s = states
  const bytes = layerView()
  const layerEnd = coder[END]
  let value = coder[VALUE]
  let length = coder[LENGTH]
  let at = coder[AT]
  for (let i = begin; i < end && at <= layerEnd; i++) {
    const link = links[i]
    const channel = channelOf(link)
    if (isNew(channel)) enterCodes(channel, codes[i - 1])
    const state = Math.imul(channel, STATE)
    const context = ((s[state] & 31) << 1) | ((link >> 11) & (link >> 12) & 1)
    const model = ((channel << 16) + Math.imul(context, CODE_SIZE)) | 0

    if (m[model] === 0) renew(model)
    const step = length >>> 15
    const frequency = ((value >>> 0) / step) | 0
    let pair = (model + m[(model + TABLE + (frequency >>> 7)) | 0]) | 0
    let above = m[(pair + 2) | 0]
    while (above <= frequency) {
      pair = (pair + 2) | 0
      above = m[(pair + 2) | 0]
    }
    const low = Math.imul(m[pair], step)
    length = ((above === LAST ? length : Math.imul(above, step)) - low) | 0
    value = (value - low) | 0
    const shift = Math.clz32(length) & 24
    length <<= shift
    value = (value << shift) | ((bytes.getInt32(at) >>> 1) >>> (31 - shift))
    at = (at + (shift >> 3)) | 0
    m[(pair + 1) | 0]++
    m[model]--
    const code = (pair - model - PAIRS) >> 1

    s[state] = code
    codes[i] = code
  }
  coder[VALUE] = value
  coder[LENGTH] = length
  coder[AT] = at
}

/** Decodes classification; `codes[0]` is the first point's. */
export const decodeClassification = (codes: Uint8Array, links: Uint16Array): void => {
  startChannels()
  enterCodes(channelOf(links[0]), codes[0])
  const count = links.length
  for (let i = 1; i < count; i += BLOCK) decodeCodeBlock(i, Math.min(i + BLOCK, count), codes, links)
}
