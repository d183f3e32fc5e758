/** Histograms of heights: occupied bins, ascending, as pairs of bin and count. */
import { noHeight } from "../grid/cell-grid.js"

/** Number of bins of 0.1 m: heights above 409 m count in the last, negative ones in the first. */
export const heightBins = 4096

/** The bin where the cumulative count reaches the share `above / of`; NaN without counts. */
export const binAt = (histogram: Int32Array, above: number, of: number): number => {
  let total = 0
  for (let i = 1; i < histogram.length; i += 2) total += histogram[i]
  let sum = 0
  for (let i = 0; i < histogram.length; i += 2) {
    sum += histogram[i + 1]
    if (sum * of >= total * above) return histogram[i]
  }
  return Number.NaN
}

/** Middle of that bin in metres, for bins of 0.1 m. */
export const percentile = (histogram: Int32Array, above: number, of: number): number =>
  (2 * binAt(histogram, above, of) + 1) / 20

/** Counted bins as sorted pairs. */
export const pairsOf = (bins: ReadonlyMap<number, number>): Int32Array =>
  Int32Array.from([...bins].sort(([a], [b]) => a - b).flat())

/** Bins and counts of `PatchSums.levels` across all windows. A bin may occur more than once. */
export const histogramOfLevels = (levels: Int32Array): Int32Array => levels.filter((_, i) => i % 4 > 1)

/** Sums several histograms. */
export const addHistograms = (histograms: readonly Int32Array[]): Int32Array => {
  const bins = new Map<number, number>()
  for (const pairs of histograms)
    for (let i = 0; i < pairs.length; i += 2) bins.set(pairs[i], (bins.get(pairs[i]) ?? 0) + pairs[i + 1])
  return pairsOf(bins)
}

/** Occupied bins as pairs; needs a zeroed `dense` and leaves it zeroed. */
export const countBins = (bins: Uint16Array, dense: Int32Array): Int32Array => {
  const occupied: number[] = []
  for (const bin of bins) {
    if (bin === 0xffff) continue
    if (dense[bin] === 0) occupied.push(bin)
    dense[bin]++
  }
  occupied.sort((a, b) => a - b)
  const pairs = new Int32Array(2 * occupied.length)
  occupied.forEach((bin, i) => {
    pairs[2 * i] = bin
    pairs[2 * i + 1] = dense[bin]
    dense[bin] = 0
  })
  return pairs
}

/** Bin of a height above the DTM, 0xffff without DTM. Millimetres. */
export const heightBin = (zMm: number, groundMm: number): number =>
  groundMm === noHeight ? 0xffff : Math.min(heightBins - 1, Math.max(0, Math.floor((zMm - groundMm) / 100)))
