/** Levels the colours of views that see one wall: seams between them show no step. */
import { boxSums } from "../../grid/box-sums.js"
import type { ChartSamples } from "./samples.js"

/** The consensus of the views that see a texel. */
export interface Consensus {
  /**
   * Mean of red, green, blue over those views, weighted by their score and by their weight at the
   * place; three a texel.
   */
  readonly mean: Float32Array
  /** 1 where two views or more see the texel and none differs much. */
  readonly sure: Uint8Array
}

/**
 * The mean colour of each texel over all usable views.
 *
 * It hardly changes where one view begins or ends. The means of two tiles whose windows are of
 * different images differ less than any two images.
 * @param limit mean difference to that colour, of 255, above which a texel is not sure: with only
 *   two views, either may show a car
 * @returns 13 bytes a texel. O(texels · views)
 */
export const findConsensus = (
  samples: readonly ChartSamples[],
  usable: readonly Uint8Array[],
  size: number,
  limit: number,
): Consensus => {
  const mean = new Float32Array(3 * size)
  const weights = new Float32Array(size)
  const sure = new Uint8Array(size)
  for (const [k, { colour, score, weight }] of samples.entries()) {
    const own = usable[k]
    const width = weight.length
    for (let i = 0, column = 0; i < size; i++, column = column + 1 === width ? 0 : column + 1) {
      if (own[i] === 0) continue
      const share = score * weight[column]
      for (let at = 3 * i; at < 3 * i + 3; at++) mean[at] += share * colour[at]
      weights[i] += share
      if (sure[i] < 2) sure[i]++
    }
  }
  for (let i = 0; i < size; i++) {
    if (weights[i] > 0) for (let at = 3 * i; at < 3 * i + 3; at++) mean[at] /= weights[i]
    sure[i] = sure[i] === 2 ? 1 : 0
  }
  for (const [k, { colour }] of samples.entries()) {
    const own = usable[k]
    for (let i = 0; i < size; i++) {
      if (own[i] === 0 || sure[i] === 0) continue
      const at = 3 * i
      const off =
        Math.abs(colour[at] - mean[at]) +
        Math.abs(colour[at + 1] - mean[at + 1]) +
        Math.abs(colour[at + 2] - mean[at + 2])
      if (off > 3 * limit) sure[i] = 0
    }
  }
  return { mean, sure }
}

/** Minimum share of a square's texels for a full correction; below it the correction is partial. */
const LEAST_SHARE = 0.25

/**
 * Corrections that give a view the means of all views over squares of `2 · radius + 1` texels.
 * Levelled views have no step at their seams and retain their finer details.
 *
 * It compares texel by texel, so patterns do not count, only corrections. Depends only on the
 * chart's texels within `radius`. O(texels); 8 bytes a texel.
 * @param lift output: three a texel, 0 where unknown
 */
export const findLift = (
  { colour }: ChartSamples,
  usable: Uint8Array,
  { mean, sure }: Consensus,
  grid: { readonly width: number; readonly height: number; readonly radius: number },
  lift: Float32Array,
): void => {
  const { width, height, radius } = grid
  const size = width * height
  const counts = new Float32Array(size)
  const sums = new Float32Array(size)
  for (let i = 0; i < size; i++) counts[i] = usable[i] & sure[i]
  boxSums(counts, width, height, radius)
  const least = LEAST_SHARE * (2 * radius + 1) ** 2
  for (let band = 0; band < 3; band++) {
    for (let i = 0; i < size; i++) sums[i] = (usable[i] & sure[i]) === 0 ? 0 : mean[3 * i + band] - colour[3 * i + band]
    boxSums(sums, width, height, radius)
    for (let i = 0; i < size; i++) lift[3 * i + band] = counts[i] < 0.5 ? 0 : sums[i] / Math.max(counts[i], least)
  }
}
