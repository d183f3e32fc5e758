import type { CellRuns } from "../../grid/cell-runs.js"
import { packDetail, unpackDetail } from "./detail.js"
import type { BuildingRules, BuildingSums } from "./sums.js"

/** A piece of a building, with all that its outline and its heights are made of. Columns and rows count from the CRS origin. */
export interface BuildingPart extends BuildingSums {
  readonly runs: CellRuns
  /** Boundary points in the tile's own cells, x, y, z: whole millimetres of the CRS. */
  readonly edge: Float64Array
  /** Points of its walls, as the boundary points. */
  readonly wall: Float64Array
  /** Set cells around the piece that the tile does not know to be its own: column, row pairs. */
  readonly foreign: Int32Array
  /** Cells of the DTM around its border: column, row, height in mm. */
  readonly ground: Int32Array
}

/** The pieces of buildings in one tile: those that come near the border of its cells. */
export interface BuildingParts {
  /** Key of the tile, `level/x/y`. */
  readonly key: string
  readonly rules: BuildingRules
  /** Cells of the tile: first column, first row, end column, end row. */
  readonly window: readonly [column: number, row: number, endColumn: number, endRow: number]
  /** Side of the DTM's cells, mm. */
  readonly groundCellMm: number
  readonly parts: readonly BuildingPart[]
}

/** A piece as it is read: nothing of its boundary points is copied, which are most of it. */
export interface ReadBuildingPart extends Omit<BuildingPart, "edge" | "wall"> {
  /** Boundary points, x, y from `corner`, z: whole millimetres. */
  readonly edge: Int32Array
  readonly wall: Int32Array
  /** South-west corner of the tile's cells, and 0: millimetres of the CRS. */
  readonly corner: readonly [number, number, number]
}

/** The pieces of a tile as they are read. */
export interface ReadBuildingParts extends Omit<BuildingParts, "parts"> {
  readonly parts: readonly ReadBuildingPart[]
}

/** The boundary points, or those of walls, of several pieces, one after the other, in millimetres of the CRS. */
export const edgePoints = (
  parts: readonly Pick<ReadBuildingPart, "edge" | "wall" | "corner">[],
  of: "edge" | "wall",
): Float64Array => {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part[of].length, 0))
  let at = 0
  for (const { [of]: places, corner } of parts)
    for (let i = 0; i < places.length; i++) all[at++] = places[i] + corner[i % 3]
  return all
}

const magic = 0x3542504d
const headerBytes = 72
const partWords = 12

/**
 * Bytes of a tile's pieces, little-endian:
 *
 * | offset | type | |
 * |---|---|---|
 * | 0 | u32 | "MPB5" |
 * | 4 | i32 | pieces |
 * | 8 | 4 × i32 | window |
 * | 24 | 4 × f64 | cell, minArea, minHole, tolerance |
 * | 56 | 3 × i32 | level, x, y of the tile's key |
 * | 68 | i32 | side of the DTM's cells, mm |
 * | 72 | pieces: 12 × i32 | runs r, histogram bins b, boundary points e, foreign cells f, DTM cells g, points, ground mm, roof mm, lowest mm, words of detail d, 1 at the end of the data, wall points w |
 * | | r × 3 × i32 | row, start, end |
 * | | b × 2 × i32 | bin, count |
 * | | e × 3 × i32 | x, y in mm from the window's corner, z |
 * | | w × 3 × i32 | the same for points of walls |
 * | | f × 2 × i32 | column, row |
 * | | g × 3 × i32 | column, row, mm |
 * | | d × i32 | see {@link packDetail} |
 */
export const encodeBuildingParts = ({ key, rules, window, groundCellMm, parts }: BuildingParts): Uint8Array => {
  const details = parts.map(({ detail }) => packDetail(detail))
  const words = parts.reduce(
    (sum, { runs, histogram, edge, wall, foreign, ground }, p) =>
      sum +
      partWords +
      3 * runs.rows.length +
      histogram.length +
      edge.length +
      wall.length +
      foreign.length +
      ground.length +
      details[p].length,
    0,
  )
  const bytes = new Uint8Array(headerBytes + 4 * words)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  ;[rules.cell, rules.minArea, rules.minHole, rules.tolerance].forEach((value, i) => {
    view.setFloat64(24 + 8 * i, value, true)
  })
  let at = 4
  const put = (value: number): void => {
    view.setInt32(at, value, true)
    at += 4
  }
  for (const value of [parts.length, ...window]) put(value)
  at = 56
  for (const value of [...key.split("/").map(Number), groundCellMm]) put(value)
  const corner = cornerOf(window, rules)
  for (const [p, part] of parts.entries()) {
    const { runs, histogram, edge, wall, foreign, ground, points, groundMm, roofMm, lowestMm, atEnd } = part
    for (const value of [runs.rows.length, histogram.length / 2, edge.length / 3, foreign.length / 2]) put(value)
    for (const value of [ground.length / 3, points, groundMm, roofMm, lowestMm, details[p].length]) put(value)
    put(atEnd ? 1 : 0)
    put(wall.length / 3)
    for (let k = 0; k < runs.rows.length; k++) {
      put(runs.rows[k])
      put(runs.starts[k])
      put(runs.ends[k])
    }
    for (const value of histogram) put(value)
    for (const places of [edge, wall]) for (let i = 0; i < places.length; i++) put(places[i] - corner[i % 3])
    for (const value of foreign) put(value)
    for (const value of ground) put(value)
    for (const value of details[p]) put(value)
  }
  return bytes
}

const cornerOf = ([column, row]: BuildingParts["window"], { cell }: BuildingRules): [number, number, number] => {
  const cellMm = Math.round(cell * 1000)
  return [column * cellMm, row * cellMm, 0]
}

/** The pieces again, as views of the bytes. Throws on bytes of another making. */
export const decodeBuildingParts = (bytes: Uint8Array): ReadBuildingParts => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < headerBytes || view.getUint32(0, true) !== magic) {
    throw new Error(
      `a building part of ${bytes.length} bytes without its mark: made by another version? run with --force`,
    )
  }
  const [cell, minArea, minHole, tolerance] = [24, 32, 40, 48].map((at) => view.getFloat64(at, true))
  const rules = { cell, minArea, minHole, tolerance }
  let at = 4
  const take = (): number => {
    at += 4
    return view.getInt32(at - 4, true)
  }
  const count = take()
  const window = [take(), take(), take(), take()] as const
  at = 56
  const key = `${take()}/${take()}/${take()}`
  const groundCellMm = take()
  const corner = cornerOf(window, rules)
  // Words of a copy only where the bytes do not lie on words.
  const words =
    bytes.byteOffset % 4 === 0
      ? new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
      : new Int32Array(bytes.slice().buffer)
  const numbers = (length: number): Int32Array => {
    at += 4 * length
    return words.subarray(at / 4 - length, at / 4)
  }
  const parts = Array.from({ length: count }, (): ReadBuildingPart => {
    const [runCount, bins, edges, foreignCells, groundCells] = [take(), take(), take(), take(), take()]
    const [points, groundMm, roofMm, lowestMm, detailWords] = [take(), take(), take(), take(), take()]
    const [atEnd, walls] = [take() === 1, take()]
    const runs = { rows: new Int32Array(runCount), starts: new Int32Array(runCount), ends: new Int32Array(runCount) }
    for (let k = 0; k < runCount; k++) {
      runs.rows[k] = take()
      runs.starts[k] = take()
      runs.ends[k] = take()
    }
    const histogram = numbers(2 * bins)
    const edge = numbers(3 * edges)
    const wall = numbers(3 * walls)
    const foreign = numbers(2 * foreignCells)
    const ground = numbers(3 * groundCells)
    const detail = unpackDetail(numbers(detailWords))
    return { runs, histogram, edge, wall, corner, foreign, ground, points, groundMm, roofMm, lowestMm, detail, atEnd }
  })
  return { key, rules, window, groundCellMm, parts }
}
