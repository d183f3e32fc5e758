/** Error-bounded TINs of a raster with heights in whole millimetres: maille's and delatin's. */
import { basename } from "node:path"
import Delatin from "delatin"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import type { Raster } from "../../../engine/kernel.js"
import { greedyTin } from "../../../kernels/geometry/greedy-tin.js"
import { prepareGreedyCore } from "../../../kernels/geometry/wasm/greedy.js"
import { simplifyProfile } from "../../../kernels/handover/border/border-profile.js"
import { type Comparison, countColumn, type Row } from "./compare.js"
import { numberAndPath, rasterInputs } from "./inputs.js"
import { grouped } from "./markdown.js"
import { resultWork, type Work } from "./peer.js"

/**
 * Evidence for how well a TIN represents its raster: triangles, and errors in metres over all
 * cells.
 */
export interface TinProof {
  readonly triangles: number
  readonly max: number
  readonly rms: number
  readonly uncovered: number
}

const BOUNDS = [0.1, 0.25, 0.5] as const
/** Tolerance for the rounding of an interpolated height, metres. */
const ROUNDING = 1e-5

/** Side of a cell in millimetres. The errors are vertical and do not depend on it. */
const CELL = 500

type Grid = Pick<Raster, "width" | "height"> & { readonly heights: Float32Array }
type Triangulate = (grid: Grid, maxError: number) => GridMesh

const openWith =
  (triangulate: Triangulate) =>
  async (word: string): Promise<Work> => {
    const [bound, path] = numberAndPath(word)
    const { width, height, data } = await readRaster(path)
    // Whole millimetres, exact in 32 bits, for all peers.
    const heights = Float32Array.from(data, (metres) => Math.round(metres * 1000))
    const empty = heights.findIndex(Number.isNaN)
    if (empty >= 0) throw new Error(`${path}: cell ${empty} is void; fill it first`)
    // Every pass gives the same mesh, so it is measured once.
    let error: Omit<TinProof, "triangles"> | undefined
    return resultWork(
      width * height,
      () => triangulate({ width, height, heights }, bound * 1000),
      (mesh) => {
        if (error === undefined) {
          const { max, rms, uncovered } = meshError(heights, width, mesh)
          error = { max: max / 1000, rms: rms / 1000, uncovered }
        }
        return { triangles: mesh.triangles.length / 3, ...error }
      },
    )
  }

/**
 * maille: simplifies the border along its sides first, as `mesh.surface` does, then fills the
 * inside by greedy insertion.
 */
const ours: Triangulate = ({ width, height, heights }, maxError) => {
  const border = simplifyBorder(width, height, heights, maxError)
  const fixed = {
    x: Int32Array.from(border, (at) => (at % width) * CELL),
    y: Int32Array.from(border, (at) => (height - 1 - Math.floor(at / width)) * CELL),
    z: Int32Array.from(border, (at) => heights[at]!),
  }
  const count = (width - 2) * (height - 2)
  const [x, y, z] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)]
  let n = 0
  for (let row = 1; row < height - 1; row++) {
    for (let column = 1; column < width - 1; column++) {
      x[n] = column * CELL
      y[n] = (height - 1 - row) * CELL
      z[n++] = heights[row * width + column]!
    }
  }
  const candidates = { x, y, z }
  const tin = greedyTin({
    box: [0, 0, (width - 1) * CELL, (height - 1) * CELL],
    fixed,
    border: Int32Array.from({ length: 2 * border.length }, (_, i) => ((i + 1) >> 1) % border.length),
    candidates,
    maxError,
  })
  const offset = border.length
  const mesh = emptyMesh(tin.vertices.length, tin.triangles)
  for (let v = 0; v < tin.vertices.length; v++) {
    const place = tin.vertices[v]!
    const [from, i] = place < offset ? [fixed, place] : [candidates, place - offset]
    mesh.column[v] = from.x[i]! / CELL
    mesh.row[v] = height - 1 - from.y[i]! / CELL
    mesh.z[v] = from.z[i]!
  }
  return mesh
}

const emptyMesh = (
  vertices: number,
  triangles: ArrayLike<number>,
): GridMesh & Record<"column" | "row" | "z", Float64Array> => ({
  column: new Float64Array(vertices),
  row: new Float64Array(vertices),
  z: new Float64Array(vertices),
  triangles,
})

/** Cells of the simplified border, counter-clockwise (row 0 is the north) from the south-west. */
const simplifyBorder = (width: number, height: number, heights: Float32Array, maxError: number): number[] => {
  const across = Array.from({ length: width }, (_, i) => i)
  const up = Array.from({ length: height }, (_, i) => i)
  const south = across.map((i) => (height - 1) * width + i)
  const east = up.map((i) => (height - 1 - i) * width + width - 1)
  const north = across.map((i) => i)
  const west = up.map((i) => (height - 1 - i) * width)
  const thinned = (side: number[]): number[] =>
    simplifyProfile(
      Array.from(side.keys()),
      Array.from(side, (at) => heights[at]!),
      maxError,
    ).map((i) => side[i]!)
  const sides = [thinned(south), thinned(east), thinned(north).reverse(), thinned(west).reverse()]
  return sides.flatMap((side) => side.slice(0, -1))
}

const delatin: Triangulate = ({ width, height, heights }, maxError) => {
  const tin = new Delatin(heights, width, height)
  tin.run(maxError)
  const { coords, triangles } = tin
  const mesh = emptyMesh(coords.length / 2, triangles)
  for (let v = 0; v < mesh.z.length; v++) {
    const [column, row] = [coords[2 * v]!, coords[2 * v + 1]!]
    mesh.column[v] = column
    mesh.row[v] = row
    mesh.z[v] = heights[row * width + column]!
  }
  return mesh
}

/** @throws Error if a surface does not cover the raster, or ours exceeds the bound */
export const checkTins = (rows: readonly Row<TinProof>[], bound: number): void => {
  for (const { name, proof } of rows) {
    if (proof.uncovered > 0) throw new Error(`${name} leaves ${proof.uncovered} cells uncovered`)
    if (name.startsWith("maille") && proof.max > bound + ROUNDING) {
      throw new Error(`${name}: error of ${proof.max} m above the bound of ${bound} m`)
    }
  }
}

/** TINs at three bounds. */
export const comparison: Comparison<TinProof> = {
  name: "raster-tin",
  title: "Error-bounded TIN of a raster",
  packages: ["delatin"],
  note: 'Errors are measured by one rasteriser for all, over every cell, in metres. "Uncovered": cells under no triangle.',
  inputs: rasterInputs("bench/dtm_0292_6833_50cm.tif"),
  tasks: async (path, _folder, { quick }) =>
    (quick ? BOUNDS.slice(1, 2) : BOUNDS).map((bound) => ({
      label: `TIN of ${basename(path)} within ${bound} m`,
      word: `${bound}@${path}`,
      bound,
    })),
  peers: [
    {
      name: "maille greedyTin",
      work: "border along its sides, then greedy insertion (Garland and Heckbert), exact predicates",
      open: (word) => prepareGreedyCore().then(() => openWith(ours)(word)),
    },
    { name: "delatin", work: "greedy insertion (Garland and Heckbert)", open: openWith(delatin) },
  ],
  check: (rows, { bound = 0 }) => checkTins(rows, bound),
  columns: [
    countColumn("triangles", "triangles"),
    { heading: "largest error", cell: ({ proof }) => proof.max.toFixed(4) },
    { heading: "rms", cell: ({ proof }) => proof.rms.toFixed(4) },
    { heading: "uncovered", cell: ({ proof }) => String(proof.uncovered) },
  ],
  proof: ({ proof }, { proof: own }) => {
    const errors = `largest error ${own.max.toFixed(3)} and ${proof.max.toFixed(3)} m, rms ${own.rms.toFixed(3)} and ${proof.rms.toFixed(3)} m`
    return `triangles ${grouped(own.triangles)} and ${grouped(proof.triangles)}; ${errors}`
  },
}

/**
 * A triangulated surface over a grid: vertices at grid points (column, row), with their own
 * heights.
 */
export interface GridMesh {
  readonly column: ArrayLike<number>
  readonly row: ArrayLike<number>
  readonly z: ArrayLike<number>
  readonly triangles: ArrayLike<number>
}

/**
 * Measures a surface against the grid's heights at every grid point, edges and corners included.
 * The method is the same for all peers and uses none of their arithmetic. A point where triangles
 * meet or overlap counts once, with the larger error. `uncovered`: grid points under no triangle.
 */
export const meshError = (heights: ArrayLike<number>, width: number, mesh: GridMesh) => {
  const errors = new Float64Array(heights.length).fill(-1)
  for (let t = 0; t < mesh.triangles.length; t += 3) drawErrors(heights, width, mesh, t, errors)
  let [max, rss, uncovered] = [0, 0, 0]
  for (const error of errors) {
    if (error < 0) uncovered++
    else {
      rss += error * error
      if (error > max) max = error
    }
  }
  return { max, rms: Math.sqrt(rss / Math.max(1, errors.length - uncovered)), uncovered }
}

const drawErrors = (
  heights: ArrayLike<number>,
  width: number,
  { column, row, z, triangles }: GridMesh,
  t: number,
  errors: Float64Array,
): void => {
  const [a, b, c] = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!]
  const [ax, ay] = [column[a]!, row[a]!]
  const [ux, uy, vx, vy] = [column[b]! - ax, row[b]! - ay, column[c]! - ax, row[c]! - ay]
  const area = ux * vy - uy * vx
  if (area === 0) return
  const [rise1, rise2] = [z[b]! - z[a]!, z[c]! - z[a]!]
  const sign = Math.sign(area)
  const [minX, maxX] = [Math.min(0, ux, vx), Math.max(0, ux, vx)]
  const [minY, maxY] = [Math.min(0, uy, vy), Math.max(0, uy, vy)]
  for (let y = minY; y <= maxY; y++) {
    for (let x = minX; x <= maxX; x++) {
      // Twice the areas that the point cuts off, integers: the weights of b and c.
      const toB = (x * vy - y * vx) * sign
      const toC = (ux * y - uy * x) * sign
      if (toB < 0 || toC < 0 || toB + toC > area * sign) continue
      const height = z[a]! + (toB * rise1 + toC * rise2) / (area * sign)
      const at = (ay + y) * width + ax + x
      const error = Math.abs(height - heights[at]!)
      if (error > errors[at]!) errors[at] = error
    }
  }
}
