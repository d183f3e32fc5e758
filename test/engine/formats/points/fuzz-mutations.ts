import { IntegerEncoder } from "../las/laz-bytes.js"
import type { FuzzSource, Span } from "./fuzz-sources.js"

/**
 * A broken copy of a file, and which of its bytes are not those of the sound one (all from an
 * insertion on).
 */
export interface Mutant {
  readonly kind: string
  readonly bytes: Uint8Array
  readonly touched: readonly Span[]
}

type Random = () => number
type Mutation = (source: FuzzSource, random: Random) => Mutant | undefined

const below = (random: Random, n: number): number => Math.floor(random() * n)
const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!

/** Half of the time where the structure is; else anywhere. */
const anywhere = ({ bytes, vlrs, table, copc, chunks, laszip, header }: FuzzSource, random: Random): number => {
  const spans: Span[] = [[0, 375], ...vlrs, ...table]
  if (copc !== undefined) spans.push(copc.info, copc.root)
  const chunk = chunks.length > 0 ? pick(random, chunks) : undefined
  // Raw record, count and sizes of a chunk.
  if (chunk !== undefined && laszip?.compressor === 3) spans.push([chunk.begin, chunk.begin + header.recordLength + 40])
  if (random() < 0.5) return below(random, bytes.length)
  const [begin, end] = pick(random, spans)
  return Math.min(bytes.length - 1, begin + below(random, end - begin))
}

const edited = (source: FuzzSource, kind: string, at: number, values: Uint8Array | readonly number[]): Mutant => {
  const bytes = source.bytes.slice()
  const fitting = values.slice(0, Math.max(0, bytes.length - at))
  bytes.set(fitting, at)
  return { kind, bytes, touched: differing(source.bytes, bytes) }
}

/** Where equally long arrays differ. */
const differing = (a: Uint8Array, b: Uint8Array): Span[] => {
  const spans: [number, number][] = []
  for (let i = 0; i < b.length; i++) {
    if (a[i] === b[i]) continue
    const last = spans.at(-1)
    if (last !== undefined && last[1] === i) last[1] = i + 1
    else spans.push([i, i + 1])
  }
  return spans
}

const number = (bytes: number, write: (view: DataView) => void): Uint8Array => {
  const array = new Uint8Array(bytes)
  write(new DataView(array.buffer))
  return array
}
const u16 = (value: number) => number(2, (view) => view.setUint16(0, value, true))
const u32 = (value: number) => number(4, (view) => view.setUint32(0, value, true))
const u64 = (value: bigint) => number(8, (view) => view.setBigInt64(0, value, true))
const f64 = (value: number) => number(8, (view) => view.setFloat64(0, value, true))

const COUNTS = [0n, 1n, 2n, 1n << 32n, (1n << 48n) - 1n, 1n << 60n, -1n]
const OFFSETS = [0, 1, 226, 375, 0x7fffffff, 0xfffffff0, 0xffffffff]
const NUMBERS = [0, -0.01, 1e-300, 1e300, 1, 0.011, Number.NaN, Infinity, -Infinity, 1e9]

/** Fields of the header: place and values to try. */
const FIELDS: readonly (readonly [at: number, values: readonly Uint8Array[]])[] = [
  [24, [u16(0x0301), u16(0x0401), u16(0x0201), u16(0x0501), u16(0)]],
  [94, [0, 226, 227, 235, 374, 376, 65535].map(u16)],
  [96, OFFSETS.map(u32)],
  [100, [0, 1, 2, 1000, 0x7fffffff, 0xffffffff].map(u32)],
  [104, [0, 1, 3, 6, 7, 8, 10, 11, 63, 128, 129, 134, 135, 136, 138, 255].map((value) => Uint8Array.of(value))],
  [105, [0, 1, 19, 20, 28, 29, 31, 36, 38, 255, 65535].map(u16)],
  [107, [0, 1, 2, 999_999, 0xffffffff].map(u32)],
  ...[131, 139, 147, 155, 163, 171].map((at) => [at, NUMBERS.map(f64)] as const),
  ...[179, 187, 195, 203, 211, 219].map((at) => [at, NUMBERS.map(f64)] as const),
  [235, [0n, 1n, 375n, 1n << 40n, 1n << 62n, -1n].map(u64)],
  [243, [0, 1, 5, 0xffffffff].map(u32)],
  [247, COUNTS.map(u64)],
]

const flip: Mutation = (source, random) => {
  const bytes = source.bytes.slice()
  for (let n = 1 + below(random, 4); n > 0; n--) {
    const at = anywhere(source, random)
    bytes[at] = random() < 0.5 ? bytes[at]! ^ (1 << below(random, 8)) : below(random, 256)
  }
  return { kind: "flip", bytes, touched: differing(source.bytes, bytes) }
}

const fill: Mutation = (source, random) => {
  const length = 1 + below(random, random() < 0.8 ? 16 : 2000)
  const values = new Uint8Array(length).fill(random() < 0.6 ? 0 : 255)
  return edited(source, "fill", anywhere(source, random), values)
}

const truncate: Mutation = (source, random) => {
  const at = anywhere(source, random)
  return { kind: "truncate", bytes: source.bytes.slice(0, at), touched: [[at, source.bytes.length]] }
}

const insert: Mutation = (source, random) => {
  const at = anywhere(source, random)
  const added = new Uint8Array(1 + below(random, 40)).map(() => below(random, 256))
  const bytes = new Uint8Array(source.bytes.length + added.length)
  bytes.set(source.bytes.subarray(0, at))
  bytes.set(added, at)
  bytes.set(source.bytes.subarray(at), at + added.length)
  return { kind: "insert", bytes, touched: [[at, bytes.length]] }
}

/** A run of the file over another place of it. */
const splice: Mutation = (source, random) => {
  const from = anywhere(source, random)
  const run = source.bytes.slice(from, from + 1 + below(random, random() < 0.7 ? 64 : 3000))
  return edited(source, "splice", anywhere(source, random), run)
}

const headerField: Mutation = (source, random) => {
  const [at, values] = pick(random, FIELDS)
  return edited(source, `header@${at}`, at, pick(random, values))
}

const vlrField: Mutation = (source, random) => {
  if (source.vlrs.length === 0) return undefined
  const [begin] = pick(random, source.vlrs)
  if (random() < 0.3) return edited(source, "vlr-length", begin + 20, u16(pick(random, [0, 1, 53, 1000, 65535])))
  return edited(source, "vlr-id", begin + 2 + below(random, 18), [below(random, 256)])
}

const laszipField: Mutation = (source, random) => {
  const text = new TextEncoder().encode("laszip encoded")
  const span = source.vlrs.find(([begin]) => text.every((code, i) => source.bytes[begin + 2 + i] === code))
  if (span === undefined) return undefined
  const at = span[0] + 54 + pick(random, [0, 1, 2, 12, 13, 14, 15, 32, 34, 36, 38])
  return edited(source, "laszip", at, random() < 0.5 ? [below(random, 256)] : u32(pick(random, [0, 1, 0xffffffff])))
}

/**
 * A chunk table that lies: its place, its length, or one size or count in a table that is coded
 * soundly.
 */
const chunkTable: Mutation = (source, random) => {
  const [place, table] = source.table
  if (place === undefined || table === undefined || source.laszip?.compressor === 1) return undefined
  const choice = below(random, 4)
  const size = BigInt(source.bytes.length)
  if (choice === 0) {
    return edited(source, "table-place", place[0], u64(pick(random, [-1n, 0n, -2n, 1n << 60n, size, size - 8n, 375n])))
  }
  if (choice === 1) {
    const n = source.chunks.length
    return edited(source, "table-length", table[0] + 4, u32(pick(random, [0, 1, n - 1, n + 1, 2 * n, 0xffffffff])))
  }
  const lies = source.chunks.map(({ begin, end, count }) => ({ bytes: end - begin, count }))
  const [one, other] = [below(random, lies.length), below(random, lies.length)]
  const delta = pick(random, [-1, 1, 8, -40, 100_000, -0x7fffffff])
  const field = random() < 0.5 || source.laszip?.chunkSize !== 0xffffffff ? "bytes" : "count"
  lies[one]![field] += delta
  // The sum may stay right.
  if (random() < 0.5) lies[other]![field] -= delta
  const encoder = new IntegerEncoder(2)
  let before = { count: 0, bytes: 0 }
  for (const lie of lies) {
    if (source.laszip?.chunkSize === 0xffffffff) encoder.encode(before.count, lie.count, 0)
    encoder.encode(before.bytes, lie.bytes, 1)
    before = lie
  }
  return edited(source, `table-${field}`, table[0] + 8, encoder.end())
}

/** Entries of the root page, and the info record. */
const hierarchy: Mutation = (source, random) => {
  const { copc } = source
  if (copc === undefined) return undefined
  const view = new DataView(source.bytes.buffer, source.bytes.byteOffset)
  if (random() < 0.25) {
    const at = copc.info[0] + pick(random, [0, 8, 16, 24, 32])
    return edited(source, "copc-info", at, f64(pick(random, [...NUMBERS, view.getFloat64(at, true) / 2])))
  }
  if (random() < 0.2) {
    const at = copc.info[0] + pick(random, [40, 48])
    return edited(source, "copc-root", at, u64(pick(random, [0n, 31n, 32n, 1n << 40n, -1n, BigInt(copc.root[0])])))
  }
  const entry = copc.root[0] + 32 * below(random, (copc.root[1] - copc.root[0]) / 32)
  const choice = below(random, 4)
  if (choice === 0) {
    const at = entry + 4 * below(random, 4)
    return edited(source, "copc-key", at, u32(pick(random, [0, 1, 2, 31, 32, 0x7fffffff, 0xffffffff])))
  }
  if (choice === 1) {
    const places = [0n, -1n, 1n << 40n, 1n << 62n, BigInt(copc.root[0]), BigInt(source.header.pointOffset)]
    return edited(source, "copc-offset", entry + 16, u64(pick(random, places)))
  }
  if (choice === 2) {
    const size = view.getInt32(entry + 24, true)
    return edited(source, "copc-bytes", entry + 24, u32(pick(random, [0, 1, size - 1, size + 1, 0x7fffffff, -1])))
  }
  const count = view.getInt32(entry + 28, true)
  const counts = [0, 1, -1, -2, count - 1, count + 1, 0x7fffffff]
  return edited(source, "copc-count", entry + 28, u32(pick(random, counts)))
}

/** A layered chunk's count and sizes of layers, with the sum right or not. */
const layers: Mutation = (source, random) => {
  if (source.laszip?.compressor !== 3) return undefined
  const { recordLength, pointFormat } = source.header
  const { begin } = pick(random, source.chunks)
  const view = new DataView(source.bytes.buffer, source.bytes.byteOffset)
  const at = begin + recordLength
  if (random() < 0.2) {
    const count = view.getUint32(at, true)
    return edited(source, "chunk-count", at, u32(pick(random, [0, 1, count - 1, count + 1, 0xffffffff])))
  }
  const n = 3 + pointFormat + (recordLength - [30, 36, 38][pointFormat - 6]!)
  const [one, other] = [at + 4 + 4 * below(random, n), at + 4 + 4 * below(random, n)]
  const by = pick(random, [1, 4, view.getUint32(one, true), 0x7fffffff])
  const mutant = edited(source, "layer-size", one, u32(view.getUint32(one, true) - by))
  if (random() < 0.5) return mutant
  // Moved to another layer: the sum is right.
  const bytes = mutant.bytes.slice()
  bytes.set(u32(new DataView(bytes.buffer).getUint32(other, true) + by), other)
  return { kind: "layer-shift", bytes, touched: differing(source.bytes, bytes) }
}

const firstRecord: Mutation = (source, random) => {
  if (source.chunks.length === 0) return undefined
  const at = pick(random, source.chunks).begin + below(random, source.header.recordLength)
  return edited(source, "first-record", at, [below(random, 256)])
}

const ALL: readonly Mutation[] = [
  flip,
  flip,
  flip,
  fill,
  truncate,
  insert,
  splice,
  headerField,
  headerField,
  vlrField,
  laszipField,
  chunkTable,
  hierarchy,
  hierarchy,
  layers,
  firstRecord,
]

/** Breaks a file in one of many ways. */
export const mutate = (source: FuzzSource, random: Random): Mutant => {
  for (;;) {
    const mutant = pick(random, ALL)(source, random)
    if (mutant !== undefined && mutant.touched.length > 0) return mutant
  }
}
