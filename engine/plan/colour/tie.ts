/** Fits the colours of oriented images to those of orthophotos at common places. */
import type { RadiometricCorrection } from "../../formats/raster/image/radiometric-correction.js"
import { addPlace, type ColourPlaces, emptyPlaces, median } from "./places.js"

/**
 * Pairs of colours of one place, three numbers each: in the images of a part, and in orthophotos.
 */
export interface ColourPairs {
  readonly own: readonly number[]
  readonly ortho: readonly number[]
}

/** Minimum number of places of a tie. */
const LEAST_PLACES = 12
/**
 * Bins over the range of values. Each counts once: a few places of another colour are not
 * outweighed by many similar ones.
 */
const BINS = 12
/** Minimum number of places for a bin's median. */
const LEAST_OF_BIN = 2
/**
 * Smallest range of a channel's values, of 255, that determines its gain. Below it, the
 * orthophoto's own noise and retouching decide.
 */
const LEAST_RANGE = 16
/** Smallest squared correlation of the bins' medians. */
const LEAST_FIT = 0.8
/** Bounds of plausible slopes. */
const [LEAST_SLOPE, MOST_SLOPE] = [1 / 3, 3]

/**
 * Separates the places that both orthophotos and oriented images show. `solve` has only their
 * oriented observations, and all other places; `ties` has them whole.
 *
 * @param orthos images with smaller numbers are orthophotos
 */
export const splitTies = (
  { ends, images, values }: ColourPlaces,
  orthos: number,
): { readonly solve: ColourPlaces; readonly ties: ColourPlaces } => {
  const [solve, ties] = [emptyPlaces(), emptyPlaces()]
  for (let p = 0, k = 0; p < ends.length; p++) {
    const own = Array.from({ length: ends[p]! - k }, (_, i) => k + i)
    k = ends[p]!
    const oriented = own.filter((at) => images[at]! >= orthos)
    const isMixed = oriented.length > 0 && oriented.length < own.length
    if (isMixed) addPlace(ties, own, { images, values })
    const chosen = isMixed ? oriented : own
    if (chosen.length > 1) addPlace(solve, chosen, { images, values })
  }
  return { solve, ties }
}

/**
 * Averages the colours of each place in the images of a part and in the orthophotos, after their
 * corrections. Skips places that lack either.
 *
 * @param isOwn whether an image belongs to the part
 */
export const tiePairs = (
  { ends, images, values }: ColourPlaces,
  corrections: readonly RadiometricCorrection[],
  orthos: number,
  isOwn: (image: number) => boolean,
): ColourPairs => {
  const pairs: { own: number[]; ortho: number[] } = { own: [], ortho: [] }
  const mean = (observations: readonly number[], band: 0 | 1 | 2): number =>
    observations.reduce((sum, at) => {
      const { gain, bias } = corrections[images[at]!]!
      return sum + (values[3 * at + band]! - bias[band]) / gain[band] / observations.length
    }, 0)
  for (let p = 0, k = 0; p < ends.length; p++) {
    const all = Array.from({ length: ends[p]! - k }, (_, i) => k + i)
    k = ends[p]!
    const ortho = all.filter((at) => images[at]! < orthos)
    const own = all.filter((at) => images[at]! >= orthos && isOwn(images[at]!))
    if (ortho.length === 0 || own.length === 0) continue
    for (const band of [0, 1, 2] as const) {
      pairs.own.push(mean(own, band))
      pairs.ortho.push(mean(ortho, band))
    }
  }
  return pairs
}

/**
 * Fits the correction of a part of oriented images relative to an orthophoto's colours: own = gain
 * · ortho + bias, per channel. The slope is the reduced major axis through the medians of bins over
 * the range of values. Noise on one side does not lower it.
 *
 * A channel with little contrast uses the slope of all channels together. Ground often varies
 * little in blue, where an orthophoto's own mottle would decide the gain of every image. The bias
 * is always that of the channel's own values.
 *
 * @returns undefined for fewer than 12 places, or if contrast determines no gain between 1/3 and 3.
 * O(places log places)
 */
export const fitTie = ({ own, ortho }: ColourPairs): RadiometricCorrection | undefined => {
  const count = own.length / 3
  if (count < LEAST_PLACES) return undefined
  const of = (all: readonly number[], band: number): number[] =>
    Array.from({ length: count }, (_, i) => all[3 * i + band]!)
  // Differences within channels determine it better: corrections include a white balance.
  const centred = (all: readonly number[]): number[] => {
    const medians = [0, 1, 2].map((band) => median(of(all, band)))
    return all.map((value, i) => value - medians[i % 3]!)
  }
  const pooled = fitSlope(centred(own), centred(ortho)) ?? fitSlope(own, ortho)
  const gain: [number, number, number] = [1, 1, 1]
  const bias: [number, number, number] = [0, 0, 0]
  for (const band of [0, 1, 2] as const) {
    const [from, to] = [of(own, band), of(ortho, band)]
    const slope = fitSlope(from, to) ?? pooled
    if (slope === undefined) return undefined
    gain[band] = 1 / slope
    bias[band] = median(from.map((value, i) => value - to[i]! / slope))
  }
  return { gain, bias }
}

/**
 * The slope of `to` over `from`; undefined if the range is small, the correlation low, or the slope
 * implausible.
 */
const fitSlope = (from: readonly number[], to: readonly number[]): number | undefined => {
  const low = from.reduce((least, value) => Math.min(least, value), Infinity)
  const high = from.reduce((most, value) => Math.max(most, value), -Infinity)
  if (!(high - low >= LEAST_RANGE)) return undefined
  const bins: [number[], number[]][] = Array.from({ length: BINS }, () => [[], []])
  for (const [i, value] of from.entries()) {
    const bin = bins[Math.min(BINS - 1, Math.floor((BINS * (value - low)) / (high - low)))]!
    bin[0].push(value)
    bin[1].push(to[i]!)
  }
  const full = bins.filter(([values]) => values.length >= LEAST_OF_BIN)
  const points = full.map(([x, y]): [number, number] => [median(x), median(y)])
  const range = (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0)
  if (points.length < 2 || range < LEAST_RANGE) return undefined
  const mean = (k: 0 | 1): number => points.reduce((sum, point) => sum + point[k], 0) / points.length
  const [mx, my] = [mean(0), mean(1)]
  let [xx, xy, yy] = [0, 0, 0]
  for (const [x, y] of points) {
    xx += (x - mx) ** 2
    xy += (x - mx) * (y - my)
    yy += (y - my) ** 2
  }
  if (!(xy > 0 && xy * xy >= LEAST_FIT * xx * yy)) return undefined
  const slope = Math.sqrt(yy / xx)
  return slope >= LEAST_SLOPE && slope <= MOST_SLOPE ? slope : undefined
}

/** Composes two corrections: value = gain · (within.gain · colour + within.bias) + bias. */
export const correctionWithin = (
  { gain, bias }: RadiometricCorrection,
  within: RadiometricCorrection,
): RadiometricCorrection => {
  const each = (value: (band: 0 | 1 | 2) => number): [number, number, number] => [value(0), value(1), value(2)]
  return {
    gain: each((band) => gain[band] * within.gain[band]),
    bias: each((band) => gain[band] * within.bias[band] + bias[band]),
  }
}
