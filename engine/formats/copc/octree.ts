/** Divides records sorted by key into the nodes of an octree, in bounded memory. */
import { EngineError } from "../../errors.js"
import { CELL_LEVELS, KEY_LEVELS, octantOf, shiftsOf } from "./keys.js"
import type { Thin } from "./record-sorter.js"
import { compareWords, copyRecords, emptyRecords, type KeyedRecords } from "./record-words.js"

/** A node's position: level, and column, row and layer in that level. */
export type NodePlace = readonly [level: number, x: number, y: number, z: number]

/** Receives a finished node with its remaining points (possibly none), in key order. */
export type NodeSink = (place: NodePlace, points: KeyedRecords) => Promise<void>

/** A node with more points is divided. */
const MOST_NODE_POINTS = 2 ** 17
/** Maximum number of points of one smallest cell, which must fit in memory. */
const MOST_CELL_POINTS = 2 ** 22

/**
 * Builds the nodes of an octree from records in key order.
 *
 * A node of more than 131,072 points is divided. Of each of its 128³ cells, one point remains in
 * the node or moves further up; the others move down. Where nodes of level L are divided, levels 0
 * to L together have one point per cell of level L. A hash of the record's bytes selects that
 * point, hence the order and division of the input do not matter. Children precede their parent.
 *
 * O(points · levels) time. Memory: twice 131,072 records, plus the points moving up on one path
 * from leaf to root. These are at most 128³ per level; some 30,000 for ground, roofs and trees.
 *
 * @returns the number of levels, and of nodes with points
 * @throws EngineError `E_INPUT` if a smallest cell has more than 4 million points
 */
export const buildOctree = async (
  records: Iterable<KeyedRecords>,
  stride: number,
  thin: Thin,
  sink: NodeSink,
): Promise<{ levels: number; nodes: number }> => {
  const ahead = new LookAhead(records[Symbol.iterator](), stride)
  let levels = 0
  let nodes = 0
  const finish = async (place: NodePlace, points: KeyedRecords): Promise<void> => {
    if (points.count > 0) {
      nodes++
      levels = Math.max(levels, place[0] + 1)
    }
    await sink(place, points)
  }
  const gather = async (place: NodePlace): Promise<KeyedRecords> => {
    const [level, x, y, z] = place
    ahead.need(MOST_NODE_POINTS + 1)
    const count = ahead.countCell(level)
    if (count <= MOST_NODE_POINTS) return ahead.take(count)
    if (level === KEY_LEVELS) return ahead.takeCell()
    const up = new GrowingRecords(stride)
    const inside = ahead.cell(level)
    while (inside()) {
      const octant = octantOf(level + 1, ahead.high, ahead.low)
      const child: NodePlace = [level + 1, 2 * x + (octant & 1), 2 * y + ((octant >> 1) & 1), 2 * z + (octant >> 2)]
      const points = await gather(child)
      const { selected, others } = thin(points, stride, shiftsOf(level + CELL_LEVELS))
      up.add(selected, 0, selected.count)
      await finish(child, others)
    }
    return up
  }
  const root: NodePlace = [0, 0, 0, 0]
  ahead.need(1)
  await finish(root, ahead.ended ? new GrowingRecords(stride) : await gather(root))
  return { levels, nodes }
}

/** Buffers the next records of a sorted stream. */
class LookAhead {
  readonly source: Iterator<KeyedRecords>
  readonly stride: number
  loaded: Omit<KeyedRecords, "count">
  first = 0
  end = 0
  exhausted = false

  constructor(source: Iterator<KeyedRecords>, stride: number) {
    this.source = source
    this.stride = stride
    this.loaded = emptyRecords(2 * MOST_NODE_POINTS, stride)
  }

  get ended(): boolean {
    return this.first === this.end && this.exhausted
  }

  /** Upper half of the next record's key. */
  get high(): number {
    return this.loaded.high[this.first]!
  }

  get low(): number {
    return this.loaded.low[this.first]!
  }

  /** Reads until `count` records are buffered, or the stream ends. */
  need(count: number): void {
    while (this.end - this.first < count && !this.exhausted) {
      const { value, done } = this.source.next()
      if (done === true) this.exhausted = true
      else this.#append(value)
    }
  }

  #append(batch: KeyedRecords): void {
    const { stride, first, end } = this
    const room = this.loaded.high.length
    if (end + batch.count > room) {
      const count = end - first
      const to = count + batch.count > room ? emptyRecords(2 * room, stride) : this.loaded
      // The ranges may overlap: `TypedArray.set` and forward loops both copy this correctly.
      if (first > 0 || to !== this.loaded) copyRecords(this.loaded, first, count, stride, to, 0)
      this.loaded = to
      this.first = 0
      this.end = count
    }
    copyRecords(batch, 0, batch.count, stride, this.loaded, this.end)
    this.end += batch.count
  }

  /** Number of buffered records in the first one's cell of a level. */
  countCell(level: number): number {
    const inside = cellTest(this.loaded, level, this.first)
    let [from, to] = [this.first, this.end]
    // Cells are contiguous: `from` is inside, `to` is not.
    while (to - from > 1) {
      const middle = (from + to) >>> 1
      if (inside(middle)) from = middle
      else to = middle
    }
    return to - this.first
  }

  /** Makes a test of whether the next record is in the cell of the current one. */
  cell(level: number): () => boolean {
    const { highShift, lowShift } = shiftsOf(level)
    const [high, low] = [this.high >>> highShift, this.low >>> lowShift]
    return () => {
      this.need(1)
      return !this.ended && this.high >>> highShift === high && this.low >>> lowShift === low
    }
  }

  /**
   * Takes records; those with equal keys are sorted by their bytes. They are valid until more are
   * needed.
   */
  take(count: number): KeyedRecords {
    const { loaded, first, stride } = this
    const end = first + count
    this.first = end
    const taken = {
      words: loaded.words.subarray(first * stride, end * stride),
      high: loaded.high.subarray(first, end),
      low: loaded.low.subarray(first, end),
      count,
    }
    settle(taken, stride)
    return taken
  }

  /** Takes all records of the next record's smallest cell. */
  takeCell(): KeyedRecords {
    for (let count = MOST_NODE_POINTS + 1; ; count *= 2) {
      this.need(count)
      const found = this.countCell(KEY_LEVELS)
      if (found > MOST_CELL_POINTS) {
        const found = `more than ${MOST_CELL_POINTS} points are at one place (to a millionth of the extent)`
        throw new EngineError("E_INPUT", `${found}. Remove duplicate points, and points far from all others.`)
      }
      if (found < count) return this.take(found)
    }
  }
}

const cellTest = ({ high, low }: Omit<KeyedRecords, "count">, level: number, record: number) => {
  const { highShift, lowShift } = shiftsOf(level)
  const [h, l] = [high[record]! >>> highShift, low[record]! >>> lowShift]
  return (other: number): boolean => high[other]! >>> highShift === h && low[other]! >>> lowShift === l
}

/** A growing list of records in key order. */
class GrowingRecords implements KeyedRecords {
  readonly stride: number
  words: Int32Array = new Int32Array(0)
  high: Uint32Array = new Uint32Array(0)
  low: Uint32Array = new Uint32Array(0)
  count = 0

  constructor(stride: number) {
    this.stride = stride
  }

  add(from: Omit<KeyedRecords, "count">, first: number, count: number): void {
    this.#reserve(count)
    copyRecords(from, first, count, this.stride, this, this.count)
    this.count += count
  }

  #reserve(count: number): void {
    const wanted = this.count + count
    if (wanted <= this.high.length) return
    const room = emptyRecords(this.count === 0 ? count : Math.max(wanted, 2 * this.high.length), this.stride)
    copyRecords(this, 0, this.count, this.stride, room, 0)
    this.words = room.words
    this.high = room.high
    this.low = room.low
  }
}

/** Sorts records with equal keys by their bytes. */
const settle = ({ words, high, low, count }: KeyedRecords, stride: number): void => {
  for (let first = 0; first < count; ) {
    let end = first + 1
    while (end < count && high[end] === high[first] && low[end] === low[first]) end++
    if (end - first > 1) sortStretch(words, stride, first, end)
    first = end
  }
}

const sortStretch = (words: Int32Array, stride: number, first: number, end: number): void => {
  const order = Uint32Array.from({ length: end - first }, (_, i) => first + i)
  order.sort((a, b) => compareWords(words, stride, a, b))
  const sorted = new Int32Array((end - first) * stride)
  order.forEach((record, i) => {
    sorted.set(words.subarray(record * stride, (record + 1) * stride), i * stride)
  })
  words.set(sorted, first * stride)
}
