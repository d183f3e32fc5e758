/** Morphological opening of heights on a grid by squares of growing radius. */

/**
 * Opens heights by squares of radius 1, 2, 3 … cells, one radius a call. NaN cells are void: they
 * do not erode, and where no value is in reach the result is −∞. O(cells) a radius; 16 bytes a
 * cell.
 *
 * Source: van Herk, "A fast algorithm for local minimum and maximum filters", 1992.
 */
export class Openings {
  readonly #columns: number
  readonly #rows: number
  /** Erosion by the last radius; +∞ without a value in reach. */
  readonly #eroded: Float32Array
  /** Greatest value from the start of a block of cells to a cell, and from a cell to the end. */
  readonly #before: Float32Array
  readonly #after: Float32Array
  #radius = 0

  constructor(heights: Float32Array, columns: number, rows: number) {
    this.#columns = columns
    this.#rows = rows
    this.#eroded = new Float32Array(heights.length)
    for (let i = 0; i < heights.length; i++)
      this.#eroded[i] = Number.isNaN(heights[i]) ? Number.POSITIVE_INFINITY : heights[i]!
    this.#before = new Float32Array(heights.length)
    this.#after = new Float32Array(heights.length)
  }

  /** Writes the opening by the next radius. */
  next(opened: Float32Array): void {
    this.#radius++
    this.#erode()
    for (let i = 0; i < opened.length; i++) {
      const height = this.#eroded[i]!
      opened[i] = height === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : height
    }
    this.#dilateRows(opened)
    this.#dilateColumns(opened)
  }

  /** Each cell becomes the least of the nine around it. */
  #erode(): void {
    const columns = this.#columns
    const [values, least] = [this.#eroded, this.#before]
    for (let row = 0; row < this.#rows; row++) {
      const last = (row + 1) * columns - 1
      let here = values[row * columns]!
      let before = here
      for (let at = row * columns; at < last; at++) {
        const after = values[at + 1]!
        const side = Math.min(before, after)
        least[at] = Math.min(side, here)
        before = here
        here = after
      }
      least[last] = Math.min(before, here)
    }
    for (let row = 0; row < this.#rows; row++) {
      const below = row === 0 ? 0 : -columns
      const above = row === this.#rows - 1 ? 0 : columns
      for (let at = row * columns; at < (row + 1) * columns; at++) {
        let value = least[at]!
        if (least[at + below]! < value) value = least[at + below]!
        if (least[at + above]! < value) value = least[at + above]!
        values[at] = value
      }
    }
  }

  #dilateRows(values: Float32Array): void {
    const [columns, radius] = [this.#columns, this.#radius]
    const [before, after] = [this.#before, this.#after]
    const block = 2 * radius + 1
    const spans = spansOf(columns, radius)
    for (let row = 0; row < this.#rows; row++) {
      const first = row * columns
      for (let from = 0; from < columns; from += block) {
        const end = Math.min(columns, from + block)
        let most = Number.NEGATIVE_INFINITY
        for (let column = from; column < end; column++) {
          const value = values[first + column]!
          if (value > most) most = value
          before[column] = most
        }
        most = Number.NEGATIVE_INFINITY
        for (let column = end - 1; column >= from; column--) {
          const value = values[first + column]!
          if (value > most) most = value
          after[column] = most
        }
      }
      for (let column = 0; column < columns; column++) {
        const [from, to] = [spans[2 * column]!, spans[2 * column + 1]!]
        const a = from < 0 ? Number.NEGATIVE_INFINITY : after[from]!
        const b = to < 0 ? Number.NEGATIVE_INFINITY : before[to]!
        values[first + column] = Math.max(a, b)
      }
    }
  }

  /** As {@link Openings.#dilateRows} along columns, but row after row for the cache. */
  #dilateColumns(values: Float32Array): void {
    const [columns, rows] = [this.#columns, this.#rows]
    const [before, after] = [this.#before, this.#after]
    const block = 2 * this.#radius + 1
    const spans = spansOf(rows, this.#radius)
    for (let row = 0; row < rows; row++) {
      const back = row % block === 0 ? 0 : columns
      for (let at = row * columns; at < (row + 1) * columns; at++) {
        const value = values[at]!
        before[at] = back > 0 && before[at - back]! > value ? before[at - back]! : value
      }
    }
    for (let row = rows - 1; row >= 0; row--) {
      const on = row === rows - 1 || (row + 1) % block === 0 ? 0 : columns
      for (let at = row * columns; at < (row + 1) * columns; at++) {
        const value = values[at]!
        after[at] = on > 0 && after[at + on]! > value ? after[at + on]! : value
      }
    }
    for (let row = 0; row < rows; row++) {
      const [from, to] = [spans[2 * row]! * columns, spans[2 * row + 1]! * columns]
      for (let column = 0; column < columns; column++) {
        const a = from < 0 ? Number.NEGATIVE_INFINITY : after[from + column]!
        const b = to < 0 ? Number.NEGATIVE_INFINITY : before[to + column]!
        values[row * columns + column] = Math.max(a, b)
      }
    }
  }
}

/**
 * For each cell of a line, the cells to read `after` and `before` at: the ends of its window. −1
 * where that would reach beyond the window, which the other one then covers.
 */
const spansOf = (length: number, radius: number): Int32Array => {
  const block = 2 * radius + 1
  const spans = new Int32Array(2 * length)
  for (let cell = 0; cell < length; cell++) {
    const from = cell - radius
    const to = Math.min(length - 1, cell + radius)
    spans[2 * cell] = from < 0 ? -1 : from
    spans[2 * cell + 1] = from >= 0 && Math.floor(from / block) === Math.floor(to / block) ? -1 : to
  }
  return spans
}
