/**
 * The decoder of LAZ layers in plain TypeScript: the scalar twin of `assembly/`, equal bit by bit. It is the reference that tests
 * compare with, and serves where WebAssembly does not. Layers are decoded one after another, as there.
 */
import { type Column, decodeLayers, type LayerDecoder, type LazDecoder } from "./laz-chunk.js"
import { Coder, IntegerModels, ModelList, SymbolModel } from "./laz-coder.js"

const ARRAYS = { Int32: Int32Array, Uint8: Uint8Array, Uint16: Uint16Array, Int16: Int16Array, Float64: Float64Array }

/** Context of x and y by number of returns (row) and return number (column): LASzip's map of six, a digit an entry. */
const MAP = [
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
].map((row) => Uint8Array.from(row, Number))

/** LASzip's running median of five: four of five sorted values stay; the upper one leaves where the median last rose. */
class Median {
  readonly values = new Int32Array(5)
  upperLeaves = true

  add(value: number): void {
    const { values, upperLeaves } = this
    const middle = values[2]
    // Branches: in JavaScript they are faster than minima and maxima.
    if (upperLeaves) {
      let at = 4
      while (at > 0 && value < values[at - 1]) values[at] = values[--at]
      values[at] = value
      this.upperLeaves = value < middle
    } else {
      let at = 0
      while (at < 4 && values[at + 1] < value) values[at] = values[++at]
      values[at] = value
      this.upperLeaves = value <= middle
    }
  }
}

const channelOf = (link: number): number => (link >> 8) & 3

/** Gives each scanner channel its own state, made when a point of it is first met from that of the point before. */
class Channels<State> {
  readonly states: (State | undefined)[] = [undefined, undefined, undefined, undefined]
  readonly make: (before: number) => State

  /** The first point's channel is met with it. */
  constructor(links: Uint16Array, make: (before: number) => State) {
    this.make = make
    this.at(channelOf(links[0]), 1)
  }

  /** The state of the channel of point `i`. */
  at(channel: number, i: number): State {
    let state = this.states[channel]
    if (state === undefined) {
      state = this.make(i - 1)
      this.states[channel] = state
    }
    return state
  }
}

/** What the XY layer keeps of a channel. */
class XyChannel {
  readonly changes = new ModelList(128, 8)
  readonly scanner = new SymbolModel(3)
  readonly samePulse = new SymbolModel(13)
  readonly counts = new ModelList(16, 16)
  readonly numbers = new ModelList(16, 16)
  readonly dx = new IntegerModels(32, 2)
  readonly dy = new IntegerModels(32, 22)
  readonly medianX = Array.from({ length: 12 }, () => new Median())
  readonly medianY = Array.from({ length: 12 }, () => new Median())
  x: number
  y: number
  n: number
  r: number
  timed = 0

  constructor(x: number, y: number, returns: number) {
    this.x = x
    this.y = y
    this.n = returns >> 4
    this.r = returns & 15
  }
}

/** Returns, x, y and the links: see `assembly/point14.ts` for their bits. */
const decodeXy = (coder: Coder, xs: Int32Array, ys: Int32Array, returns: Uint8Array, links: Uint16Array): void => {
  const channels = new Channels(links, (before) => new XyChannel(xs[before], ys[before], returns[before]))
  let channel = links[0] >> 8
  let state = channels.at(channel, 1)
  for (let i = 1; i < links.length && !coder.exhausted; i++) {
    const context = (state.r === 1 ? 1 : 0) | (state.r >= state.n ? 2 : 0) | (state.timed << 2)
    const changes = coder.symbol(state.changes.at(context))
    if ((changes & 64) !== 0) {
      channel = (channel + coder.symbol(state.scanner) + 1) & 3
      state = channels.at(channel, i)
    }
    const timed = (changes >> 4) & 1
    let { n, r } = state
    if ((changes & 4) !== 0) n = coder.symbol(state.counts.at(n))
    const step = changes & 3
    if (step === 1) r = (r + 1) & 15
    else if (step === 2) r = (r + 15) & 15
    else if (step === 3) {
      r = timed !== 0 ? coder.symbol(state.numbers.at(r)) : (r + coder.symbol(state.samePulse) + 2) & 15
    }
    state.n = n
    state.r = r
    state.timed = timed
    const single = n === 1 ? 1 : 0
    const slot = (MAP[n][r] << 1) | timed
    const dx = (state.medianX[slot].values[2] + state.dx.next(coder, single)) | 0
    state.medianX[slot].add(dx)
    const bitsX = state.dx.lastBits
    const dy = (state.medianY[slot].values[2] + state.dy.next(coder, (Math.min(bitsX, 20) & ~1) | single)) | 0
    state.medianY[slot].add(dy)
    state.x = (state.x + dx) | 0
    state.y = (state.y + dy) | 0
    xs[i] = state.x
    ys[i] = state.y
    returns[i] = (n << 4) | r
    const bits = (bitsX + state.dy.lastBits) >> 1
    links[i] =
      (Math.min(bits, 18) & ~1) |
      single |
      (Math.min(Math.abs(n - r), 7) << 5) |
      (channel << 8) |
      (timed << 10) |
      (r >= n ? 1 << 11 : 0) |
      (r === 1 ? 1 << 12 : 0) |
      ((changes & 8) << 10) |
      ((changes & 32) << 9) |
      ((changes & 64) << 9)
  }
}

const decodeZ = (coder: Coder, zs: Int32Array, links: Uint16Array): void => {
  const channels = new Channels(links, (before) => ({
    models: new IntegerModels(32, 20),
    last: new Int32Array(8).fill(zs[before]),
  }))
  for (let i = 1; i < links.length && !coder.exhausted; i++) {
    const link = links[i]
    const { models, last } = channels.at(channelOf(link), i)
    const level = (link >> 5) & 7
    last[level] += models.next(coder, link & 31)
    zs[i] = last[level]
  }
}

/** A layer of symbols, each by the model that the last value of its channel (and the link) chooses. */
const decodeSymbols = (
  coder: Coder,
  values: Uint8Array,
  links: Uint16Array,
  symbols: number,
  contextOf: (last: number, link: number) => number,
): void => {
  const channels = new Channels(links, (before) => ({ models: new ModelList(symbols, 64), last: values[before] }))
  for (let i = 1; i < links.length && !coder.exhausted; i++) {
    const state = channels.at(channelOf(links[i]), i)
    state.last = coder.symbol(state.models.at(contextOf(state.last, links[i])))
    values[i] = state.last
  }
}

const classContext = (last: number, link: number): number => ((last & 31) << 1) | ((link >> 11) & (link >> 12) & 1)

/** Flags: 6 bits in the stream (class flags, direction, edge), the record's byte in the column, with the channel between. */
const decodeFlags = (coder: Coder, flags: Uint8Array, links: Uint16Array): void => {
  const packed = new Uint8Array(flags.length)
  packed[0] = (flags[0] & 15) | ((flags[0] >> 2) & 48)
  decodeSymbols(coder, packed, links, 64, (last) => last)
  for (let i = 1; i < flags.length; i++) {
    flags[i] = (packed[i] & 15) | (channelOf(links[i]) << 4) | ((packed[i] & 48) << 2)
  }
}

const decodeIntensity = (coder: Coder, values: Uint16Array, links: Uint16Array): void => {
  const channels = new Channels(links, (before) => ({
    models: new IntegerModels(16, 4),
    last: new Uint16Array(8).fill(values[before]),
  }))
  for (let i = 1; i < links.length && !coder.exhausted; i++) {
    const link = links[i]
    const { models, last } = channels.at(channelOf(link), i)
    const context = (link >> 11) & 3
    const slot = (context << 1) | ((link >> 10) & 1)
    last[slot] += models.next(coder, context)
    values[i] = last[slot]
  }
}

/** A 16-bit field that changes only where bit `flag` of the link says so. */
const decodeMarked = (
  coder: Coder,
  values: Uint16Array | Int16Array,
  links: Uint16Array,
  flag: number,
  contexts: number,
): void => {
  const channels = new Channels(links, (before) => ({ models: new IntegerModels(16, contexts), last: values[before] }))
  for (let i = 1; i < links.length && !coder.exhausted; i++) {
    const link = links[i]
    const state = channels.at(channelOf(link), i)
    if (((link >> flag) & 1) === 1) {
      values[i] = state.last + state.models.next(coder, contexts === 2 ? (link >> 10) & 1 : 0)
      state.last = values[i]
    } else values[i] = state.last
  }
}

/** GPS time in a channel: four sequences of times that go on by steps. */
class TimeChannel {
  readonly multiples = new SymbolModel(515)
  readonly cases = new SymbolModel(5)
  readonly steps = new IntegerModels(32, 9)
  readonly times = new BigInt64Array(4)
  readonly step = new Int32Array(4)
  readonly extremes = new Int32Array(4)
  sequence = 0
  newest = 0
  current: bigint

  constructor(current: bigint) {
    this.current = current
    this.times[0] = current
  }

  decode(coder: Coder): void {
    // An encoder jumps once at most; a broken stream could jump for ever.
    for (let jumps = 0; jumps < 8; jumps++) {
      const s = this.sequence
      if (this.step[s] === 0) {
        const what = coder.symbol(this.cases)
        if (what > 1) {
          this.sequence = (s + what - 1) & 3
          continue
        }
        if (what === 1) this.startSequence(coder)
        else {
          this.step[s] = this.steps.next(coder, 0)
          this.extremes[s] = 0
          this.times[s] += BigInt(this.step[s])
        }
      } else {
        const multiple = coder.symbol(this.multiples)
        if (multiple > 511) {
          this.sequence = (s + multiple - 511) & 3
          continue
        }
        if (multiple === 511) this.startSequence(coder)
        else this.times[s] += BigInt(this.stepBy(coder, s, multiple))
      }
      this.current = this.times[this.sequence]
      return
    }
    coder.broken = true
    this.current = this.times[this.sequence]
  }

  private startSequence(coder: Coder): void {
    const upper = (Number(this.times[this.sequence] >> 32n) + this.steps.next(coder, 8)) | 0
    const low = coder.raw(16)
    const lower = ((coder.raw(16) << 16) | low) >>> 0
    this.newest = (this.newest + 1) & 3
    this.sequence = this.newest
    this.times[this.newest] = (BigInt(upper) << 32n) | BigInt(lower)
    this.step[this.newest] = 0
    this.extremes[this.newest] = 0
  }

  /** The step by its multiple of the one before: 0–499, 500 for more, 501–510 for −1 … −10 and less. */
  private stepBy(coder: Coder, s: number, multiple: number): number {
    const before = this.step[s]
    if (multiple === 1) this.extremes[s] = 0
    const factor = multiple <= 500 ? multiple : 500 - multiple
    const found = (Math.imul(factor, before) + this.steps.next(coder, stepContext(multiple))) | 0
    if (multiple === 0 || multiple === 500 || multiple === 510) {
      this.extremes[s]++
      if (this.extremes[s] > 3) {
        this.extremes[s] = 0
        this.step[s] = found
      }
    }
    return found
  }
}

const stepContext = (multiple: number): number => {
  if (multiple === 0) return 7
  if (multiple === 1) return 1
  if (multiple < 10) return 2
  if (multiple < 500) return 3
  return multiple === 500 ? 4 : multiple < 510 ? 5 : 6
}

const decodeGpsTime = (coder: Coder, times: Float64Array, links: Uint16Array): void => {
  const bits = new BigInt64Array(times.buffer, times.byteOffset, times.length)
  const channels = new Channels(links, (before) => new TimeChannel(bits[before]))
  for (let i = 1; i < links.length && !coder.exhausted; i++) {
    const state = channels.at(channelOf(links[i]), i)
    if (((links[i] >> 10) & 1) === 1) state.decode(coder)
    bits[i] = state.current
  }
}

/**
 * Items of version 3, with the slips that are now the format (see `assembly/colours.ts`): a point whose channel does not change
 * counts as of channel 0, and one that comes back to a channel is predicted by the last value of the channel it comes from, and
 * becomes that one's last value. `decode` turns the value (some numbers) into the next.
 */
const decodeValues = <Models>(
  coder: Coder,
  columns: readonly (Uint16Array | Uint8Array)[],
  links: Uint16Array,
  makeModels: () => Models,
  decode: (models: Models, last: number[]) => void,
): void => {
  let current = links[0] >> 8
  const channels = new Channels(links, (before) => ({
    models: makeModels(),
    last: columns.map((column) => column[before]),
  }))
  for (let i = 1; i < links.length && !coder.exhausted; i++) {
    const channel = links[i] >> 15 === 1 ? channelOf(links[i]) : 0
    const met = channels.states[channel] !== undefined
    // Not the point before: what its channel keeps, which may be older.
    const before = channels.at(current, i).last
    const state = channels.at(channel, i)
    if (!met) for (let k = 0; k < columns.length; k++) state.last[k] = before[k]
    const last = met ? before : state.last
    current = channel
    decode(state.models, last)
    for (let k = 0; k < columns.length; k++) columns[k][i] = last[k]
  }
}

const clamp = (value: number): number => Math.max(0, Math.min(255, value))

const decodeRgb = (coder: Coder, columns: readonly Uint16Array[], links: Uint16Array): void => {
  const makeModels = () => ({ used: new SymbolModel(128), bytes: new ModelList(256, 6) })
  decodeValues(coder, columns, links, makeModels, ({ used, bytes }, last) => {
    const [r, g, b] = last as [number, number, number]
    const what = coder.symbol(used)
    /** A byte (`shift` 0 or 8) of a colour from the one before, where bit `bit` says that it changed. */
    const part = (bit: number, model: number, before: number, shift: number, change: number): number => {
      const byte = (before >> shift) & 255
      return ((what >> bit) & 1) === 0 ? byte : (clamp(change + byte) + coder.symbol(bytes.at(model))) & 255
    }
    const redLow = part(0, 0, r, 0, 0)
    const redHigh = part(1, 1, r, 8, 0)
    last[0] = (redHigh << 8) | redLow
    if ((what & 64) === 0) {
      last[1] = last[0]
      last[2] = last[0]
      return
    }
    const changeLow = redLow - (r & 255)
    const changeHigh = redHigh - (r >> 8)
    const greenLow = part(2, 2, g, 0, changeLow)
    const blueLow = part(4, 4, b, 0, Math.trunc((changeLow + greenLow - (g & 255)) / 2))
    const greenHigh = part(3, 3, g, 8, changeHigh)
    const blueHigh = part(5, 5, b, 8, Math.trunc((changeHigh + greenHigh - (g >> 8)) / 2))
    last[1] = (greenHigh << 8) | greenLow
    last[2] = (blueHigh << 8) | blueLow
  })
}

const decodeNir = (coder: Coder, values: Uint16Array, links: Uint16Array): void => {
  const makeModels = () => ({ used: new SymbolModel(4), bytes: new ModelList(256, 2) })
  decodeValues(coder, [values], links, makeModels, ({ used, bytes }, last) => {
    const what = coder.symbol(used)
    let [low, high] = [last[0] & 255, last[0] >> 8]
    if ((what & 1) !== 0) low = (low + coder.symbol(bytes.at(0))) & 255
    if ((what & 2) !== 0) high = (high + coder.symbol(bytes.at(1))) & 255
    last[0] = (high << 8) | low
  })
}

const decodeByte = (coder: Coder, values: Uint8Array, links: Uint16Array): void =>
  decodeValues(
    coder,
    [values],
    links,
    () => new SymbolModel(256),
    (model, last) => {
      last[0] = (last[0] + coder.symbol(model)) & 255
    },
  )

type Decode = (coder: Coder, columns: readonly Column[], links: Uint16Array) => void

/** How each layer is decoded; the columns are those of `laz-chunk.ts`. */
const DECODE: Readonly<Record<string, Decode>> = {
  xy: (coder, [x, y, returns], links) =>
    decodeXy(coder, x as Int32Array, y as Int32Array, returns as Uint8Array, links),
  z: (coder, [z], links) => decodeZ(coder, z as Int32Array, links),
  classification: (coder, [codes], links) => decodeSymbols(coder, codes as Uint8Array, links, 256, classContext),
  flags: (coder, [flags], links) => decodeFlags(coder, flags as Uint8Array, links),
  intensity: (coder, [values], links) => decodeIntensity(coder, values as Uint16Array, links),
  scanAngle: (coder, [angles], links) => decodeMarked(coder, angles as Int16Array, links, 13, 2),
  userData: (coder, [values], links) => decodeSymbols(coder, values as Uint8Array, links, 256, (last) => last >> 2),
  sourceId: (coder, [ids], links) => decodeMarked(coder, ids as Uint16Array, links, 14, 1),
  gpsTime: (coder, [times], links) => decodeGpsTime(coder, times as Float64Array, links),
  rgb: (coder, columns, links) => decodeRgb(coder, columns as readonly Uint16Array[], links),
  nir: (coder, [values], links) => decodeNir(coder, values as Uint16Array, links),
  byte: (coder, [values], links) => decodeByte(coder, values as Uint8Array, links),
}

/** The twin of `createLazDecoder`: the same calls, the same results; each call gives new arrays. */
export const createLazTwin = (): LazDecoder => {
  const layers: LayerDecoder = {
    reserve: () => {},
    column: (type, count) => new ARRAYS[type](count),
    decode: (layer, bytes, columns, links) => {
      const coder = new Coder(bytes)
      DECODE[layer](coder, columns, links)
      return coder.status
    },
  }
  return { decode: (chunk, request) => decodeLayers(layers, chunk, request) }
}
