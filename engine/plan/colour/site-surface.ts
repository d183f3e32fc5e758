/** Finds even ground and roofs at a site, and whether a place is visible from an image. */
import type { Box2 } from "../../core/geometry/box.js"

/** A level or slanting square of ground or roof, nothing above it. */
export interface EvenPlace {
  /** Its middle, CRS metres. */
  readonly centre: readonly [x: number, y: number, z: number]
  /** Rise towards east and north, metres a metre. */
  readonly slope: readonly [number, number]
  readonly ground: boolean
}

/** Distance between places, metres. */
export const PLACE_STEP = 2
/** Half the side of the square that must be even, millimetres. */
const EVEN = 1500
/** How far beyond a site is looked for what stands in sight, metres. */
export const SIGHT_MARGIN = 40
/** Side of the cells of heights, millimetres. */
const CELL = 1000
const EMPTY = -(2 ** 31)
/** Points that a place needs. */
const LEAST_POINTS = 8
/** Largest deviation from the plane, root mean square, metres. */
const MOST_ROUGH = 0.08
/** What may stick out of the plane, metres. */
const HAIR = 0.3
/** Least cosine between a place's normal and the line of sight. */
const LEAST_COSINE = 0.3
/** Sums of a place: count, x, y, z, xx, xy, yy, xz, yz, zz, count of ground. */
const SUMS = 11

/**
 * What points tell of a site: the highest a square metre, as far as {@link SIGHT_MARGIN} beyond, and sums over its places. All are whole
 * numbers that a double holds exactly, so the order of the points does not matter. 13,000 heights and 700 sums a site.
 */
export class SiteSurface {
  readonly #box: Box2
  /** Places and cells a side. */
  readonly #places: number
  readonly #cells: number
  readonly #heights: Int32Array
  readonly #sums: Float64Array
  readonly #base: number

  /**
   * @param box of the site, whole metres
   * @param base altitude that heights count from, whole metres: within 2 km of all points
   */
  constructor(box: Box2, base: number) {
    this.#box = box
    this.#base = base
    this.#places = Math.floor((box[2] - box[0]) / PLACE_STEP)
    this.#cells = Math.ceil(box[2] - box[0]) + 2 * SIGHT_MARGIN
    this.#heights = new Int32Array(this.#cells ** 2).fill(EMPTY)
    this.#sums = new Float64Array(SUMS * this.#places ** 2)
  }

  /** Takes in a point: millimetres from the site's south-west corner and from `base`; those beyond the margin change nothing. */
  add(x: number, y: number, z: number, classification: number): void {
    const column = Math.floor(x / CELL) + SIGHT_MARGIN
    const row = Math.floor(y / CELL) + SIGHT_MARGIN
    const cells = this.#cells
    if (column < 0 || row < 0 || column >= cells || row >= cells) return
    const at = row * cells + column
    if (z > this.#heights[at]!) this.#heights[at] = z
    if (classification !== 2 && classification !== 6) return
    const step = 1000 * PLACE_STEP
    const last = this.#places - 1
    const [left, right] = [Math.max(0, Math.ceil((x - EVEN) / step - 0.5)), Math.min(last, (x + EVEN) / step - 0.5)]
    const [low, top] = [Math.max(0, Math.ceil((y - EVEN) / step - 0.5)), Math.min(last, (y + EVEN) / step - 0.5)]
    for (let j = low; j <= top; j++)
      for (let i = left; i <= right; i++)
        this.#count(SUMS * (j * this.#places + i), x - (i + 0.5) * step, y - (j + 0.5) * step, z, classification)
  }

  #count(k: number, u: number, v: number, z: number, classification: number): void {
    const s = this.#sums
    s[k]! += 1
    s[k + 1]! += u
    s[k + 2]! += v
    s[k + 3]! += z
    s[k + 4]! += u * u
    s[k + 5]! += u * v
    s[k + 6]! += v * v
    s[k + 7]! += u * z
    s[k + 8]! += v * z
    s[k + 9]! += z * z
    if (classification === 2) s[k + 10]! += 1
  }

  /** Places that lie in a plane, of one class, with nothing above, row by row from the south-west; of the ground, which there is more of, every second of every second row. */
  places(): EvenPlace[] {
    const found: EvenPlace[] = []
    for (let j = 0; j < this.#places; j++) {
      for (let i = 0; i < this.#places; i++) {
        const place = this.#fit(i, j)
        if (place === undefined || (place.ground && (i % 2 === 1 || j % 2 === 1)) || this.#isCovered(place)) continue
        found.push(place)
      }
    }
    return found
  }

  #fit(i: number, j: number): EvenPlace | undefined {
    const k = SUMS * (j * this.#places + i)
    const [n, x, y, z, xx, xy, yy, xz, yz, zz, ground] = this.#sums.subarray(k, k + SUMS) as unknown as number[] &
      [number, number, number, number, number, number, number, number, number, number, number]
    if (n < LEAST_POINTS || (ground !== 0 && ground !== n)) return undefined
    // Least squares about the means.
    const [a, b, c] = [xx - (x * x) / n, xy - (x * y) / n, yy - (y * y) / n]
    const [d, e] = [xz - (x * z) / n, yz - (y * z) / n]
    const determinant = a * c - b * b
    // Points along a line tell no plane: half the even square's own spread at least.
    if (!(determinant > ((n * EVEN ** 2) / 12) ** 2)) return undefined
    const [p, q] = [(d * c - e * b) / determinant, (e * a - d * b) / determinant]
    const rest = (zz - (z * z) / n - p * d - q * e) / n
    if (!(Math.sqrt(Math.max(0, rest)) <= 1000 * MOST_ROUGH)) return undefined
    const height = (z - p * x - q * y) / n / 1000 + this.#base
    const centre = [this.#box[0] + (i + 0.5) * PLACE_STEP, this.#box[1] + (j + 0.5) * PLACE_STEP, height] as const
    return { centre, slope: [p, q], ground: ground === n }
  }

  /** Whether something stands on the place or hangs over it. */
  #isCovered({ centre: [x, y, z], slope: [p, q] }: EvenPlace): boolean {
    const steep = (Math.abs(p) + Math.abs(q)) * 0.5
    for (let v = -1.5; v <= 1.5; v++) {
      for (let u = -1.5; u <= 1.5; u++) {
        if (this.#top(x + u, y + v) > z + p * u + q * v + steep + HAIR) return true
      }
    }
    return false
  }

  /** Altitude of the highest point of a cell; −∞ where there is none. */
  #top(x: number, y: number): number {
    const column = Math.floor(x - this.#box[0]) + SIGHT_MARGIN
    const row = Math.floor(y - this.#box[1]) + SIGHT_MARGIN
    if (column < 0 || row < 0 || column >= this.#cells || row >= this.#cells) return -Infinity
    const height = this.#heights[row * this.#cells + column]!
    return height === EMPTY ? -Infinity : height / 1000 + this.#base
  }

  /** Whether a camera has the place in sight: its middle and four corners of `half`, not at a grazing angle. */
  sees(
    camera: readonly [number, number, number],
    { centre: [x, y, z], slope: [p, q] }: EvenPlace,
    half: number,
  ): boolean {
    const [dx, dy, dz] = [camera[0] - x, camera[1] - y, camera[2] - z]
    const cosine = (dz - p * dx - q * dy) / (Math.sqrt(dx * dx + dy * dy + dz * dz) * Math.sqrt(1 + p * p + q * q))
    if (!(cosine >= LEAST_COSINE)) return false
    for (const [u, v] of [
      [0, 0],
      [-half, -half],
      [half, -half],
      [-half, half],
      [half, half],
    ] as const) {
      if (this.#isHidden(camera, x + u, y + v, z + p * u + q * v)) return false
    }
    return true
  }

  /** Steps along the line of sight from cell to cell, from 1.5 m off on. */
  #isHidden(camera: readonly [number, number, number], x: number, y: number, z: number): boolean {
    const [dx, dy, dz] = [camera[0] - x, camera[1] - y, camera[2] - z]
    const length = Math.sqrt(dx * dx + dy * dy)
    const reach = Math.min(length, 2 * SIGHT_MARGIN)
    for (let t = 1.5; t < reach; t++) {
      const share = t / length
      if (this.#top(x + share * dx, y + share * dy) > z + share * dz - HAIR) return true
    }
    return false
  }
}
