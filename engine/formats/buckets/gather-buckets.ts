/**
 * Reads the points of an extent from bucket files in canonical order, one row of blocks at a time.
 */
import type { Box2 } from "../../core/geometry/box.js"
import { elementAt } from "../../core/lists.js"
import type { AttributeName, Points } from "../../kernel.js"
import { classFilter, pick, toMmBox } from "../las/columns.js"
import { CELL_MM } from "../points/canonical-order.js"
import { thinPoints } from "../points/thin.js"
import {
  type BucketBlock,
  blockRow,
  bucketOthers,
  bucketRows,
  bucketTimes,
  checkColumns,
  createSortedRow,
  firstOfRow,
  type RowPoints,
  rowBytes,
} from "./bucket-file.js"
import type { BucketFile, BucketPart } from "./format.js"
import { bucketCore } from "./wasm/core.js"
import type { RowOrder, SortedRow } from "./wasm/core-types.js"

/** Selects points of bucket files. */
export interface BucketQuery {
  /** Half-open, CRS metres. */
  readonly extent: Box2
  /** CRS metres, on whole millimetres. */
  readonly origin: readonly [x: number, y: number, z: number]
  /** Columns besides coordinates and class. */
  readonly attributes: readonly AttributeName[]
  /** Classes to return; all when undefined. The counts include every class. */
  readonly classes: readonly number[] | undefined
  /** Further selections, which `thinPoints` thins: made in the same pass. */
  readonly thinned?: readonly ThinnedQuery[] | undefined
  /** 1 for each class whose points keep their GPS times; all when absent. */
  readonly timed?: Uint8Array | undefined
  /**
   * Half-open, CRS metres, aligned to 25 m: points inside are also counted separately and give the
   * days of acquisition.
   */
  readonly cell: Box2
}

/** A selection of points for one spacing, metres; columns and classes as in `BucketQuery`. */
export interface ThinnedQuery extends Pick<BucketQuery, "attributes" | "classes"> {
  readonly spacing: number
}

type ClassedPoints = Points & { readonly classification: Uint8Array }

/** Points of bucket files, and their counts. */
export interface BucketPoints {
  /**
   * In canonical order, without noise and duplicates. Columns are views, whose buffers may be
   * longer. `gpsTime` has the points of the classes `timed` only.
   */
  readonly points: ClassedPoints
  /** The points of each selection of the query's `thinned`. */
  readonly thinned?: readonly ClassedPoints[]
  /**
   * Points of all classes, without noise and duplicates. Points that the bucket files omitted are
   * included with their duplicates, for the 25 m squares that meet the extent.
   */
  readonly count: number
  readonly duplicates: number
  readonly noise: number
  /**
   * Number of points of `count` in the cell, and first and last GPS time of its points, duplicates
   * included. 0 and NaN do not count as times.
   */
  readonly inCell: { readonly count: number; readonly time?: readonly [first: number, last: number] }
  /** Points by class: those of `points` and those that are thinned, before that. */
  readonly classes: Uint32Array
}

/**
 * Gathers points of an extent as `gatherPoints` does, but faster, from bucket files: in canonical
 * order, without noise and duplicates.
 *
 * Bucket files store 50 m cells on the same grid as the 1 m cells of canonical order. One row of
 * blocks after another is read and ordered block by block, in the processor's cache. Its rows of 1
 * m are then concatenated. Attributes that are not requested are not copied.
 *
 * O(n log(points per cell)) time. Memory: the result, and 38 bytes a point of a row of blocks (72
 * with intensity and GPS time), for the row, the next one, and its order.
 *
 * @param watch called when memory use peaks
 * @throws EngineError of the bucket files
 */
export const gatherBuckets = async (
  bucketFiles: readonly Pick<BucketFile, "parts">[],
  query: BucketQuery,
  watch: () => void = () => undefined,
): Promise<BucketPoints> => {
  const box = toMmBox({ box: query.extent, origin: query.origin })
  const origin = query.origin.map((metres) => Math.round(metres * 1000)) as [number, number, number]
  const rows = bucketRows(bucketFiles, box, origin)
  const parts = bucketFiles.flatMap((bucketFile) => bucketFile.parts)
  const { thinned = [] } = query
  const attributes = [...new Set([query, ...thinned].flatMap((one) => one.attributes))]
  checkColumns(parts, attributes)
  const most = rows.reduce((sum, row) => sum + countOf(row), 0)
  const order = (await bucketCore()).rowOrder({
    originZ: origin[2],
    wanted: unionOfClasses([query, ...thinned]),
    attributes,
    box,
    cell: toMmBox({ box: query.cell, origin: query.origin }),
  })
  const result = new Gathering(query, order, most)
  // Two rows share this memory in turn: a new buffer for each would burden the garbage collector.
  const largest = rows.reduce((most, row) => Math.max(most, rowBytes(parts, row)), 0)
  const start = (r: number, bytes: Uint8Array<ArrayBuffer>): Promise<RowPoints> | undefined =>
    rows[r] && readAhead(parts, rows[r], bytes)
  let ahead = start(0, new Uint8Array(largest))
  let free = new Uint8Array(rows.length > 1 ? largest : 0)
  for (let r = 0; ahead !== undefined; r++) {
    const row = await ahead
    ahead = start(r + 1, free)
    result.add(elementAt(rows, r), row)
    free = row.bytes
  }
  watch()
  const { points, count, inCell, ...rest } = result.points()
  order.release()
  const time = bucketTimes(parts, query.cell)
  return {
    points,
    count: count + bucketOthers(parts, query.extent),
    ...rest,
    inCell: { count: inCell + bucketOthers(parts, query.cell), ...(time === undefined ? {} : { time }) },
  }
}

/** 1 for each class that some of the selections takes. */
const unionOfClasses = (selections: readonly Pick<BucketQuery, "classes">[]): Uint8Array => {
  const wanted = new Uint8Array(256)
  for (const one of selections) {
    const own = classFilter(one)
    if (own === undefined) return wanted.fill(1)
    for (let code = 0; code < 256; code++) wanted[code]! |= own[code]!
  }
  return wanted
}

const countOf = (row: readonly BucketBlock[]): number => row.reduce((sum, { count }) => sum + count, 0)

/**
 * The caller handles a failure when it awaits the row. It may stop before: suppress the unhandled
 * rejection.
 */
const readAhead = (
  parts: readonly BucketPart[],
  row: readonly BucketBlock[],
  room: Uint8Array<ArrayBuffer>,
): Promise<RowPoints> => {
  const reading = blockRow(parts, row, room)
  reading.catch(() => undefined)
  return reading
}

/** Collects the columns of the result, which have room for all points. */
class Gathering {
  private count = 0
  private times = 0
  private readonly columns: SortedRow
  private readonly order: RowOrder
  private readonly query: BucketQuery
  /** Classes of the result, if points of other classes are only thinned. */
  private readonly classMask: Uint8Array | undefined
  private readonly thinned: readonly ThinnedGathering[]

  constructor(query: BucketQuery, order: RowOrder, most: number) {
    this.query = query
    this.order = order
    this.columns = createSortedRow(most, query.attributes)
    this.thinned = (query.thinned ?? []).map((one) => new ThinnedGathering(one, query.origin))
    this.classMask = this.thinned.length > 0 ? classFilter(query) : undefined
  }

  /** Orders a row of blocks and appends it. */
  add(blocks: readonly BucketBlock[], row: RowPoints): void {
    const placed = blocks.map(({ x, y }, b) => ({ x, y, segments: row.blocks[b]! }))
    this.order.order(placed, (columns, count) => {
      for (const one of this.thinned) one.add(columns, count)
      const { classMask } = this
      this.times = appendTimes(this.columns, columns, count, this.times, this.query.timed ?? classMask)
      this.count =
        classMask === undefined || holdsAll(columns.classification, count, classMask)
          ? append(this.columns, columns, count, this.count)
          : appendClasses(this.columns, columns, count, this.count, classMask)
    })
  }

  points(): Omit<BucketPoints, "inCell"> & { readonly inCell: number } {
    const { count, times, columns, query, order, thinned } = this
    const { gpsTime, ...row } = firstOfRow(columns, count)
    const timed = gpsTime && { gpsTime: gpsTime.subarray(0, times) }
    return {
      points: { count, ...row, ...timed, scale: 0.001, origin: query.origin },
      ...(query.thinned && { thinned: thinned.map((one) => one.points()) }),
      ...order.counts,
    }
  }
}

/** Collects thinned points, row by row of 1 m. */
class ThinnedGathering {
  private readonly rows: SortedRow[] = []
  private readonly query: ThinnedQuery
  private readonly origin: BucketQuery["origin"]
  private readonly classMask: Uint8Array | undefined

  constructor(query: ThinnedQuery, origin: BucketQuery["origin"]) {
    this.query = query
    this.origin = origin
    this.classMask = classFilter(query)
  }

  add(row: SortedRow, count: number): void {
    const marks = this.thin(firstOfRow(row, count), count)
    const { classMask } = this
    if (classMask !== undefined) for (let i = 0; i < count; i++) marks[i]! &= classMask[row.classification[i]!]!
    this.rows.push(this.chosen(row, listMarked(marks)))
  }

  points(): ClassedPoints {
    const { query, origin, rows } = this
    const joined = createSortedRow(
      rows.reduce((sum, { x }) => sum + x.length, 0),
      query.attributes,
    )
    let at = 0
    for (const row of rows) {
      appendTimes(joined, row, row.x.length, at)
      at = append(joined, row, row.x.length, at)
    }
    // A wider cell has points of several rows.
    const isThin = CELL_MM % Math.round(1000 * query.spacing) === 0
    const row = isThin ? joined : this.chosen(joined, listMarked(this.thin(joined, at)))
    return { count: row.x.length, ...row, scale: 0.001, origin }
  }

  private thin({ x, y, classification }: SortedRow, count: number): Uint8Array {
    return thinPoints({ count, x, y, classification, origin: this.origin }, this.query.spacing)
  }

  private chosen(from: SortedRow, chosen: Uint32Array): SortedRow {
    const row = createSortedRow(chosen.length, this.query.attributes)
    appendChosen(row, from, chosen, 0)
    if (row.gpsTime !== undefined && from.gpsTime !== undefined) pick(from.gpsTime, chosen, row.gpsTime, 0)
    return row
  }
}

/** Columns that a selection may lack, but for times. */
const FURTHER = ["returnNumber", "numberOfReturns", "intensity"] as const

/** The places of the marks that are 1. */
const listMarked = (marks: Uint8Array): Uint32Array => {
  // One element more: the loop may write once past the end.
  const places = new Uint32Array(marks.length + 1)
  let n = 0
  for (let i = 0; i < marks.length; i++) {
    places[n] = i
    n += marks[i]!
  }
  return places.subarray(0, n)
}

const holdsAll = (classification: Uint8Array, count: number, classMask: Uint8Array): boolean => {
  for (let i = 0; i < count; i++) if (classMask[classification[i]!] === 0) return false
  return true
}

/**
 * Copies the first `count` points of columns to position `at`, without times; returns the next
 * position.
 */
const append = (into: SortedRow, from: SortedRow, count: number, at: number): number => {
  into.x.set(from.x.subarray(0, count), at)
  into.y.set(from.y.subarray(0, count), at)
  into.z.set(from.z.subarray(0, count), at)
  into.classification.set(from.classification.subarray(0, count), at)
  for (const name of FURTHER) into[name]?.set(from[name]?.subarray(0, count) ?? [], at)
  return at + count
}

/** Does the same with the points of some classes. */
const appendClasses = (into: SortedRow, from: SortedRow, count: number, at: number, classMask: Uint8Array): number => {
  const { x, y, z, classification } = from
  const { x: toX, y: toY, z: toZ, classification: toClass } = into
  let n = at
  // The next point overwrites one that is not kept: cheaper than an unpredictable branch.
  for (let i = 0; i < count; i++) {
    toX[n] = x[i]!
    toY[n] = y[i]!
    toZ[n] = z[i]!
    const code = classification[i]!
    toClass[n] = code
    n += classMask[code]!
  }
  for (const name of FURTHER) {
    const [own, to] = [from[name], into[name]]
    if (own === undefined || to === undefined) continue
    for (let i = 0, m = at; i < count; i++) {
      to[m] = own[i]!
      m += classMask[classification[i]!]!
    }
  }
  return n
}

/** Copies chosen points of columns to position `at`, without times. */
const appendChosen = (into: SortedRow, from: SortedRow, chosen: Uint32Array, at: number): void => {
  pick(from.x, chosen, into.x, at)
  pick(from.y, chosen, into.y, at)
  pick(from.z, chosen, into.z, at)
  pick(from.classification, chosen, into.classification, at)
  for (const name of FURTHER) {
    const [own, to] = [from[name], into[name]]
    if (own !== undefined && to !== undefined) pick(own, chosen, to, at)
  }
}

/** Copies the times of points of some classes to position `at`; returns the next position. */
const appendTimes = (into: SortedRow, from: SortedRow, count: number, at: number, timed?: Uint8Array): number => {
  const [to, times] = [into.gpsTime, from.gpsTime]
  if (to === undefined || times === undefined) return at
  if (timed === undefined) {
    to.set(times.subarray(0, count), at)
    return at + count
  }
  let next = at
  for (let i = 0; i < count; i++) if (timed[from.classification[i]!] === 1) to[next++] = times[i]!
  return next
}
