/** Turns boxes into a file's stored integers, to test points before they are converted. */
import { type Axis, toMm } from "./axis.js"
import { type MmBox, mmBoxOf, type PointQuery } from "./columns.js"

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
