/**
 * LASzip's integers, a number of bits by context, then a corrector of as many bits: the reference
 * implementation of `corrector` in `assembly/coder.ts`.
 */
import { layBitModel, layModels, modelSize } from "./models.js"
import { bit, raw, symbol } from "./symbols.js"

/** Places of the models of correctors of 0 … 31 bits, the first of one bit; number 32 is where they end. */
export const CORRECTORS = new Int32Array(33)
for (let k = 1, at = modelSize(2); k <= 32; k++) {
  CORRECTORS[k] = at
  at += modelSize(1 << Math.min(k, 8))
}

/**
 * Lays the models of an integer of `bits` bits (16 or 32) with `contexts` contexts and gives the place after them: one model of bit
 * counts a context, then the correctors that all contexts share.
 */
export const layInteger = (place: number, bits: number, contexts: number): number => {
  let at = layBitModel(layModels(place, bits + 1, contexts))
  // 32 bits: the least number, which needs no model.
  for (let k = 1; k <= Math.min(bits, 31); k++) at = layModels(at, 1 << Math.min(k, 8), 1)
  return at
}

/** The next corrector, to be added to the prediction: `lengths` the context's model of bit counts, `correctors` the shared ones. */
export const corrector = (lengths: number, correctors: number): number => {
  const bits = symbol(lengths)
  if (bits === 0) return bit(correctors)
  if (bits === 32) return -2147483648
  const found = symbol(correctors + CORRECTORS[bits])
  return unfold(bits > 8 ? (found << (bits - 8)) | raw(bits - 8) : found, bits)
}

/** A corrector of `bits` bits (1–31): the upper half stands for 2^(bits−1) + 1 … 2^bits, the lower for −(2^bits − 1) … −2^(bits−1). */
export const unfold = (found: number, bits: number): number =>
  found >>> (bits - 1) !== 0 ? (found + 1) | 0 : (found - ((1 << bits) - 1)) | 0
