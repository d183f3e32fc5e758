/** Sorts the points of tiles by place; picks those of one block and of its roof faces. */
import { lowerBound } from "../../../engine/core/lists.js"
import { type Buckets, sortIntoBuckets } from "../../geometry/buckets.js"
import { growCells } from "../../handover/patch/cells.js"
import type { PointSet } from "../../handover/point-set.js"
import type { Block, BlockPoints } from "./block.js"
import type { BlockGrid } from "./grid.js"

const cellSide = 4000
/** Points this far outside the outline's cells, mm, still belong to a block. */
const margin = 250

/** Points of a tile and of pieces in other tiles, sorted into cells. */
export interface PointIndex {
  readonly origin: readonly [xMm: number, yMm: number, zMm: number]
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly columns: number
  readonly rows: number
  readonly minX: number
  readonly minY: number
  readonly starts: Int32Array
  readonly order: Int32Array
}

/** Merges all points into one frame and indexes their cells. Linear. */
export const indexPoints = (sets: readonly PointSet[], origin: PointIndex["origin"]): PointIndex => {
  const count = sets.reduce((sum, set) => sum + set.x.length, 0)
  const [x, y, z] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)]
  let at = 0
  let [minX, minY, maxX, maxY] = [0x7fffffff, 0x7fffffff, -0x80000000, -0x80000000]
  for (const set of sets) {
    const [dx, dy, dz] = [set.origin[0] - origin[0], set.origin[1] - origin[1], set.origin[2] - origin[2]]
    for (let i = 0; i < set.x.length; i++, at++) {
      x[at] = set.x[i] + dx
      y[at] = set.y[i] + dy
      z[at] = set.z[i] + dz
      minX = Math.min(minX, x[at])
      minY = Math.min(minY, y[at])
      maxX = Math.max(maxX, x[at])
      maxY = Math.max(maxY, y[at])
    }
  }
  const columns = count === 0 ? 0 : Math.floor((maxX - minX) / cellSide) + 1
  const rows = count === 0 ? 0 : Math.floor((maxY - minY) / cellSide) + 1
  const cells = x.map((px, i) => Math.floor((y[i] - minY) / cellSide) * columns + Math.floor((px - minX) / cellSide))
  return { origin, x, y, z, columns, rows, minX, minY, ...sortIntoBuckets(cells, columns * rows) }
}

/**
 * Points of a block in its frame, sorted by x, y, z. Their grid cell, or a neighbouring one, has
 * its middle inside the outline.
 */
export const findPoints = (index: PointIndex, block: Block, grid: BlockGrid): BlockPoints => {
  const near = growCells(grid.inside, grid, Math.ceil(margin / grid.side))
  const [dx, dy] = [index.origin[0] - block.origin[0], index.origin[1] - block.origin[1]]
  const clamp = (value: number, end: number): number => Math.min(end, Math.max(0, value))
  const c0 = clamp(Math.floor((-dx - index.minX) / cellSide), index.columns)
  const c1 = clamp(Math.floor((block.width - dx - index.minX) / cellSide) + 1, index.columns)
  const r0 = clamp(Math.floor((-dy - index.minY) / cellSide), index.rows)
  const r1 = clamp(Math.floor((block.height - dy - index.minY) / cellSide) + 1, index.rows)
  const found: number[] = []
  for (let r = r0; r < r1; r++) {
    for (let at = index.starts[r * index.columns + c0]; at < index.starts[r * index.columns + c1]; at++) {
      const i = index.order[at]
      const c = Math.floor((index.x[i] + dx) / grid.side)
      const row = Math.floor((index.y[i] + dy) / grid.side)
      if (c >= 0 && c < grid.columns && row >= 0 && row < grid.rows && near[row * grid.columns + c] === 1) found.push(i)
    }
  }
  return inOrder(found, index, [dx, dy, index.origin[2]], grid.columns * grid.side)
}

/**
 * The points moved by `shift`, sorted by x, y, z: bucket sort by x, insertion sort within a bucket.
 */
const inOrder = (
  found: readonly number[],
  index: PointIndex,
  [dx, dy, dz]: readonly [number, number, number],
  width: number,
): BlockPoints => {
  const count = found.length
  const starts = new Int32Array(width + 2)
  for (const i of found) starts[index.x[i] + dx + 1]++
  for (let k = 0; k <= width; k++) starts[k + 1] += starts[k]
  const [x, y, z] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)]
  const filled = new Int32Array(width + 1)
  for (const i of found) {
    const [px, py, pz] = [index.x[i] + dx, index.y[i] + dy, index.z[i] + dz]
    const first = starts[px]
    let at = first + filled[px]++
    for (; at > first && (y[at - 1] > py || (y[at - 1] === py && z[at - 1] > pz)); at--) {
      y[at] = y[at - 1]
      z[at] = z[at - 1]
    }
    x[first + filled[px] - 1] = px
    y[at] = py
    z[at] = pz
  }
  return { x, y, z }
}

/**
 * Sorted heights of the points over each face of a roof.
 *
 * @param faces face under each point, −1 outside
 */
export const heightsOverFaces = (count: number, faces: Int32Array, z: Int32Array): Int32Array[] => {
  const { starts, order } = sortIntoBuckets(faces, count)
  const heights = order.map((i) => z[i])
  return Array.from({ length: count }, (_, face) => heights.subarray(starts[face], starts[face + 1]).sort())
}

/** The 70th percentile of all values of sorted lists; NaN without any. */
export const percentile70 = (lists: readonly Int32Array[]): number => {
  let [low, high, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (const own of lists) {
    if (own.length === 0) continue
    low = Math.min(low, own[0])
    high = Math.max(high, own[own.length - 1])
    count += own.length
  }
  if (count === 0) return Number.NaN
  const rank = Math.floor(0.7 * (count - 1))
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    let below = 0
    for (const own of lists) below += lowerBound(own, middle + 1)
    if (below > rank) high = middle
    else low = middle + 1
  }
  return low
}

/** The median, the upper one of an even number. */
export const medianOf = (values: readonly number[]): number => [...values].sort((p, q) => p - q)[values.length >> 1]

/** Points in cells, row by row from the origin. */
export interface PointCells extends Buckets {
  readonly columns: number
  readonly rows: number
}

/** Sorts points into cells of `width` × `height` mm. O(points + cells). */
export const sortIntoCells = (x: Int32Array, y: Int32Array, width: number, height: number): PointCells => {
  let [columns, rows] = [1, 1]
  for (let i = 0; i < x.length; i++) {
    columns = Math.max(columns, Math.floor(x[i] / width) + 1)
    rows = Math.max(rows, Math.floor(y[i] / height) + 1)
  }
  const cells = new Int32Array(x.length)
  for (let i = 0; i < x.length; i++) cells[i] = Math.floor(y[i] / height) * columns + Math.floor(x[i] / width)
  return { columns, rows, ...sortIntoBuckets(cells, columns * rows) }
}
