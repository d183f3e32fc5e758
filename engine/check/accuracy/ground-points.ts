/**
 * Separates the ground points that a height field within the bound can meet from those that
 * contradict each other.
 */
import { MARGIN_MM } from "./source-points.js"

/**
 * Millimetres in plan within which two ground points may not differ by more than twice the bound.
 */
const NEIGHBOUR = 100
/** Most cells: 128 MB of starts. */
const MAX_CELLS = 2 ** 25

/** Verdicts on ground points: not considered, to be met by the surface, contradictory. */
export const groundVerdict = { none: 0, accepted: 1, rejected: 2 } as const

/** Ground points, sorted by cells of about half a metre. */
export interface JudgedGround {
  /** x, y, z of each, millimetres; interleaved, since they are read together. */
  readonly places: Int32Array
  /** A {@link groundVerdict} for each; `none` where a lower point has the same x and y. */
  readonly verdicts: Uint8Array
}

/**
 * Sorts ground points and judges which of them a height field within `bound` can meet. Of several
 * at one place, the lowest counts. Two of these within 0.10 m in plan that differ by more than
 * twice the bound are both rejected. O(n) for even density; 13 bytes a point and 4 a cell.
 *
 * @param points x, y, z of each, millimetres from the corner of the tile's cell, at most the margin
 * outside
 * @param side of the tile's cell, millimetres
 * @param bound metres
 */
export const judgeGround = (points: Int32Array, side: number, bound: number): JudgedGround => {
  const cells = sortByCell(points, side)
  rejectSteps(cells, 2000 * bound)
  return cells.ground
}

type SortedGround = ReturnType<typeof sortByCell>

/**
 * `starts`: start of each cell, row by row, and the end of the last; `columns`: cells a row, and
 * rows.
 */
const sortByCell = (points: Int32Array, tileSide: number) => {
  const reach = tileSide + 2 * MARGIN_MM
  const side = cellSide(reach, points.length / 3)
  const columns = Math.floor(reach / side) + 1
  // Coordinates are whole: adding half a millimetre moves them off the borders of cells.
  const shift = MARGIN_MM + 0.5
  const scale = 1 / side
  const starts = new Uint32Array(columns * columns + 1)
  for (let i = 0; i < points.length; i += 3)
    starts[(((points[i + 1]! + shift) * scale) | 0) * columns + (((points[i]! + shift) * scale) | 0) + 1]!++
  for (let cell = 1; cell < starts.length; cell++) starts[cell] = starts[cell]! + starts[cell - 1]!
  const count = points.length / 3
  const places = new Int32Array(points.length)
  // Fills each cell from its end, which leaves its start in `starts`.
  for (let i = points.length - 3; i >= 0; i -= 3) {
    const x = points[i]!
    const y = points[i + 1]!
    const at = 3 * --starts[(((y + shift) * scale) | 0) * columns + (((x + shift) * scale) | 0) + 1]!
    places[at] = x
    places[at + 1] = y
    places[at + 2] = points[i + 2]!
  }
  starts.copyWithin(0, 1)
  starts[starts.length - 1] = count
  return { ground: { places, verdicts: new Uint8Array(count).fill(groundVerdict.accepted) }, starts, columns }
}

/** Cells of about four points where the tile is full, at least as large as `NEIGHBOUR`. */
const cellSide = (reach: number, count: number): number => {
  const wanted = Math.min(1000, Math.max(NEIGHBOUR, reach * Math.sqrt(4 / Math.max(1, count))))
  return Math.ceil(Math.max(wanted, reach / Math.sqrt(MAX_CELLS)))
}

/** Lowest and highest point of each cell of a row. */
interface RowRange {
  readonly low: Int32Array
  readonly high: Int32Array
}

/**
 * Marks upper points of a place in a row, and measures the range of its cells. In an empty cell,
 * low is above high.
 */
const keepLowest = (
  { ground: { places, verdicts }, starts, columns }: SortedGround,
  row: number,
  { low, high }: RowRange,
): void => {
  for (let column = 0; column < columns; column++) {
    const end = starts[row * columns + column + 1]!
    let least = 2147483647
    let most = -2147483648
    // Hash bits of the places seen: equal places share a bit, so most cells need no comparison.
    let seen = 0
    let isTwice = false
    for (let a = starts[row * columns + column]!; a < end; a++) {
      const z = places[3 * a + 2]!
      if (z < least) least = z
      if (z > most) most = z
      const bit = 1 << (places[3 * a]! + 5 * places[3 * a + 1]!)
      if ((seen & bit) !== 0) isTwice = true
      seen |= bit
    }
    if (isTwice) leaveLowest(places, verdicts, starts[row * columns + column]!, end)
    low[column] = least
    high[column] = most
  }
}

/** Of points at one place, only the lowest counts. */
const leaveLowest = (places: Int32Array, verdicts: Uint8Array, from: number, end: number): void => {
  for (let a = from; a < end; a++) {
    const x = places[3 * a]!
    for (let b = a + 1; b < end; b++)
      if (x === places[3 * b] && places[3 * a + 1] === places[3 * b + 1])
        verdicts[places[3 * a + 2]! > places[3 * b + 2]! ? a : b] = groundVerdict.none
  }
}

/**
 * Compares each point with the rest of its own cell, the cell to the right, and the three above,
 * where the heights differ enough.
 */
const rejectSteps = (sorted: SortedGround, limit: number): void => {
  const { ground, starts, columns } = sorted
  const range = (): RowRange => ({
    low: new Int32Array(columns).fill(2147483647),
    high: new Int32Array(columns).fill(-2147483648),
  })
  let [here, above] = [range(), range()]
  keepLowest(sorted, 0, here)
  for (let row = 0; row < columns; row++) {
    const isTop = row + 1 === columns
    if (isTop) above = range()
    else keepLowest(sorted, row + 1, above)
    for (let column = 0; column < columns; column++) {
      const left = Math.max(0, column - 1)
      const right = Math.min(columns - 1, column + 1)
      if (heightRange(here, above, left, column, right) <= limit) continue
      const cell = row * columns + column
      const end = starts[row * columns + right + 1]!
      const [from, to] = isTop
        ? [0, 0]
        : [starts[cell + columns - column + left]!, starts[cell + columns - column + right + 1]!]
      for (let a = starts[cell]!; a < starts[cell + 1]!; a++) {
        compare(ground, a, a + 1, end, limit)
        compare(ground, a, from, to, limit)
      }
    }
    ;[here, above] = [above, here]
  }
}

/** Height range over a cell, the one to its right, and the three above. */
const heightRange = (here: RowRange, above: RowRange, left: number, column: number, right: number): number => {
  const low = Math.min(Math.min(here.low[column]!, here.low[right]!), Math.min(above.low[left]!, above.low[right]!))
  const high = Math.max(
    Math.max(here.high[column]!, here.high[right]!),
    Math.max(above.high[left]!, above.high[right]!),
  )
  return Math.max(high, above.high[column]!) - Math.min(low, above.low[column]!)
}

/** Rejects a point together with each point of a list that is near it in plan but not in height. */
const compare = ({ places, verdicts }: JudgedGround, a: number, from: number, to: number, limit: number): void => {
  const x = places[3 * a]!
  const y = places[3 * a + 1]!
  const z = places[3 * a + 2]!
  for (let b = from; b < to; b++) {
    if (Math.abs(z - places[3 * b + 2]!) <= limit) continue
    const dx = x - places[3 * b]!
    const dy = y - places[3 * b + 1]!
    if (dx * dx + dy * dy > NEIGHBOUR * NEIGHBOUR) continue
    if (verdicts[a] === groundVerdict.none || verdicts[b] === groundVerdict.none) continue
    verdicts[a] = groundVerdict.rejected
    verdicts[b] = groundVerdict.rejected
  }
}
