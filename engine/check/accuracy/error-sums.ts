/**
 * Mean square, quantiles and maximum of any number of errors in constant memory, by a histogram of
 * 1 mm bins.
 */

/** Bins of 1 mm; the last one also counts larger errors. */
const BINS = 20_000

export interface ErrorSums {
  readonly count: number
  add(error: number): void
  /** Adds the first `count` of a list. */
  addAll(errors: Float64Array, count: number): void
  /** Root mean square; null without errors. */
  rmse(): number | null
  /**
   * Error that a share of the points stays below, rounded up to 1 mm; the maximum where it is above
   * 20 m; null without errors.
   */
  quantile(share: number): number | null
  max(): number | null
}

export const errorSums = (): ErrorSums => new Sums()

/**
 * Count, sum of squares and maximum are in an array: as closure variables, each would be allocated
 * again for every error.
 */
class Sums implements ErrorSums {
  private readonly bins = new Uint32Array(BINS + 1)
  private readonly state = new Float64Array(3)
  private readonly one = new Float64Array(1)

  get count(): number {
    return this.state[0]!
  }

  add(error: number): void {
    this.one[0] = error
    this.addAll(this.one, 1)
  }

  addAll(errors: Float64Array, count: number): void {
    const { state, bins } = this
    let squares = state[1]!
    let max = state[2]!
    for (let i = 0; i < count; i++) {
      const size = Math.abs(errors[i]!)
      squares += size * size
      if (size > max) max = size
      bins[Math.min(BINS, Math.floor(size * 1000))]!++
    }
    state[0]! += count
    state[1] = squares
    state[2] = max
  }

  rmse(): number | null {
    return this.count === 0 ? null : Math.sqrt(this.state[1]! / this.count)
  }

  quantile(share: number): number | null {
    if (this.count === 0) return null
    let below = 0
    for (let bin = 0; bin < BINS; bin++) {
      below += this.bins[bin]!
      if (below >= share * this.count) return Math.min(this.state[2]!, (bin + 1) / 1000)
    }
    return this.state[2]!
  }

  max(): number | null {
    return this.count === 0 ? null : this.state[2]!
  }
}
