/** Finds even ground and roofs at a site, and whether an image sees a place. */
import type { Box2 } from "../../core/geometry/box.js"

/** A level or sloping square of ground or roof with nothing above it. */
export interface EvenPlace {
  /** Its middle, CRS metres. */
  readonly centre: readonly [x: number, y: number, z: number]
  /** Rise towards east and north, metres per metre. */
  readonly slope: readonly [number, number]
  readonly ground: boolean
}

/** Distance between places, metres. */
export const PLACE_STEP = 2
/** Half the side of the square that must be even, millimetres. */
const EVEN = 1500
/** Distance beyond a site within which obstacles are searched, metres. */
export const SIGHT_MARGIN = 40
/** Side of the cells of heights, millimetres. */
const CELL = 1000
const EMPTY = -(2 ** 31)
/** Minimum number of points of a place. */
const LEAST_POINTS = 8
/** Largest root mean square deviation from the plane, metres. */
const MOST_ROUGH = 0.08
/** Permitted height above the plane, metres. */
const HAIR = 0.3
/** Smallest cosine between a place's normal and the line of sight. */
const LEAST_COSINE = 0.3
/** Sums of a place: count, x, y, z, xx, xy, yy, xz, yz, zz, count of ground. */
const SUMS = 11

/**
 * The points of a site: the highest per square metre, up to {@link SIGHT_MARGIN} beyond it, and
 * sums over its places. All are whole numbers that a double represents exactly, so the order of
 * points does not matter. A site of 32 m has 12,544 heights and 2,816 sums.
 */
export class SiteSurface {
  readonly #box: Box2
  /** Places and cells per side. */
  readonly #places: number
  readonly #cells: number
  readonly #heights: Int32Array
  readonly #sums: Float64Array
  readonly #base: number

  /**
   * @param box of the site, whole metres
   * @param base altitude that heights are relative to, whole metres, within 2 km of all points
   */
  constructor(box: Box2, base: number) {
    this.#box = box
    this.#base = base
    this.#places = Math.floor((box[2] - box[0]) / PLACE_STEP)
    this.#cells = Math.ceil(box[2] - box[0]) + 2 * SIGHT_MARGIN
    this.#heights = new Int32Array(this.#cells ** 2).fill(EMPTY)
    this.#sums = new Float64Array(SUMS * this.#places ** 2)
  }

  /**
   * Adds a point: millimetres from the site's south-west corner and from `base`. Points beyond the
   * margin are ignored.
   */
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

  /**
   * Returns the places in a plane, of one class, with nothing above, row by row from the
   * south-west. Ground is plentiful: only every second place of every second row.
   */
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
    // Points along a line define no plane: require half the spread of an evenly covered square.
    if (!(determinant > ((n * EVEN ** 2) / 12) ** 2)) return undefined
    const [p, q] = [(d * c - e * b) / determinant, (e * a - d * b) / determinant]
    const rest = (zz - (z * z) / n - p * d - q * e) / n
    if (!(Math.sqrt(Math.max(0, rest)) <= 1000 * MOST_ROUGH)) return undefined
    const height = (z - p * x - q * y) / n / 1000 + this.#base
    const centre = [this.#box[0] + (i + 0.5) * PLACE_STEP, this.#box[1] + (j + 0.5) * PLACE_STEP, height] as const
    return { centre, slope: [p, q], ground: ground === n }
  }

  /** True if something is on the place or above it. */
  #isCovered({ centre: [x, y, z], slope: [p, q] }: EvenPlace): boolean {
    const steep = (Math.abs(p) + Math.abs(q)) * 0.5
    for (let v = -1.5; v <= 1.5; v++) {
      for (let u = -1.5; u <= 1.5; u++) {
        if (this.#top(x + u, y + v) > z + p * u + q * v + steep + HAIR) return true
      }
    }
    return false
  }

  /** Altitude of the highest point of a cell; −∞ if it has none. */
  #top(x: number, y: number): number {
    const column = Math.floor(x - this.#box[0]) + SIGHT_MARGIN
    const row = Math.floor(y - this.#box[1]) + SIGHT_MARGIN
    if (column < 0 || row < 0 || column >= this.#cells || row >= this.#cells) return -Infinity
    const height = this.#heights[row * this.#cells + column]!
    return height === EMPTY ? -Infinity : height / 1000 + this.#base
  }

  /**
   * True if a camera sees the place: its centre and four corners at `half`, not at a grazing angle.
   */
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

  /** Walks along the line of sight in steps of one cell, starting 1.5 m away. */
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
