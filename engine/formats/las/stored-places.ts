/**
 * Stored coordinates: conversion to millimetres, and the boxes and heights they are tested against.
 * Many points far outside the stated box are an error, since they indicate damage.
 */
import { damaged, EngineError } from "../../errors.js"
import { type MmBox, type PointQuery, toMmBox } from "./columns.js"
import type { LasHeader } from "./header.js"

/**
 * Conversion of a stored integer to millimetres relative to the origin. It is exact if scale and
 * offset are whole millimetres.
 */
export interface Axis {
  readonly exact: boolean
  readonly scale: number
  readonly offset: number
  readonly origin: number
}

const makeAxis = (scale: number, offset: number, origin: number): Axis => {
  const [scaleMm, offsetMm] = [Math.round(scale * 1000), Math.round(offset * 1000)]
  const exact = Math.abs(scale * 1000 - scaleMm) < 1e-9 && scaleMm > 0 && Math.abs(offset * 1000 - offsetMm) < 1e-5
  const originMm = Math.round(origin * 1000)
  return exact
    ? { exact, scale: scaleMm, offset: offsetMm - originMm, origin: 0 }
    : { exact, scale, offset, origin: originMm }
}

/** The axes x, y, z of a file for an origin in CRS metres. */
export const makeAxes = (
  header: { readonly scale: readonly number[]; readonly offset: readonly number[] },
  origin: readonly number[],
): readonly [Axis, Axis, Axis] => {
  const axis = (i: number): Axis => makeAxis(header.scale[i]!, header.offset[i]!, origin[i]!)
  return [axis(0), axis(1), axis(2)]
}

/**
 * Millimetres relative to the origin. The exact branch is integer arithmetic in doubles: |stored| <
 * 2^31, scale < 2^20 mm. The other rounds the absolute coordinate, hence does not depend on the
 * origin.
 */
export const toMm = (axis: Axis, stored: number): number =>
  axis.exact ? stored * axis.scale + axis.offset : Math.round((stored * axis.scale + axis.offset) * 1000) - axis.origin

/** The error for a point whose coordinates do not fit 32 bits. */
export const overflow = (file: string, mm: readonly number[], origin: readonly number[]): EngineError =>
  new EngineError(
    "E_INPUT",
    `${file}: a point at ${mm.map((value, i) => value / 1000 + (origin[i] ?? 0)).join(", ")} is more than 2,147 km from the origin ${origin.join(", ")}. ` +
      "Its coordinates are not metres of the job's CRS, or it is damaged. Correct it, or give a box (--bbox).",
    { file },
  )

/**
 * The least stored integer whose millimetres reach a bound; 2^31 if none does. Coordinates grow
 * with the stored integer. Bisection therefore takes 32 steps, whatever scale and offset a broken
 * header states.
 */
export const storedBound = (axis: Axis, mm: number): number => {
  if (!Number.isFinite(mm)) return mm
  let [below, bound] = [-2147483649, 2147483648]
  while (bound - below > 1) {
    const middle = Math.floor((below + bound) / 2)
    if (toMm(axis, middle) >= mm) bound = middle
    else below = middle
  }
  return bound
}

/**
 * The query's box in stored integers, half-open; it selects exactly the same points. Infinite
 * without a box.
 */
export const storedBox = (query: PointQuery, [x, y]: readonly [Axis, Axis, Axis]): MmBox => {
  const { minX, minY, maxX, maxY } = toMmBox(query)
  return {
    minX: storedBound(x, minX),
    minY: storedBound(y, minY),
    maxX: storedBound(x, maxX),
    maxY: storedBound(y, maxY),
  }
}

/** True if a half-open box contains a closed range of coordinates. */
export const isWithin = (range: MmBox, { minX, minY, maxX, maxY }: MmBox): boolean =>
  range.minX >= minX && range.maxX < maxX && range.minY >= minY && range.maxY < maxY

/** True if a closed range of coordinates meets a half-open box. */
export const meets = (range: MmBox, { minX, minY, maxX, maxY }: MmBox): boolean =>
  range.maxX >= minX && range.minX < maxX && range.maxY >= minY && range.minY < maxY

/** True if at least one point is in a half-open box. */
export const anyInside = (x: Int32Array, y: Int32Array, { minX, minY, maxX, maxY }: MmBox): boolean => {
  for (let i = 0; i < x.length; i++) {
    if (x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY) return true
  }
  return false
}

/**
 * Greatest credible height, metres up or down. Anything beyond is an error of a writer or a sensor.
 */
export const HIGHEST = 12_000

/** True if points at this height (metres) are left out. */
export const isTooHigh = (z: number): boolean => Math.abs(z) > HIGHEST

/** Counts the points that a reader leaves out or reads as unclassified. */
export interface LeftOut {
  tooHigh: number
  /** Points with a flag of the query's choice. */
  flagged: number
  /** Points outside the header's box or heights; they are read. */
  outside: number
  /** Points of classes that the query's choice lacks, by class; they are read as unclassified. */
  readonly unlisted: Map<number, number>
  /** Points of classes that the query's choice leaves out, by class. */
  readonly dropped: Map<number, number>
}

/** Counts of a reader that has read nothing yet. */
export const noneLeftOut = (): LeftOut => ({
  tooHigh: 0,
  flagged: 0,
  outside: 0,
  unlisted: new Map(),
  dropped: new Map(),
})

/** Adds a point to its class. */
export const countClass = (counts: Map<number, number>, code: number): void => {
  counts.set(code, (counts.get(code) ?? 0) + 1)
}

/** Progress of reading an open file: points decoded, whether or not a query selected them. */
export interface Progress extends LeftOut {
  decoded: number
}

/**
 * Range of heights that are read, half-open, in stored integers; `originZ` is the axis's origin,
 * metres.
 */
export const storedHeights = (axis: Axis, originZ: number): readonly [low: number, end: number] => {
  const origin = Math.round(originZ * 1000)
  return [storedBound(axis, -1000 * HIGHEST - origin), storedBound(axis, 1000 * HIGHEST + 1 - origin)]
}

/**
 * Tolerance around the header's box, CRS units: writers round it, and some repeat the box of the
 * file before a crop.
 */
const boxSlack = 10
/**
 * Tolerance for heights, metres, plus one step of their scale. Real files in the tests differ by
 * less than a step.
 */
const heightSlack = 1

/** The header's bounds with their tolerance, in stored units. */
export interface Stated extends MmBox {
  readonly minZ: number
  readonly maxZ: number
  /** Readers leave out and count heights outside `[low, top)`, whatever the header states. */
  readonly low: number
  readonly top: number
}

/** The bounds that the points of a file must respect. */
export const statedBox = (header: LasHeader): Stated => {
  const { box, zRange, scale, offset } = header
  const raw = (value: number, axis: 0 | 1 | 2): number => (value - offset[axis]) / scale[axis]
  const [low, top] = storedHeights(makeAxes(header, [0, 0, 0])[2], 0)
  return {
    minX: raw(box[0] - boxSlack, 0),
    minY: raw(box[1] - boxSlack, 1),
    maxX: raw(box[2] + boxSlack, 0),
    maxY: raw(box[3] + boxSlack, 1),
    minZ: raw(zRange[0] - heightSlack, 2) - 1,
    maxZ: raw(zRange[1] + heightSlack, 2) + 1,
    low,
    top,
  }
}

/**
 * Largest shares of a file's points outside its header's box and heights: noise, which writers of
 * headers overlook.
 */
const MOST_OUTSIDE = 0.001
const MOST_OUTSIDE_HEIGHTS = 0.01
/**
 * Largest share of a block. LAZ has no checksum, so a damaged body often decodes to such points,
 * which then fill the rest of a chunk.
 */
const MOST_OF_BLOCK = 0.05

/**
 * Checks the stored coordinates of one read against the header. The few points outside
 * {@link statedBox} are read and counted.
 *
 * @throws EngineError `E_FORMAT` from all methods for more than the largest share
 */
export class StatedCheck {
  readonly bounds: Stated
  private readonly header: LasHeader
  private readonly file: string
  private readonly counts: Pick<LeftOut, "outside">
  private places = 0
  private heights = 0
  private before = 0

  constructor(header: LasHeader, file: string, counts: Pick<LeftOut, "outside"> = { outside: 0 }) {
    this.bounds = statedBox(header)
    this.header = header
    this.file = file
    this.counts = counts
  }

  /** Checks a block. O(points). */
  block(x: Int32Array, y: Int32Array, z?: Int32Array): void {
    const { minX, minY, maxX, maxY } = this.bounds
    for (let i = 0; i < x.length; i++)
      if (!(x[i]! >= minX && x[i]! <= maxX && y[i]! >= minY && y[i]! <= maxY)) this.addPlace(x[i]!, y[i]!)
    this.endBlock(x.length)
    if (z !== undefined) this.blockHeights(z)
  }

  blockHeights(z: Int32Array): void {
    const { minZ, maxZ, low, top } = this.bounds
    for (let i = 0; i < z.length; i++)
      if (!(z[i]! >= minZ && z[i]! <= maxZ) && z[i]! >= low && z[i]! < top) this.addHeight(z[i]!)
    this.endBlock(z.length)
  }

  /** Counts a point outside the box. */
  addPlace(x: number, y: number): void {
    this.counts.outside++
    this.places++
    const { box, count } = this.header
    if (this.places > MOST_OUTSIDE * count)
      throw damaged(this.file, `${this.found(this.places, [x, y])} far outside the header's box ${box.join(", ")}`)
  }

  /** Counts a point outside the heights. */
  addHeight(z: number): void {
    this.counts.outside++
    this.heights++
    if (this.heights > MOST_OUTSIDE_HEIGHTS * this.header.count) throw this.tooManyHeights(z)
  }

  /** Ends a block of so many points. */
  endBlock(count: number): void {
    const outside = this.places + this.heights - this.before
    this.before += outside
    if (outside > MOST_OF_BLOCK * count)
      throw damaged(this.file, `${outside} of ${count} points in sequence are far outside the header's box and heights`)
  }

  private tooManyHeights(rawZ: number): EngineError {
    const { zRange, scale, offset } = this.header
    const z = (offset[2] + rawZ * scale[2]).toFixed(2)
    const points =
      this.heights === 1 ? `a point at z = ${z} is` : `${this.heights} points or more, one at z = ${z}, are`
    return damaged(this.file, `${points} far outside the header's heights ${zRange.join(" to ")}`)
  }

  private found(count: number, [rawX, rawY]: readonly [number, number]): string {
    const { scale, offset } = this.header
    const at = `${(offset[0] + rawX * scale[0]).toFixed(2)}, ${(offset[1] + rawY * scale[1]).toFixed(2)}`
    return count === 1 ? `a point at ${at} is` : `${count} points or more, one at ${at}, are`
  }
}
