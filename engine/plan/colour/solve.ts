/** Solves gain and bias of all images by robust least squares: they agree where they overlap. */
import { elementAt } from "../../core/lists.js"
import type { RadiometricCorrection } from "../../formats/raster/image/radiometric-correction.js"
import { type ColourPlaces, imageParts, loneImages, median } from "./places.js"

/** Corrections that stay unchanged, by image number. */
export type KnownCorrections = ReadonlyMap<number, RadiometricCorrection>

/** Values are centred and scaled by this: gains and biases then have similar weight. */
const MIDDLE = 128
/**
 * Weight of an image's prior (gain 1, bias 0), in observations of contrast 1. It is weak: it only
 * decides otherwise undetermined values.
 */
const PRIOR = 1e-5
/**
 * Weight per image of a part's gauge (mean of A is 1, mean of B is 0). Without it, A = 0 would
 * agree best.
 */
const GAUGE = 1
/** Residual, of 255, from which an observation loses weight (Huber 1964). */
const HUBER = 4
const ROUNDS = 6
/** Conjugate gradients stop at this squared residual, relative to the first one. */
const CLOSE = 1e-18

/**
 * Finds gain and bias of every image and channel that make images agree at common places. Minimises
 * over A and B (colour = A y + B) the sum over places of the squared deviations from their mean, Σ
 * (A y + B − mean)². The system is sparse, on the graph of images, and made robust by reweighting.
 *
 * Gauge: in each connected part without a known correction the gains have the mean 1 and the biases
 * the mean 0. Parts with a known correction follow it: an update changes no finished image. Images
 * that share no place with another get gain 1 and bias 0.
 *
 * Solved by conjugate gradients with a block-diagonal preconditioner (Saad 2003, alg. 9.1).
 * Deterministic: sums in the given order. O(observations · images per place + rounds · √condition ·
 * pairs).
 */
export const solveColours = (
  count: number,
  places: ColourPlaces,
  known: KnownCorrections = new Map(),
): RadiometricCorrection[] => {
  const parts = imageParts(count, places)
  const lonely = loneImages(count, places)
  const gains = Array.from({ length: count }, () => [1, 1, 1] as [number, number, number])
  const biases = Array.from({ length: count }, () => [0, 0, 0] as [number, number, number])
  for (let band = 0; band < 3; band++) {
    const { scale, shift } = solveBand(count, places, band, known, parts)
    for (let i = 0; i < count; i++) {
      if (lonely[i] === 1) continue
      // colour − M = A (y − M) + B, so y = (1 / A) colour + M − (M + B) / A.
      elementAt(gains, i)[band] = 1 / scale[i]!
      elementAt(biases, i)[band] = MIDDLE - (MIDDLE + shift[i]!) / scale[i]!
    }
  }
  for (const [image, correction] of known) {
    gains[image] = [...correction.gain]
    biases[image] = [...correction.bias]
  }
  const free = new Map<number, number[]>()
  for (let i = 0; i < count; i++) if (lonely[i] === 0) free.set(parts[i]!, [...(free.get(parts[i]!) ?? []), i])
  for (const images of free.values()) if (!images.some((i) => known.has(i))) centre(images, gains, biases)
  return gains.map((gain, i) => ({ gain, bias: biases[i]! }))
}

/** Changes the colours of all images alike: mean gain 1, mean bias 0. */
const centre = (
  images: readonly number[],
  gains: [number, number, number][],
  biases: [number, number, number][],
): void => {
  for (let band = 0; band < 3; band++) {
    const gain = images.reduce((sum, i) => sum + elementAt(gains, i)[band]!, 0) / images.length
    const bias = images.reduce((sum, i) => sum + elementAt(biases, i)[band]!, 0) / images.length
    for (const i of images) {
      // With colour' = gain · colour + bias: y = (g / gain) colour' + b − (g / gain) bias.
      const scaled = elementAt(gains, i)[band]! / gain
      elementAt(gains, i)[band] = scaled
      elementAt(biases, i)[band]! -= scaled * bias
    }
  }
}

const solveBand = (
  count: number,
  places: ColourPlaces,
  band: number,
  known: KnownCorrections,
  parts: Int32Array,
): { scale: Float64Array; shift: Float64Array } => {
  const fixed = Uint8Array.from({ length: count }, (_, i) => (known.has(i) ? 1 : 0))
  const gauge = makeGauge(parts, fixed)
  // Unknown 2i: A of image i; 2i + 1: its B.
  const x = Float64Array.from({ length: 2 * count }, (_, u) => 1 - (u % 2))
  for (const [image, correction] of known) {
    x[2 * image] = 1 / correction.gain[band]!
    x[2 * image + 1] = (MIDDLE - correction.bias[band]!) / correction.gain[band]! - MIDDLE
  }
  // B is in levels, A around 1: scaled, both have similar weight.
  for (let i = 0; i < count; i++) x[2 * i + 1]! /= MIDDLE
  for (let round = 0; round < ROUNDS; round++) {
    const weights = round === 0 ? undefined : huberWeights(places, band, x)
    descend({ ...normalEquations(count, places, band, weights), fixed, gauge }, x)
  }
  return {
    scale: x.filter((_, u) => u % 2 === 0),
    shift: x.filter((_, u) => u % 2 === 1).map((value) => value * MIDDLE),
  }
}

/** The part of each image that needs a gauge, or −1, and the size of each part. */
interface Gauge {
  readonly parts: Int32Array
  readonly sizes: Int32Array
}

const makeGauge = (parts: Int32Array, fixed: Uint8Array): Gauge => {
  const tied = new Set<number>()
  for (const [i, part] of parts.entries()) if (fixed[i] === 1) tied.add(part)
  const sizes = new Int32Array(parts.length)
  for (const part of parts) sizes[part]!++
  return { parts: parts.map((part) => (tied.has(part) ? -1 : part)), sizes }
}

const centred = (values: ArrayLike<number>, k: number, band: number): number =>
  (values[3 * k + band]! - MIDDLE) / MIDDLE

const huberWeights = ({ ends, images, values }: ColourPlaces, band: number, x: Float64Array): Float64Array => {
  const weights = new Float64Array(images.length)
  const colours: number[] = []
  for (let p = 0, first = 0; p < ends.length; first = ends[p]!, p++) {
    colours.length = 0
    for (let k = first; k < ends[p]!; k++) {
      colours.push(x[2 * images[k]!]! * centred(values, k, band) + x[2 * images[k]! + 1]!)
    }
    // Relative to the median, which an outlier does not shift.
    const middle = median(colours)
    for (let k = first; k < ends[p]!; k++) {
      const off = MIDDLE * Math.abs(colours[k - first]! - middle)
      weights[k] = off <= HUBER ? 1 : (HUBER / off) ** 2
    }
  }
  return weights
}

/**
 * A symmetric matrix in rows of 2 × 2 blocks. Row i has blocks `starts[i]` to `starts[i + 1]` − 1;
 * block e is at column `columns[e]`. The diagonal block is first.
 */
interface BlockSystem {
  readonly starts: Int32Array
  readonly columns: Int32Array
  readonly blocks: Float64Array
  readonly right: Float64Array
}

/** The blocks with the gauges of the parts; `fixed` is 1 for images with fixed unknowns. */
interface GaugedSystem extends BlockSystem {
  readonly gauge: Gauge
  readonly fixed: Uint8Array
}

/** The normal equations of Σ w (s − mean)² with s = A y + B, by pairs of images, and the prior. */
const normalEquations = (
  count: number,
  { ends, images, values }: ColourPlaces,
  band: number,
  weights: Float64Array | undefined,
): BlockSystem => {
  const rows = Array.from({ length: count }, (_, i) => new Map([[i, Float64Array.of(PRIOR, 0, 0, PRIOR)]]))
  const right = Float64Array.from({ length: 2 * count }, (_, u) => (u % 2 === 0 ? PRIOR : 0))
  const add = (i: number, j: number, factor: number, yi: number, yj: number): void => {
    const row = elementAt(rows, i)
    const block = row.get(j) ?? new Float64Array(4)
    row.set(j, block)
    block[0]! += factor * yi * yj
    block[1]! += factor * yi
    block[2]! += factor * yj
    block[3]! += factor
  }
  for (let p = 0, first = 0; p < ends.length; first = ends[p]!, p++) {
    if (ends[p]! - first < 2) continue
    let total = 0
    for (let k = first; k < ends[p]!; k++) total += weights?.[k] ?? 1
    for (let k = first; k < ends[p]!; k++) {
      const [w, y] = [weights?.[k] ?? 1, centred(values, k, band)]
      for (let l = first; l < ends[p]!; l++) {
        const factor = (k === l ? w : 0) - (w * (weights?.[l] ?? 1)) / total
        add(images[k]!, images[l]!, factor, y, centred(values, l, band))
      }
    }
  }
  return flatten(rows, right)
}

const flatten = (rows: readonly ReadonlyMap<number, Float64Array>[], right: Float64Array): BlockSystem => {
  const starts = new Int32Array(rows.length + 1)
  for (const [i, row] of rows.entries()) starts[i + 1] = starts[i]! + row.size
  const columns = new Int32Array(starts[rows.length]!)
  const blocks = new Float64Array(4 * columns.length)
  let at = 0
  for (const row of rows) {
    for (const [column, block] of row) {
      columns[at] = column
      blocks.set(block, 4 * at)
      at++
    }
  }
  return { starts, columns, blocks, right }
}

/** out = M v; rows of fixed images are 0. */
const multiply = (system: GaugedSystem, v: Float64Array, out: Float64Array): void => {
  const { starts, columns, blocks, fixed, gauge } = system
  const means = new Float64Array(v.length)
  for (let u = 0; u < v.length; u++) {
    const part = gauge.parts[u >> 1]!
    if (part >= 0) means[2 * part + (u % 2)]! += v[u]! / gauge.sizes[part]!
  }
  for (let i = 0; i < starts.length - 1; i++) {
    const part = gauge.parts[i]!
    let [a, b] = part < 0 ? [0, 0] : [GAUGE * means[2 * part]!, GAUGE * means[2 * part + 1]!]
    for (let e = starts[i]!; e < starts[i + 1]!; e++) {
      const [x, y] = [v[2 * columns[e]!]!, v[2 * columns[e]! + 1]!]
      a += blocks[4 * e]! * x + blocks[4 * e + 1]! * y
      b += blocks[4 * e + 2]! * x + blocks[4 * e + 3]! * y
    }
    out[2 * i] = fixed[i] === 1 ? 0 : a
    out[2 * i + 1] = fixed[i] === 1 ? 0 : b
  }
}

/** Conjugate gradients from x, in place; fixed images stay unchanged. */
const descend = (system: GaugedSystem, x: Float64Array): void => {
  const size = x.length
  const { fixed, gauge } = system
  const product = new Float64Array(size)
  multiply(system, x, product)
  const rest = system.right.map((value, u) => {
    const target = u % 2 === 0 && gauge.parts[u >> 1]! >= 0 ? GAUGE : 0
    return fixed[u >> 1] === 1 ? 0 : value + target - product[u]!
  })
  const step = new Float64Array(size)
  const direction = new Float64Array(size)
  precondition(system, rest, direction)
  let error = dot(rest, direction)
  const enough = CLOSE * Math.max(error, 1e-12)
  for (let k = 0; k < 4 * size && error > enough; k++) {
    multiply(system, direction, product)
    const length = error / dot(direction, product)
    for (let u = 0; u < size; u++) {
      x[u]! += length * direction[u]!
      rest[u]! -= length * product[u]!
    }
    precondition(system, rest, step)
    const next = dot(rest, step)
    for (let u = 0; u < size; u++) direction[u] = step[u]! + (next / error) * direction[u]!
    error = next
  }
}

/** out = the inverse of the diagonal blocks times v. */
const precondition = ({ starts, blocks }: BlockSystem, v: Float64Array, out: Float64Array): void => {
  for (let i = 0; i < starts.length - 1; i++) {
    const at = 4 * starts[i]!
    const [a, b, c, d] = [blocks[at]!, blocks[at + 1]!, blocks[at + 2]!, blocks[at + 3]!]
    const determinant = a * d - b * c
    out[2 * i] = (d * v[2 * i]! - b * v[2 * i + 1]!) / determinant
    out[2 * i + 1] = (a * v[2 * i + 1]! - c * v[2 * i]!) / determinant
  }
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let u = 0; u < a.length; u++) sum += a[u]! * b[u]!
  return sum
}
