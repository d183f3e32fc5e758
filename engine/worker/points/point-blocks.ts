/**
 * Divides a tile's points into blocks of neighbours in canonical order, with a box and counts by
 * class of each. A port then copies whole blocks, and looks only at points of blocks that it needs
 * in part.
 */
import { CELL_MM, cellOffset } from "../../formats/points/canonical-order.js"
import type { Points } from "../../kernel.js"

/** Points per block: in LiDAR HD, some 30 m of a row of 1 m. */
export const BLOCK = 1024

/** How a port takes a block. */
const NONE = 0
export const WHOLE = 1
/** All are in its box; the classes decide. */
export const BY_CLASS = 2
/** The box decides too. */
const BY_POINT = 3

/** Which points to take: 1 for each class, and a half-open box in integers of the points. */
export interface Selection {
  readonly wanted: Uint8Array
  readonly box: IntegerBox
  /** Where points matter; everywhere when undefined. */
  readonly near?: NearCells | undefined
}

/** A half-open box in integers of the points. */
type IntegerBox = readonly [minX: number, minY: number, maxX: number, maxY: number]

type Classified = Pick<Points, "count" | "x" | "y" | "origin"> & { readonly classification: Uint8Array }

/** The blocks of a tile's points. */
export class PointBlocks {
  readonly #points: Classified
  readonly #blocks: number
  /** West, south, east and north of each block, inclusive. */
  readonly #boxes: Int32Array
  /** Points of each block, by class. */
  readonly #counts: ReadonlyMap<number, Uint16Array>

  /**
   * O(n) time; some 40 bytes a block.
   *
   * @param points in canonical order
   */
  constructor(points: Classified) {
    this.#points = points
    this.#blocks = Math.ceil(points.count / BLOCK)
    this.#boxes = measureBoxes(points, this.#blocks)
    this.#counts = countByClass(points, this.#blocks)
  }

  /** Calls `take` for each run of points that a selection takes in one manner, except none. */
  forEach(how: Uint8Array, take: (how: number, begin: number, end: number) => void): void {
    const { count } = this.#points
    for (let first = 0, next = 0; first < how.length; first = next) {
      for (next = first + 1; next < how.length && how[next] === how[first]; next++);
      if (how[first] !== NONE) take(how[first]!, first * BLOCK, Math.min(count, next * BLOCK))
    }
  }

  /** How a selection takes each block, and its number of points: at least `enough`, or all. */
  select(
    selection: Selection,
    enough = Number.POSITIVE_INFINITY,
  ): { readonly how: Uint8Array; readonly count: number } {
    const { wanted, box, near } = selection
    const [west, south, east, north] = box
    const boxes = this.#boxes
    const taken = this.#countByClass(wanted)
    const how = new Uint8Array(this.#blocks)
    let count = 0
    for (let b = 0; b < how.length && count < enough; b++) {
      const begin = b * BLOCK
      const end = Math.min(this.#points.count, begin + BLOCK)
      let some = 0
      for (const counts of taken) some += counts[b]!
      if (some === 0) continue
      const minX = boxes[4 * b]!
      const minY = boxes[4 * b + 1]!
      const maxX = boxes[4 * b + 2]!
      const maxY = boxes[4 * b + 3]!
      if (maxX < west || minX >= east || maxY < south || minY >= north) continue
      if (near?.meets(minX, minY, maxX, maxY) === false) continue
      const inside = minX >= west && maxX < east && minY >= south && maxY < north
      if (inside) how[b] = some === end - begin ? WHOLE : BY_CLASS
      else {
        some = countPoints(this.#points, selection, begin, end)
        if (some > 0) how[b] = BY_POINT
      }
      count += some
    }
    return { how, count }
  }

  /** The cells within a distance (integers) of the points of a selection. */
  cellsNear(selection: Selection, reach: number): NearCells {
    const { x, y, classification } = this.#points
    const { wanted, box } = selection
    const near = new NearCells(box)
    this.forEach(this.select(selection).how, (_, begin, end) => {
      for (let i = begin; i < end; i++) if (wanted[classification[i]!] === 1) near.mark(x[i]!, y[i]!)
    })
    near.grow(reach)
    return near
  }

  /** For each block, the number of points of some classes in the blocks before it. */
  starts(chosen: Uint8Array): Uint32Array {
    const starts = new Uint32Array(this.#blocks)
    const counts = this.#countByClass(chosen)
    for (let b = 1; b < starts.length; b++) {
      starts[b] = starts[b - 1]!
      for (const ofClass of counts) starts[b]! += ofClass[b - 1]!
    }
    return starts
  }

  /** The counts by block of each of some classes. */
  #countByClass(chosen: Uint8Array): Uint16Array[] {
    return [...this.#counts].flatMap(([code, counts]) => (chosen[code] === 1 ? [counts] : []))
  }
}

/** Side of the cells of {@link NearCells}, in integers of the points: 16 m. */
const NEAR_CELL = 16_000

/** Marked cells of a box. */
export class NearCells {
  readonly #west: number
  readonly #south: number
  readonly #columns: number
  readonly #rows: number
  #marks: Uint8Array

  constructor([west, south, east, north]: IntegerBox) {
    this.#west = west
    this.#south = south
    this.#columns = Math.max(1, Math.ceil((east - west) / NEAR_CELL))
    this.#rows = Math.max(1, Math.ceil((north - south) / NEAR_CELL))
    this.#marks = new Uint8Array(this.#columns * this.#rows)
  }

  mark(x: number, y: number): void {
    this.#marks[this.#row(y) * this.#columns + this.#column(x)] = 1
  }

  /** Marks the cells within a distance of a marked one, too. */
  grow(reach: number): void {
    const [columns, rows, margin] = [this.#columns, this.#rows, Math.ceil(reach / NEAR_CELL)]
    const grown = new Uint8Array(this.#marks.length)
    for (let at = this.#marks.indexOf(1); at >= 0; at = this.#marks.indexOf(1, at + 1)) {
      const [column, row] = [at % columns, Math.floor(at / columns)]
      const [first, end] = [Math.max(0, column - margin), Math.min(columns, column + margin + 1)]
      for (let r = Math.max(0, row - margin); r < Math.min(rows, row + margin + 1); r++)
        grown.fill(1, r * columns + first, r * columns + end)
    }
    this.#marks = grown
  }

  /** True if a marked cell meets an inclusive box. */
  meets(minX: number, minY: number, maxX: number, maxY: number): boolean {
    const [first, end] = [this.#column(minX), this.#column(maxX) + 1]
    for (let row = this.#row(minY); row <= this.#row(maxY); row++) {
      const at = this.#marks.indexOf(1, row * this.#columns + first)
      if (at >= 0 && at < row * this.#columns + end) return true
    }
    return false
  }

  #column(x: number): number {
    return Math.min(this.#columns - 1, Math.max(0, Math.floor((x - this.#west) / NEAR_CELL)))
  }

  #row(y: number): number {
    return Math.min(this.#rows - 1, Math.max(0, Math.floor((y - this.#south) / NEAR_CELL)))
  }
}

/**
 * Boxes of whole cells of the canonical order: its rows follow each other from the south, and the
 * cells of a row from the west. A block of several rows counts as unbounded in x.
 */
const measureBoxes = ({ count, x, y, origin }: Classified, blocks: number): Int32Array => {
  const boxes = new Int32Array(4 * blocks)
  const [shiftX, shiftY] = [cellOffset(origin[0]), cellOffset(origin[1])]
  const cellFrom = (value: number, shift: number): number => Math.floor((value + shift) / CELL_MM) * CELL_MM - shift
  for (let b = 0; b < blocks; b++) {
    const [first, last] = [b * BLOCK, Math.min(count, (b + 1) * BLOCK) - 1]
    const [south, north] = [cellFrom(y[first]!, shiftY), cellFrom(y[last]!, shiftY)]
    const isRow = south === north
    boxes[4 * b] = isRow ? cellFrom(x[first]!, shiftX) : -0x80000000
    boxes[4 * b + 1] = south
    boxes[4 * b + 2] = isRow ? cellFrom(x[last]!, shiftX) + CELL_MM - 1 : 0x7fffffff
    boxes[4 * b + 3] = north + CELL_MM - 1
  }
  return boxes
}

const countByClass = ({ count, classification }: Classified, blocks: number): ReadonlyMap<number, Uint16Array> => {
  const counts = new Map<number, Uint16Array>()
  const inBlock = new Uint32Array(256)
  for (let b = 0; b < blocks; b++) {
    const end = Math.min(count, (b + 1) * BLOCK)
    for (let i = b * BLOCK; i < end; i++) inBlock[classification[i]!]!++
    for (let code = 0; code < 256; code++) {
      if (inBlock[code] === 0) continue
      const ofClass = counts.get(code) ?? new Uint16Array(blocks)
      counts.set(code, ofClass)
      ofClass[b] = inBlock[code]!
      inBlock[code] = 0
    }
  }
  return counts
}

/** The number of points `[begin, end)` that a selection takes. */
const countPoints = (
  { x, y, classification }: Classified,
  { wanted, box: [west, south, east, north] }: Selection,
  begin: number,
  end: number,
): number => {
  let n = 0
  for (let i = begin; i < end; i++) {
    if (wanted[classification[i]!] === 0) continue
    const px = x[i]!
    const py = y[i]!
    if (px >= west && px < east && py >= south && py < north) n++
  }
  return n
}
