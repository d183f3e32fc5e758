/**
 * Brings the points of an extent from all their sources to kernels: one set of columns, in
 * canonical order.
 */
import type { Box2 } from "../../core/geometry/box.js"
import type { AttributeName, Points } from "../../kernel.js"
import {
  classFilter,
  type Further,
  furtherOf,
  GrownColumns,
  type MmBox,
  mmBoxOf,
  type PointColumns,
  type PointQuery,
} from "./columns.js"
import { orderPlainly } from "./order/canonical-order.js"
import { orderByCells } from "./order/cell-order.js"

/** Anything that gives points: a point file or a bucket file. */
export interface PointSource {
  read(query: PointQuery): AsyncIterable<PointColumns>
  /** About how many points a query will give, of a source that can tell: room is made for so many. */
  expected?(query: PointQuery): Promise<number>
  /** Of a source that knows it: first and last GPS time of its points in a box (CRS metres, on lines of 25 m), without noise; undefined where they have none. */
  timesIn?(box: Box2): readonly [first: number, last: number] | undefined
  /** Of a source that leaves points out: how many of them, no noise among them, lie in the squares of 25 m that meet a box (CRS metres). */
  othersIn?(box: Box2): number
}

/** How points are gathered. */
export interface GatherOptions {
  /** Columns beside places, class and returns; all when absent. Those that are not asked for come empty: they are not held. */
  readonly attributes?: readonly AttributeName[]
  /** Classes to hold; all when absent. Points of others are counted. */
  readonly classes?: readonly number[] | undefined
  /** CRS metres, half-open, on lines of 25 m and in the extent: whose points tell the days of acquisition; the extent when absent. */
  readonly cell?: Box2
  /** COPC: the levels needed for this distance between points, metres. */
  readonly spacing?: number | undefined
  /** Called where memory is highest. */
  readonly watch?: () => void
}

/** Points of a region, ready for kernels. */
export interface GatheredPoints {
  /** In canonical order, without noise and duplicates. */
  readonly points: Required<Points>
  /** Points dropped: another one has their place, class, return number and number of returns. */
  readonly duplicates: number
  /** Points of class 7 and 18, dropped. */
  readonly noise: number
  /** Points that are left out for their class, no noise among them, duplicates included: all, and those in the cell. */
  readonly others: { readonly count: number; readonly inCell: number }
  /** First and last GPS time in the cell, duplicates included, where there is any (0 and NaN are none). */
  readonly time?: readonly [first: number, last: number]
}

/**
 * Reads the points of `extent` (half-open, CRS metres) from all sources into one set of columns: millimetres relative to
 * `origin`, canonical order (1 m cell of the CRS grid, row by row from the south-west; then x, y, z, class, return number, number of returns), of duplicates,
 * which are equal in all that, one with the least intensity and GPS time of them; without noise (classes 7, 18). The result does not depend on the
 * order of the sources or of their points, nor on their format, nor a column on which others are asked for.
 *
 * O(n log(points a cell)) time. Memory: the result, 25 bytes a point (8 less without GPS time, 2 without intensity), since points are ordered where they lie; half as much again where sources hold more than they expected.
 * Columns are views, whose buffers may be longer.
 *
 * @throws EngineError of the sources.
 */
export const gatherPoints = async (
  sources: readonly PointSource[],
  extent: Box2,
  origin: readonly [x: number, y: number, z: number],
  { attributes, classes, cell = extent, spacing, watch = () => undefined }: GatherOptions = {},
): Promise<GatheredPoints> => {
  const further = furtherOf(attributes)
  const query: PointQuery = { origin, box: extent, ...(spacing === undefined ? {} : { spacing }), lent: true }
  const expected = await Promise.all(sources.map((source) => source.expected?.(query) ?? 0))
  const room = expected.reduce((sum, count) => sum + count, 0)
  const gathered = new GrownColumns(Math.min(MOST_ROOM, room), further)
  const choice = new Choice(classFilter({ classes }), mmBoxOf({ box: cell, origin }))
  const { others, times } = choice
  for (const source of sources) {
    others.count += source.othersIn?.(extent) ?? 0
    others.inCell += source.othersIn?.(cell) ?? 0
    const known = source.timesIn?.(cell)
    if (known) times.widen(...known)
    for await (const columns of source.read({ ...query, attributes: readAttributes(further, source) })) {
      gathered.append(columns, choice.of(columns, source.timesIn === undefined))
    }
  }
  watch()
  const read = gathered.points
  const { points, duplicates } = orderByCells(read, origin) ?? orderPlainly(read, origin)
  watch()
  const time = times.range
  return {
    points: { ...points, scale: 0.001, origin },
    duplicates,
    noise: choice.noise,
    others,
    ...(time === undefined ? {} : { time }),
  }
}

/** What orders points, what is asked for, and the times, unless the source tells their range without them. */
const readAttributes = ({ intensity, gpsTime }: Further, { timesIn }: PointSource): AttributeName[] => [
  "classification",
  "returnNumber",
  "numberOfReturns",
  ...(intensity ? (["intensity"] as const) : []),
  ...(gpsTime || timesIn === undefined ? (["gpsTime"] as const) : []),
]

const isNoise = (code: number): boolean => code === 7 || code === 18

/** Points for which room is made before they are read, at most: what a file says of itself may be wrong. */
const MOST_ROOM = 2 ** 26

/** Which points are held; counts and times of what was looked at. */
class Choice {
  noise = 0
  readonly others = { count: 0, inCell: 0 }
  readonly times = new TimeRange()
  readonly #wanted: Uint8Array | undefined
  readonly #cell: MmBox
  #kept = new Uint32Array(0)

  constructor(wanted: Uint8Array | undefined, cell: MmBox) {
    this.#wanted = wanted
    this.#cell = cell
  }

  /** The points of a chunk to hold, good until the next one is asked for; undefined: all of them. */
  of(columns: PointColumns, timed: boolean): Uint32Array | undefined {
    const { classification, count, x, y } = columns
    if (this.#kept.length < count) this.#kept = new Uint32Array(count)
    const [wanted, kept] = [this.#wanted, this.#kept]
    const { minX, minY, maxX, maxY } = this.#cell
    let [clean, n] = [0, 0]
    for (let i = 0; i < count; i++) if (!isNoise(classification[i]!)) kept[clean++] = i
    this.noise += count - clean
    if (timed) this.times.addPoints(columns, this.#cell, clean === count ? undefined : kept.subarray(0, clean))
    if (wanted === undefined) return clean === count ? undefined : kept.subarray(0, clean)
    for (let k = 0; k < clean; k++) {
      const i = kept[k]!
      if (wanted[classification[i]!] === 1) {
        kept[n++] = i
        continue
      }
      this.others.count++
      if (x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY) this.others.inCell++
    }
    return n === count ? undefined : kept.subarray(0, n)
  }
}

/** First and last GPS time of some points. Times that are none (0 of virtual points, NaN) do not count; nor does noise, which callers leave out. */
class TimeRange {
  first = Infinity
  last = -Infinity

  /** Widens the range by another one; an empty one is [Infinity, −Infinity]. */
  widen(first: number, last: number): void {
    if (first < this.first) this.first = first
    if (last > this.last) this.last = last
  }

  /** Widens the range by the times of the points in a box: those of the places `chosen`, all when absent. */
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

  /** Undefined where no point has a time. */
  get range(): readonly [first: number, last: number] | undefined {
    return this.first <= this.last ? [this.first, this.last] : undefined
  }
}
