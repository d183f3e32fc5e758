/**
 * Relates whole objects to the tile grid: crossings with its lines, tiles met, and the shard of
 * each tile.
 */
import type { Shard, Tile } from "../../../engine/kernel.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import { encodeFootprints, type Footprint, sortedObjects } from "../footprint/footprint.js"
import { byKey } from "./join.js"

/**
 * The grid of the finest tiles, for a kernel of stage "job": their side, whole millimetres, and
 * level.
 */
export interface LeafGrid {
  readonly sideMm: number
  readonly level: number
}

/** The finest tiles below a tile of a coarser level. */
export const leafGridOf = (tile: Tile): LeafGrid => ({
  sideMm: Math.round(((tile.cell[2] - tile.cell[0]) * 1000) / tile.step),
  level: Math.round(Math.log2(tile.step)),
})

/**
 * Adds a vertex wherever a ring crosses a line of the given square grids at the CRS origin. The
 * vertex is exactly on the line. The other coordinate follows from the edge's two ends in canonical
 * order (x, then y), rounded to a millimetre, so every tile gets the same. O(vertices + crossings).
 *
 * @param ring x, y pairs, whole millimetres, not closed
 * @param sides of the grids' squares, whole millimetres
 */
export const crossLines = (ring: Float64Array, sides: readonly number[]): { xy: Float64Array; corner: Uint8Array } => {
  const xy: number[] = []
  const corner: number[] = []
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length
    xy.push(ring[i], ring[i + 1])
    corner.push(1)
    let last: readonly number[] = [ring[i], ring[i + 1]]
    for (const point of findCrossings(ring[i], ring[i + 1], ring[j], ring[j + 1], sides)) {
      const same = (point[0] === last[0] && point[1] === last[1]) || (point[0] === ring[j] && point[1] === ring[j + 1])
      if (same) continue
      xy.push(point[0], point[1])
      corner.push(0)
      last = point
    }
  }
  return { xy: Float64Array.from(xy), corner: Uint8Array.from(corner) }
}

/** Crossings of an edge, from its first end to its second. */
const findCrossings = (
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  sides: readonly number[],
): (readonly number[])[] => {
  const forward = x0 < x1 || (x0 === x1 && y0 < y1)
  const [ax, ay, bx, by] = forward ? [x0, y0, x1, y1] : [x1, y1, x0, y0]
  const found: [x: number, y: number, t: number][] = []
  const [low, high] = ay < by ? [ay, by] : [by, ay]
  for (const side of sides) {
    for (let k = Math.floor(ax / side) + 1; k * side < bx; k++) {
      const t = (k * side - ax) / (bx - ax)
      found.push([k * side, Math.round(ay + t * (by - ay)), t])
    }
    for (let k = Math.floor(low / side) + 1; k * side < high; k++) {
      const t = (k * side - ay) / (by - ay)
      found.push([Math.round(ax + t * (bx - ax)), k * side, t])
    }
  }
  found.sort((a, b) => a[2] - b[2])
  return forward ? found : found.reverse()
}

/**
 * Keys of the tiles that contain a cell of the patch or whose closed box touches the box of an edge
 * of its rings, ordered.
 */
export const tilesMet = (
  runs: CellRuns,
  cellMm: number,
  rings: readonly Float64Array[],
  { sideMm, level }: LeafGrid,
): string[] => {
  const keys = new Set<string>()
  const add = (minX: number, minY: number, maxX: number, maxY: number): void => {
    for (let y = minY; y <= maxY; y++) for (let x = minX; x <= maxX; x++) keys.add(`${level}/${x}/${y}`)
  }
  const tileOf = (mm: number): number => Math.floor(mm / sideMm)
  for (let k = 0; k < runs.rows.length; k++) {
    const y = tileOf(runs.rows[k] * cellMm)
    add(tileOf(runs.starts[k] * cellMm), y, tileOf((runs.ends[k] - 1) * cellMm), y)
  }
  const firstOf = (mm: number): number => Math.ceil(mm / sideMm) - 1
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const j = (i + 2) % ring.length
      const [x0, x1] = [Math.min(ring[i], ring[j]), Math.max(ring[i], ring[j])]
      const [y0, y1] = [Math.min(ring[i + 1], ring[j + 1]), Math.max(ring[i + 1], ring[j + 1])]
      add(firstOf(x0), firstOf(y0), tileOf(x1), tileOf(y1))
    }
  }
  return [...keys].sort(byKey)
}

/**
 * A shard for each tile of the job that an object meets, ordered by key; its objects by id.
 *
 * @param objects each with the tiles it meets and those that contain its parts
 * @param known keys of the job's tiles
 */
export const makeShards = (
  objects: readonly {
    readonly object: Footprint
    readonly meets: readonly string[]
    readonly parts: readonly string[]
  }[],
  known: ReadonlySet<string>,
): Shard[] => {
  const byTile = new Map<string, { objects: Footprint[]; reads: Set<string> }>()
  for (const { object, meets, parts } of objects) {
    for (const key of meets) {
      if (!known.has(key)) continue
      const shard = byTile.get(key) ?? { objects: [], reads: new Set<string>() }
      byTile.set(key, shard)
      shard.objects.push(object)
      for (const part of parts) if (part !== key) shard.reads.add(part)
    }
  }
  return [...byTile]
    .sort(([a], [b]) => byKey(a, b))
    .map(([key, { objects: list, reads }]) => ({
      key,
      bytes: encodeFootprints(sortedObjects(list)),
      reads: [...reads].sort(byKey),
    }))
}
