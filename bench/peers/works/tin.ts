import Martini from "@mapbox/martini"
import Delatin from "delatin"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import type { Raster } from "../../../engine/kernel.js"
import { greedyTin } from "../../../kernels/geometry/greedy-tin.js"
import { prepareGreedyCore } from "../../../kernels/geometry/wasm/greedy.js"
import { simplifyProfile } from "../../../kernels/handover/border/border-profile.js"
import { type GridMesh, meshError } from "../mesh-error.js"
import type { PeerEntry, Work } from "../peer.js"

/** What shows how well a TIN stands for its raster: triangles, and errors in metres over every cell. */
export interface TinProof {
  readonly triangles: number
  readonly max: number
  readonly rms: number
  readonly uncovered: number
}

/** Side of a square in millimetres: a cell of 0.5 m, though the errors, which are vertical, do not depend on it. */
const CELL = 500

type Grid = Pick<Raster, "width" | "height"> & { readonly heights: Float32Array }
type Triangulate = (grid: Grid, maxError: number) => GridMesh

/** Path and bound in one word, since a peer is told one: `<metres>@<path of a GeoTIFF>`. */
const workOf = async (what: string, triangulate: Triangulate): Promise<Work> => {
  const [bound = "", ...path] = what.split("@")
  const { width, height, data } = await readRaster(path.join("@"))
  // Whole millimetres, exact in 32 bits, for all peers alike.
  const heights = Float32Array.from(data, (metres) => Math.round(metres * 1000))
  const void_ = heights.findIndex(Number.isNaN)
  if (void_ >= 0) throw new Error(`${path.join("@")}: cell ${void_} is void; fill it first`)
  let mesh: GridMesh | undefined
  let error: Omit<TinProof, "triangles"> | undefined
  return {
    pass: () => {
      mesh = triangulate({ width, height, heights }, Number(bound) * 1000)
      return width * height
    },
    proof: () => {
      if (mesh === undefined) throw new Error("no pass yet")
      // Every pass gives the same mesh.
      if (error === undefined) {
        const { max, rms, uncovered } = meshError(heights, width, mesh)
        error = { max: max / 1000, rms: rms / 1000, uncovered }
      }
      return { triangles: mesh.triangles.length / 3, ...error }
    },
  }
}

/** maille: the border first, simplified along its sides as `mesh.surface` does, then the inside by greedy insertion. */
const ours: Triangulate = ({ width, height, heights }, maxError) => {
  const border = borderOf(width, height, heights, maxError)
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

/** Cells of the simplified border, counter-clockwise (row 0 in the north) from the south-west. */
const borderOf = (width: number, height: number, heights: Float32Array, maxError: number): number[] => {
  const across = Array.from({ length: width }, (_, i) => i)
  const up = Array.from({ length: height }, (_, i) => i)
  const south = across.map((i) => (height - 1) * width + i)
  const east = up.map((i) => (height - 1 - i) * width + width - 1)
  const north = across.map((i) => i)
  const west = up.map((i) => (height - 1 - i) * width)
  const kept = (side: number[]): number[] =>
    simplifyProfile(
      Array.from(side.keys()),
      Array.from(side, (at) => heights[at]!),
      maxError,
    ).map((i) => side[i]!)
  const sides = [kept(south), kept(east), kept(north).reverse(), kept(west).reverse()]
  return sides.flatMap((side) => side.slice(0, -1))
}

const delatin: Triangulate = ({ width, height, heights }, maxError) => {
  const tin = new Delatin(heights, width, height)
  tin.run(maxError)
  const { coords, triangles } = tin
  return onGrid(coords, triangles, width, heights)
}

const martini: Triangulate = ({ width, height, heights }, maxError) => {
  if (width !== height || ((width - 1) & (width - 2)) !== 0) {
    throw new Error(`it takes squares of 2^k + 1 cells alone, not ${width} × ${height}`)
  }
  const { vertices, triangles } = new Martini(width).createTile(heights).getMesh(maxError)
  return onGrid(vertices, triangles, width, heights)
}

const onGrid = (
  coordinates: ArrayLike<number>,
  triangles: ArrayLike<number>,
  width: number,
  heights: Float32Array,
): GridMesh => {
  const count = coordinates.length / 2
  const mesh = emptyMesh(count, triangles)
  for (let v = 0; v < count; v++) {
    const [column, row] = [coordinates[2 * v]!, coordinates[2 * v + 1]!]
    mesh.column[v] = column
    mesh.row[v] = row
    mesh.z[v] = heights[row * width + column]!
  }
  return mesh
}

/** Error-bounded TINs of a raster in memory, to vertices and triangles. */
export const tinPeers: readonly PeerEntry[] = [
  {
    name: "maille greedyTin",
    work: "border along its sides, then greedy insertion (Garland and Heckbert), exact predicates",
    open: async (what) => {
      await prepareGreedyCore()
      return workOf(what, ours)
    },
  },
  { name: "delatin", work: "greedy insertion (Garland and Heckbert)", open: (what) => workOf(what, delatin) },
  {
    name: "martini",
    work: "right-angled hierarchy, its tables included; its error is no bound on the cells between",
    open: (what) => workOf(what, martini),
  },
]
