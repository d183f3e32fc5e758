/** Middle and spread of some measurements. */
export interface Distribution {
  readonly median: number
  /** Quartiles. */
  readonly low: number
  readonly high: number
}

/** Value at a share of the sorted values, between neighbours in proportion. @throws RangeError when there is none */
const quantile = (sorted: Float64Array, share: number): number => {
  const at = share * (sorted.length - 1)
  const below = sorted[Math.floor(at)]
  const above = sorted[Math.ceil(at)]
  if (below === undefined || above === undefined) throw new RangeError("no measurement")
  return below + (above - below) * (at - Math.floor(at))
}

/** Median and quartiles. @throws RangeError when there is no value */
export const distributionOf = (values: readonly number[]): Distribution => {
  const sorted = Float64Array.from(values).sort()
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) }
}

/**
 * How many times as long `times` took as `base`: the quotients of passes of the same round, so that a machine that grows slower
 * during the run weighs on both alike.
 */
export const pairedRatio = (times: readonly number[], base: readonly number[]): Distribution =>
  distributionOf(times.slice(0, base.length).map((time, round) => time / (base[round] ?? Number.NaN)))
