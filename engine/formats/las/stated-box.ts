/**
 * Compares points with the box that the header states: points of a damaged file fall far outside.
 */
import { EngineError } from "../../errors.js"
import { axesOf } from "./axis.js"
import type { LasHeader } from "./header.js"
import { storedHeights } from "./too-high.js"

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
