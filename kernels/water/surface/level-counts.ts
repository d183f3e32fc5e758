/** Counts the heights of a body's points by window and bin, so that the counts of parts add up. */
import { LEVEL_BIN, LEVEL_WINDOW } from "./level.js"

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
