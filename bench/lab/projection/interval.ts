/** Adds, multiplies and divides figures with bounds (low, best, high). */

/** A figure with its bounds: low <= best <= high. */
export interface Interval {
  readonly low: number
  readonly best: number
  readonly high: number
}

/** A figure without uncertainty. */
export const exactly = (value: number): Interval => ({ low: value, best: value, high: value })

/** Sum of intervals. Bounds add up, because all errors may have the same sign. */
export const sum = (terms: readonly Interval[]): Interval => {
  const add = (bound: keyof Interval): number => terms.reduce((total, term) => total + term[bound], 0)
  return { low: add("low"), best: add("best"), high: add("high") }
}

/** Product of a figure and a factor, both at least 0. */
export const times = (value: Interval, factor: number): Interval => ({
  low: value.low * factor,
  best: value.best * factor,
  high: value.high * factor,
})

/** Quotient of two positive figures: its low bound is the low dividend over the high divisor. */
export const over = (value: Interval, divisor: Interval): Interval => ({
  low: value.low / divisor.high,
  best: value.best / divisor.best,
  high: value.high / divisor.low,
})

/** The larger of two figures, bound by bound. */
export const larger = (a: Interval, b: Interval): Interval => ({
  low: Math.max(a.low, b.low),
  best: Math.max(a.best, b.best),
  high: Math.max(a.high, b.high),
})
