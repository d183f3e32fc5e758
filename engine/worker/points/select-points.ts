/**
 * Reduces a tile's points to the columns and classes that its ports ask for, and selects the points
 * of one port by class, extent, attributes and spacing.
 */
import type { Box2 } from "../../core/geometry/box.js"
import { eachExtra } from "../../formats/las/columns.js"
import type { AttributeName, ChunkedPoints, OptionValue, PointAttributes, Points, PointsPort } from "../../kernel.js"
import { BLOCK, BY_CLASS, type NearSquares, PointBlocks, type Selection, WHOLE } from "./point-blocks.js"

/** A port that takes every point, with all its attributes. */
export const EVERYTHING: PointsPort = {
  kind: "points",
  attributes: ["classification", "returnNumber", "numberOfReturns", "intensity", "gpsTime"],
}

/** Points of a tile for its kernels, without the attributes that no port asks for. */
export type HeldPoints = Points & {
  readonly classification: Uint8Array
  /**
   * 1 for each class whose points have a time, where others have none. `gpsTime` then contains only
   * those points, in their order.
   */
  readonly timed?: Uint8Array
  /** Points of each class, where their reading counted them. */
  readonly counts?: Uint32Array
}

/**
 * Drops the columns that no port asks for: GPS time, intensity and returns are 12 of 25 bytes per
 * point. Keeps times (8 bytes each) only for classes whose ports ask for them.
 */
export const keepAttributes = (all: HeldPoints, ports: readonly PointsPort[]): HeldPoints => {
  const { count, x, y, z, scale, origin, classification, counts } = all
  const asked = new Set(ports.flatMap((port) => port.attributes ?? []))
  return {
    count,
    x,
    y,
    z,
    scale,
    origin,
    classification,
    ...(counts === undefined ? {} : { counts }),
    ...(asked.has("returnNumber") && all.returnNumber ? { returnNumber: all.returnNumber } : {}),
    ...(asked.has("numberOfReturns") && all.numberOfReturns ? { numberOfReturns: all.numberOfReturns } : {}),
    ...(asked.has("intensity") && all.intensity ? { intensity: all.intensity } : {}),
    ...(asked.has("gpsTime") && all.gpsTime ? timesOf(all, all.gpsTime, ports) : {}),
    ...(all.extra ? { extra: all.extra } : {}),
  }
}

/** 1 for each class whose points a port wants the times of. */
export const timedClasses = (ports: readonly PointsPort[]): Uint8Array => {
  const timed = new Uint8Array(256)
  for (const port of ports) {
    if (!port.attributes?.includes("gpsTime")) continue
    const wanted = marksOf(port.classes)
    for (let code = 0; code < 256; code++) timed[code]! |= wanted[code]!
  }
  return timed
}

/** The times of the points whose ports ask for them. */
const timesOf = (
  { classification, count, timed: known }: HeldPoints,
  gpsTime: Float64Array,
  ports: readonly PointsPort[],
): Pick<HeldPoints, "gpsTime" | "timed"> => {
  if (known !== undefined) return { gpsTime, timed: known }
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

/** 1 for each of some classes, or for all when undefined; noise (7, 18) never. */
const marksOf = (classes: readonly number[] | undefined): Uint8Array => {
  const wanted = new Uint8Array(256)
  for (let c = 0; c < 256; c++) {
    wanted[c] = (classes === undefined || classes.includes(c)) && c !== 7 && c !== 18 ? 1 : 0
  }
  return wanted
}

interface Selecting {
  /** Options of the kernel, for a port that states where points matter. */
  readonly options?: Readonly<Record<string, OptionValue>>
  /** True where nobody reads the points afterwards: the selection may overwrite them. */
  readonly last?: boolean
}

/**
 * The points of a port: its classes inside `extent` (half-open), with the attributes asked for, in
 * unchanged order. Each kernel receives exactly its own extent, so that another kernel's longer
 * reach never changes its bytes. Takes no memory besides its result. Shares the columns where every
 * point is selected. Blocks without a point of the port cost nothing.
 */
export const selectPoints = (
  all: HeldPoints,
  port: PointsPort,
  extent: Box2,
  { options, last = false }: Selecting = {},
): Points => {
  const blocks = blocksOf(all)
  const whole = selection(all, port, extent)
  const within = options === undefined ? whole : { ...whole, near: squaresNear(all, port, whole.box, options) }
  const { how, count } = blocks.select(within)
  if (count === all.count) return pickAttributes(all, port)
  const stays = last && fillsRoom(all, count)
  const chosen: Chosen = { all, blocks, how, within }
  const column = <T extends PointAttributes[AttributeName]>(
    name: AttributeName,
    from: T | undefined,
    make: () => T,
    held?: Uint8Array,
  ): Partial<PointAttributes> => {
    if (from === undefined || !port.attributes?.includes(name)) return {}
    const to = stays ? from : make()
    copyColumn(chosen, from, to, held)
    return { [name]: to.subarray(0, count) }
  }
  // First, since the selection reads places and classes, and may overwrite them.
  const further = {
    ...column("returnNumber", all.returnNumber, () => new Uint8Array(count)),
    ...column("numberOfReturns", all.numberOfReturns, () => new Uint8Array(count)),
    ...column("intensity", all.intensity, () => new Uint16Array(count)),
    ...column("gpsTime", all.gpsTime, () => new Float64Array(count), all.timed),
    ...extraOf(all, port, (from) => {
      const to = new Float64Array(count)
      copyColumn(chosen, from, to)
      return to
    }),
  }
  const to = placesOf(all, port, stays ? undefined : count)
  copyPlaces(chosen, to)
  return {
    count,
    x: to.x.subarray(0, count),
    y: to.y.subarray(0, count),
    z: to.z.subarray(0, count),
    scale: all.scale,
    origin: all.origin,
    ...(to.classification === undefined ? {} : { classification: to.classification.subarray(0, count) }),
    ...further,
  }
}

/**
 * The same points for a port that is `chunked`. Its columns are made only if the kernel reads them
 * instead of the chunks. `all` must not change before.
 */
export const streamPoints = (all: HeldPoints, port: PointsPort, extent: Box2): ChunkedPoints => {
  const blocks = blocksOf(all)
  const within = selection(all, port, extent)
  const { how, count } = blocks.select(within)
  if (count === all.count) return pickAttributes(all, port)
  let columns: Points | undefined
  const whole = (): Points => {
    columns ??= selectPoints(all, port, extent)
    return columns
  }
  return {
    count,
    scale: all.scale,
    origin: all.origin,
    get x() {
      return whole().x
    },
    get y() {
      return whole().y
    },
    get z() {
      return whole().z
    },
    // Undefined where the port does not ask for it.
    get classification() {
      return whole().classification as Uint8Array
    },
    get extra() {
      return whole().extra as Readonly<Record<string, Float64Array>>
    },
    chunks: (to, use) => copyChunks({ all, blocks, how, within }, to, use),
  }
}

/** The squares where a port's points matter; undefined if all do. */
const squaresNear = (
  all: HeldPoints,
  { near }: PointsPort,
  box: Selection["box"],
  options: Readonly<Record<string, OptionValue>>,
): NearSquares | undefined =>
  near && blocksOf(all).squaresNear({ wanted: marksOf(near.classes), box }, near.reach(options) / all.scale)

const known = new WeakMap<HeldPoints, PointBlocks>()

/** The blocks of points, found once. */
const blocksOf = (all: HeldPoints): PointBlocks => {
  const blocks = known.get(all) ?? new PointBlocks(all)
  known.set(all, blocks)
  return blocks
}

/**
 * True where `count` points fill at least three quarters of the buffers from bucket files: new
 * memory then costs more than the unused rest.
 */
const fillsRoom = ({ counts, x }: HeldPoints, count: number): boolean =>
  counts !== undefined && count >= (3 / 4) * (x.buffer.byteLength / x.BYTES_PER_ELEMENT)

/** Coordinates of points, and their classes if a port asks for them. */
type PlaceColumns = Pick<Points, "x" | "y" | "z" | "classification">

/** New columns for `count` points, or the columns of all points when undefined. */
const placesOf = (all: HeldPoints, { attributes = [] }: PointsPort, count: number | undefined): PlaceColumns => {
  const isClassed = attributes.includes("classification")
  if (count === undefined) {
    const { x, y, z, classification } = all
    return { x, y, z, ...(isClassed ? { classification } : {}) }
  }
  // One element more: the copy by class may write once past the end.
  const [x, y, z] = [new Int32Array(count + 1), new Int32Array(count + 1), new Int32Array(count + 1)]
  return { x, y, z, ...(isClassed ? { classification: new Uint8Array(count + 1) } : {}) }
}

const pickAttributes = (all: HeldPoints, { attributes = [], extra = [] }: PointsPort): Points => {
  const { count, x, y, z, scale, origin } = all
  const columns: Partial<PointAttributes> = Object.fromEntries(
    attributes.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  )
  return { count, x, y, z, scale, origin, ...columns, ...extraOf(all, { extra }) }
}

/** The extra bytes that a port asks for. */
const extraOf = (
  { extra = {} }: HeldPoints,
  { extra: names = [] }: Pick<PointsPort, "extra">,
  copy: (values: Float64Array) => Float64Array = (values) => values,
): Pick<Points, "extra"> => {
  const asked = names.flatMap((name) => (extra[name] === undefined ? [] : [[name, extra[name]] as const]))
  return names.length === 0 ? {} : { extra: eachExtra(Object.fromEntries(asked), copy) }
}

/** Points with new classes for those that a port selects; overwrites the classes. */
export const withClasses = (all: HeldPoints, port: PointsPort, extent: Box2, codes: Uint8Array): HeldPoints => {
  const {
    wanted,
    box: [minX, minY, maxX, maxY],
  } = selection(all, port, extent)
  const { x, y, classification, count } = all
  const counts = new Uint32Array(256)
  let n = 0
  for (let i = 0; i < count; i++) {
    const px = x[i] as number
    const py = y[i] as number
    if (wanted[classification[i] as number] === 1 && px >= minX && px < maxX && py >= minY && py < maxY)
      classification[i] = codes[n++] as number
    counts[classification[i] as number]!++
  }
  return { ...all, ...(all.counts === undefined ? {} : { counts }) }
}

/** True where at least one point would be selected. */
export const hasPoints = (all: HeldPoints, port: PointsPort, extent: Box2): boolean =>
  blocksOf(all).select(selection(all, port, extent), 1).count > 0

const selection = (all: HeldPoints, port: PointsPort, extent: Box2): Selection => ({
  wanted: marksOf(port.classes),
  box: millimetres(extent, all),
})

/** Points, and how a selection takes each block of them. */
interface Chosen {
  readonly all: HeldPoints
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
  { x, y, z, classification }: HeldPoints,
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

/** Does the same with classes. */
const copyClassed = (
  { x, y, z, classification }: HeldPoints,
  wanted: Uint8Array,
  begin: number,
  end: number,
  { x: toX, y: toY, z: toZ, classification: toClass }: PlaceColumns,
  n: number,
): number => {
  for (let i = begin; i < end; i++) {
    const code = classification[i]!
    toX[n] = x[i]!
    toY[n] = y[i]!
    toZ[n] = z[i]!
    toClass![n] = code
    n += wanted[code]!
  }
  return n
}

const copyPoints = (
  { x, y, z, classification }: HeldPoints,
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

/** A box in integers of the points. */
const millimetres = (box: Box2, points: Points): [number, number, number, number] => {
  const at = (value: number, axis: 0 | 1): number => Math.round((value - points.origin[axis]) / points.scale)
  return [at(box[0], 0), at(box[1], 1), at(box[2], 0), at(box[3], 1)]
}

/**
 * Number of points in a box without noise and duplicates, and first and last GPS time of all points
 * in it except noise.
 */
export interface CellSummary {
  readonly count: number
  readonly time?: readonly [first: number, last: number]
}

/** Counts the points in a half-open box, CRS metres. */
export const countInside = (all: Points, box: Box2): number => {
  const [minX, minY, maxX, maxY] = millimetres(box, all)
  const { x, y } = all
  let count = 0
  for (let i = 0; i < all.count; i++) {
    const px = x[i] as number
    const py = y[i] as number
    if (px >= minX && px < maxX && py >= minY && py < maxY) count++
  }
  return count
}
