/** Voids as tiles hand them to the join, and filled ones as tiles use them. */
import { decodeBlob, encodeBlob, splitBlobs } from "../../../engine/core/blob.js"
import type { Points } from "../../../engine/kernel.js"
import { type CellGrid, growGrid, noHeight } from "../../grid/cell-grid.js"
import { type CellRuns, sortRuns } from "../../grid/cell-runs.js"
import { outlined } from "../../handover/extent/data-extent.js"
import { setRuns } from "../../handover/patch/cells.js"
import { requireColumn } from "../../handover/point-set.js"

/** Metres between the places of the CRS that get a height; also the side of cells of the rim. */
export const nodeStep = 5

/** Places farther than this from the returns are void, metres: as the ground mesh has it. */
export const openReach = 8

/** `open`: without returns; `bare`: without ground. */
export type VoidKind = "open" | "bare"
/** A place in both has the height of the first kind. */
export const voidKinds: readonly VoidKind[] = ["bare", "open"]

/** A void in one tile, or a part of it. */
export interface VoidPart {
  /** Cells of 1 m. */
  readonly runs: CellRuns
  /**
   * The cells of an open void within {@link openReach} of a return of any class, and all others.
   * The data do not end at the first.
   */
  readonly seen: CellRuns
  readonly unseen: CellRuns
  /** True where it meets the end of the data: it is not enclosed. */
  readonly atEnd: boolean
  /** Ground points around it: x, y, z in whole millimetres of the CRS each; above 2^31. */
  readonly rim: Float64Array
}

/** Cells of 10 m without returns near a tile, gaps up to 40 m wide left out. */
export interface Gaps {
  /** Cells of the tile: first column, first row, end column, end row, from the CRS origin. */
  readonly window: readonly [column: number, row: number, endColumn: number, endRow: number]
  /** Connected cells of the tile; `atEnd` where they meet the end of the data. */
  readonly parts: readonly { readonly runs: CellRuns; readonly atEnd: boolean }[]
  /** Cells of the tile and of the ring around it that meet the end of the data within these. */
  readonly outside: CellRuns
}

/** The voids of one tile. */
export interface VoidParts {
  readonly key: string
  /** Cells of the tile: first column, first row, end column, end row, from the CRS origin. */
  readonly window: readonly [column: number, row: number, endColumn: number, endRow: number]
  readonly open: readonly VoidPart[]
  readonly bare: readonly VoidPart[]
  readonly gaps: Gaps
  /** Nodes outside the returns' extent, filled or not; also those on the east and north side. */
  readonly outside: CellRuns
}

const PARTS = "VDP4"

export const encodeVoidParts = (parts: VoidParts): Uint8Array => encodeBlob(PARTS, parts)

/** Throws on other bytes. */
export const decodeVoidParts = (bytes: Uint8Array): VoidParts => decodeBlob(PARTS, bytes.slice(), "voids of a tile")

/** A filled void around one tile. */
export interface FilledVoid {
  readonly kind: VoidKind
  /** Its cells of 1 m in the tile and {@link runMargin} around it. */
  readonly runs: CellRuns
  /**
   * Places in and near the tile: column, row (in steps of `nodeStep`), height in whole millimetres,
   * and 1 inside the void, 0 beside it. Sorted by row, then column.
   */
  readonly nodes: Int32Array
}

/** Metres around a tile within which it knows filled cells: its mesh looks so far. */
export const runMargin = 3

const FILLED = "VDF2"

export const encodeFilledVoids = (voids: readonly FilledVoid[]): Uint8Array => encodeBlob(FILLED, voids)

/** Filled voids of a tile's shards, in an order that does not depend on the joins. */
export const decodeFilledVoids = (bytes: Uint8Array = new Uint8Array(0)): FilledVoid[] =>
  splitBlobs(FILLED, bytes, "filled voids")
    .flatMap((list) => decodeBlob<FilledVoid[]>(FILLED, list.slice(), "filled voids"))
    .sort(
      (a, b) =>
        voidKinds.indexOf(a.kind) - voidKinds.indexOf(b.kind) || a.nodes[1]! - b.nodes[1]! || a.nodes[0]! - b.nodes[0]!,
    )

/** The terrain model of a tile with voids that may be filled, from the south row. */
export interface RestingModel {
  readonly grid: CellGrid
  /** Metres; NaN without a height. */
  readonly values: Float32Array
  /** 0 void, 1 interpolated, 2 filled. */
  readonly source: Uint8Array
  /** Nodes outside the returns' extent. */
  readonly outside: CellRuns
  /** Per cent of the cells inside the survey, and of these without a height. */
  readonly survey: { readonly surveyedPercent: number; readonly voidPercent: number }
}

/** Mark of the blob with a {@link RestingModel}. */
export const RESTING = "DTR2"

/** Class of a point that stands for a height computed, not measured: a virtual point. */
const VIRTUAL = 66
const STEP = nodeStep * 1000

/**
 * The ground points of a tile and, in its enclosed voids, a virtual point every 5 m; `added` counts
 * these, `inside` those in the half-open square of the tile. `filled` are the cells of 1 m of the
 * voids. Every place of a void is then within 8 m of a point. In canonical order: no return shares
 * a cell of 1 m with a virtual point. Returns the same points where there is no void.
 *
 * @param side of the tile, mm
 */
export const withVirtualPoints = (
  returns: Points,
  bytes: Uint8Array | undefined,
  side: number,
): {
  readonly points: Points
  readonly added: number
  readonly inside: number
  readonly filled: readonly CellRuns[]
} => {
  const voids = decodeFilledVoids(bytes)
  const nodes = insideNodes(voids)
  const added = nodes.length / 3
  const filled = voids.filter(({ kind }) => kind === "open").map(({ runs }) => runs)
  if (added === 0) return { points: returns, added, inside: 0, filled }
  const { count, origin, scale } = returns
  const [originX, originY, originZ] = origin.map((value) => Math.round(value * 1000)) as [number, number, number]
  const [x, y, z] = [0, 1, 2].map(() => new Int32Array(count + added)) as [Int32Array, Int32Array, Int32Array]
  const [codes, classification] = [requireColumn(returns, "classification"), new Uint8Array(count + added)]
  const before = (i: number, column: number, row: number): boolean => {
    const r = Math.floor((originY + returns.y[i]) / 1000)
    return r !== row ? r < row : Math.floor((originX + returns.x[i]) / 1000) < column
  }
  const isInside = (mm: number): number => (mm >= 0 && mm < side ? 1 : 0)
  let [from, at, inside] = [0, 0, 0]
  for (let k = 0; k <= added; k++) {
    const [column, row] = [nodes[3 * k]! * nodeStep, nodes[3 * k + 1]! * nodeStep]
    let to = from
    while (to < count && (k === added || before(to, column, row))) to++
    x.set(returns.x.subarray(from, to), at)
    y.set(returns.y.subarray(from, to), at)
    z.set(returns.z.subarray(from, to), at)
    classification.set(codes.subarray(from, to), at)
    at += to - from
    from = to
    if (k === added) break
    x[at] = column * 1000 - originX
    y[at] = row * 1000 - originY
    z[at] = nodes[3 * k + 2]! - originZ
    inside += isInside(x[at]!) * isInside(y[at]!)
    classification[at++] = VIRTUAL
  }
  return { points: { count: count + added, x, y, z, classification, origin, scale }, added, inside, filled }
}

/** Places without returns, in canonical order: column, row, height each. */
const insideNodes = (voids: readonly FilledVoid[]): readonly number[] => {
  const heights = new Map<string, number>()
  for (const { kind, nodes } of voids) {
    if (kind !== "bare") continue
    for (let i = 0; i < nodes.length; i += 4)
      if (nodes[i + 3] === 1) heights.set(`${nodes[i]} ${nodes[i + 1]}`, nodes[i + 2]!)
  }
  const inside: [column: number, row: number, z: number][] = []
  for (const { kind, nodes } of voids) {
    if (kind !== "open") continue
    for (let i = 0; i < nodes.length; i += 4) {
      const [column, row, z, isInside] = nodes.subarray(i, i + 4) as unknown as [number, number, number, number]
      if (isInside === 1) inside.push([column, row, heights.get(`${column} ${row}`) ?? z])
    }
  }
  return inside.sort((a, b) => a[1] - b[1] || a[0] - b[0]).flat()
}

/**
 * Fills the terrain model of a tile in enclosed voids, bilinearly between their heights; marks
 * these cells in the result. In place. Without ground only void cells are filled; without any
 * return also those that `raster.dtm` filled, as the mesh has these heights. A square of nodes with
 * one of the void is filled too.
 *
 * @param values from the south row; NaN without a height
 * @param source 0 void, 1 from points, 2 filled
 */
const fillCells = (
  values: Float32Array,
  source: Uint8Array,
  grid: CellGrid,
  filledVoids: readonly FilledVoid[],
): Uint8Array => {
  const voids = filledVoids.map((one) => ({ ...one, grid: heightGrid(one.nodes) }))
  const metres = growGrid(metresAround(grid), runMargin + 1)
  const bare = new Int32Array(metres.columns * metres.rows)
  for (const [v, { kind, runs }] of voids.entries()) if (kind === "bare") setRuns(bare, metres, runs, v + 1)
  const filled = new Uint8Array(source.length)
  for (const { kind, runs, grid: own } of voids) {
    const fill = (at: number, x: number, y: number): void => {
      const v = bare[(Math.floor(y / 1000) - metres.row) * metres.columns + Math.floor(x / 1000) - metres.column]
      values[at] = heightAt(voids[v - 1]?.grid ?? own, x, y) / 1000
      source[at] = 2
      filled[at] = 1
    }
    eachCell(grid, runs, (at, x, y) => {
      if (source[at] === 0 || (source[at] === 2 && kind === "open")) fill(at, x, y)
    })
    eachCell(grid, nodeSquares(runs), (at, x, y) => {
      if (source[at] === 0) fill(at, x, y)
    })
  }
  return filled
}

/** The cells with a node at a corner: a cell has the number of its node in the south-west. */
export const nodeSquares = (runs: CellRuns): CellRuns => {
  const { rows, starts, ends } = runs
  return sortRuns([
    { rows, starts: starts.map((start) => start - 1), ends },
    { rows: rows.map((row) => row - 1), starts: starts.map((start) => start - 1), ends },
  ]).runs
}

/**
 * The terrain model of a tile, filled in enclosed voids ({@link fillCells}) and cut at the end of
 * the data ({@link cutCells}), with the numbers of cells. In new arrays: those of a decoded model
 * are views of the kernel's input.
 */
export const finishCells = (
  model: Pick<RestingModel, "values" | "source" | "grid" | "outside">,
  bytes: Uint8Array,
): Pick<RestingModel, "values" | "source"> & { readonly filled: number; readonly cut: number } => {
  const voids = decodeFilledVoids(bytes)
  const [values, source] = [model.values.slice(), model.source.slice()]
  const marks = fillCells(values, source, model.grid, voids)
  const cut = cutCells(values, source, model.grid, model.outside, { voids })
  return { values, source, filled: marks.reduce((sum, mark, at) => sum + (source[at] === 2 ? mark : 0), 0), cut }
}

/**
 * Removes the heights beyond the outline of the data's extent, where the mesh ends; returns the
 * number of cells. In place.
 *
 * @param outside nodes outside the returns' extent
 * @param within `voids`: filled ones, which are inside; `core`: the part of the grid to cut
 */
export const cutCells = (
  values: Float32Array,
  source: Uint8Array,
  grid: CellGrid,
  outside: CellRuns,
  { voids = [], core = grid }: { readonly voids?: readonly FilledVoid[]; readonly core?: CellGrid },
): number => {
  if (outside.rows.length === 0) return 0
  const nodes = growGrid(metresAround(core), runMargin + 1)
  const first = (core.row - grid.row) * grid.columns + core.column - grid.column
  const marks = new Uint8Array(nodes.columns * nodes.rows)
  setRuns(marks, nodes, outside)
  for (const { kind, runs } of voids) if (kind === "open") setRuns(marks, nodes, runs, 0)
  const isOutside = (column: number, row: number): boolean => marks[row * nodes.columns + column] === 1
  let cut = 0
  eachCell(core, nodeSquares(outside), (own, x, y) => {
    const at = first + Math.floor(own / core.columns) * grid.columns + (own % core.columns)
    if (source[at] === 0 || outlined(isOutside, x / 1000 - nodes.column, y / 1000 - nodes.row)) return
    values[at] = Number.NaN
    source[at] = 0
    cut++
  })
  return cut
}

/** The cells of 1 m around a grid. */
export const metresAround = ({ cell, column, row, columns, rows }: CellGrid): CellGrid => {
  const [west, south] = [column, row].map((first) => Math.floor((first * cell) / 1000)) as [number, number]
  const [east, north] = [column + columns, row + rows].map((end) => Math.ceil((end * cell) / 1000)) as [number, number]
  return { cell: 1000, column: west, row: south, columns: east - west, rows: north - south }
}

/** Calls `visit` for each cell whose centre (mm of the CRS) is in one of the runs. */
export const eachCell = (
  { cell, column, row, columns, rows }: CellGrid,
  runs: CellRuns,
  visit: (at: number, x: number, y: number) => void,
): void => {
  const first = (metre: number, start: number): number => Math.max(0, Math.ceil((metre * 1000) / cell - 0.5) - start)
  for (let k = 0; k < runs.rows.length; k++) {
    const top = Math.min(rows, first(runs.rows[k] + 1, row))
    const end = Math.min(columns, first(runs.ends[k], column))
    for (let r = first(runs.rows[k], row); r < top; r++) {
      for (let c = first(runs.starts[k], column); c < end; c++)
        visit(r * columns + c, (c + column + 0.5) * cell, (r + row + 0.5) * cell)
    }
  }
}

interface HeightGrid extends CellGrid {
  readonly heights: Int32Array
}

const heightGrid = (nodes: Int32Array): HeightGrid => {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < nodes.length; i += 4) {
    west = Math.min(west, nodes[i])
    east = Math.max(east, nodes[i])
    south = Math.min(south, nodes[i + 1])
    north = Math.max(north, nodes[i + 1])
  }
  const grid = { cell: STEP, column: west, row: south, columns: east - west + 1, rows: north - south + 1 }
  const heights = new Int32Array(grid.columns * grid.rows).fill(noHeight)
  for (let i = 0; i < nodes.length; i += 4)
    heights[(nodes[i + 1] - grid.row) * grid.columns + nodes[i] - grid.column] = nodes[i + 2]
  return { ...grid, heights }
}

/**
 * Bilinear height in mm at a place in mm of the CRS. The corners around a cell of the void are
 * known.
 */
const heightAt = ({ heights, column, row, columns }: HeightGrid, x: number, y: number): number => {
  const [c, r] = [Math.floor(x / STEP), Math.floor(y / STEP)]
  const [right, up] = [x / STEP - c, y / STEP - r]
  const at = (r - row) * columns + c - column
  const [sw, se, nw, ne] = [heights[at]!, heights[at + 1]!, heights[at + columns]!, heights[at + columns + 1]!]
  return (sw * (1 - right) + se * right) * (1 - up) + (nw * (1 - right) + ne * right) * up
}
