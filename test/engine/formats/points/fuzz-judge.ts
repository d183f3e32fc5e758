import { EngineError } from "../../../../engine/errors.js"
import type { PointQuery } from "../../../../engine/formats/las/columns.js"
import { lazEncoder } from "../../../../engine/formats/laz/encoder/encoder.js"
import type { Mutant } from "./fuzz-mutations.js"
import { type Columns, columnsOf, FIELDS, filtered, layoutOf, queriesOf, type Reading } from "./fuzz-reading.js"
import type { FuzzSource, Span } from "./fuzz-sources.js"

/**
 * How a case ended. `silent`: other points, of which only a reader with knowledge of the sound file
 * could tell.
 */
export interface Verdict {
  readonly outcome: "refused" | "same" | "silent"
  /** Why silence is no fault. */
  readonly excuse?: string
  /** Set when it is one. */
  readonly fault?: string
}

const sameColumns = (a: Columns, b: Columns): boolean =>
  a.x.length === b.x.length && FIELDS.every((field) => sameRun(a[field], 0, b[field], 0, a.x.length))

const sameRun = (a: Float64Array, from: number, b: Float64Array, at: number, length: number): boolean => {
  for (let i = 0; i < length; i++) if (!Object.is(a[from + i], b[at + i])) return false
  return true
}

const hits = (touched: readonly Span[], begin: number, end: number): boolean =>
  touched.some(([from, to]) => from < end && to > begin)

/**
 * Judges what a broken file gave against what the sound one gives. Silence is excused only
 * - in plain LAS, where the points are those that header and records say;
 * - where scale or offset in the header changed: the same records at other places;
 * - in a chunk whose raw first record was hit, or which is word for word what LASzip writes for
 *   other points: its other chunks are the same;
 * - in a chunk of points one by one (formats 0–5), which has no end to test: its other chunks are
 *   the same;
 * - where a layer that the query needs is said to be empty, and its bytes to be those of one that
 *   it does not need;
 * - where a COPC's octree lies: a query by place or level may miss points, but gives none that is
 *   not there.
 */
export const judge = async (source: FuzzSource, mutant: Mutant, sound: Reading, broken: Reading): Promise<Verdict> => {
  const errors = [broken.raw, ...broken.answers].filter((one) => one instanceof EngineError)
  for (const { code, message } of errors) {
    if (code !== "E_FORMAT" && code !== "E_INPUT") return { outcome: "refused", fault: `${code}: ${message}` }
    if (!message.includes("mutant")) return { outcome: "refused", fault: `names no file: ${message}` }
  }
  const excuses = new Set<string>()
  const rawExcuse = await excuseRaw(source, mutant, sound.raw as Uint8Array, broken.raw)
  if (rawExcuse === undefined) return { outcome: "silent", fault: "records that are not those of the file" }
  excuses.add(rawExcuse)
  for (const [i, answer] of broken.answers.entries()) {
    if (answer instanceof EngineError) continue
    const wanted = sound.answers[i] as Columns
    if (sameColumns(answer, wanted)) continue
    const excuse = await excuseAnswer(source, mutant, { i, answer, wanted, sound, broken })
    if (excuse === undefined) return { outcome: "silent", fault: `query ${i}: points that are not those of the file` }
    excuses.add(excuse)
  }
  excuses.delete("")
  if (excuses.size > 0) return { outcome: "silent", excuse: [...excuses].sort().join(", ") }
  return { outcome: errors.length > 0 ? "refused" : "same" }
}

/** Chunks that hold touched bytes. */
const damaged = ({ chunks, table, laszip }: FuzzSource, touched: readonly Span[]): number[] => {
  // A table whose sum is right moves the borders of chunks, which points one by one do not tell.
  const moved = (laszip?.compressor ?? 3) < 3 && table.some(([begin, end]) => hits(touched, begin, end))
  return chunks.flatMap(({ begin, end }, i) => (moved || hits(touched, begin, end) ? [i] : []))
}

const excuseRaw = async (
  source: FuzzSource,
  { bytes, touched }: Mutant,
  sound: Uint8Array,
  raw: Uint8Array | EngineError,
): Promise<string | undefined> => {
  if (raw instanceof EngineError || Buffer.compare(raw, sound) === 0) return ""
  const { header, laszip, chunks } = source
  if (laszip === undefined) {
    const { recordLength, count, pointOffset } = layoutOf(bytes)
    const stated = bytes.subarray(pointOffset, pointOffset + count * recordLength)
    return Buffer.compare(raw, stated) === 0 ? "plain LAS" : undefined
  }
  const { recordLength } = header
  // A last chunk cut short: no table and no end tells of it.
  if (laszip.compressor < 3 && hits(touched, 100, 255) && Buffer.compare(raw, sound.subarray(0, raw.length)) === 0)
    return "fewer points one by one"
  if (raw.length !== sound.length) return undefined
  const broken = damaged(source, touched)
  const excuses = new Set<string>()
  for (let i = 0, at = 0; i < chunks.length; i++) {
    const { begin, end, count } = chunks[i]!
    const run = raw.subarray(at, at + count * recordLength)
    at += run.length
    if (Buffer.compare(run, sound.subarray(at - run.length, at)) === 0) continue
    if (!broken.includes(i)) return undefined
    const excuse =
      laszip.compressor < 3
        ? "one by one"
        : hits(touched, begin, begin + recordLength)
          ? "first record"
          : (await isWritten(run, count, source, bytes.subarray(begin, end)))
            ? "a sound chunk of other points"
            : undefined
    if (excuse === undefined) return undefined
    excuses.add(excuse)
  }
  return [...excuses].join(", ")
}

/** True when LASzip writes these bytes for these records. */
const isWritten = async (run: Uint8Array, count: number, source: FuzzSource, chunk: Uint8Array): Promise<boolean> => {
  const encoder = await lazEncoder()
  const { recordLength, pointFormat } = source.header
  const bytes = encoder.encode(run, { count, recordLength, pointFormat: pointFormat as 6 | 7 | 8 })
  return Buffer.compare(bytes, chunk.subarray(0, bytes.length)) === 0
}

interface Answer {
  readonly i: number
  readonly answer: Columns
  readonly wanted: Columns
  readonly sound: Reading
  readonly broken: Reading
}

const excuseAnswer = async (
  source: FuzzSource,
  mutant: Mutant,
  { i, answer, wanted, sound, broken }: Answer,
): Promise<string | undefined> => {
  const { touched, bytes } = mutant
  const whole = sound.answers[0] as Columns
  // Scale and offset: the query for everything is held against the records below, the others have
  // their places elsewhere.
  if (i > 0 && hits(touched, 131, 179) && answer.x.length <= whole.x.length) return "frame"
  // The octree of a COPC: points may be missing, none may be wrong.
  if (i > 0 && octreeLies(source, touched) && subset(answer, whole)) return "octree"
  const query = queriesOf(source)[i]!
  if (broken.raw instanceof EngineError) {
    // A layer that the query does not need is broken: all records cannot be judged by their bytes.
    const all = broken.answers[0]!
    if (i === 0) return excuseChunks(source, mutant, answer, wanted)
    return all instanceof EngineError || fits(filtered(all, query), answer, query) ? "" : undefined
  }
  // The records are excused: the query must give what they say.
  return fits(filtered(columnsOf(bytes, broken.raw, query.origin), query), answer, query) ? "" : undefined
}

const octreeLies = ({ copc, chunks }: FuzzSource, touched: readonly Span[]): boolean =>
  copc !== undefined &&
  (hits(touched, ...copc.info) ||
    hits(touched, ...copc.root) ||
    touched.every(([from, to]) => !chunks.some(({ begin, end }) => from < end && to > begin)))

/** A query's answer is what all points give, or at a spacing some of it. */
const fits = (said: Columns, answer: Columns, query: PointQuery): boolean =>
  query.spacing === undefined ? said.x.length === answer.x.length && near(said, answer) : subset(answer, said)

/**
 * Chunks that were not touched give their points; the others may give other points where their
 * first record was hit or a layer is said to be empty.
 */
const excuseChunks = (
  source: FuzzSource,
  { touched, bytes }: Mutant,
  answer: Columns,
  wanted: Columns,
): string | undefined => {
  if (answer.x.length !== wanted.x.length) return undefined
  const broken = damaged(source, touched)
  const excuses = new Set<string>()
  for (let k = 0, at = 0; k < source.chunks.length; k++) {
    const { begin, count } = source.chunks[k]!
    const same = FIELDS.every((field) => sameRun(answer[field], at, wanted[field], at, count))
    at += count
    if (same) continue
    if (!broken.includes(k)) return undefined
    if (hits(touched, begin, begin + source.header.recordLength)) excuses.add("first record")
    else if (hasEmptied(source, bytes, begin)) excuses.add("a layer said to be empty")
    else return undefined
  }
  return [...excuses].join(", ")
}

/**
 * True when a chunk states no bytes for a layer that had some: what that layer held is then said to
 * be as in the first record.
 */
const hasEmptied = ({ header, bytes: sound }: FuzzSource, bytes: Uint8Array, begin: number): boolean => {
  const { recordLength, pointFormat } = header
  const layers = 3 + pointFormat + (recordLength - [30, 36, 38][pointFormat - 6]!)
  const size = (of: Uint8Array, layer: number): number =>
    new DataView(of.buffer, of.byteOffset).getUint32(begin + recordLength + 4 + 4 * layer, true)
  for (let layer = 0; layer < layers; layer++) if (size(sound, layer) > 0 && size(bytes, layer) === 0) return true
  return false
}

const rowKeys = (columns: Columns): string[] =>
  Array.from(columns.x, (_, k) => FIELDS.map((field) => columns[field][k]).join())

/** True when each point of `a` is one of `b`, as often at most. */
const subset = (a: Columns, b: Columns): boolean => {
  const left = new Map<string, number>()
  for (const key of rowKeys(b)) left.set(key, (left.get(key) ?? 0) + 1)
  return rowKeys(a).every((key) => {
    const n = left.get(key) ?? 0
    left.set(key, n - 1)
    return n > 0
  })
}

/**
 * Places may be rounded otherwise by a millimetre where scale or offset are odd; all else is equal.
 */
const near = (a: Columns, b: Columns): boolean =>
  FIELDS.every((field, k) =>
    a[field].every((value, i) => Object.is(value, b[field][i]) || (k < 3 && Math.abs(value - b[field][i]!) <= 1)),
  )
