/**
 * The layer of returns, x and y: the reference implementation of `decodeXy` in `assembly/xy.ts`.
 *
 * `symbol`, `bit` and `corrector` are written out here and in `z.ts`, with the coder's state in
 * locals: 1.4 times the speed of calls. Sums of places are cut to 32 bits (`| 0`), which spares V8
 * a check of each. Points come in blocks, so that calls return: only then does V8 turn to the code
 * that knows where the memory is.
 */
import * as channels from "./channels.js"
import * as coding from "./coder.js"
import * as integers from "./integers.js"
import * as adaptive from "./models.js"
import * as plain from "./symbols.js"

// Own names for what is imported: V8 takes a module's own constants, not another's, into the code it makes.
const { channelOf, isNew, meet, modelsOf, startChannels, stateOf, states } = channels
const { AT, coder, END, LENGTH, layerView, VALUE } = coding
const { CORRECTORS, layInteger, unfold } = integers
const { layModels, modelSize, models, PAIRS, renew, TABLE } = adaptive
const { raw, symbol } = plain
const LAST = 0xffff
const BLOCK = 512

/** Places of the models of the XY layer. */
const CHANGES_SIZE = modelSize(128)
const RETURN_SIZE = modelSize(16)
const LENGTHS_SIZE = modelSize(33)
const SCANNER = 8 * CHANGES_SIZE
const SAME_PULSE = SCANNER + modelSize(3)
const COUNTS = SAME_PULSE + modelSize(13)
const NUMBERS = COUNTS + 16 * RETURN_SIZE
const DX = NUMBERS + 16 * RETURN_SIZE
const DX_CORRECTORS = DX + 2 * LENGTHS_SIZE
const DY = DX_CORRECTORS + CORRECTORS[32]
const DY_CORRECTORS = DY + 22 * LENGTHS_SIZE

/** State of a channel in the XY layer: x, y, number of returns, return number, GPS-changed bit, then 12 medians of x and 12 of y. */
const X = 0
const Y = 1
const N = 2
const R = 3
const TIMED = 4
const MEDIANS_X = 8
const MEDIANS_Y = MEDIANS_X + 12 * 6
/** A median: five sorted values, then whether the upper one leaves. */
const MIDDLE = 2
const UPPER_LEAVES = 5

/** Context of x and y by number of returns (row) and return number (column): LASzip's map of six, a digit an entry. */
const MAP = Uint8Array.from(
  [
    "0123453445555555",
    "1013333333333333",
    "2124444444433333",
    "3345444444444444",
    "4344544444444444",
    "5344454444444444",
    "3344445444444444",
    "4344444544444444",
    "4344444454444444",
    "5344444445444444",
    "5344444444544444",
    "5334444444455444",
    "5334444444455544",
    "5334444444445554",
    "5334444444444555",
    "5334444444444455",
  ].join(""),
  Number,
)

/** LASzip's running median of five: four of five sorted values stay; the upper one leaves where the median last rose. */
const addToMedian = (median: number, value: number): void => {
  const s = states
  const middle = s[median + MIDDLE]
  // Branches: in JavaScript they are faster than minima and maxima.
  if (s[median + UPPER_LEAVES] !== 0) {
    let at = median + 4
    while (at > median && value < s[at - 1]) {
      s[at] = s[at - 1]
      at--
    }
    s[at] = value
    s[median + UPPER_LEAVES] = value < middle ? 1 : 0
  } else {
    let at = median
    while (at < median + 4 && s[at + 1] < value) {
      s[at] = s[at + 1]
      at++
    }
    s[at] = value
    s[median + UPPER_LEAVES] = value <= middle ? 1 : 0
  }
}

/** Starts a channel with a last point. */
const enterXy = (channel: number, x: number, y: number, n: number, r: number): void => {
  meet(channel)
  const state = stateOf(channel)
  states[state + X] = x
  states[state + Y] = y
  states[state + N] = n
  states[state + R] = r
  for (let i = 0; i < 24; i++) states[state + MEDIANS_X + 6 * i + UPPER_LEAVES] = 1
  let at = layModels(modelsOf(channel), 128, 8)
  at = layModels(at, 3, 1)
  at = layModels(at, 13, 1)
  at = layModels(at, 16, 32)
  at = layInteger(at, 32, 2)
  layInteger(at, 32, 22)
}

/**
 * What the symbol of changed values says of a point, but for the GPS time: its channel, its number of returns and its return number. They go
 * into the state of the channel, which is given.
 */
const changeReturn = (channel: number, changes: number): number => {
  let now = channel
  if ((changes & 64) !== 0) {
    now = (channel + symbol(modelsOf(channel) + SCANNER) + 1) & 3
    // The last point of the channel before, its GPS-changed bit cleared.
    const last = stateOf(channel)
    if (isNew(now)) enterXy(now, states[last + X], states[last + Y], states[last + N], states[last + R])
  }
  const state = stateOf(now)
  const at = modelsOf(now)
  let r = states[state + R]
  if ((changes & 4) !== 0) states[state + N] = symbol(at + COUNTS + states[state + N] * RETURN_SIZE)
  const step = changes & 3
  if (step === 1) r++
  else if (step === 2) r += 15
  else if (step === 3) {
    r = (changes & 16) !== 0 ? symbol(at + NUMBERS + r * RETURN_SIZE) : r + symbol(at + SAME_PULSE) + 2
  }
  states[state + R] = r & 15
  return now
}

/** Decodes points `begin` … `end − 1` of the XY layer, the first of channel `before`; gives the channel of the last. */
const decodeXyBlock = (
  begin: number,
  end: number,
  before: number,
  xs: Int32Array,
  ys: Int32Array,
  returns: Uint8Array,
  links: Uint16Array,
): number => {
  // Taken before the loop: V8 sees too late that a name met within one is a constant.
  const m = models
  const s = states
  const places = CORRECTORS
  const map = MAP
  const bytes = layerView()
  const layerEnd = coder[END]
  let value = coder[VALUE]
  let length = coder[LENGTH]
  let at = coder[AT]
  let channel = before
  for (let i = begin; i < end && at <= layerEnd; i++) {
    let state = stateOf(channel)
    let n = s[state + N]
    let r = s[state + R]
    const context = (r === 1 ? 1 : 0) | (r >= n ? 2 : 0) | (s[state + TIMED] << 2)
    let model = ((channel << 16) + Math.imul(context, CHANGES_SIZE)) | 0

    // What changes: a symbol.
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
    const changes = (pair - model - PAIRS) >> 1

    if ((changes & 71) !== 0) {
      coder[VALUE] = value
      coder[LENGTH] = length
      coder[AT] = at
      channel = changeReturn(channel, changes)
      value = coder[VALUE]
      length = coder[LENGTH]
      at = coder[AT]
      state = stateOf(channel)
      n = s[state + N]
      r = s[state + R]
    }
    const timed = (changes >> 4) & 1
    s[state + TIMED] = timed
    const single = n === 1 ? 1 : 0
    let median = (state + MEDIANS_X + Math.imul((map[(n << 4) | r] << 1) | timed, 6)) | 0
    let lengths = ((channel << 16) + DX + Math.imul(single, LENGTHS_SIZE)) | 0
    let correctors = ((channel << 16) + DX_CORRECTORS) | 0
    let bitsOfX = 0
    let bits = 0
    for (let axis = 0; axis < 2; axis++) {
      // The difference from the median: a number of bits, then as many, by a model of one bit where there is none.
      model = lengths
      if (m[model] === 0) renew(model)
      step = length >>> 15
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
      bits = (pair - model - PAIRS) >> 1

      let found = -2147483648
      if (bits < 32) {
        model = (correctors + places[bits]) | 0
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

      const difference = (s[(median + MIDDLE) | 0] + found) | 0
      addToMedian(median, difference)
      s[(state + axis) | 0] += difference
      if (axis === 0) {
        bitsOfX = bits
        median = (median + (MEDIANS_Y - MEDIANS_X)) | 0
        lengths = ((channel << 16) + DY + Math.imul((Math.min(bits, 20) & ~1) | single, LENGTHS_SIZE)) | 0
        correctors = ((channel << 16) + DY_CORRECTORS) | 0
      }
    }
    xs[i] = s[state]
    ys[i] = s[(state + 1) | 0]
    returns[i] = (n << 4) | r
    links[i] = linkOf(channel, n, r, (bitsOfX + bits) >> 1, changes)
  }
  coder[VALUE] = value
  coder[LENGTH] = length
  coder[AT] = at
  return channel
}

const linkOf = (channel: number, n: number, r: number, bits: number, changes: number): number => {
  const distance = n > r ? n - r : r - n
  return (
    (Math.min(bits, 18) & ~1) |
    (n === 1 ? 1 : 0) |
    (Math.min(distance, 7) << 5) |
    (channel << 8) |
    ((changes & 16) << 6) |
    (r >= n ? 1 << 11 : 0) |
    (r === 1 ? 1 << 12 : 0) |
    ((changes & 8) << 10) |
    ((changes & 32) << 9) |
    ((changes & 64) << 9)
  )
}

/** Decodes returns, x, y and the links: see `assembly/xy.ts` for their bits. */
export const decodeXy = (xs: Int32Array, ys: Int32Array, returns: Uint8Array, links: Uint16Array): void => {
  startChannels()
  let channel = channelOf(links[0])
  enterXy(channel, xs[0], ys[0], returns[0] >> 4, returns[0] & 15)
  const count = links.length
  for (let i = 1; i < count; i += BLOCK) {
    channel = decodeXyBlock(i, Math.min(i + BLOCK, count), channel, xs, ys, returns, links)
  }
}
