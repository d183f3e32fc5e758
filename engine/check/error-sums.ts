/** Bins of a histogram of errors, 1 mm each; what is larger counts in the last one. */
const BINS = 20_000

/** Sums of errors in metres, of any number of points in little memory. */
export interface ErrorSums {
  readonly count: number
  add(error: number): void
  /** Root of the mean square, null where nothing was added. */
  rmse(): number | null
  /** Error that a share of the points stays below, rounded up to 1 mm (largest one where it is above 20 m); null where nothing was added. */
  quantile(share: number): number | null
  max(): number | null
}

/** Empty sums. */
export const errorSums = (): ErrorSums => {
  const bins = new Uint32Array(BINS + 1)
  let [count, squares, max] = [0, 0, 0]
  return {
    get count() {
      return count
    },
    add: (error) => {
      const size = Math.abs(error)
      count++
      squares += size * size
      if (size > max) max = size
      bins[Math.min(BINS, Math.floor(size * 1000))]!++
    },
    rmse: () => (count === 0 ? null : Math.sqrt(squares / count)),
    quantile: (share) => {
      if (count === 0) return null
      let below = 0
      for (let bin = 0; bin < BINS; bin++) {
        below += bins[bin]!
        if (below >= share * count) return Math.min(max, (bin + 1) / 1000)
      }
      return max
    },
    max: () => (count === 0 ? null : max),
  }
}
