/** Divides records sorted by key into the nodes of an octree, in bounded memory. */
import { EngineError } from "../../errors.js"
import { CELL_LEVELS, KEY_LEVELS, octantOf, shiftsOf } from "./keys.js"
import { compareWords, copyRecords, emptyRecords, hashRecord, type KeyedRecords } from "./record-words.js"

/** A node's place: its level, and its column, row and layer among the nodes of the level. */
export type NodePlace = readonly [level: number, x: number, y: number, z: number]

/** Takes a finished node with the points that stay in it (maybe none), in the order of their keys. */
export type NodeSink = (place: NodePlace, points: KeyedRecords) => Promise<void>

/** A node with more points than this is divided. */
const MOST_NODE_POINTS = 2 ** 17
/** Points of one smallest cell that are held in memory. */
const MOST_CELL_POINTS = 2 ** 22

/**
 * Makes the nodes of an octree of records that come in the order of their keys.
 *
 * A node of more than 131,072 points is divided; of each of its 128³ cells one point stays in it or goes further up, the rest goes
 * down: the points of levels 0 to L are one point a cell of level L, wherever nodes of level L are divided. Which one is drawn by a hash of
 * its bytes, so that neither order nor division of the input matters. Nodes come after their children (the root last).
 *
 * O(points · levels); memory: two times 131,072 records, and what goes up on one path from a leaf to the root (per level at most 128³ records; some 30,000 of
 * ground, roofs and trees).
 *
 * @returns the deepest level, and how many nodes hold points
 * @throws EngineError `E_INPUT` when one smallest cell holds more than 4 million points
 */
export const buildOctree = async (
  records: Iterable<KeyedRecords>,
  stride: number,
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
    const count = ahead.countOf(level)
    if (count <= MOST_NODE_POINTS) return ahead.take(count)
    if (level === KEY_LEVELS) return ahead.takeCell()
    const up = new GrowingRecords(stride)
    const inside = ahead.cell(level)
    while (inside()) {
      const octant = octantOf(level + 1, ahead.high, ahead.low)
      const child: NodePlace = [level + 1, 2 * x + (octant & 1), 2 * y + ((octant >> 1) & 1), 2 * z + (octant >> 2)]
      const points = await gather(child)
      await finish(child, up.takeFrom(points, level))
    }
    return up
  }
  const root: NodePlace = [0, 0, 0, 0]
  ahead.need(1)
  await finish(root, ahead.ended ? new GrowingRecords(stride) : await gather(root))
  return { levels, nodes }
}

/** The next records of a sorted stream. */
class LookAhead {
  readonly source: Iterator<KeyedRecords>
  readonly stride: number
  held: Omit<KeyedRecords, "count">
  first = 0
  end = 0
  exhausted = false

  constructor(source: Iterator<KeyedRecords>, stride: number) {
    this.source = source
    this.stride = stride
    this.held = emptyRecords(2 * MOST_NODE_POINTS, stride)
  }

  get ended(): boolean {
    return this.first === this.end && this.exhausted
  }

  /** Key of the next record. */
  get high(): number {
    return this.held.high[this.first]!
  }

  get low(): number {
    return this.held.low[this.first]!
  }

  /** Reads on until `count` records are held, or there are no more. */
  need(count: number): void {
    while (this.end - this.first < count && !this.exhausted) {
      const { value, done } = this.source.next()
      if (done === true) this.exhausted = true
      else this.#append(value)
    }
  }

  #append(batch: KeyedRecords): void {
    const { stride, first, end } = this
    const room = this.held.high.length
    if (end + batch.count > room) {
      const count = end - first
      const to = count + batch.count > room ? emptyRecords(2 * room, stride) : this.held
      // Forwards, over itself: copies of views keep to that.
      if (first > 0 || to !== this.held) copyRecords(this.held, first, count, stride, to, 0)
      this.held = to
      this.first = 0
      this.end = count
    }
    copyRecords(batch, 0, batch.count, stride, this.held, this.end)
    this.end += batch.count
  }

  /** How many of the held records lie in the first one's cell of a level. */
  countOf(level: number): number {
    const inside = cellTest(this.held, level, this.first)
    let [from, to] = [this.first, this.end]
    // Cells are stretches of the order: `from` is inside, `to` is not.
    while (to - from > 1) {
      const middle = (from + to) >>> 1
      if (inside(middle)) from = middle
      else to = middle
    }
    return to - this.first
  }

  /** Whether the next record still lies in the cell that the present one lies in. */
  cell(level: number): () => boolean {
    const { highShift, lowShift } = shiftsOf(level)
    const [high, low] = [this.high >>> highShift, this.low >>> lowShift]
    return () => {
      this.need(1)
      return !this.ended && this.high >>> highShift === high && this.low >>> lowShift === low
    }
  }

  /** Takes records, those of equal keys in the order of their bytes. */
  take(count: number): GrowingRecords {
    const taken = new GrowingRecords(this.stride)
    taken.add(this.held, this.first, count)
    this.first += count
    taken.settle()
    return taken
  }

  /** Takes the whole smallest cell of the next record. */
  takeCell(): GrowingRecords {
    for (let count = MOST_NODE_POINTS + 1; ; count *= 2) {
      this.need(count)
      const found = this.countOf(KEY_LEVELS)
      if (found > MOST_CELL_POINTS) {
        throw new EngineError(
          "E_INPUT",
          `more than ${MOST_CELL_POINTS} points lie at one place (to a millionth of the extent), too many for a node. Look at the points that lie far from all others, and remove them or the copies.`,
        )
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

/** Records in the order of their keys, to which others are added. */
class GrowingRecords implements KeyedRecords {
  readonly stride: number
  words = new Int32Array(0)
  high = new Uint32Array(0)
  low = new Uint32Array(0)
  count = 0

  constructor(stride: number) {
    this.stride = stride
  }

  add(from: Omit<KeyedRecords, "count">, first: number, count: number): void {
    const wanted = this.count + count
    if (wanted > this.high.length) {
      const room = emptyRecords(this.count === 0 ? count : Math.max(wanted, 2 * this.high.length), this.stride)
      copyRecords(this, 0, this.count, this.stride, room, 0)
      Object.assign(this, room)
    }
    copyRecords(from, first, count, this.stride, this, this.count)
    this.count += count
  }

  /** Takes one record of each cell of a node of `level` from a child of that node, which keeps the others. */
  takeFrom(child: KeyedRecords, level: number): KeyedRecords {
    const { high, low, words, count } = child
    const { stride } = this
    const { highShift, lowShift } = shiftsOf(level + CELL_LEVELS)
    let kept = 0
    for (let first = 0; first < count; ) {
      const [h, l] = [high[first]! >>> highShift, low[first]! >>> lowShift]
      let winner = first
      let least = hashRecord(words, stride, first)
      let end = first + 1
      for (; end < count && high[end]! >>> highShift === h && low[end]! >>> lowShift === l; end++) {
        const hash = hashRecord(words, stride, end)
        if (hash < least || (hash === least && compareWords(words, stride, end, winner) < 0)) {
          winner = end
          least = hash
        }
      }
      this.add(child, winner, 1)
      copyRecords(child, first, winner - first, stride, child, kept)
      kept += winner - first
      copyRecords(child, winner + 1, end - winner - 1, stride, child, kept)
      kept += end - winner - 1
      first = end
    }
    return { words, high, low, count: kept }
  }

  /** Brings records of equal keys into the order of their bytes. */
  settle(): void {
    const { high, low, count, stride } = this
    for (let first = 0; first < count; ) {
      let end = first + 1
      while (end < count && high[end] === high[first] && low[end] === low[first]) end++
      if (end - first > 1) sortStretch(this.words, stride, first, end)
      first = end
    }
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
