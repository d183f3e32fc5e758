/**
 * Paints a wall's chart: chooses a view for each square of texels and blends the seams between
 * them.
 */
import type { Chart } from "../../../engine/kernel.js"
import { labelFaces } from "../../geometry/label-faces.js"
import { boxSums } from "../../grid/box-sums.js"
import { findConsensus, findLift } from "./level-views.js"
import type { ChartSamples } from "./samples.js"

/** A chart painted from views. */
export interface PaintedChart {
  /** RGBA, row by row; alpha 255 where a view shows the texel, else 0. */
  readonly data: Uint8Array
  /**
   * Number of the view chosen for a texel; −1 where no view shows it. Near a seam the texel may
   * include the neighbour's colour.
   */
  readonly view: Int16Array
  readonly painted: number
  /** Texels of views that were rejected because the others disagree: moving objects. */
  readonly outliers: number
}

export interface PaintOptions {
  /** Side of the squares that take one view, metres. Default 1.5. */
  readonly patch?: number
  /** Width of the blend on either side of a seam, metres. Default 0.5. */
  readonly feather?: number
  /**
   * Half the side of the squares whose means are levelled, metres; negative for none. Default 3:
   * wider than windows, which have other colours in a blurred image.
   */
  readonly level?: number
  /**
   * Width of the rim beside an occluder, metres. Its pixels mix both, so a view is used there only
   * where no other shows it. Default 0.25.
   */
  readonly edge?: number
  /**
   * Mean difference to the median of all views, of 255, at which a view is rejected. Default 24.
   */
  readonly outlier?: number
}

/** Cost of a square that the view does not show at all. Costs are whole numbers, for the cuts. */
const WORST = 1000
/** Cost of a seam between two squares: as much as a view that is 12 % worse. */
const SEAM = 120
/**
 * Views that compete for a chart: the best by area seen · score. The others fill the texels that
 * these do not show.
 */
const MOST_LABELS = 6
/** Minimum views of a texel for a majority against moving objects. */
const QUORUM = 3

/**
 * Paints a chart from the views that see it.
 * 1. Consensus: where at least {@link QUORUM} views see a texel, it compares each with the
 *   channels' median. A view is rejected above a mean difference of `outlier` over the texel and
 *   its eight neighbours.
 * 2. Rims: beside occluders and rejected texels (`edge`), a view is used only where no other shows
 *   the texel.
 * 3. Choice: each square of `patch` takes one view by its area seen and score, with a price on
 *   seams (Potts). Alpha expansion over the graph of squares solves it (as Lempitsky and Ivanov
 *   2007 for faces; {@link labelFaces}).
 * 4. Texels that the chosen view does not show take the best other one.
 * 5. Levelling: means over squares of twice `level` become those of all views
 *   ({@link findLift}), so corrections leave no step. Within `feather` of a seam, views that show
 *   the texel are blended by their share of the surroundings.
 *
 * Every colour is from a view that sees the texel. Deterministic: whole-number costs, views in the
 * given order. O(texels · views · log views); 13 bytes a texel and view in the samples.
 */
export const paintChart = (
  chart: Chart,
  samples: readonly ChartSamples[],
  options: PaintOptions = {},
): PaintedChart => {
  const { patch = 1.5, feather = 0.5, level = 3, outlier = 24, edge = 0.25 } = options
  const size = chart.width * chart.height
  const view = new Int16Array(size).fill(-1)
  const data = new Uint8Array(4 * size)
  if (samples.length === 0) return { data, view, painted: 0, outliers: 0 }
  const { usable, outliers } = agreeing(chart, samples, outlier)
  dropRims(chart, samples, usable, Math.round(edge / chart.texel))
  const ranked = rank(samples, usable)
  const chosen = chooseTexels(chart, samples, usable, ranked, Math.max(1, Math.round(patch / chart.texel)))
  const radius = { blend: Math.round(feather / chart.texel), level: level < 0 ? -1 : Math.round(level / chart.texel) }
  const painted = blend(chart, samples, usable, chosen, { ...radius, outlier }, data)
  for (let i = 0; i < size; i++) if (chosen[i] >= 0) view[i] = samples[chosen[i]].view
  return { data, view, painted, outliers }
}

/** Per sample and texel 1 where the view sees the texel and the others do not contradict it. */
const agreeing = (
  chart: Chart,
  samples: readonly ChartSamples[],
  limit: number,
): { usable: Uint8Array[]; outliers: number } => {
  const size = chart.width * chart.height
  const usable = samples.map(({ seen }) => Uint8Array.from(seen))
  if (samples.length < QUORUM) return { usable, outliers: 0 }
  const { median, voters } = findMedian(samples, size)
  let outliers = 0
  for (const [k, { seen, colour }] of samples.entries()) {
    const off = new Float32Array(size)
    const counted = new Float32Array(size)
    for (let i = 0; i < size; i++) {
      if (seen[i] === 0 || voters[i] < QUORUM) continue
      for (let band = 0; band < 3; band++) off[i] += Math.abs(colour[3 * i + band] - median[3 * i + band]) / 3
      counted[i] = 1
    }
    boxSums(off, chart.width, chart.height, 1)
    boxSums(counted, chart.width, chart.height, 1)
    for (let i = 0; i < size; i++) {
      if (seen[i] === 0 || voters[i] < QUORUM || off[i] <= limit * counted[i]) continue
      usable[k][i] = 0
      outliers++
    }
  }
  // Where all contradict each other, use every view that sees the texel.
  for (let i = 0; i < size; i++) {
    if (usable.some((own) => own[i] === 1)) continue
    for (const [k, { seen }] of samples.entries()) usable[k][i] = seen[i]
  }
  return { usable, outliers }
}

/**
 * Drops a view at texels within `radius` of one that it does not show, where another view shows the
 * texel and all around it.
 */
const dropRims = (
  { width, height }: Chart,
  samples: readonly ChartSamples[],
  usable: readonly Uint8Array[],
  radius: number,
): void => {
  const size = width * height
  const hidden = new Float32Array(size)
  const [clear, any] = [samples.map(() => new Uint8Array(size)), new Uint8Array(size)]
  for (const k of samples.keys()) {
    for (let i = 0; i < size; i++) hidden[i] = 1 - usable[k][i]
    boxSums(hidden, width, height, radius)
    for (let i = 0; i < size; i++) {
      clear[k][i] = hidden[i] < 0.5 ? usable[k][i] : 0
      any[i] |= clear[k][i]
    }
  }
  for (const [k, own] of usable.entries()) for (let i = 0; i < size; i++) if (any[i] === 1) own[i] = clear[k][i]
}

/** Median per channel over the views that see a texel, and the number of these views. */
const findMedian = (samples: readonly ChartSamples[], size: number): { median: Float32Array; voters: Uint8Array } => {
  const median = new Float32Array(3 * size)
  const voters = new Uint8Array(size)
  const values = new Float32Array(samples.length)
  for (let i = 0; i < size; i++) {
    for (let band = 0; band < 3; band++) {
      let count = 0
      for (const { seen, colour } of samples) if (seen[i] === 1) values[count++] = colour[3 * i + band]
      voters[i] = Math.min(255, count)
      if (count < QUORUM) break
      const sorted = values.subarray(0, count).sort()
      const half = count >> 1
      median[3 * i + band] = count % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
    }
  }
  return { median, voters }
}

/** Samples from the best to the worst, by usable texels · score; ties keep their order. */
const rank = (samples: readonly ChartSamples[], usable: readonly Uint8Array[]): number[] => {
  const worth = samples.map(({ score }, k) => score * usable[k].reduce((sum, one) => sum + one, 0))
  return samples.map((_, k) => k).sort((a, b) => worth[b] - worth[a] || a - b)
}

/**
 * The sample of each texel: its square's, else the usable one with the best score; −1 where none
 * is.
 */
const chooseTexels = (
  chart: Chart,
  samples: readonly ChartSamples[],
  usable: readonly Uint8Array[],
  ranked: readonly number[],
  side: number,
): Int16Array => {
  const { width, height } = chart
  const labels = ranked.slice(0, MOST_LABELS)
  const across = Math.ceil(width / side)
  const squares = labelSquares(chart, samples, usable, labels, side)
  const byScore = samples.map((_, k) => k).sort((a, b) => samples[b].score - samples[a].score || a - b)
  const chosen = new Int16Array(width * height).fill(-1)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const i = row * width + column
      const own = labels[squares[Math.floor(row / side) * across + Math.floor(column / side)]]
      chosen[i] = usable[own][i] === 1 ? own : (byScore.find((k) => usable[k][i] === 1) ?? -1)
    }
  }
  return chosen
}

const labelSquares = (
  { width, height }: Chart,
  samples: readonly ChartSamples[],
  usable: readonly Uint8Array[],
  labels: readonly number[],
  side: number,
): Int32Array => {
  const across = Math.ceil(width / side)
  const down = Math.ceil(height / side)
  const faces = across * down
  const best = Math.max(...labels.map((k) => samples[k].score))
  const data = new Float64Array(faces * labels.length)
  for (let f = 0; f < faces; f++) {
    const [left, top] = [(f % across) * side, Math.floor(f / across) * side]
    const [right, bottom] = [Math.min(width, left + side), Math.min(height, top + side)]
    for (const [l, k] of labels.entries()) {
      const { weight } = samples[k]
      let count = 0
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) count += usable[k][row * width + column] * weight[column]
      }
      const share = count / ((right - left) * (bottom - top))
      data[f * labels.length + l] = Math.round(WORST * (1 - (share * samples[k].score) / best))
    }
  }
  const a: number[] = []
  const b: number[] = []
  for (let f = 0; f < faces; f++) {
    if ((f + 1) % across !== 0) {
      a.push(f)
      b.push(f + 1)
    }
    if (f + across < faces) {
      a.push(f)
      b.push(f + across)
    }
  }
  return labelFaces({ faces, labels: labels.length, data, a, b, weight: new Float64Array(a.length).fill(SEAM) })
}

/** Colours of the texels, blended across seams; returns the number of painted texels. */
const blend = (
  { width, height }: Chart,
  samples: readonly ChartSamples[],
  usable: readonly Uint8Array[],
  chosen: Int16Array,
  radius: { readonly blend: number; readonly level: number; readonly outlier: number },
  data: Uint8Array,
): number => {
  const size = width * height
  const consensus = findConsensus(samples, usable, size, radius.outlier)
  const lift = new Float32Array(3 * size)
  const sums = new Float32Array(3 * size)
  const weights = new Float32Array(size)
  const share = new Float32Array(size)
  for (const [k, { colour }] of samples.entries()) {
    let any = false
    for (let i = 0; i < size; i++) {
      share[i] = chosen[i] === k ? 1 : 0
      any ||= chosen[i] === k
    }
    if (!any) continue
    boxSums(share, width, height, radius.blend)
    if (radius.level >= 0) findLift(samples[k], usable[k], consensus, { width, height, radius: radius.level }, lift)
    for (let i = 0; i < size; i++) {
      if (usable[k][i] === 0 || chosen[i] < 0 || share[i] < 1e-6) continue
      weights[i] += share[i]
      for (let band = 0; band < 3; band++) sums[3 * i + band] += share[i] * (colour[3 * i + band] + lift[3 * i + band])
    }
  }
  let painted = 0
  for (let i = 0; i < size; i++) {
    if (weights[i] === 0) continue
    painted++
    for (let band = 0; band < 3; band++) {
      data[4 * i + band] = Math.min(255, Math.max(0, Math.round(sums[3 * i + band] / weights[i])))
    }
    data[4 * i + 3] = 255
  }
  return painted
}
