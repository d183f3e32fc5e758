/** Straight lines of sight between the centres of two cells of a surface. */
import { planRingsOf } from "../../../engine/core/feature-table.js"
import { usageError } from "../../../engine/core/parse-values.js"
import type { Features } from "../../../engine/kernel.js"
import { parsePlaces } from "../ground/places.js"
import { type SurfaceWindow, WINDOWS } from "../sun/surface-window.js"

/** A place that looks or is looked at: a cell of the window, and metres of altitude. */
export interface Eye {
  readonly column: number
  readonly row: number
  readonly z: number
}

/** Cells of the longer axis that are checked together: their cells fit the larger window. */
const STEP = WINDOWS[1] - 2
/** Coordinates closer to a cell's centre, cells, are on it. */
const ON_CENTRE = 1e-9
/** Metres: heights between cells are rounded, so a window's highest cell may be lower by less. */
const SLACK = 1e-3

/**
 * True if nothing between two places rises above the straight line that joins them.
 *
 * The surface is linear between the centres of neighbouring cells. The line is checked wherever it
 * crosses the line between two of them. Parts that pass above the highest cell of a window are
 * skipped, which changes no result. Time: cells between the two at most.
 */
export const sees = (window: SurfaceWindow, from: Eye, to: Eye): boolean => {
  const { columns, highest } = window
  const tops = highest[1]
  const [east, south, rise] = [to.column - from.column, to.row - from.row, to.z - from.z]
  const length = Math.max(Math.abs(east), Math.abs(south))
  for (let k = 0; k < length; k += STEP) {
    const [a, b] = [k / length, Math.min(length, k + STEP) / length]
    const column = Math.floor(from.column + east * (east < 0 ? b : a) + ON_CENTRE)
    const row = Math.floor(from.row + south * (south < 0 ? b : a) + ON_CENTRE)
    const lowest = from.z + rise * (rise < 0 ? b : a)
    if (tops[row * columns + column] <= lowest - SLACK) continue
    if (isBlockedBetween(window, from, [east, south, rise], [a, b])) return false
  }
  return true
}

/** Checks the crossings strictly inside the line, in the part between two shares of its length. */
const isBlockedBetween = (
  { heights, columns }: SurfaceWindow,
  from: Eye,
  [east, south, rise]: readonly [number, number, number],
  [a, b]: readonly [number, number],
): boolean => {
  const [wide, tall] = [Math.abs(east), Math.abs(south)]
  for (let k = Math.max(1, Math.floor(a * wide)); k < wide && k <= b * wide + 1; k++) {
    const row = from.row + (south * k) / wide
    const whole = Math.floor(row + ON_CENTRE)
    const at = whole * columns + from.column + (east < 0 ? -k : k)
    const share = row - whole < ON_CENTRE ? 0 : row - whole
    const height = share === 0 ? heights[at] : heights[at] + (heights[at + columns] - heights[at]) * share
    if (height > from.z + (rise * k) / wide) return true
  }
  for (let k = Math.max(1, Math.floor(a * tall)); k < tall && k <= b * tall + 1; k++) {
    const column = from.column + (east * k) / tall
    const whole = Math.floor(column + ON_CENTRE)
    const at = (from.row + (south < 0 ? -k : k)) * columns + whole
    const share = column - whole < ON_CENTRE ? 0 : column - whole
    const height = share === 0 ? heights[at] : heights[at] + (heights[at + 1] - heights[at]) * share
    if (height > from.z + (rise * k) / tall) return true
  }
  return false
}

/** Name of the option of observers. */
export const OBSERVERS = "simulation.viewshed.observers"

/** An observer: CRS metres, and metres above the surface. */
export interface Observer {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly height: number
}

/**
 * The observers of a list such as "842100,6520200 842300,6520200,25".
 *
 * @param height metres above the surface, where the list gives none
 * @throws EngineError E_USAGE for another form, and for an observer below the surface
 */
export const parseObservers = (list: string, height: number): Observer[] =>
  parsePlaces(OBSERVERS, list, "height").map(({ text, x, y, third = height }, k) => {
    if (third < 0)
      throw usageError(OBSERVERS, `"${text}"`, "a height of at least 0 m", "It counts from the surface, not from sea.")
    return { id: `list-${k + 1}`, x, y, height: third }
  })

/** The observers of a file; those without a number in its column `height` are at `height`. */
export const readObservers = (file: Features, height: number): Observer[] => {
  const heights = file.columns["height"]
  return file.ids.map((id, f) => {
    const [[x, y]] = planRingsOf(file, f)
    const above = heights?.type === "number" || heights?.type === "integer" ? heights.values[f] : Number.NaN
    return { id, x, y, height: Number.isNaN(above) ? height : above }
  })
}

/** The observers on or above the surface, on cells of the window; others have no eye. */
export const placeEyes = (window: SurfaceWindow, observers: readonly Observer[]): (Eye | undefined)[] => {
  const { core, margin, columns, rows, heights } = window
  return observers.map(({ x, y, height }) => {
    const column = Math.floor(Math.round(x * 1000) / core.cell) - core.column + margin
    const row = core.row + core.rows - 1 + margin - Math.floor(Math.round(y * 1000) / core.cell)
    if (column < 0 || row < 0 || column >= columns || row >= rows) return undefined
    const z = heights[row * columns + column]
    return z > -1e5 && height >= 0 ? { column, row, z: z + height } : undefined
  })
}
