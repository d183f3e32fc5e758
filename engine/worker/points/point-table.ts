/**
 * The points of a tile as a table of columns, from which each port receives its own by class,
 * extent and attributes.
 */
import type { Box2 } from "../../core/geometry/box.js"
import { eachExtra } from "../../formats/las/columns.js"
import { thinPoints } from "../../formats/points/thin.js"
import type { AttributeName, ChunkedPoints, OptionValue, PointAttributes, Points, PointsPort } from "../../kernel.js"
import { BLOCK, BY_CLASS, PointBlocks, type Selection, WHOLE } from "./point-blocks.js"

/** A port that takes every point, with all its attributes. */
export const EVERYTHING: PointsPort = {
  kind: "points",
  attributes: ["classification", "returnNumber", "numberOfReturns", "intensity", "gpsTime"],
}

/** Columns of a table. */
export interface TableColumns extends Pick<Points, "count" | "x" | "y" | "z" | "scale" | "origin"> {
  readonly classification: Uint8Array
  readonly returnNumber?: Uint8Array | undefined
  readonly numberOfReturns?: Uint8Array | undefined
  readonly intensity?: Uint16Array | undefined
  readonly gpsTime?: Float64Array | undefined
  readonly extra?: Points["extra"] | undefined
  /**
   * 1 for each class whose points have a time, where others have none. `gpsTime` then contains only
   * those points, in their order.
   */
  readonly timed?: Uint8Array | undefined
  /** Points of each class, by bucket files, whose columns may have longer buffers. */
  readonly counts?: Uint32Array | undefined
}

interface Selecting {
  /** Options of the kernel, for a port that states where points matter. */
  readonly options?: Readonly<Record<string, OptionValue>>
  /** True where nobody reads the points afterwards: the selection may overwrite them. */
  readonly last?: boolean
}

/** Points in canonical order. Their places and classes must not change: see {@link recount}. */
export class PointTable {
  readonly columns: TableColumns
  #blocks: PointBlocks | undefined

  constructor(columns: TableColumns) {
    this.columns = columns
  }

  /** The blocks of the points, found once. */
  get blocks(): PointBlocks {
    this.#blocks ??= new PointBlocks(this.columns)
    return this.#blocks
  }

  /** The same points after their classes were overwritten. */
  recount(): PointTable {
    const { counts, ...columns } = this.columns
    return new PointTable(counts === undefined ? columns : { ...columns, counts: countByClass(columns) })
  }

  /**
   * The same points without the columns that no port asks for: GPS time, intensity and returns are
   * 12 of 25 bytes a point. Times (8 bytes each) remain only for classes whose ports ask for them.
   */
  reduce(ports: readonly PointsPort[]): PointTable {
    const { returnNumber, numberOfReturns, intensity, gpsTime: _, timed: __, ...columns } = this.columns
    const asked = new Set(ports.flatMap((port) => port.attributes ?? []))
    return new PointTable({
      ...columns,
      returnNumber: asked.has("returnNumber") ? returnNumber : undefined,
      numberOfReturns: asked.has("numberOfReturns") ? numberOfReturns : undefined,
      intensity: asked.has("intensity") ? intensity : undefined,
      ...(asked.has("gpsTime") ? pickTimes(this.columns, ports) : {}),
    })
  }

  /** The points that a spacing keeps, in columns of their own. */
  thin(spacing: number): PointTable {
    return this.pick(thinPoints(this.columns, spacing))
  }

  /** Copies the points that are marked with 1. */
  pick(marks: Uint8Array): PointTable {
    const { scale, origin, returnNumber, numberOfReturns, intensity, gpsTime, timed, extra, ...all } = this.columns
    const places = findMarks(marks)
    return new PointTable({
      count: places.length,
      scale,
      origin,
      x: pickValues(all.x, places),
      y: pickValues(all.y, places),
      z: pickValues(all.z, places),
      classification: pickValues(all.classification, places),
      returnNumber: returnNumber && pickValues(returnNumber, places),
      numberOfReturns: numberOfReturns && pickValues(numberOfReturns, places),
      intensity: intensity && pickValues(intensity, places),
      gpsTime: gpsTime && pickValues(gpsTime, timed ? findMarks(marks, all.classification, timed) : places),
      timed,
      extra: extra && eachExtra(extra, (values) => pickValues(values, places)),
    })
  }

  /** True where a port would receive at least one point. */
  has(port: PointsPort, extent: Box2): boolean {
    return this.blocks.select(this.selection(port, extent), 1).count > 0
  }

  /**
   * The points of a port: its classes inside `extent` (half-open), with the attributes asked for,
   * in unchanged order. Each kernel receives exactly its own extent, so that another kernel's
   * longer reach never changes its bytes. Takes no memory besides its result. Shares the columns
   * where every point is selected. Blocks without a point of the port cost nothing.
   */
  select(port: PointsPort, extent: Box2, { options, last = false }: Selecting = {}): Points {
    const { columns: all, blocks } = this
    const within = this.selection(port, extent, options)
    const { how, count } = blocks.select(within)
    if (count === all.count) return shareColumns(all, port)
    const inPlace = last && fillsRoom(all, count)
    const chosen: Chosen = { all, blocks, how, within }
    const attributes: Partial<Record<AttributeName, Column>> = {}
    // First, since the selection reads places and classes, and may overwrite them.
    for (const name of port.attributes ?? []) {
      const from = all[name]
      if (from === undefined || name === "classification") continue
      const to = inPlace ? from : makeLike(from, count)
      copyColumn(chosen, from, to, name === "gpsTime" ? all.timed : undefined)
      attributes[name] = to.subarray(0, count)
    }
    const extra = pickExtra(all, port, (from) => {
      const to = new Float64Array(count)
      copyColumn(chosen, from, to)
      return to
    })
    const to = makePlaces(all, port, inPlace ? undefined : count)
    copyPlaces(chosen, to)
    return {
      count,
      x: to.x.subarray(0, count),
      y: to.y.subarray(0, count),
      z: to.z.subarray(0, count),
      scale: all.scale,
      origin: all.origin,
      ...(to.classification === undefined ? {} : { classification: to.classification.subarray(0, count) }),
      ...(attributes as Partial<PointAttributes>),
      ...extra,
    }
  }

  /**
   * The same points for a port that is `chunked`. Its columns are made only if the kernel reads
   * them instead of the chunks. The table must not change before.
   */
  stream(port: PointsPort, extent: Box2): ChunkedPoints {
    const { columns: all, blocks } = this
    const within = this.selection(port, extent)
    const { how, count } = blocks.select(within)
    if (count === all.count) return shareColumns(all, port)
    let selected: Points | undefined
    const select = (): Points => {
      selected ??= this.select(port, extent)
      return selected
    }
    return {
      count,
      scale: all.scale,
      origin: all.origin,
      get x() {
        return select().x
      },
      get y() {
        return select().y
      },
      get z() {
        return select().z
      },
      // Undefined where the port does not ask for it.
      get classification() {
        return select().classification as Uint8Array
      },
      get extra() {
        return select().extra as Readonly<Record<string, Float64Array>>
      },
      chunks: (to, use) => copyChunks({ all, blocks, how, within }, to, use),
    }
  }

  /** What a port takes. With `options` of its kernel, only where its points matter. */
  selection({ classes, near }: PointsPort, extent: Box2, options?: Selecting["options"]): Selection {
    const [wanted, box] = [markClasses(classes), toIntegers(extent, this.columns)]
    if (near === undefined || options === undefined) return { wanted, box }
    const reach = near.reach(options) / this.columns.scale
    return { wanted, box, near: this.blocks.cellsNear({ wanted: markClasses(near.classes), box }, reach) }
  }
}

/** Points of each class. */
export const countByClass = ({ count, classification }: TableColumns): Uint32Array => {
  const counts = new Uint32Array(256)
  for (let i = 0; i < count; i++) counts[classification[i]!]!++
  return counts
}

/**
 * True where `count` points fill at least three quarters of the buffers from bucket files: new
 * memory then costs more than the unused rest.
 */
const fillsRoom = ({ counts, x }: TableColumns, count: number): boolean =>
  counts !== undefined && count >= (3 / 4) * (x.buffer.byteLength / x.BYTES_PER_ELEMENT)

/** A box, CRS metres, in integers of points. */
export const toIntegers = (box: Box2, { origin, scale }: Pick<Points, "origin" | "scale">): Selection["box"] => {
  const at = (value: number, axis: 0 | 1): number => Math.round((value - origin[axis]) / scale)
  return [at(box[0], 0), at(box[1], 1), at(box[2], 0), at(box[3], 1)]
}

/** 1 for each class whose points a port wants the times of. */
export const timedClasses = (ports: readonly PointsPort[]): Uint8Array => {
  const timed = new Uint8Array(256)
  for (const port of ports) {
    if (!port.attributes?.includes("gpsTime")) continue
    const wanted = markClasses(port.classes)
    for (let code = 0; code < 256; code++) timed[code]! |= wanted[code]!
  }
  return timed
}

/** 1 for each of some classes, or for all when undefined; noise (7, 18) never. */
const markClasses = (classes: readonly number[] | undefined): Uint8Array => {
  const wanted = new Uint8Array(256)
  for (let c = 0; c < 256; c++)
    wanted[c] = (classes === undefined || classes.includes(c)) && c !== 7 && c !== 18 ? 1 : 0
  return wanted
}

/** The times of the points whose ports ask for them. */
const pickTimes = (
  { classification, count, gpsTime, timed: known }: TableColumns,
  ports: readonly PointsPort[],
): Pick<TableColumns, "gpsTime" | "timed"> => {
  if (known !== undefined || gpsTime === undefined) return { gpsTime, timed: known }
  const timed = timedClasses(ports)
  let n = 0
  for (let i = 0; i < count; i++) n += timed[classification[i]!]!
  if (n === count) return { gpsTime }
  // One element more: the loop may write once past the end.
  const times = new Float64Array(n + 1)
  n = 0
  for (let i = 0; i < count; i++) {
    times[n] = gpsTime[i]!
    n += timed[classification[i]!]!
  }
  return { gpsTime: times.subarray(0, n), timed }
}

type Column = PointAttributes[AttributeName] | Int32Array

const makeLike = <T extends Column>(column: T, length: number): T =>
  new (column.constructor as new (length: number) => T)(length)

const pickValues = <T extends Column>(from: T, places: Uint32Array): T => {
  const to = makeLike(from, places.length)
  for (let n = 0; n < places.length; n++) to[n] = from[places[n]!]!
  return to
}

/** Places of the marked points; if `has` is set, among those of the classes that it marks. */
const findMarks = (marks: Uint8Array, classes: Uint8Array = marks, has?: Uint8Array): Uint32Array => {
  let n = 0
  for (let i = 0; i < marks.length; i++) n += has === undefined ? marks[i]! : marks[i]! & has[classes[i]!]!
  const places = new Uint32Array(n)
  n = 0
  for (let i = 0, at = 0; n < places.length; i++) {
    if (has !== undefined && has[classes[i]!] !== 1) continue
    if (marks[i] === 1) places[n++] = at
    at++
  }
  return places
}

/** Coordinates of points, and their classes if a port asks for them. */
type PlaceColumns = Pick<Points, "x" | "y" | "z" | "classification">

/** New columns for `count` points, or the columns of all points when undefined. */
const makePlaces = (all: TableColumns, { attributes = [] }: PointsPort, count: number | undefined): PlaceColumns => {
  const isClassed = attributes.includes("classification")
  if (count === undefined) {
    const { x, y, z, classification } = all
    return { x, y, z, ...(isClassed ? { classification } : {}) }
  }
  // One element more: the copy by class may write once past the end.
  const [x, y, z] = [new Int32Array(count + 1), new Int32Array(count + 1), new Int32Array(count + 1)]
  return { x, y, z, ...(isClassed ? { classification: new Uint8Array(count + 1) } : {}) }
}

const shareColumns = (all: TableColumns, { attributes = [], extra = [] }: PointsPort): Points => {
  const { count, x, y, z, scale, origin } = all
  const columns: Partial<PointAttributes> = Object.fromEntries(
    attributes.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  )
  return { count, x, y, z, scale, origin, ...columns, ...pickExtra(all, { extra }) }
}

/** The extra bytes that a port asks for. */
const pickExtra = (
  { extra = {} }: TableColumns,
  { extra: names = [] }: Pick<PointsPort, "extra">,
  copy: (values: Float64Array) => Float64Array = (values) => values,
): Pick<Points, "extra"> => {
  const asked = names.flatMap((name) => (extra[name] === undefined ? [] : [[name, extra[name]] as const]))
  return names.length === 0 ? {} : { extra: eachExtra(Object.fromEntries(asked), copy) }
}

/** Points, and how a selection takes each block of them. */
interface Chosen {
  readonly all: TableColumns
  readonly blocks: PointBlocks
  readonly how: Uint8Array
  readonly within: Selection
}

/**
 * Copies in one pass what nearly every port asks for. Points of one class follow each other, in
 * runs of a few points or of thousands.
 */
const copyPlaces = (chosen: Chosen, to: PlaceColumns): void => {
  let n = 0
  chosen.blocks.forEach(chosen.how, (kind, begin, end) => {
    n = copyRun(chosen, kind, begin, end, to, n)
  })
}

/** Copies the same in order to the start of columns, as many as fit, and calls `use` each time. */
const copyChunks = (chosen: Chosen, to: PlaceColumns, use: (count: number) => void): void => {
  let n = 0
  chosen.blocks.forEach(chosen.how, (kind, begin, end) => {
    for (let from = begin; from < end; from += BLOCK) {
      if (n + BLOCK > to.x.length) {
        use(n)
        n = 0
      }
      n = copyRun(chosen, kind, from, Math.min(end, from + BLOCK), to, n)
    }
  })
  if (n > 0) use(n)
}

/** Copies what a run of blocks has to position `n`; returns the next position. */
const copyRun = (
  { all, within }: Chosen,
  kind: number,
  begin: number,
  end: number,
  to: PlaceColumns,
  n: number,
): number => {
  if (kind !== WHOLE) {
    if (kind !== BY_CLASS) return copyPoints(all, within, begin, end, to, n)
    const copy = to.classification === undefined ? copyUnclassed : copyClassed
    return copy(all, within.wanted, begin, end, to, n)
  }
  to.x.set(all.x.subarray(begin, end), n)
  to.y.set(all.y.subarray(begin, end), n)
  to.z.set(all.z.subarray(begin, end), n)
  to.classification?.set(all.classification.subarray(begin, end), n)
  return n + end - begin
}

/**
 * Copies the points `[begin, end)` of some classes to position `n`. The next point overwrites one
 * that is not wanted: cheaper than an unpredictable branch.
 *
 * @returns the next position
 */
const copyUnclassed = (
  { x, y, z, classification }: TableColumns,
  wanted: Uint8Array,
  begin: number,
  end: number,
  { x: toX, y: toY, z: toZ }: PlaceColumns,
  n: number,
): number => {
  for (let i = begin; i < end; i++) {
    toX[n] = x[i]!
    toY[n] = y[i]!
    toZ[n] = z[i]!
    n += wanted[classification[i]!]!
  }
  return n
}

const NO_CLASSES = new Uint8Array(0)

/** Does the same with classes. */
const copyClassed = (
  { x, y, z, classification }: TableColumns,
  wanted: Uint8Array,
  begin: number,
  end: number,
  { x: toX, y: toY, z: toZ, classification: toClass = NO_CLASSES }: PlaceColumns,
  n: number,
): number => {
  for (let i = begin; i < end; i++) {
    const code = classification[i]!
    toX[n] = x[i]!
    toY[n] = y[i]!
    toZ[n] = z[i]!
    toClass[n] = code
    n += wanted[code]!
  }
  return n
}

const copyPoints = (
  { x, y, z, classification }: TableColumns,
  { wanted, box: [minX, minY, maxX, maxY] }: Selection,
  begin: number,
  end: number,
  { x: toX, y: toY, z: toZ, classification: toClass }: PlaceColumns,
  n: number,
): number => {
  for (let i = begin; i < end; i++) {
    const code = classification[i]!
    if (wanted[code] === 0) continue
    const px = x[i]!
    const py = y[i]!
    if (px < minX || px >= maxX || py < minY || py >= maxY) continue
    toX[n] = px
    toY[n] = py
    toZ[n] = z[i]!
    if (toClass !== undefined) toClass[n] = code
    n++
  }
  return n
}

/**
 * Copies one column.
 *
 * @param known 1 for the classes whose points it has, if not all; all selected ones are among them
 */
const copyColumn = <T extends PointAttributes[AttributeName]>(
  { all, blocks, how, within }: Chosen,
  from: T,
  to: T,
  known?: Uint8Array,
): void => {
  const { x, y, classification } = all
  const {
    wanted,
    box: [minX, minY, maxX, maxY],
  } = within
  const starts = known === undefined ? undefined : blocks.starts(known)
  let n = 0
  blocks.forEach(how, (kind, begin, end) => {
    let at = starts === undefined ? begin : starts[begin / BLOCK]!
    if (kind === WHOLE) {
      to.set(from.subarray(at, at + end - begin), n)
      n += end - begin
      return
    }
    for (let i = begin; i < end; i++) {
      const code = classification[i]!
      if (known !== undefined && known[code] !== 1) continue
      const value = from[at++]!
      if (wanted[code] === 0) continue
      if (kind === BY_CLASS || (x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY)) to[n++] = value
    }
  })
}
