/**
 * Reduces a tile's points to the columns and classes that its ports ask for, and selects the points
 * of one port by class, extent, attributes and spacing.
 */
import type { Box2 } from "../../core/geometry/box.js"
import type { BucketCore, PlaceColumns } from "../../formats/buckets/core-types.js"
import { mmBoxOf } from "../../formats/las/columns.js"
import type { AttributeName, PointAttributes, Points, PointsPort } from "../../kernel.js"

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
  /** Facts about points from bucket files, known without a pass over them. */
  readonly known?: KnownPoints
}

/** Facts that the reading of points found. */
export interface KnownPoints {
  /** Points of each class. */
  readonly counts: Uint32Array
  /** Half-open, CRS metres; contains all points. */
  readonly extent: Box2
}

/**
 * Drops the columns that no port asks for: GPS time, intensity and returns are 12 of 25 bytes per
 * point. Keeps times (8 bytes each) only for classes whose ports ask for them.
 */
export const keepAttributes = (all: HeldPoints, ports: readonly PointsPort[]): HeldPoints => {
  const { count, x, y, z, scale, origin, classification, known } = all
  const asked = new Set(ports.flatMap((port) => port.attributes ?? []))
  return {
    count,
    x,
    y,
    z,
    scale,
    origin,
    classification,
    ...(known === undefined ? {} : { known }),
    ...(asked.has("returnNumber") && all.returnNumber ? { returnNumber: all.returnNumber } : {}),
    ...(asked.has("numberOfReturns") && all.numberOfReturns ? { numberOfReturns: all.numberOfReturns } : {}),
    ...(asked.has("intensity") && all.intensity ? { intensity: all.intensity } : {}),
    ...(asked.has("gpsTime") && all.gpsTime ? timesOf(all, all.gpsTime, timedClasses(ports)) : {}),
  }
}

/** 1 for each class whose points a port wants the times of. */
const timedClasses = (ports: readonly PointsPort[]): Uint8Array => {
  const timed = new Uint8Array(256)
  for (const port of ports) {
    if (!port.attributes?.includes("gpsTime")) continue
    const wanted = wantedClasses(port)
    for (let code = 0; code < 256; code++) timed[code]! |= wanted[code]!
  }
  return timed
}

/** The times of the points of some classes; every point must have one. */
const timesOf = (
  { classification, count }: HeldPoints,
  gpsTime: Float64Array,
  timed: Uint8Array,
): Pick<HeldPoints, "gpsTime" | "timed"> => {
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

/** 1 for each class that a port takes; noise (7, 18) never. */
const wantedClasses = (port: PointsPort): Uint8Array => {
  const wanted = new Uint8Array(256)
  for (let c = 0; c < 256; c++) {
    wanted[c] = (port.classes === undefined || port.classes.includes(c)) && c !== 7 && c !== 18 ? 1 : 0
  }
  return wanted
}

interface Selecting {
  /** True where nobody reads the points afterwards: the selection may overwrite them. */
  readonly last?: boolean
  /** Selects points that need no other test than their class; without it this takes longer. */
  readonly core?: Pick<BucketCore, "select">
}

/** Points with every attribute, as read. */
export type FullPoints = Required<Points>

/**
 * The points of a port: its classes inside `extent` (half-open), with the attributes asked for, in
 * unchanged order. Each kernel receives exactly its own extent, so that another kernel's longer
 * reach never changes its bytes. Takes no memory besides its result. Shares the columns where every
 * point is selected.
 *
 * @param thinned 1 for each point that the port's spacing keeps; all when absent
 */
export const selectPoints = (
  all: HeldPoints,
  port: PointsPort,
  extent: Box2,
  thinned?: Uint8Array,
  { last = false, core }: Selecting = {},
): Points => {
  const within = selection(all, port, extent, thinned)
  const inside = holdsAll(all, within)
  const count = inside ? countOfClasses(all, within) : countSelected(all, within)
  if (count === all.count) return pickAttributes(all, port)
  const stays = last && inside && fillsRoom(all, count)
  const column = <T extends PointAttributes[AttributeName]>(
    name: AttributeName,
    from: T | undefined,
    make: () => T,
    held?: Uint8Array,
  ): Partial<PointAttributes> => {
    if (from === undefined || !port.attributes?.includes(name)) return {}
    const to = stays ? from : make()
    if (held === undefined) copySelected(all, within, from, to)
    else copyHeld(all, within, from, held, to)
    return { [name]: to.subarray(0, count) }
  }
  // First, since the selection reads places and classes, and may overwrite them.
  const further = {
    ...column("returnNumber", all.returnNumber, () => new Uint8Array(count)),
    ...column("numberOfReturns", all.numberOfReturns, () => new Uint8Array(count)),
    ...column("intensity", all.intensity, () => new Uint16Array(count)),
    ...column("gpsTime", all.gpsTime, () => new Float64Array(count), all.timed),
  }
  const to = placesOf(all, port, stays ? undefined : count)
  if (inside && core !== undefined) core.select(all, all.count, within.wanted, to)
  else copyPlaces(all, within, to)
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
 * True where `count` points fill at least three quarters of the buffers from bucket files: new
 * memory then costs more than the unused rest.
 */
const fillsRoom = ({ known, x }: HeldPoints, count: number): boolean =>
  known !== undefined && count >= (3 / 4) * (x.buffer.byteLength / x.BYTES_PER_ELEMENT)

/** New columns for `count` points, or the columns of all points when undefined. */
const placesOf = (all: HeldPoints, { attributes = [] }: PointsPort, count: number | undefined): PlaceColumns => {
  const isClassed = attributes.includes("classification")
  if (count === undefined) {
    const { x, y, z, classification } = all
    return { x, y, z, ...(isClassed ? { classification } : {}) }
  }
  const [x, y, z] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)]
  return { x, y, z, ...(isClassed ? { classification: new Uint8Array(count) } : {}) }
}

const pickAttributes = (all: HeldPoints, { attributes = [] }: PointsPort): Points => {
  const { count, x, y, z, scale, origin } = all
  const columns: Partial<PointAttributes> = Object.fromEntries(
    attributes.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  )
  return { count, x, y, z, scale, origin, ...columns }
}

/** Points with new classes for those that a port selects; overwrites the classes. */
export const withClasses = (all: HeldPoints, port: PointsPort, extent: Box2, codes: Uint8Array): HeldPoints => {
  const {
    wanted,
    box: [minX, minY, maxX, maxY],
  } = selection(all, port, extent)
  const { x, y, classification, count, known } = all
  const counts = new Uint32Array(256)
  let n = 0
  for (let i = 0; i < count; i++) {
    const px = x[i] as number
    const py = y[i] as number
    if (wanted[classification[i] as number] === 1 && px >= minX && px < maxX && py >= minY && py < maxY)
      classification[i] = codes[n++] as number
    counts[classification[i] as number]!++
  }
  return { ...all, ...(known === undefined ? {} : { known: { ...known, counts } }) }
}

/** True where at least one point would be selected. */
export const hasPoints = (all: HeldPoints, port: PointsPort, extent: Box2, thinned?: Uint8Array): boolean =>
  countSelected(all, selection(all, port, extent, thinned), 1) > 0

/** Counted once for all ports of a tile: its points by class, and their bounding box. */
interface Summary {
  readonly counts: Uint32Array
  /** Half-open, in integers of the points. */
  readonly box: readonly [number, number, number, number]
}

const summaries = new WeakMap<HeldPoints, Summary>()

const summaryOf = (all: HeldPoints): Summary => {
  const known = summaries.get(all)
  if (known !== undefined) return known
  if (all.known !== undefined) {
    // Rounded as the reader of bucket files does, which may be one millimetre more than a port's
    // own extent.
    const { minX, minY, maxX, maxY } = mmBoxOf({ box: all.known.extent, origin: all.origin })
    return { counts: all.known.counts, box: [minX, minY, maxX, maxY] }
  }
  const { x, y, classification, count } = all
  const counts = new Uint32Array(256)
  let [minX, minY, maxX, maxY] = [x[0] ?? 0, y[0] ?? 0, x[0] ?? 0, y[0] ?? 0]
  for (let i = 0; i < count; i++) {
    const px = x[i] as number
    const py = y[i] as number
    if (px < minX) minX = px
    else if (px > maxX) maxX = px
    if (py < minY) minY = py
    else if (py > maxY) maxY = py
    const code = classification[i] as number
    counts[code] = (counts[code] as number) + 1
  }
  const summary: Summary = { counts, box: [minX, minY, maxX + 1, maxY + 1] }
  summaries.set(all, summary)
  return summary
}

/**
 * True where only the classes decide: most ports take the points of the whole extent that was read.
 */
const holdsAll = (all: HeldPoints, { box, thinned }: Selection): boolean => {
  if (thinned !== undefined) return false
  const [minX, minY, maxX, maxY] = summaryOf(all).box
  return minX >= box[0] && maxX <= box[2] && minY >= box[1] && maxY <= box[3]
}

const countOfClasses = (all: HeldPoints, { wanted }: Selection): number => {
  const { counts } = summaryOf(all)
  return wanted.reduce((sum, take, code) => sum + take * (counts[code] as number), 0)
}

/** Which points to take: 1 for each class, and a half-open box in integers of the points. */
interface Selection {
  readonly wanted: Uint8Array
  readonly box: readonly [number, number, number, number]
  readonly thinned: Uint8Array | undefined
}

const selection = (all: HeldPoints, port: PointsPort, extent: Box2, thinned?: Uint8Array): Selection => ({
  wanted: wantedClasses(port),
  box: millimetres(extent, all),
  thinned,
})

/** Number of selected points; stops at `enough`. */
const countSelected = (
  all: HeldPoints,
  { wanted, box: [minX, minY, maxX, maxY], thinned }: Selection,
  enough = Number.POSITIVE_INFINITY,
): number => {
  const { x, y, classification, count } = all
  let n = 0
  for (let i = 0; i < count && n < enough; i++) {
    if (wanted[classification[i] as number] === 0 || (thinned !== undefined && thinned[i] !== 1)) continue
    const px = x[i] as number
    const py = y[i] as number
    if (px >= minX && px < maxX && py >= minY && py < maxY) n++
  }
  return n
}

/**
 * Copies in one pass what nearly every port asks for. Points of one class follow each other, in
 * runs of a few points or of thousands.
 */
const copyPlaces = (
  all: HeldPoints,
  { wanted, box: [minX, minY, maxX, maxY], thinned }: Selection,
  { x: toX, y: toY, z: toZ, classification: toClass }: PlaceColumns,
): void => {
  const { x, y, z, classification, count } = all
  let n = 0
  for (let i = 0; i < count; i++) {
    const code = classification[i] as number
    if (wanted[code] === 0 || (thinned !== undefined && thinned[i] !== 1)) continue
    const px = x[i] as number
    const py = y[i] as number
    if (px < minX || px >= maxX || py < minY || py >= maxY) continue
    toX[n] = px
    toY[n] = py
    toZ[n] = z[i] as number
    if (toClass !== undefined) toClass[n] = code
    n++
  }
}

const copySelected = <T extends PointAttributes[AttributeName]>(
  all: HeldPoints,
  { wanted, box: [minX, minY, maxX, maxY], thinned }: Selection,
  from: T,
  to: T,
): void => {
  const { x, y, classification, count } = all
  let n = 0
  for (let i = 0; i < count; i++) {
    const px = x[i] as number
    const py = y[i] as number
    if (thinned !== undefined && thinned[i] !== 1) continue
    if (wanted[classification[i] as number] === 1 && px >= minX && px < maxX && py >= minY && py < maxY)
      to[n++] = from[i] as number
  }
}

/**
 * As {@link copySelected}, for a column that only has points of the classes in `held`. All selected
 * classes must be among them.
 */
const copyHeld = <T extends PointAttributes[AttributeName]>(
  all: HeldPoints,
  { wanted, box: [minX, minY, maxX, maxY], thinned }: Selection,
  from: T,
  held: Uint8Array,
  to: T,
): void => {
  const { x, y, classification, count } = all
  let [n, at] = [0, 0]
  for (let i = 0; i < count; i++) {
    const code = classification[i] as number
    if (held[code] !== 1) continue
    const value = from[at++] as number
    if (wanted[code] !== 1 || (thinned !== undefined && thinned[i] !== 1)) continue
    const px = x[i] as number
    const py = y[i] as number
    if (px >= minX && px < maxX && py >= minY && py < maxY) to[n++] = value
  }
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
