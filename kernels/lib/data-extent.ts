import type { Points } from "../../engine/kernel.js"

/** Step, mm, of the nodes that say where there is data. */
const STEP = 1000
/** Nodes that lie farther than `reach` from the data are void; the extent keeps this much less from them. */
const RIM = 1.5

/** Where a tile's surroundings hold data: small gaps closed, wide voids left out. Places in mm relative to the tile's origin. */
export interface DataExtent {
  /** True where there is no void in the tile or at its border. */
  readonly whole: boolean
  /** True where the node nearest to the place belongs to the extent. */
  covers(x: number, y: number): boolean
  /** True where the extent covers the straight line, looked at every metre from its first end. */
  coversLine(x1: number, y1: number, x2: number, y2: number): boolean
  /** True where the extent covers all nodes within `distance` (mm, along the axes) of the place. */
  coversAround(x: number, y: number, distance: number): boolean
}

/**
 * The morphological closing of the points with a disc: nodes of a 1 m grid fixed in the CRS are void where no occupied 1 m
 * cell has its centre within `reach`; nodes within `reach` − 1.5 m of a void one are outside the extent. So gaps narrower than twice
 * the reach are inside it, wide voids end about a metre from the points around them, and thin ones are not thinned further.
 *
 * The answer for a node depends on the points within `2 · reach` of it, whatever the tile: neighbours agree on their
 * border. O(points + area · reach) time, 3 bytes a square metre.
 *
 * @param side of the tile, mm, a whole number of metres; its origin lies on whole metres
 * @param reach whole metres; needs all points within twice that of the tile
 */
export const dataExtent = (points: Points, side: number, reach: number): DataExtent => {
  const margin = 2 * reach
  const nodes = Math.round(side / STEP)
  const n = nodes + 2 * margin + 1
  const occupied = new Uint8Array(n * n)
  for (let i = 0; i < points.count; i++) {
    const column = Math.floor(points.x[i] / STEP) + margin
    const row = Math.floor(points.y[i] / STEP) + margin
    if (column >= 0 && row >= 0 && column < n && row < n) occupied[row * n + column] = 1
  }
  const near = within(occupied, n, 1, 2 * reach)
  const empty = new Uint8Array(n * n)
  for (let row = reach; row < n - reach; row++) {
    for (let column = reach; column < n - reach; column++) {
      if (near[row * n + column] === 0) empty[row * n + column] = 1
    }
  }
  const outside = within(empty, n, 0, 2 * (reach - RIM))
  const covers = (x: number, y: number): boolean =>
    outside[(Math.round(y / STEP) + margin) * n + Math.round(x / STEP) + margin] === 0
  let whole = true
  for (let row = 0; row <= nodes && whole; row++) {
    for (let column = 0; column <= nodes; column++) if (!covers(column * STEP, row * STEP)) whole = false
  }
  return {
    whole,
    covers,
    coversLine: (x1, y1, x2, y2) => {
      const count = Math.max(1, Math.ceil(Math.hypot(x2 - x1, y2 - y1) / STEP))
      for (let k = 0; k <= count; k++) {
        if (!covers(x1 + ((x2 - x1) * k) / count, y1 + ((y2 - y1) * k) / count)) return false
      }
      return true
    },
    coversAround: (x, y, distance) => {
      for (let dy = -distance; dy <= distance; dy += STEP) {
        for (let dx = -distance; dx <= distance; dx += STEP) if (!covers(x + dx, y + dy)) return false
      }
      return true
    },
  }
}

/** An extent without voids. */
export const wholeExtent: DataExtent = {
  whole: true,
  covers: () => true,
  coversLine: () => true,
  coversAround: () => true,
}

/**
 * 1 for each node of an n × n grid that has a mark within `reach`. All in half metres: node (i, j) stands at (2i, 2j), mark (i, j) at
 * (2i + shift, 2j + shift).
 */
const within = (marks: Uint8Array, n: number, shift: number, reach: number): Uint8Array => {
  const none = 255
  // Distance along the row to the nearest mark, by one walk each way.
  const across = new Uint8Array(n * n).fill(none)
  for (let row = 0; row < n; row++) {
    for (let column = 0, last = -none; column < n; column++) {
      if (shift === 0 && marks[row * n + column] === 1) last = 2 * column
      across[row * n + column] = Math.min(none, 2 * column - last)
      if (marks[row * n + column] === 1) last = 2 * column + shift
    }
    for (let column = n - 1, last = 2 * n + none; column >= 0; column--) {
      if (marks[row * n + column] === 1) last = 2 * column + shift
      across[row * n + column] = Math.min(across[row * n + column], last - 2 * column)
    }
  }
  const found = new Uint8Array(n * n)
  const rows = Math.ceil(reach / 2)
  for (let row = 0; row < n; row++) {
    const from = Math.max(0, row - rows - shift)
    const to = Math.min(n - 1, row + rows)
    for (let other = from; other <= to; other++) {
      const up = 2 * other + shift - 2 * row
      const rest = reach * reach - up * up
      if (rest < 0) continue
      for (let column = 0; column < n; column++) {
        const distance = across[other * n + column]
        if (distance * distance <= rest) found[row * n + column] = 1
      }
    }
  }
  return found
}
