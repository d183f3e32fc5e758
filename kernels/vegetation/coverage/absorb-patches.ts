/**
 * Gives connected areas that are too small the class of their neighbours, before boundaries are
 * traced.
 */
import type { LabelledRuns } from "./class-runs.js"

/**
 * Calls `contact` for every stretch along which two patches (−1: none) share an edge, with its
 * length in cells. Stretches are the sides of runs, and overlaps of runs in adjacent rows. O(runs).
 */
const eachContact = (
  { rows, rowEnds, starts, labels }: LabelledRuns,
  contact: (a: number, b: number, cells: number) => void,
): void => {
  for (let r = 0; r < rows; r++) {
    const first = r > 0 ? rowEnds[r - 1] : 0
    const last = rowEnds[r] - 1
    for (let k = first + 1; k < last; k++) contact(labels[k - 1], labels[k], 1)
    if (r === 0) continue
    let below = r > 1 ? rowEnds[r - 2] : 0
    for (let k = first; k < last; k++) {
      while (starts[below + 1] <= starts[k]) below++
      for (let j = below; starts[j] < starts[k + 1]; j++) {
        const cells = Math.min(starts[j + 1], starts[k + 1]) - Math.max(starts[j], starts[k])
        if (labels[j] !== labels[k]) contact(labels[j], labels[k], cells)
      }
    }
  }
}

/**
 * Gives patches that are too small the class with which they share the longest border.
 *
 * Works in rounds. A small patch takes the class with the longest border among the decided patches
 * that it touches (ties: the highest class), and is then decided. All patches of a round see the
 * same state, so their order does not matter. Cells without a patch count as class 0. A patch that
 * touches no decided one keeps its class.
 *
 * O(runs + contacts of small patches · rounds). Memory: 8 bytes a contact of a small patch.
 *
 * @param isSmall by patch
 * @returns the class of each patch
 */
export const absorbSmall = (runs: LabelledRuns, isSmall: Uint8Array): Int32Array => {
  const { classes } = runs
  const ends = new Uint32Array(classes.length)
  eachContact(runs, (a, b) => {
    if (a >= 0) ends[a] += isSmall[a]
    if (b >= 0) ends[b] += isSmall[b]
  })
  let total = 0
  for (let g = 0; g < ends.length; g++) {
    total += ends[g]
    ends[g] = total - ends[g]
  }
  const others = new Int32Array(total)
  const lengths = new Int32Array(total)
  const add = (a: number, b: number, cells: number): void => {
    if (a < 0 || isSmall[a] === 0) return
    others[ends[a]] = b
    lengths[ends[a]++] = cells
  }
  eachContact(runs, (a, b, cells) => {
    add(a, b, cells)
    add(b, a, cells)
  })
  return decide(classes, isSmall, { ends, others, lengths })
}

interface Contacts {
  readonly ends: Uint32Array
  readonly others: Int32Array
  readonly lengths: Int32Array
}

const decide = (classes: Int32Array, isSmall: Uint8Array, { ends, others, lengths }: Contacts): Int32Array => {
  const decided = classes.slice()
  const open = isSmall.slice()
  let waiting: number[] = []
  for (let g = 0; g < open.length; g++) if (open[g] === 1) waiting.push(g)
  for (let before = -1; waiting.length !== before; ) {
    before = waiting.length
    const found: [patch: number, value: number][] = []
    const rest: number[] = []
    for (const g of waiting) {
      const borders = new Map<number, number>()
      for (let i = g > 0 ? ends[g - 1] : 0; i < ends[g]; i++) {
        const other = others[i]
        if (other >= 0 && open[other] === 1) continue
        const value = other < 0 ? 0 : decided[other]
        borders.set(value, (borders.get(value) ?? 0) + lengths[i])
      }
      let [value, longest] = [-1, 0]
      for (const [one, length] of borders)
        if (length > longest || (length === longest && one > value)) [value, longest] = [one, length]
      if (longest > 0) found.push([g, value])
      else rest.push(g)
    }
    for (const [g, value] of found) {
      decided[g] = value
      open[g] = 0
    }
    waiting = rest
  }
  return decided
}

/** Marks patches that touch one of a class. O(runs). */
export const touchClass = (runs: LabelledRuns, value: number): Uint8Array => {
  const { classes } = runs
  const touching = new Uint8Array(classes.length)
  eachContact(runs, (a, b) => {
    if (a < 0 || b < 0) return
    if (classes[b] === value) touching[a] = 1
    if (classes[a] === value) touching[b] = 1
  })
  return touching
}

/** Marks patches that touch cells without a patch inside the window. O(runs). */
export const touchNone = (runs: LabelledRuns): Uint8Array => {
  const touching = new Uint8Array(runs.classes.length)
  eachContact(runs, (a, b) => {
    if (a < 0 && b >= 0) touching[b] = 1
    if (b < 0 && a >= 0) touching[a] = 1
  })
  return touching
}

/** Marks patches with a cell at the sides of the window. O(runs). */
export const touchSides = ({ rows, rowEnds, labels, classes }: LabelledRuns): Uint8Array => {
  const meets = new Uint8Array(classes.length)
  const mark = (g: number): void => {
    if (g >= 0) meets[g] = 1
  }
  for (let r = 0; r < rows; r++) {
    const first = r > 0 ? rowEnds[r - 1] : 0
    mark(labels[first])
    mark(labels[rowEnds[r] - 2])
    if (r === 0 || r === rows - 1) for (let k = first; k < rowEnds[r] - 1; k++) mark(labels[k])
  }
  return meets
}
