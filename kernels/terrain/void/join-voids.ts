/** Joins the voids of tiles, fills the enclosed ones and hands them to the tiles that they meet. */
import type { Shard } from "../../../engine/kernel.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import { byKey, connectParts } from "../../handover/patch/join.js"
import { encodeLeftParts, partsOfTiles, type RegionMm, runsMeetLines } from "../../handover/patch/left-parts.js"
import { fillVoid, type VoidNodes } from "./fill-void.js"
import {
  decodeVoidParts,
  encodeFilledVoids,
  encodeVoidParts,
  type FilledVoid,
  nodeStep,
  type VoidKind,
  type VoidPart,
  type VoidParts,
  voidKinds,
} from "./void-part.js"

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
 * Connects the voids of tiles. One that meets the end of the data, or a side beyond which there is
 * no tile, is outside; the others are enclosed and filled. In a region a void within 20 m of its
 * border is left to the job. O(n log n) in the runs, plus the area of the enclosed voids.
 */
export const joinVoids = (blobs: readonly Uint8Array[], region: RegionMm | undefined): JoinedVoids => {
  const tiles = partsOfTiles(blobs).map(decodeVoidParts)
  const inner = region && ([0, 1, 2, 3].map((k) => region[k]! + (k < 2 ? 1000 : -1000) * MARGIN) as unknown as RegionMm)
  const left = new Set<VoidPart>()
  const filled = new ShardList(tiles)
  let [enclosed, area, groundless] = [0, 0, 0]
  for (const kind of voidKinds) {
    const windows = tiles.map(({ window, ...tile }) => ({ window, parts: tile[kind] }))
    for (const { runs, parts } of connectParts(windows)) {
      if (inner !== undefined && runsMeetLines(runs, 1000, inner)) {
        for (const { part } of parts) left.add(part)
        continue
      }
      if (parts.some(({ cut, part }) => cut || part.atEnd)) continue
      const rim = Float64Array.from(parts.flatMap(({ part }) => [...part.rim]))
      if (rim.length === 0) {
        groundless++
        continue
      }
      enclosed++
      for (let k = 0; k < runs.rows.length; k++) area += runs.ends[k] - runs.starts[k]
      filled.add(kind, runs, fillVoid(runs, rim))
    }
  }
  const kept = (parts: readonly VoidPart[]): VoidPart[] => parts.filter((part) => left.has(part))
  const rest = tiles.map((tile) => encodeVoidParts({ ...tile, open: kept(tile.open), bare: kept(tile.bare) }))
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
      const [rows, starts, ends, own] = [one.rows, one.starts, one.ends, one.nodes].map((all) => Int32Array.from(all))
      list.push({ kind, runs: { rows: rows!, starts: starts!, ends: ends! }, nodes: own! })
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
      const row = this.#tileOf(rows[k], 1)
      for (let column = this.#tileOf(starts[k], 0); column <= this.#tileOf(ends[k] - 1, 0); column++) {
        const west = this.#phase[0] + column * this.#side
        const tile = at(column, row)
        tile?.rows.push(rows[k])
        tile?.starts.push(Math.max(starts[k], west))
        tile?.ends.push(Math.min(ends[k], west + this.#side))
      }
    }
  }

  encode(): Shard[] {
    return [...this.#voids.keys()]
      .sort(byKey)
      .map((key) => ({ key, bytes: encodeFilledVoids(this.#voids.get(key)!), reads: [] }))
  }
}
