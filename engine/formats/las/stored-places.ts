/**
 * Places as a file stores them: how they become millimetres, the boxes and heights that they are
 * tested against, and what is thrown for those far outside the stated box (damage).
 */
import { EngineError } from "../../errors.js"
import { type MmBox, mmBoxOf, type PointQuery } from "./columns.js"
import type { LasHeader } from "./header.js"

/** How a stored integer becomes a millimetre relative to the origin: exactly, where scale and offset are whole millimetres. */
export interface Axis {
  readonly exact: boolean
  readonly scale: number
  readonly offset: number
  readonly origin: number
}

const axisOf = (scale: number, offset: number, origin: number): Axis => {
  const [scaleMm, offsetMm] = [Math.round(scale * 1000), Math.round(offset * 1000)]
  const exact = Math.abs(scale * 1000 - scaleMm) < 1e-9 && scaleMm > 0 && Math.abs(offset * 1000 - offsetMm) < 1e-5
  const originMm = Math.round(origin * 1000)
  return exact
    ? { exact, scale: scaleMm, offset: offsetMm - originMm, origin: 0 }
    : { exact, scale, offset, origin: originMm }
}

/** The axes x, y, z of a file for an origin in CRS metres. */
export const axesOf = (
  header: { readonly scale: readonly number[]; readonly offset: readonly number[] },
  origin: readonly number[],
): readonly [Axis, Axis, Axis] => {
  const axis = (i: number): Axis => axisOf(header.scale[i]!, header.offset[i]!, origin[i]!)
  return [axis(0), axis(1), axis(2)]
}

/** In doubles every integer here is exact: |stored| < 2^31, scale < 2^20 mm. The rounded way goes by absolute place, whatever the origin. */
export const toMm = (axis: Axis, stored: number): number =>
  axis.exact ? stored * axis.scale + axis.offset : Math.round((stored * axis.scale + axis.offset) * 1000) - axis.origin

/** The error for a point that does not fit 32 bits. */
export const overflow = (file: string, mm: readonly number[], origin: readonly number[]): EngineError =>
  new EngineError(
    "E_INPUT",
    `${file}: a point lies at ${mm.map((value, i) => value / 1000 + (origin[i] ?? 0)).join(", ")}, more than 2,147 km from the origin ${origin.join(", ")}. ` +
      "The file is damaged or its coordinates are not metres of the job's CRS: repair it, or read it with a box.",
    { file },
  )

/**
 * The least stored integer that is not below a bound in millimetres (2^31 when all are): places grow with integers, so it is found by
 * halving, in 32 steps whatever scale and offset a broken header states.
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

/** The query's box in a file's stored integers, half-open: the same points lie in it. Infinite when there is none. */
export const storedBox = (query: PointQuery, [x, y]: readonly [Axis, Axis, Axis]): MmBox => {
  const { minX, minY, maxX, maxY } = mmBoxOf(query)
  return {
    minX: storedBound(x, minX),
    minY: storedBound(y, minY),
    maxX: storedBound(x, maxX),
    maxY: storedBound(y, maxY),
  }
}

/** True where a closed range of places lies in a half-open box. */
export const isWithin = (range: MmBox, { minX, minY, maxX, maxY }: MmBox): boolean =>
  range.minX >= minX && range.maxX < maxX && range.minY >= minY && range.maxY < maxY

/** True where a closed range of places meets a half-open box. */
export const meets = (range: MmBox, { minX, minY, maxX, maxY }: MmBox): boolean =>
  range.maxX >= minX && range.minX < maxX && range.maxY >= minY && range.minY < maxY

/** True where one of some places lies in a half-open box. */
export const anyInside = (x: Int32Array, y: Int32Array, { minX, minY, maxX, maxY }: MmBox): boolean => {
  for (let i = 0; i < x.length; i++) {
    if (x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY) return true
  }
  return false
}

/** Heights beyond this, metres up or down, are errors of a writer or a sensor: no ground and no sea floor lies there. */
export const HIGHEST = 12_000

/** True for a height (metres) that points are left out for. */
export const isTooHigh = (z: number): boolean => Math.abs(z) > HIGHEST

/** Counts points that a reader leaves out. */
export interface LeftOut {
  tooHigh: number
}

/** What has been read of an open file: points whose places were decoded, wanted or not. */
export interface Progress extends LeftOut {
  decoded: number
}

/** Heights that are read, half-open, in a file's stored integers; `originZ` is the height (metres) that the axis counts from. */
export const storedHeights = (axis: Axis, originZ: number): readonly [low: number, end: number] => {
  const origin = Math.round(originZ * 1000)
  return [storedBound(axis, -1000 * HIGHEST - origin), storedBound(axis, 1000 * HIGHEST + 1 - origin)]
}

/** How far a point may lie from the box that the header states: writers round it, and some state that of the file before a crop. Units of the CRS. */
const boxSlack = 10
/** The same for heights, beside a step of their scale. The real files that the tests know differ by less than a step. */
const heightSlack = 1

/** The header's bounds with their slack, in the records' own integers. */
export interface Stated {
  readonly minX: number
  readonly minY: number
  readonly maxX: number
  readonly maxY: number
  readonly minZ: number
  readonly maxZ: number
  /** Heights outside `[low, top)` are left out and counted by the readers, whatever the header states. */
  readonly low: number
  readonly top: number
}

/** The bounds that the points of a file are held against. */
export const statedBox = (header: LasHeader): Stated => {
  const { box, zRange, scale, offset } = header
  const raw = (value: number, axis: 0 | 1 | 2): number => (value - offset[axis]) / scale[axis]
  const [low, top] = storedHeights(axesOf(header, [0, 0, 0])[2], 0)
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
 * Holds places as stored against the header. O(points).
 *
 * @throws EngineError `E_FORMAT` for one outside {@link statedBox}
 */
export const checkStated = (
  header: LasHeader,
  file: string,
  x: Int32Array,
  y: Int32Array,
  z: Int32Array | undefined,
): void => {
  const { minX, minY, maxX, maxY, minZ, maxZ, low, top } = statedBox(header)
  for (let i = 0; i < x.length; i++)
    if (!(x[i]! >= minX && x[i]! <= maxX && y[i]! >= minY && y[i]! <= maxY)) throw astray(file, header, x[i]!, y[i]!)
  if (z === undefined) return
  for (let i = 0; i < z.length; i++)
    if (!(z[i]! >= minZ && z[i]! <= maxZ) && z[i]! >= low && z[i]! < top) throw tooFarUp(file, header, z[i]!)
}

const REMEDY = "The file is damaged or its header is wrong: fetch or make it again."

/**
 * The error for a point (as stored) outside {@link statedBox}: a damaged LAZ body decodes to points all the same, its coder has no
 * check sum.
 */
export const astray = (file: string, { box, scale, offset }: LasHeader, rawX: number, rawY: number): EngineError => {
  const [x, y] = [offset[0] + rawX * scale[0], offset[1] + rawY * scale[1]]
  return new EngineError(
    "E_FORMAT",
    `${file}: holds a point at ${x.toFixed(2)}, ${y.toFixed(2)}, far outside the box that its header states (${box.join(", ")}). ${REMEDY}`,
    { file },
  )
}

/** The error for a height (as stored) outside {@link statedBox}. */
export const tooFarUp = (file: string, { zRange, scale, offset }: LasHeader, rawZ: number): EngineError => {
  const z = offset[2] + rawZ * scale[2]
  return new EngineError(
    "E_FORMAT",
    `${file}: holds a point at z = ${z.toFixed(2)}, its header states heights from ${zRange.join(" to ")}. ${REMEDY}`,
    { file },
  )
}
