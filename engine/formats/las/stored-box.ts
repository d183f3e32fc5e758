import { type Axis, toMm } from "./axis.js"
import { type MmBox, mmBoxOf, type PointQuery } from "./columns.js"

/** The least stored integer that is not below a bound in millimetres: places grow with integers, so the nearest guess is put right. */
const storedBound = (axis: Axis, mm: number): number => {
  if (!Number.isFinite(mm)) return mm
  const guess = axis.exact ? (mm - axis.offset) / axis.scale : ((mm + axis.origin) / 1000 - axis.offset) / axis.scale
  let stored = Math.ceil(guess)
  while (toMm(axis, stored - 1) >= mm) stored--
  while (toMm(axis, stored) < mm) stored++
  return stored
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
