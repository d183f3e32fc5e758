/** The surface of a body of water, and the counts of heights that decide it. */
import { addHistograms, binAt, histogramOfLevels } from "../../handover/histogram.js"

/** Side of the windows, fixed in the CRS, in which a river has its own level, mm. */
export const LEVEL_WINDOW = 100_000
/** Size of the bins of heights, mm. */
export const LEVEL_BIN = 10
/**
 * Largest range of the middle 90 % of a lake's points, mm. Beyond it the surface slopes or has
 * waves, and each window has its own level.
 */
const LAKE_RANGE = 300
/** A window with fewer points has no level. */
const LEAST_POINTS = 20

export interface WaterLevel {
  readonly kind: "lake" | "river"
  /** Median of its points' heights, mm: the middle of a bin. */
  readonly levelMm: number
  /** Rivers: column, row and median (mm) of each window with a level. */
  readonly windows: readonly (readonly [column: number, row: number, levelMm: number])[]
}

/**
 * Distinguishes lake and river by the heights of all points of the body: a lake if the middle 90 %
 * of them are within 0.3 m. Uses only integer sums and absolute bounds, so the division into parts
 * does not matter.
 *
 * @param levels rows of window column, window row, bin, count, sorted (`PatchSums`)
 */
export const waterLevelOf = (levels: Int32Array): WaterLevel => {
  const all = addHistograms([histogramOfLevels(levels)])
  const levelMm = quantile(all, 1, 2)
  if (quantile(all, 19, 20) - quantile(all, 1, 20) <= LAKE_RANGE) return { kind: "lake", levelMm, windows: [] }
  return { kind: "river", levelMm, windows: windowLevels(levels) }
}

const windowLevels = (levels: Int32Array): [number, number, number][] => {
  const windows: [number, number, number][] = []
  for (let from = 0; from < levels.length; ) {
    const [column, row] = [levels[from], levels[from + 1]]
    const first = from
    let count = 0
    for (; from < levels.length && levels[from] === column && levels[from + 1] === row; from += 4) {
      count += levels[from + 3]
    }
    const bins = histogramOfLevels(levels.subarray(first, from))
    if (count >= LEAST_POINTS) windows.push([column, row, quantile(bins, 1, 2)])
  }
  return windows
}

/** Middle, mm, of the first bin that the share `above / of` of the counts reaches. */
const quantile = (histogram: Int32Array, above: number, of: number): number =>
  binAt(histogram, above, of) * LEVEL_BIN + LEVEL_BIN / 2

/**
 * Height of the water at a place of the CRS, mm. A lake has one level. A river's height is bilinear
 * between the centres of the four windows around, without those that have no level, else that of
 * the nearest window.
 */
export const waterHeight = ({ levelMm, windows }: WaterLevel, x: number, y: number): number => {
  if (windows.length === 0) return levelMm
  const [u, v] = [x / LEVEL_WINDOW - 0.5, y / LEVEL_WINDOW - 0.5]
  let [weights, sum] = [0, 0]
  let [nearest, distance] = [levelMm, Number.POSITIVE_INFINITY]
  for (const [column, row, level] of windows) {
    const [dx, dy] = [Math.abs(u - column), Math.abs(v - row)]
    if (dx < 1 && dy < 1) {
      weights += (1 - dx) * (1 - dy)
      sum += (1 - dx) * (1 - dy) * level
    }
    if (dx * dx + dy * dy < distance) [nearest, distance] = [level, dx * dx + dy * dy]
  }
  // Ignores a window that barely reaches the place, so that rounding does not decide.
  return weights > 1e-6 ? Math.round(sum / weights) : nearest
}

/** More rows of windows than any CRS has. */
const WINDOW_ROWS = 2 ** 20

/** Counts of bins from `first` on. */
interface Slot {
  first: number
  counts: Int32Array
}

/**
 * Counts of heights of one body by windows fixed in the CRS and bins, in the form of `PatchSums`.
 */
export class LevelCounts {
  private readonly slots = new Map<number, Slot>()
  private window = -1
  private slot: Slot = { first: 0, counts: new Int32Array(0) }

  /**
   * Counts a point, whole mm of the CRS. Points are in canonical order, so the window is usually
   * that of the previous point.
   */
  add(x: number, y: number, z: number): void {
    const window = Math.floor(x / LEVEL_WINDOW) * WINDOW_ROWS + Math.floor(y / LEVEL_WINDOW)
    const bin = Math.floor(z / LEVEL_BIN)
    if (window !== this.window) this.turnTo(window, bin)
    const slot = this.slot
    if (bin < slot.first || bin >= slot.first + slot.counts.length) widen(slot, bin)
    slot.counts[bin - slot.first]++
  }

  private turnTo(window: number, bin: number): void {
    this.window = window
    const known = this.slots.get(window)
    this.slot = known ?? { first: bin - 32, counts: new Int32Array(64) }
    if (known === undefined) this.slots.set(window, this.slot)
  }

  /** Rows of window column, window row, bin, count, sorted. */
  rows(): Int32Array {
    const rows: number[] = []
    for (const [window, { first, counts }] of [...this.slots].sort((a, b) => a[0] - b[0])) {
      const column = Math.floor(window / WINDOW_ROWS)
      for (let i = 0; i < counts.length; i++) {
        if (counts[i] > 0) rows.push(column, window - column * WINDOW_ROWS, first + i, counts[i])
      }
    }
    return Int32Array.from(rows)
  }
}

/** Makes room for a bin, and doubles the size. */
const widen = (slot: Slot, bin: number): void => {
  const { first, counts } = slot
  const missing = bin < first ? first - bin : bin - first - counts.length + 1
  const wider = new Int32Array(2 * (counts.length + missing))
  slot.first = bin < first ? first + counts.length - wider.length : first
  wider.set(counts, first - slot.first)
  slot.counts = wider
}
