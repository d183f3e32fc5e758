/**
 * Symbols and bits of a layer: the reference implementation of those in `assembly/coder.ts`. This
 * is the plain form; `xy.ts` and `z.ts` write it out in their loops, with the coder's state in
 * locals.
 */
import * as coding from "./coder.js"
import * as adaptive from "./models.js"

// Own names for what is imported: V8 takes a module's own constants, not another's, into the code it makes.
const { AT, coder, END, LENGTH, layerView, VALUE } = coding
const { models, PAIRS, renew, TABLE } = adaptive
const LAST = 0xffff

/** True when the layer's bytes are used up, or broken, before its points are. */
export const exhausted = (): boolean => coder[AT] > coder[END]

/** Marks the layer as broken. */
export const markBroken = (): void => {
  coder[END] = -1
}

/** Goes on with a value and a length of fewer than 25 bits: takes in 0 to 3 bytes, without a branch. */
const renormalise = (value: number, length: number): void => {
  const shift = Math.clz32(length) & 24
  const at = coder[AT]
  coder[LENGTH] = length << shift
  // The shift by 32 that none would need is taken in two.
  coder[VALUE] = (value << shift) | ((layerView().getInt32(at) >>> 1) >>> (31 - shift))
  coder[AT] = at + (shift >> 3)
}

/** The next symbol by a model. */
export const symbol = (model: number): number => decode(model, 15)

/** The next bit by a model. */
export const bit = (model: number): number => decode(model, 13)

/** The next symbol by a model whose frequencies are of `bits` bits. */
const decode = (model: number, bits: number): number => {
  const memory = models
  if (memory[model] === 0) renew(model)
  const length = coder[LENGTH]
  const value = coder[VALUE]
  const step = length >>> bits
  const frequency = ((value >>> 0) / step) | 0
  let pair = model + memory[model + TABLE + (frequency >>> 7)]
  let above = memory[pair + 2]
  while (above <= frequency) {
    pair += 2
    above = memory[pair + 2]
  }
  const low = Math.imul(memory[pair], step)
  renormalise((value - low) | 0, ((above === LAST ? length : Math.imul(above, step)) - low) | 0)
  memory[pair + 1]++
  memory[model]--
  return (pair - model - PAIRS) >> 1
}

/** `bits` bits (1–31) as they are: above 19, 16 low ones come first. */
export const raw = (bits: number): number => {
  let low = 0
  let high = bits
  if (bits > 19) {
    low = rawUpTo19(16)
    high = bits - 16
  }
  const found = rawUpTo19(high)
  return bits > 19 ? (found << 16) | low : found
}

const rawUpTo19 = (bits: number): number => {
  const value = coder[VALUE]
  const length = coder[LENGTH] >>> bits
  const found = ((value >>> 0) / length) | 0
  renormalise((value - Math.imul(found, length)) | 0, length)
  if (found >>> bits !== 0) markBroken()
  return found
}
