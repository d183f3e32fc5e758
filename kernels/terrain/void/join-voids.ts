/** Joins the voids of tiles, and gives the enclosed ones heights. */

import type { Shard } from "../../../engine/kernel.js"
import { canonicalDelaunay } from "../../geometry/delaunay.js"
import { noHeight } from "../../grid/cell-grid.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import { byKey, connectParts } from "../../handover/patch/join.js"
import { encodeLeftParts, noRuns, partsOfTiles, type RegionMm, runsMeetLines } from "../../handover/patch/part.js"
import { countCells, filledParts, leaveOut, outsideGaps, rimNear } from "./find-voids.js"
import {
  decodeVoidParts,
  encodeFilledVoids,
  encodeVoidParts,
  type FilledVoid,
  nodeStep,
  runMargin,
  type VoidKind,
  type VoidPart,
  type VoidParts,
  voidKinds,
} from "./void-part.js"

/** Heights, whole millimetres, at places in steps of `nodeStep` metres from the CRS origin. */
export interface VoidNodes {
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  /** 0 not of the void, 1 beside a cell of it, 2 inside. */
  readonly wanted: Uint8Array
  /** `noHeight` where not wanted. */
  readonly heights: Int32Array
}

/**
 * Interpolates linearly in the Delaunay triangulation of the rim. Places that it does not cover
 * take the mean of their neighbours, ring by ring. O(n log n) in the rim, plus the area.
 *
 * @param runs all cells of the void
 * @param rim x, y, z in whole millimetres each, at least one; repeated points count once
 */
export const fillVoid = (runs: CellRuns, rim: Float64Array): VoidNodes => {
  const nodes = findNodes(runs)
  const { xy, z } = distinct(rim, nodes)
  drawTriangles(nodes, xy, z)
  if (!nodes.heights.some((height) => height !== noHeight)) nodes.heights[firstWanted(nodes)] = z[0]!
  spread(nodes)
  return nodes
}

const firstWanted = ({ wanted }: VoidNodes): number => wanted.findIndex((value) => value > 0)

/** The corners of all squares with a cell of the void, or one beside it in the south or west. */
const findNodes = ({ rows, starts, ends }: CellRuns): VoidNodes => {
  const squareOf = (cell: number): number => Math.floor(cell / nodeStep)
  let [west, east] = [Infinity, -Infinity]
  for (let k = 0; k < rows.length; k++) {
    west = Math.min(west, squareOf(starts[k] - 1))
    east = Math.max(east, squareOf(ends[k] - 1) + 1)
  }
  const south = squareOf(rows[0] - 1)
  const columns = east - west + 1
  const height = squareOf(rows[rows.length - 1]) + 1 - south + 1
  const wanted = new Uint8Array(columns * height)
  for (let k = 0; k < rows.length; k++) {
    const [from, to] = [squareOf(starts[k] - 1) - west, squareOf(ends[k] - 1) + 1 - west]
    for (let row = squareOf(rows[k] - 1); row <= squareOf(rows[k]) + 1; row++) {
      const at = (row - south) * columns
      for (let i = at + from; i <= at + to; i++) if (wanted[i] === 0) wanted[i] = 1
    }
    if (rows[k] % nodeStep !== 0) continue
    const row = squareOf(rows[k]) - south
    for (let c = Math.ceil(starts[k] / nodeStep); c * nodeStep < ends[k]; c++) wanted[row * columns + c - west] = 2
  }
  const heights = new Int32Array(wanted.length).fill(noHeight)
  return { column: west, row: south, columns, rows: height, wanted, heights }
}

/** The points of the rim once each, ordered; x, y in mm from the first node. */
const distinct = (rim: Float64Array, { column, row }: VoidNodes): { xy: Float64Array; z: Int32Array } => {
  const order = Array.from({ length: rim.length / 3 }, (_, i) => 3 * i).sort(
    (a, b) => rim[a + 1] - rim[b + 1] || rim[a] - rim[b] || rim[a + 2] - rim[b + 2],
  )
  const chosen = order.filter(
    (at, i) => i === 0 || rim[at] !== rim[order[i - 1]!]! || rim[at + 1] !== rim[order[i - 1]! + 1]!,
  )
  const step = nodeStep * 1000
  const xy = new Float64Array(2 * chosen.length)
  for (const [i, at] of chosen.entries()) xy.set([rim[at] - column * step, rim[at + 1] - row * step], 2 * i)
  return { xy, z: Int32Array.from(chosen, (at) => rim[at + 2]) }
}

const drawTriangles = ({ columns, rows, wanted, heights }: VoidNodes, xy: Float64Array, z: Int32Array): void => {
  const step = nodeStep * 1000
  const triangles = canonicalDelaunay(xy)
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t], triangles[t + 1], triangles[t + 2]]
    const [ax, ay] = [xy[2 * a], xy[2 * a + 1]]
    const [ux, uy] = [xy[2 * b] - ax, xy[2 * b + 1] - ay]
    const [vx, vy] = [xy[2 * c] - ax, xy[2 * c + 1] - ay]
    const area = ux * vy - uy * vx
    if (area <= 0) continue
    const first = Math.max(0, Math.ceil((ax + Math.min(0, ux, vx)) / step))
    const last = Math.min(columns - 1, Math.floor((ax + Math.max(0, ux, vx)) / step))
    const low = Math.max(0, Math.ceil((ay + Math.min(0, uy, vy)) / step))
    const high = Math.min(rows - 1, Math.floor((ay + Math.max(0, uy, vy)) / step))
    for (let row = low; row <= high; row++) {
      for (let column = first; column <= last; column++) {
        const at = row * columns + column
        if (wanted[at] === 0 || heights[at] !== noHeight) continue
        const [dx, dy] = [column * step - ax, row * step - ay]
        const toC = ux * dy - uy * dx
        const toB = dx * vy - dy * vx
        if (toB < 0 || toC < 0 || toB + toC > area) continue
        heights[at] = Math.round(z[a] + ((z[b] - z[a]) * toB + (z[c] - z[a]) * toC) / area)
      }
    }
  }
}

/** Gives each wanted place without a height the mean of the known ones around it, ring by ring. */
const spread = ({ columns, rows, wanted, heights }: VoidNodes): void => {
  let missing = Array.from(wanted.keys()).filter((at) => wanted[at] > 0 && heights[at] === noHeight)
  while (missing.length > 0) {
    const found = missing.map((at) => {
      const [row, column] = [Math.floor(at / columns), at % columns]
      let [sum, count] = [0, 0]
      for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++) {
        for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
          if (heights[r * columns + c] === noHeight) continue
          sum += heights[r * columns + c]
          count++
        }
      }
      return count === 0 ? noHeight : Math.round(sum / count)
    })
    if (found.every((height) => height === noHeight)) return
    for (const [i, at] of missing.entries()) heights[at] = found[i]!
    missing = missing.filter((at) => heights[at] === noHeight)
  }
}

/** Metres around a tile within which it gets the heights of a void: the reach of its border. */
const MARGIN = 20

/** Filled voids for each tile, parts for the job, and counts. */
interface JoinedVoids {
  readonly shards: Shard[]
  readonly left: Uint8Array
  readonly enclosed: number
  /** Area of the enclosed voids, m². */
  readonly area: number
  /** Enclosed voids without a ground point around them. */
  readonly groundless: number
}

/**
 * Connects the voids of tiles. One that meets neither the end of the data nor a side beyond which
 * there is no tile is enclosed, and filled. Of others, the seen cells are filled, and the parts
 * inside the extent of 10 m cells ({@link outsideGaps}), such as bays up to 40 m wide
 * ({@link filledParts}). A region leaves to the job a void within 20 m of its border, and one
 * beside such a gap. O(n log n) in the runs, plus the area of the filled voids.
 */
export const joinVoids = (blobs: readonly Uint8Array[], region: RegionMm | undefined): JoinedVoids => {
  const tiles = partsOfTiles(blobs).map(decodeVoidParts)
  const inner = region && ([0, 1, 2, 3].map((k) => region[k]! + (k < 2 ? 1000 : -1000) * MARGIN) as unknown as RegionMm)
  const { outside, unknown } = outsideGaps(
    tiles.map(({ gaps }) => gaps),
    inner,
  )
  const left = new Set<VoidPart>()
  const filled = new ShardList(tiles)
  let [enclosed, area, groundless] = [0, 0, 0]
  const fill = (kind: VoidKind, runs: CellRuns, rim: Float64Array): void => {
    if (rim.length === 0) {
      groundless++
      return
    }
    enclosed++
    area += countCells(runs)
    filled.add(kind, runs, fillVoid(runs, rim))
  }
  for (const kind of voidKinds) {
    const windows = tiles.map(({ window, ...tile }) => ({ window, parts: tile[kind] }))
    for (const { runs, parts } of connectParts(windows)) {
      const isOpen = parts.some(({ cut, part }) => cut || part.atEnd)
      const meetsUnknown = (): boolean => isOpen && countCells(leaveOut(runs, unknown)) < countCells(runs)
      if (inner !== undefined && (runsMeetLines(runs, 1000, inner) || meetsUnknown())) {
        for (const { part } of parts) left.add(part)
        continue
      }
      const rim = Float64Array.from(parts.flatMap(({ part }) => [...part.rim]))
      if (!isOpen) fill(kind, runs, rim)
      else
        for (const inside of filledParts(
          parts.map(({ part }) => part),
          outside,
        ))
          fill(kind, inside, rimNear(rim, inside))
    }
  }
  const remaining = (parts: readonly VoidPart[]): VoidPart[] => parts.filter((part) => left.has(part))
  const rest = tiles.map(({ gaps, ...tile }) =>
    encodeVoidParts({
      ...{ ...tile, open: remaining(tile.open), bare: remaining(tile.bare) },
      gaps: left.size === 0 ? { ...gaps, parts: [] } : gaps,
      outside: noRuns,
    }),
  )
  return { shards: filled.encode(), left: encodeLeftParts(rest), enclosed, area, groundless }
}

/** A void of a tile in the making. */
interface Gathered {
  readonly rows: number[]
  readonly starts: number[]
  readonly ends: number[]
  readonly nodes: number[]
}

/** Distributes filled voids to tiles. All tiles have the same side, in whole metres. */
class ShardList {
  readonly #side: number
  readonly #phase: readonly [x: number, y: number]
  readonly #keys: ReadonlyMap<string, string>
  readonly #voids = new Map<string, FilledVoid[]>()

  constructor(tiles: readonly VoidParts[]) {
    const [west, south, east] = tiles[0]?.window ?? [0, 0, 1, 1]
    this.#side = east - west
    this.#phase = [west, south]
    this.#keys = new Map(tiles.map(({ key, window }) => [this.#placeOf(window[0], window[1]), key]))
  }

  #placeOf(column: number, row: number): string {
    return `${this.#tileOf(column, 0)} ${this.#tileOf(row, 1)}`
  }

  #tileOf(cell: number, axis: 0 | 1): number {
    return Math.floor((cell - this.#phase[axis]) / this.#side)
  }

  add(kind: VoidKind, runs: CellRuns, nodes: VoidNodes): void {
    const made = new Map<string, Gathered>()
    const at = (column: number, row: number): Gathered | undefined => {
      const key = this.#keys.get(`${column} ${row}`)
      if (key === undefined) return undefined
      const known = made.get(key) ?? { rows: [], starts: [], ends: [], nodes: [] }
      made.set(key, known)
      return known
    }
    this.#addNodes(nodes, at)
    this.#addRuns(runs, at)
    for (const [key, one] of made) {
      const list = this.#voids.get(key) ?? []
      this.#voids.set(key, list)
      const [rows, starts, ends] = [Int32Array.from(one.rows), Int32Array.from(one.starts), Int32Array.from(one.ends)]
      list.push({ kind, runs: { rows, starts, ends }, nodes: Int32Array.from(one.nodes) })
    }
  }

  #addNodes(nodes: VoidNodes, at: (column: number, row: number) => Gathered | undefined): void {
    const { columns, wanted, heights } = nodes
    for (let i = 0; i < wanted.length; i++) {
      if (wanted[i] === 0) continue
      const [column, row] = [nodes.column + (i % columns), nodes.row + Math.floor(i / columns)]
      const [x, y] = [column * nodeStep, row * nodeStep]
      for (let r = this.#tileOf(y - MARGIN, 1); r <= this.#tileOf(y + MARGIN, 1); r++) {
        for (let c = this.#tileOf(x - MARGIN, 0); c <= this.#tileOf(x + MARGIN, 0); c++)
          at(c, r)?.nodes.push(column, row, heights[i], wanted[i] - 1)
      }
    }
  }

  #addRuns({ rows, starts, ends }: CellRuns, at: (column: number, row: number) => Gathered | undefined): void {
    for (let k = 0; k < rows.length; k++) {
      for (let row = this.#tileOf(rows[k] - runMargin, 1); row <= this.#tileOf(rows[k] + runMargin, 1); row++) {
        const last = this.#tileOf(ends[k] - 1 + runMargin, 0)
        for (let column = this.#tileOf(starts[k] - runMargin, 0); column <= last; column++) {
          const west = this.#phase[0] + column * this.#side - runMargin
          const tile = at(column, row)
          tile?.rows.push(rows[k])
          tile?.starts.push(Math.max(starts[k], west))
          tile?.ends.push(Math.min(ends[k], west + this.#side + 2 * runMargin))
        }
      }
    }
  }

  encode(): Shard[] {
    return [...this.#voids]
      .sort(([a], [b]) => byKey(a, b))
      .map(([key, voids]) => ({ key, bytes: encodeFilledVoids(voids), reads: [] }))
  }
}
