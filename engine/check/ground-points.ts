import type { TilePoints } from "./source-points.js"

/** Distance in plan, millimetres, within which two ground points may not differ by more than twice the bound. */
const FELLOW = 100

/** Which points a ground surface must meet. */
export const groundVerdict = { none: 0, accepted: 1, rejected: 2 } as const

/**
 * Sorts ground points (classes 2 and 66) by what a height field within `bound` can meet: one of several at a place counts, the lowest; of those a point is rejected that has a
 * fellow within 0.10 m in plan more than twice the bound above or below it. Cells of 0.10 m, O(n log n).
 *
 * @param bound metres
 * @returns a {@link groundVerdict} for each point; none for other classes and for upper ones of a place
 */
export const judgeGround = ({ x, y, z, classes }: TilePoints, bound: number): Uint8Array => {
  const verdicts = new Uint8Array(x.length)
  const cells = sortByCell(x, y, classes)
  keepLowest(cells, x, y, z, verdicts)
  const limit = 2000 * bound
  for (let i = 0; i < cells.order.length; i++) {
    const a = cells.order[i]!
    if (verdicts[a] === groundVerdict.none) continue
    // The rest of its own cell, the cell to the right, and the three above.
    for (const [from, to] of [rangeAfter(cells, i), ...neighbours(cells, x[a]!, y[a]!)]) {
      for (let j = from; j < to; j++) {
        const b = cells.order[j]!
        if (verdicts[b] === groundVerdict.none || Math.abs(z[a]! - z[b]!) <= limit) continue
        if ((x[a]! - x[b]!) ** 2 + (y[a]! - y[b]!) ** 2 > FELLOW * FELLOW) continue
        verdicts[a] = groundVerdict.rejected
        verdicts[b] = groundVerdict.rejected
      }
    }
  }
  return verdicts
}

/** Points in the order of their cells. */
interface Cells {
  readonly order: Uint32Array
  /** Number of the cell of each point of `order`, ascending. */
  readonly numbers: Float64Array
}

/** Cells a row, with room for the margin around a tile of 16 km. */
const ROW = 2 ** 18
const SHIFT = 2 ** 16

const numberOf = (x: number, y: number): number =>
  (Math.floor(y / FELLOW) + SHIFT) * ROW + Math.floor(x / FELLOW) + SHIFT

const sortByCell = (x: Int32Array, y: Int32Array, classes: Uint8Array): Cells => {
  let count = 0
  for (const code of classes) if (code === 2 || code === 66) count++
  const order = new Uint32Array(count)
  const all = new Float64Array(x.length)
  let at = 0
  for (let i = 0; i < x.length; i++) {
    all[i] = numberOf(x[i]!, y[i]!)
    if (classes[i] === 2 || classes[i] === 66) order[at++] = i
  }
  order.sort((a, b) => all[a]! - all[b]! || a - b)
  return { order, numbers: Float64Array.from(order, (i) => all[i]!) }
}

const keepLowest = (cells: Cells, x: Int32Array, y: Int32Array, z: Int32Array, verdicts: Uint8Array): void => {
  for (let i = 0; i < cells.order.length; ) {
    let end = i + 1
    while (end < cells.order.length && cells.numbers[end] === cells.numbers[i]) end++
    for (let j = i; j < end; j++) {
      const a = cells.order[j]!
      let isLowest = true
      for (let k = i; k < end && isLowest; k++) {
        const b = cells.order[k]!
        isLowest = x[a] !== x[b] || y[a] !== y[b] || z[b]! > z[a]! || (z[b] === z[a] && k >= j)
      }
      verdicts[a] = isLowest ? groundVerdict.accepted : groundVerdict.none
    }
    i = end
  }
}

const rangeAfter = ({ numbers }: Cells, i: number): [number, number] => {
  let end = i + 1
  while (end < numbers.length && numbers[end] === numbers[i]) end++
  return [i + 1, end]
}

const neighbours = (cells: Cells, x: number, y: number): [number, number][] => [
  rangeOf(cells, numberOf(x + FELLOW, y), 1),
  rangeOf(cells, numberOf(x - FELLOW, y + FELLOW), 3),
]

/** Places in the order of `count` cells from a number on. */
const rangeOf = ({ numbers }: Cells, first: number, count: number): [number, number] => [
  lowerBound(numbers, first),
  lowerBound(numbers, first + count),
]

const lowerBound = (numbers: Float64Array, value: number): number => {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (numbers[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
