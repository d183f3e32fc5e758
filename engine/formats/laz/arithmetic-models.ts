/**
 * The adaptive models of LASzip's arithmetic coder (A. Said 2004, M. Isenburg 2013), flat in one
 * `Uint16Array`. An index in the array identifies a model.
 *
 * A model of N symbols with 15-bit frequencies has {@link modelSize} elements:
 *
 * | element | content |
 * |---|---|
 * | 0 | symbols until the next update |
 * | 1 | symbols between two updates |
 * | 2 | total of the counts |
 * | 3 | N |
 * | 4 | (start, count) × N, then (0, 0): only the first start is 0 |
 *
 * A one-bit model with 13-bit frequency: until, cycle, zeros, count, probability of 0, unused.
 *
 * Models of an integer with c contexts: c models of bit counts, a one-bit model, and a model of
 * correctors for each bit count from 1. The contexts share the last two.
 */

/** Offset of the first (start, count) pair in a model. */
export const PAIRS = 4
const BIT_ELEMENTS = 6

/** Number of elements of a model of `symbols` symbols. */
export const modelSize = (symbols: number): number => PAIRS + 2 * symbols + 2

/** Symbols of the corrector model for `k` bits: the upper 8 bits are modelled, the others raw. */
const correctorSymbols = (k: number): number => 2 ** Math.min(k, 8)

/** Offsets of the corrector models by bit count, counted from the one-bit model. */
export const CORRECTORS: Int32Array = (() => {
  const places = new Int32Array(33)
  let at = BIT_ELEMENTS
  for (let k = 1; k <= 32; k++) {
    places[k] = at
    at += modelSize(correctorSymbols(k))
  }
  return places
})()

/** Number of elements of the models of a 16- or 32-bit integer. */
export const integerSize = (bits: number, contexts: number): number =>
  contexts * modelSize(bits + 1) + (CORRECTORS[Math.min(bits, 31) + 1] as number)

/** Writes a fresh model; returns the index after it. */
export const writeModel = (models: Uint16Array, model: number, symbols: number): number => {
  const end = model + modelSize(symbols)
  models.fill(0, model, end)
  models[model + 1] = symbols
  models[model + 3] = symbols
  for (let i = 0; i < symbols; i++) models[model + PAIRS + 2 * i + 1] = 1
  updateModel(models, model)
  const cycle = (symbols + 6) >> 1
  models[model] = cycle
  models[model + 1] = cycle
  return end
}

/** Writes the fresh models of an integer; returns the index after them. */
export const writeInteger = (models: Uint16Array, start: number, bits: number, contexts: number): number => {
  let at = start
  for (let i = 0; i < contexts; i++) at = writeModel(models, at, bits + 1)
  models.set([4, 4, 1, 2, 4096, 0], at)
  at += BIT_ELEMENTS
  // Bit count 32 encodes only the least integer and needs no model.
  for (let k = 1; k <= Math.min(bits, 31); k++) at = writeModel(models, at, correctorSymbols(k))
  return at
}

/** Recomputes the starts from the counts. */
export const updateModel = (models: Uint16Array, model: number): void => {
  const symbols = models[model + 3] as number
  const cycle = models[model + 1] as number
  const first = model + PAIRS
  const end = first + 2 * symbols
  let total = (models[model + 2] as number) + cycle
  if (total > 32768) {
    total = 0
    for (let at = first + 1; at < end; at += 2) {
      const count = ((models[at] as number) + 1) >> 1
      models[at] = count
      total += count
    }
  }
  models[model + 2] = total
  const scale = (0x80000000 / total) | 0
  let sum = 0
  for (let at = first; at < end; at += 2) {
    models[at] = Math.imul(scale, sum) >>> 16
    sum += models[at + 1] as number
  }
  const next = Math.min((5 * cycle) >> 2, (symbols + 6) << 3)
  models[model] = next
  models[model + 1] = next
}

/** Recomputes the probability of a one-bit model from its counts. */
export const updateBitModel = (models: Uint16Array, model: number): void => {
  const cycle = models[model + 1] as number
  let zeros = models[model + 2] as number
  let count = (models[model + 3] as number) + cycle
  if (count > 8192) {
    count = (count + 1) >> 1
    zeros = (zeros + 1) >> 1
    if (zeros === count) count++
  }
  const next = Math.min((5 * cycle) >> 2, 64)
  models[model] = next
  models[model + 1] = next
  models[model + 2] = zeros
  models[model + 3] = count
  models[model + 4] = Math.imul(zeros, (0x80000000 / count) | 0) >>> 18
}
