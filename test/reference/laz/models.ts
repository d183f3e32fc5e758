/**
 * Adaptive models of LASzip's arithmetic coder (A. Said 2004) in one flat array: the reference
 * implementation of the models in `assembly/coder.ts`.
 *
 * A model of N symbols, {@link modelSize} numbers (the table holds the place of a symbol's pair,
 * relative to the model):
 *
 * | place | what |
 * |---|---|
 * | 0 | symbols until the model is renewed |
 * | 1 | symbols between two renewals; 0: the model is fresh, and nothing but N is there |
 * | 2 | total of the counts |
 * | 3 | N |
 * | 4 … 260 | by the upper 8 bits of a 15-bit frequency, the largest symbol that starts at or below it |
 * | 262 … | (start, count) × N, then (0xFFFF, –): a start above every frequency |
 *
 * A model of one bit is one of two symbols with frequencies of 13 bits and renewals of its own;
 * its N is 0.
 *
 * A model is renewed when it is next used, not when it has been used often enough: so a fresh one
 * costs nothing until then (a copy of one made before), and a layer starts by writing three
 * numbers a model. Chunks may be small.
 */

const BETWEEN = 1
const TOTAL = 2
const SYMBOLS = 3
export const TABLE = 4
export const PAIRS = 262
const LAST = 0xffff

/** Room for the models of four channels, 65,536 each: the XY layer needs 64,608. Then one of each size as it begins: 15, 8,192 in all. */
export const models = new Uint16Array((4 << 16) + 8192)

/** Numbers of a model of `symbols` symbols. */
export const modelSize = (symbols: number): number => PAIRS + 2 * (symbols + 1)

/** Lays `count` fresh models of `symbols` symbols at a place and gives the place after them. */
export const layModels = (place: number, symbols: number, count: number): number => {
  let at = place
  for (let i = 0; i < count; i++) {
    models[at] = 0
    models[at + BETWEEN] = 0
    models[at + SYMBOLS] = symbols
    at += modelSize(symbols)
  }
  return at
}

/** Lays a fresh model of one bit at a place and gives the place after it. */
export const layBitModel = (place: number): number => {
  layModels(place, 0, 1)
  return place + modelSize(2)
}

/** Places of models of N symbols as they begin, 0: not made yet. */
const beginnings = new Int32Array(516)
let free = 4 << 16

/** Renews a model whose symbols are used up, or makes a fresh one. */
export const renew = (model: number): void => {
  const symbols = models[model + SYMBOLS]
  if (symbols === 0) renewBit(model)
  else if (models[model + BETWEEN] !== 0) spread(model, symbols)
  else if (beginnings[symbols] !== 0) {
    const begin = beginnings[symbols]
    models.copyWithin(model, begin, begin + modelSize(symbols))
  } else {
    const close = model + PAIRS + 2 * symbols
    for (let pair = model + PAIRS; pair < close; pair += 2) models[pair + 1] = 1
    models[close] = LAST
    models[model + TOTAL] = 0
    models[model + BETWEEN] = symbols
    spread(model, symbols)
    models[model] = (symbols + 6) >> 1
    models[model + BETWEEN] = (symbols + 6) >> 1
    models.copyWithin(free, model, model + modelSize(symbols))
    beginnings[symbols] = free
    free += modelSize(symbols)
  }
}

/** New starts and table from the counts. */
const spread = (model: number, symbols: number): void => {
  const memory = models
  const pairs = (model + PAIRS) | 0
  const close = (pairs + 2 * symbols) | 0
  const between = memory[model + BETWEEN]
  let total = memory[model + TOTAL] + between
  if (total > 32768) {
    total = 0
    for (let pair = pairs; pair < close; pair += 2) {
      const count = (memory[pair + 1] + 1) >> 1
      memory[pair + 1] = count
      total += count
    }
  }
  memory[model + TOTAL] = total
  const scale = (0x80000000 / total) | 0
  let sum = 0
  let bucket = model + TABLE
  // The table's number b stands for the frequencies from b << 7.
  let frequency = 0
  for (let pair = pairs; pair < close; pair += 2) {
    const start = Math.imul(scale, sum) >>> 16
    memory[pair] = start
    sum += memory[pair + 1]
    for (; frequency < start; frequency += 128) memory[bucket++] = pair - 2 - model
  }
  for (; frequency <= 32768; frequency += 128) memory[bucket++] = close - 2 - model
  const next = Math.min((5 * between) >> 2, (symbols + 6) << 3)
  memory[model] = next
  memory[model + BETWEEN] = next
}

const renewBit = (model: number): void => {
  const pairs = model + PAIRS
  const between = models[model + BETWEEN]
  if (between === 0) {
    // One zero of two. A probability may lie anywhere: the table says the zero for all, of 13 bits and some.
    models.fill(PAIRS, model + TABLE, model + TABLE + 66)
    models[model + TOTAL] = 2
    models[pairs] = 0
    models[pairs + 1] = 1
    models[pairs + 4] = LAST
  }
  let zeros = models[pairs + 1]
  let total = models[model + TOTAL] + between
  if (total > 8192) {
    total = (total + 1) >> 1
    zeros = (zeros + 1) >> 1
    if (zeros === total) total++
  }
  models[model + TOTAL] = total
  models[pairs + 1] = zeros
  models[pairs + 2] = Math.imul(zeros, (0x80000000 / total) | 0) >>> 18
  const next = between === 0 ? 4 : Math.min((5 * between) >> 2, 64)
  models[model] = next
  models[model + BETWEEN] = next
}
