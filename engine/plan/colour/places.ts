/**
 * Observations of places by images: the images that they connect, and the disagreement of these.
 */
import { elementAt } from "../../core/lists.js"
import type { RadiometricCorrection } from "../../formats/raster/image/radiometric-correction.js"

/**
 * Places seen by several images: the observations of place p are `ends[p − 1]` to `ends[p]` − 1.
 */
export interface ColourPlaces {
  readonly ends: ArrayLike<number>
  /** Number of the image of each observation. */
  readonly images: ArrayLike<number>
  /**
   * Red, green, blue of each observation: the mean over a few square metres, to cancel noise and
   * shifts.
   */
  readonly values: ArrayLike<number>
}

/** Returns for each image the first image of its connected part; places connect images. */
export const imageParts = (count: number, { ends, images }: ColourPlaces): Int32Array => {
  const parent = Int32Array.from({ length: count }, (_, i) => i)
  const find = (i: number): number => {
    let at = i
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!
      at = parent[at]!
    }
    return at
  }
  for (let p = 0, k = 0; p < ends.length; p++) {
    const first = k
    for (; k < ends[p]!; k++) {
      const [a, b] = [find(images[first]!), find(images[k]!)]
      if (a !== b) parent[Math.max(a, b)] = Math.min(a, b)
    }
  }
  return parent.map((_, i) => find(i))
}

/** Returns 1 for images that share no place with another. */
export const loneImages = (count: number, { ends, images }: ColourPlaces): Uint8Array => {
  const lone = new Uint8Array(count).fill(1)
  for (let p = 0, k = 0; p < ends.length; p++) {
    const shared = ends[p]! - k > 1
    for (; k < ends[p]!; k++) if (shared) lone[images[k]!] = 0
  }
  return lone
}

/** Disagreement of images at the places that they share, levels of 255. */
export interface ColourResidual {
  readonly median: number
  /** 95th percentile. */
  readonly p95: number
}

/**
 * Computes how far each observation is from the mean of all images at its place, in the job's
 * colours. Only places with at least two images count. `whole` covers all observations, `images`
 * those of each image; undefined without any. O(n log n).
 */
export const colourResiduals = (
  corrections: readonly RadiometricCorrection[],
  { ends, images, values }: ColourPlaces,
): { readonly whole: ColourResidual | undefined; readonly images: readonly (ColourResidual | undefined)[] } => {
  const own: number[][] = corrections.map(() => [])
  for (let p = 0, first = 0; p < ends.length; first = ends[p]!, p++) {
    const count = ends[p]! - first
    for (let band = 0 as 0 | 1 | 2; count > 1 && band < 3; band++) {
      const colours = Array.from({ length: count }, (_, k) => {
        const { gain, bias } = corrections[images[first + k]!]!
        return (values[3 * (first + k) + band]! - bias[band]) / gain[band]
      })
      const mean = colours.reduce((sum, colour) => sum + colour, 0) / count
      for (const [k, colour] of colours.entries()) elementAt(own, images[first + k]!).push(Math.abs(colour - mean))
    }
  }
  return { whole: summariseResiduals(own.flat()), images: own.map(summariseResiduals) }
}

const summariseResiduals = (all: readonly number[]): ColourResidual | undefined => {
  if (all.length === 0) return undefined
  const sorted = Float64Array.from(all).sort()
  const at = (share: number): number => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(3))
  return { median: at(0.5), p95: at(0.95) }
}

/** Drops the observations of some images, and places left with one image, which connect nothing. */
export const withoutImages = ({ ends, images, values }: ColourPlaces, left: ReadonlySet<number>): ColourPlaces => {
  const remaining = emptyPlaces()
  for (let p = 0, k = 0; p < ends.length; p++) {
    const own: number[] = []
    for (; k < ends[p]!; k++) if (!left.has(images[k]!)) own.push(k)
    if (own.length > 1) addPlace(remaining, own, { images, values })
  }
  return remaining
}

/** Number of observed places by image. */
export const placesAnImage = ({ images }: ColourPlaces): Map<number, number> => {
  const counts = new Map<number, number>()
  for (let k = 0; k < images.length; k++) counts.set(images[k]!, (counts.get(images[k]!) ?? 0) + 1)
  return counts
}

/** Places under construction. */
export interface GrowingPlaces {
  readonly ends: number[]
  readonly images: number[]
  readonly values: number[]
}

export const emptyPlaces = (): GrowingPlaces => ({ ends: [], images: [], values: [] })

/** Adds a place made of some observations of other places. */
export const addPlace = (
  to: GrowingPlaces,
  observations: readonly number[],
  { images, values }: Pick<ColourPlaces, "images" | "values">,
): void => {
  for (const at of observations) {
    to.images.push(images[at]!)
    to.values.push(values[3 * at]!, values[3 * at + 1]!, values[3 * at + 2]!)
  }
  to.ends.push(to.images.length)
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
