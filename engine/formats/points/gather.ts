/** Gathers the points of an extent from all sources into one set of columns in canonical order. */
import type { Box2 } from "../../core/geometry/box.js"
import { markPoints, type Presence } from "../../core/presence.js"
import type { AttributeName, FullPoints } from "../../kernel.js"
import {
  classFilter,
  type Further,
  furtherOf,
  GrownColumns,
  type MmBox,
  type PointColumns,
  type PointQuery,
  toMmBox,
} from "../las/columns.js"
import { orderByCells, orderPlainly } from "./canonical-order.js"

/** A source of points: a point file or a bucket file. */
export interface PointSource {
  read(query: PointQuery): AsyncIterable<PointColumns>
  /** Estimated number of points of a query, used to allocate memory. */
  expected?(query: PointQuery): Promise<number>
  /**
   * First and last GPS time in a box (CRS metres, aligned to 25 m), noise excluded; undefined
   * without times. A source implements this if its index stores times.
   */
  timesIn?(box: Box2): readonly [first: number, last: number] | undefined
  /**
   * How many points the source omitted for their class in the 25 m cells that meet a box (CRS
   * metres). Noise does not count.
   */
  othersIn?(box: Box2): number
}

/** How points are gathered. */
export interface GatherOptions {
  /** Columns besides coordinates, class and returns; all when absent. Others are empty. */
  readonly attributes?: readonly AttributeName[]
  /** Names of extra bytes; none when absent. */
  readonly extra?: readonly string[]
  /** Classes to return; all when absent. Points of other classes are counted only. */
  readonly classes?: readonly number[] | undefined
  /**
   * Box from which GPS times are collected, CRS metres, half-open; default: the extent. It must be
   * inside the extent and aligned to 25 m.
   */
  readonly cell?: Box2
  /** COPC: read only the levels needed for this point spacing, metres. */
  readonly spacing?: number | undefined
  /** Gets the points of all classes but noise. */
  readonly presence?: Presence | undefined
  /** Called when memory use peaks. */
  readonly watch?: () => void
}

/** The points of an extent, ready for kernels. */
export interface GatheredPoints {
  /** In canonical order, without noise and duplicates. */
  readonly points: FullPoints
  /**
   * Dropped points: another one has the same coordinates, class, return number and number of
   * returns.
   */
  readonly duplicates: number
  /** Dropped points of classes 7 and 18. */
  readonly noise: number
  /**
   * Points omitted for their class, duplicates included, noise excluded: in all, and in the cell.
   */
  readonly others: { readonly count: number; readonly inCell: number }
  /** Points of each class in the cell from files other than bucket files, with duplicates. */
  readonly byClass: Uint32Array
  /**
   * First and last GPS time in the cell, duplicates included; absent without times (0 and NaN do
   * not count).
   */
  readonly time?: readonly [first: number, last: number]
}

/**
 * Reads the points of `extent` (half-open, CRS metres) from all sources into one set of columns, in
 * millimetres relative to `origin`.
 *
 * Canonical order: 1 m cell of the CRS grid (row by row from the south-west), then x, y, z, class,
 * return number, number of returns. Points equal in all of these are duplicates: one remains, with
 * their least intensity and least GPS time. Noise (classes 7, 18) is dropped. A column depends
 * neither on the order and format of the sources nor on the other attributes requested.
 *
 * Time: O(n log(points per cell)). Memory: 25 bytes a point (8 less without GPS time, 2 less
 * without intensity), since sorting is in place; half as much again if sources underestimate. With
 * extra bytes, twice that and 16 bytes for each of them.
 * Columns are views; their buffers may be longer.
 *
 * @throws EngineError of the sources
 */
export const gatherPoints = async (
  sources: readonly PointSource[],
  extent: Box2,
  origin: readonly [x: number, y: number, z: number],
  { attributes, extra = [], classes, cell = extent, spacing, presence, watch = () => undefined }: GatherOptions = {},
): Promise<GatheredPoints> => {
  const further = furtherOf(attributes, extra)
  const query: PointQuery = { origin, box: extent, ...(spacing === undefined ? {} : { spacing }), lent: true }
  const expected = await Promise.all(sources.map((source) => source.expected?.(query) ?? 0))
  const room = expected.reduce((sum, count) => sum + count, 0)
  const gathered = new GrownColumns(Math.min(MOST_ROOM, room), further)
  const choice = new Choice(classFilter({ classes }), toMmBox({ box: cell, origin }))
  const { others, times } = choice
  for (const source of sources) {
    others.count += source.othersIn?.(extent) ?? 0
    others.inCell += source.othersIn?.(cell) ?? 0
    const known = source.timesIn?.(cell)
    if (known) times.widen(...known)
    for await (const columns of source.read({ ...query, extra, attributes: readAttributes(further, source) })) {
      if (presence !== undefined) markPoints(presence, { ...columns, origin })
      gathered.append(columns, choice.of(columns, source.timesIn === undefined))
    }
  }
  watch()
  const read = gathered.points
  const inPlace = extra.length === 0 ? orderByCells(read, origin) : undefined
  const { points, duplicates } = inPlace ?? orderPlainly(read, origin)
  watch()
  const time = times.range
  return {
    points: { ...points, scale: 0.001, origin },
    duplicates,
    noise: choice.noise,
    others,
    byClass: choice.byClass,
    ...(time === undefined ? {} : { time }),
  }
}

/**
 * Attributes that the order needs, those requested, and GPS times unless the source knows their
 * range.
 */
const readAttributes = ({ intensity, gpsTime }: Further, { timesIn }: PointSource): AttributeName[] => [
  "classification",
  "returnNumber",
  "numberOfReturns",
  ...(intensity ? (["intensity"] as const) : []),
  ...(gpsTime || timesIn === undefined ? (["gpsTime"] as const) : []),
]

const isNoise = (code: number): boolean => code === 7 || code === 18

/** Limits the allocation before reading: a header's point count may be wrong. */
const MOST_ROOM = 2 ** 26

/** Selects points; counts the omitted ones and collects times. */
class Choice {
  noise = 0
  readonly others = { count: 0, inCell: 0 }
  readonly byClass = new Uint32Array(256)
  readonly times = new TimeRange()
  readonly #wanted: Uint8Array | undefined
  readonly #cell: MmBox
  #kept = new Uint32Array(0)

  constructor(wanted: Uint8Array | undefined, cell: MmBox) {
    this.#wanted = wanted
    this.#cell = cell
  }

  /**
   * Indices of the points to retain, valid until the next call; undefined: all of them.
   * @param isFile no bucket file, which knows times and counts of its points
   */
  of(columns: PointColumns, isFile: boolean): Uint32Array | undefined {
    const { classification, count, x, y } = columns
    if (this.#kept.length < count) this.#kept = new Uint32Array(count)
    const [wanted, chosen] = [this.#wanted, this.#kept]
    const { minX, minY, maxX, maxY } = this.#cell
    let [clean, n] = [0, 0]
    for (let i = 0; i < count; i++) if (!isNoise(classification[i]!)) chosen[clean++] = i
    this.noise += count - clean
    if (isFile) {
      this.times.addPoints(columns, this.#cell, clean === count ? undefined : chosen.subarray(0, clean))
      for (let k = 0; k < clean; k++) {
        const i = chosen[k]!
        if (x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY) this.byClass[classification[i]!]!++
      }
    }
    if (wanted === undefined) return clean === count ? undefined : chosen.subarray(0, clean)
    for (let k = 0; k < clean; k++) {
      const i = chosen[k]!
      if (wanted[classification[i]!] === 1) {
        chosen[n++] = i
        continue
      }
      this.others.count++
      if (x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY) this.others.inCell++
    }
    return n === count ? undefined : chosen.subarray(0, n)
  }
}

/**
 * First and last GPS time. Absent times (0 of virtual points, NaN) do not count. Callers exclude
 * noise.
 */
class TimeRange {
  first = Infinity
  last = -Infinity

  /** Widens the range by another one; an empty range is [Infinity, −Infinity]. */
  widen(first: number, last: number): void {
    if (first < this.first) this.first = first
    if (last > this.last) this.last = last
  }

  /**
   * Widens the range by the times of the points in a box: those at the indices `chosen`, or all.
   */
  addPoints({ count, x, y, gpsTime }: PointColumns, { minX, minY, maxX, maxY }: MmBox, chosen?: Uint32Array): void {
    let [first, last] = [this.first, this.last]
    const most = chosen?.length ?? count
    for (let k = 0; k < most; k++) {
      const i = chosen === undefined ? k : chosen[k]!
      const px = x[i]!
      const py = y[i]!
      if (!(px >= minX && px < maxX && py >= minY && py < maxY)) continue
      const time = gpsTime[i]!
      if (time > 0 && time < first) first = time
      if (time > 0 && time > last) last = time
    }
    this.first = first
    this.last = last
  }

  /** Undefined if no point has a time. */
  get range(): readonly [first: number, last: number] | undefined {
    return this.first <= this.last ? [this.first, this.last] : undefined
  }
}
