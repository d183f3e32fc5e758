import { lasBytes, type StoredPoint } from "./las-bytes.js"

/**
 * LAZ and COPC files without a compressor of points: each chunk holds one point (stored raw by the
 * format, with nine empty layers after it). Only the chunk table is arithmetic-coded, by the
 * encoder below.
 */
const RECORD = 30
const LAYERS = 9
const CHUNK_BYTES = RECORD + 4 + LAYERS * 4

const laszipRecord = (chunkSize: number): Uint8Array => {
  const data = new Uint8Array(40)
  const view = new DataView(data.buffer)
  view.setUint16(0, 3, true)
  view.setUint32(12, chunkSize, true)
  view.setBigInt64(16, -1n, true)
  view.setBigInt64(24, -1n, true)
  view.setUint16(32, 1, true)
  for (const [i, value] of [10, RECORD, 3].entries()) view.setUint16(34 + i * 2, value, true)
  return data
}

const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const chunksOf = (las: Uint8Array, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => {
    const chunk = new Uint8Array(CHUNK_BYTES)
    const start = las.length - (count - i) * RECORD
    chunk.set(las.subarray(start, start + RECORD))
    new DataView(chunk.buffer).setUint32(RECORD, 1, true)
    return chunk
  })

/**
 * A LAZ of point format 6 with one point a chunk; `tableAtEnd`: its place stands in the last 8
 * bytes, as of a stream.
 */
export const lazBytes = (
  points: readonly StoredPoint[],
  { variable = false, tableAtEnd = false, padding = 0 } = {},
): Uint8Array => {
  const vlrs = [{ userId: "laszip encoded", recordId: 22204, data: laszipRecord(variable ? 0xffffffff : 1) }]
  const las = lasBytes({ points, vlrs })
  las[104] = las[104]! | 128
  const start = las.length - points.length * RECORD
  // Last layers of different sizes, unread where there is one point, make the sizes in the table
  // differ.
  const chunks = chunksOf(las, points.length).map((chunk, i) => {
    const size = (i * padding) % 1000
    new DataView(chunk.buffer, chunk.byteOffset).setUint32(RECORD + 4 + 8 * 4, size, true)
    return concat([chunk, new Uint8Array(size)])
  })
  const tableOffset = start + 8 + chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const place = new Uint8Array(8)
  new DataView(place.buffer).setBigInt64(0, BigInt(tableOffset), true)
  const head = new Uint8Array(8)
  new DataView(head.buffer).setUint32(4, chunks.length, true)
  const encoder = new IntegerEncoder(2)
  let [count, size] = [0, 0]
  for (const chunk of chunks) {
    if (variable) encoder.encode(count, 1, 0)
    encoder.encode(size, chunk.length, 1)
    count = 1
    size = chunk.length
  }
  const first = tableAtEnd ? new Uint8Array(8).fill(255) : place
  return concat([las.subarray(0, start), first, ...chunks, head, encoder.end(), ...(tableAtEnd ? [place] : [])])
}

/** A node of the octree: level, x, y, z. */
export type NodeKey = readonly [level: number, x: number, y: number, z: number]

/**
 * A COPC of point format 6 with one point a node; nodes deeper than `pageLevel` stand in a sub-page
 * each. Cube from (0, 0, 0), side `side` metres, root spacing 16 m. The keys must be those of the
 * points.
 */
export const copcBytes = (
  points: readonly StoredPoint[],
  keys: readonly NodeKey[],
  side: number,
  pageLevel: number,
): Uint8Array => {
  const info = new Uint8Array(160)
  const infoView = new DataView(info.buffer)
  for (const [i, value] of [side / 2, side / 2, side / 2, side / 2, 16].entries())
    infoView.setFloat64(i * 8, value, true)
  const vlrs = [
    { userId: "copc", recordId: 1, data: info },
    { userId: "laszip encoded", recordId: 22204, data: laszipRecord(0xffffffff) },
  ]
  const las = lasBytes({ points, vlrs })
  const start = las.length - points.length * RECORD
  const chunks = chunksOf(las, points.length)
  const entry = (key: NodeKey, offset: number, bytes: number, count: number): Uint8Array => {
    const data = new Uint8Array(32)
    const view = new DataView(data.buffer)
    key.forEach((value, i) => {
      view.setInt32(i * 4, value, true)
    })
    view.setBigUint64(16, BigInt(offset), true)
    view.setInt32(24, bytes, true)
    view.setInt32(28, count, true)
    return data
  }
  const entries = keys.map((key, i) => entry(key, start + 8 + i * CHUNK_BYTES, CHUNK_BYTES, 1))
  const pagesAt = start + 8 + chunks.length * CHUNK_BYTES
  const pages = entries.filter((_, i) => keys[i]![0] > pageLevel)
  let sub = 0
  const root = entries.map((one, i) => (keys[i]![0] > pageLevel ? entry(keys[i]!, pagesAt + sub++ * 32, 32, -1) : one))
  las[104] = las[104]! | 128
  const view = new DataView(las.buffer)
  const rootAt = pagesAt + pages.length * 32
  view.setBigUint64(375 + 54 + 40, BigInt(rootAt), true)
  view.setBigUint64(375 + 54 + 48, BigInt(root.length * 32), true)
  return concat([las.subarray(0, start), new Uint8Array(8), ...chunks, ...pages, ...root])
}

// ------------------------------------------- LASzip's integer encoder, for the chunk table

interface Model {
  counts: number[]
  sums: number[]
  total: number
  cycle: number
  left: number
}

const refresh = (model: Model): void => {
  model.total += model.cycle
  if (model.total > 32768) {
    model.counts = model.counts.map((count) => (count + 1) >> 1)
    model.total = model.counts.reduce((sum, count) => sum + count, 0)
  }
  const scale = Math.floor(0x80000000 / model.total)
  let sum = 0
  model.sums = model.counts.map((count) => {
    const start = Math.floor((scale * sum) / 65536)
    sum += count
    return start
  })
  model.cycle = Math.min((5 * model.cycle) >> 2, (model.counts.length + 6) << 3)
  model.left = model.cycle
}

const modelOf = (symbols: number): Model => {
  const model: Model = { counts: new Array(symbols).fill(1), sums: [], total: 0, cycle: symbols, left: 0 }
  refresh(model)
  model.cycle = (symbols + 6) >> 1
  model.left = model.cycle
  return model
}

/** Encodes what `arithmeticIntegers` decodes (but for the correction −2^31). */
export class IntegerEncoder {
  readonly lengths: Model[]
  readonly correctors: Model[] = Array.from({ length: 32 }, (_, k) => modelOf(2 ** Math.min(Math.max(k, 1), 8)))
  readonly bit = { zeros: 1, count: 2, probability: 4096, cycle: 4, left: 4 }
  readonly out: number[] = []
  base = 0
  length = 0xffffffff

  constructor(contexts: number) {
    this.lengths = Array.from({ length: contexts }, () => modelOf(33))
  }

  encode(predicted: number, value: number, context: number): void {
    const c = (value - predicted) | 0
    let k = 0
    for (let c1 = c <= 0 ? -c : c - 1; c1 > 0; c1 = Math.floor(c1 / 2)) k++
    this.symbol(this.lengths[context]!, k)
    if (k === 0) {
      this.oneBit(c)
      return
    }
    const shifted = c < 0 ? c + (2 ** k - 1) : c - 1
    if (k <= 8) {
      this.symbol(this.correctors[k]!, shifted)
      return
    }
    this.symbol(this.correctors[k]!, Math.floor(shifted / 2 ** (k - 8)))
    this.raw(shifted % 2 ** (k - 8), k - 8)
  }

  symbol(model: Model, symbol: number): void {
    const unit = Math.floor(this.length / 32768)
    const low = model.sums[symbol]! * unit
    const high = symbol + 1 === model.sums.length ? this.length : model.sums[symbol + 1]! * unit
    this.advance(low, high - low)
    model.counts[symbol]!++
    if (--model.left === 0) refresh(model)
  }

  oneBit(bit: number): void {
    const model = this.bit
    const bound = model.probability * Math.floor(this.length / 8192)
    if (bit === 0) model.zeros++
    this.advance(bit === 0 ? 0 : bound, bit === 0 ? bound : this.length - bound)
    if (--model.left > 0) return
    model.count += model.cycle
    if (model.count > 8192) {
      model.count = (model.count + 1) >> 1
      model.zeros = (model.zeros + 1) >> 1
      if (model.zeros === model.count) model.count++
    }
    model.probability = Math.floor((model.zeros * Math.floor(0x80000000 / model.count)) / 262144)
    model.cycle = Math.min((5 * model.cycle) >> 2, 64)
    model.left = model.cycle
  }

  raw(value: number, bits: number): void {
    if (bits > 19) {
      this.raw(value % 65536, 16)
      this.raw(Math.floor(value / 65536), bits - 16)
      return
    }
    const unit = Math.floor(this.length / 2 ** bits)
    this.advance(value * unit, unit)
  }

  advance(by: number, length: number): void {
    this.base += by
    if (this.base >= 2 ** 32) {
      this.base -= 2 ** 32
      let at = this.out.length - 1
      while (this.out[at] === 255) this.out[at--] = 0
      this.out[at]!++
    }
    this.length = length
    while (this.length < 0x01000000) {
      this.out.push(Math.floor(this.base / 0x01000000))
      this.base = (this.base * 256) % 2 ** 32
      this.length *= 256
    }
  }

  end(): Uint8Array {
    if (this.length > 0x02000000) this.advance(0x01000000, 0x00800000)
    else this.advance(0x00800000, 0x00008000)
    return Uint8Array.from([...this.out, 0, 0, 0])
  }
}
