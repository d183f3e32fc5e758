/** The bound on heights: readers leave out points beyond 12 km and count them. */
import type { Axis } from "./axis.js"
import { storedBound } from "./stored-box.js"

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
