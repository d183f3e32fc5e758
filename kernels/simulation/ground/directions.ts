/** D8 directions of steepest descent, with flats drained by a rule of bounded reach. */

/** Height of a cell without data, mm: above every real one. */
export const NO_DATA = 0x3fffffff
/** Directions 0 to 7: east, south-east, … clockwise. These follow: */
export const PIT = 8
/** The flow leaves the data here. */
export const LEAVES = 9
/** A cell of another tile, around the cells of this one. */
export const BEYOND = 254
/** A cell without data. */
export const VOID = 255

/** Columns and rows (downwards) from a cell to its neighbour in each direction. */
export const STEP_X = [1, 1, 0, -1, -1, -1, 0, 1] as const
export const STEP_Y = [0, 1, 1, 1, 0, -1, -1, -1] as const
/** Directions in the order of choice where several are equally good. */
const CHOICE = [0, 2, 4, 6, 1, 3, 5, 7] as const
const DIAGONAL = Math.SQRT1_2

/** Distance of each neighbour in arrays whose rows have `width` cells. */
export const neighbourOffsets = (width: number): Int32Array => Int32Array.from(STEP_X, (x, d) => x + STEP_Y[d]! * width)

/** Cells, row by row from the north; each row has `width` of them. */
export interface Window {
  readonly width: number
  readonly height: number
}

/** Cells within which flats drain by their edges: `flat` metres, at most 250 cells. */
export const flatReach = (flat: number, cell: number): number => Math.min(250, Math.max(1, Math.ceil(flat / cell)))

/** Cells around the output of {@link flowDirections} that it depends on. */
export const directionMargin = (reach: number): number => reach + 2

/**
 * Direction of each cell of a window towards its steepest descent.
 *
 * A cell without a lower neighbour, beside a cell without data, leaves the data. Else it belongs to
 * a flat. Flats drain towards lower ground and away from higher ground (Garbrecht and Martz 1997):
 * of its neighbours of equal height, a cell chooses the one with the least `2 · steps to a cell
 * that drains − steps from the foot of higher ground`. Both count up to `reach` steps within the
 * flat, so the result depends only on cells that near. Cells farther out, with equal values, drain
 * to the north-west. The lowest cell of a depression is a pit.
 *
 * @returns directions of the window without its outermost {@link directionMargin} cells. They make
 *   no loop. O(cells)
 */
export const flowDirections = (heights: Int32Array, window: Window, reach: number): Uint8Array => {
  const { width } = window
  const dirs = new Uint8Array(heights.length).fill(BEYOND)
  const flat = steepest(heights, window, dirs)
  const drained = drainFlats(heights, width, dirs, flat, reach)
  for (const [k, cell] of flat.entries()) dirs[cell] = drained[k]!
  return innerCells(dirs, width, directionMargin(reach))
}

/** The cells of a window without `margin` cells on each side. */
export const innerCells = <T extends Uint8Array | Int32Array | Float32Array | Float64Array>(
  values: T,
  width: number,
  margin: number,
): T => {
  const [columns, rows] = [width - 2 * margin, values.length / width - 2 * margin]
  const cells = new (values.constructor as new (length: number) => T)(columns * rows)
  for (let row = 0; row < rows; row++) {
    const from = (row + margin) * width + margin
    cells.set(values.subarray(from, from + columns), row * columns)
  }
  return cells
}

/** Directions of all cells but the outermost; the cells of flats, which stay pits, are returned. */
const steepest = (h: Int32Array, { width, height }: Window, dirs: Uint8Array): Int32Array => {
  let flats = 0
  for (let row = 1; row < height - 1; row++) {
    for (let i = row * width + 1; i < (row + 1) * width - 1; i++) {
      const z = h[i]
      if (z === NO_DATA) {
        dirs[i] = VOID
        continue
      }
      const e = h[i + 1]
      const s = h[i + width]
      const w = h[i - 1]
      const n = h[i - width]
      let low = e
      let best = 0
      if (s < low) {
        low = s
        best = 2
      }
      if (w < low) {
        low = w
        best = 4
      }
      if (n < low) {
        low = n
        best = 6
      }
      const se = h[i + width + 1]
      const sw = h[i + width - 1]
      const nw = h[i - width - 1]
      const ne = h[i - width + 1]
      let lowest = se
      let across = 1
      if (sw < lowest) {
        lowest = sw
        across = 3
      }
      if (nw < lowest) {
        lowest = nw
        across = 5
      }
      if (ne < lowest) {
        lowest = ne
        across = 7
      }
      if (low < z || lowest < z) dirs[i] = (z - lowest) * DIAGONAL > z - low ? across : best
      else if (Math.max(e, s, w, n, se, sw, nw, ne) === NO_DATA) dirs[i] = LEAVES
      else {
        dirs[i] = PIT
        flats++
      }
    }
  }
  const cells = new Int32Array(flats)
  for (let i = 0, k = 0; k < flats; i++) if (dirs[i] === PIT) cells[k++] = i
  return cells
}

/** Directions of the cells of flats, in their order. */
const drainFlats = (h: Int32Array, width: number, dirs: Uint8Array, flat: Int32Array, reach: number): Uint8Array => {
  const offsets = neighbourOffsets(width)
  const cap = reach + 1
  // Steps to a cell that drains and from higher ground; 0 where there is none in reach.
  const [to, from] = [new Uint8Array(h.length), new Uint8Array(h.length)]
  const [near, feet]: [number[], number[]] = [[], []]
  for (const i of flat) {
    let [drains, foot] = [false, false]
    for (const offset of offsets) {
      const z = h[i + offset]!
      if (z === h[i]) drains ||= isDrained(dirs[i + offset]!)
      else foot ||= z < NO_DATA
    }
    if (drains) near.push(i)
    if (foot) feet.push(i)
  }
  spread(h, offsets, dirs, near, reach, to)
  spread(h, offsets, dirs, feet, reach, from)
  const key = (i: number): number => (isDrained(dirs[i]!) ? 0 : 2 * (to[i] || cap) + cap - (from[i] || cap))
  return Uint8Array.from(flat, (i) => {
    const own = key(i)
    let [least, choice] = [own, PIT]
    for (const d of CHOICE) {
      const j = i + offsets[d]!
      if (h[j] !== h[i] || dirs[j] === BEYOND) continue
      const value = key(j)
      // Equal values order by row, then column: a strict order, so there is no loop.
      if (value < least || (value === own && least === own && choice === PIT && j < i)) [least, choice] = [value, d]
    }
    return choice
  })
}

const isDrained = (direction: number): boolean => direction < PIT || direction === LEAVES

/** Steps from the seeds, which have 1, to other cells of their flats, up to `reach`. */
const spread = (
  h: Int32Array,
  offsets: Int32Array,
  dirs: Uint8Array,
  seeds: readonly number[],
  reach: number,
  steps: Uint8Array,
): void => {
  let front = seeds
  for (const i of seeds) steps[i] = 1
  for (let step = 2; step <= reach && front.length > 0; step++) {
    const next: number[] = []
    for (const i of front) {
      for (const offset of offsets) {
        const j = i + offset
        if (h[j] !== h[i] || dirs[j] !== PIT || steps[j] !== 0) continue
        steps[j] = step
        next.push(j)
      }
    }
    front = next
  }
}
