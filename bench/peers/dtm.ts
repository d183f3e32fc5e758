/**
 * Terrain rasters from one ground point a cell: TIN interpolation of ours beside GDAL's.
 */
import { writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import type { Box2 } from "../../engine/core/geometry/box.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import type { Features, Points, Raster } from "../../engine/kernel.js"
import { gridAround } from "../../kernels/grid/cell-grid.js"
import { thinPoints } from "../../kernels/terrain/raster/thin-points.js"
import { type Comparison, countColumn, onFile, type Row, type Task } from "./compare.js"
import { GROUND } from "./delaunay.js"
import { pointInputs, readClasses, writeTiff } from "./inputs.js"
import { grouped } from "./markdown.js"
import { localPoints, terrainOf } from "./ours.js"
import { resultWork, type Work } from "./peer.js"
import { gdalPeer, ourProcess } from "./programs.js"

/** How far a peer's heights are from ours, metres, over the cells that both interpolate. */
export interface DtmDifference {
  readonly cells: number
  readonly rms: number
  readonly max: number
}

/**
 * What peers are given, as JSON: a FlatGeobuf of points and a box in whole cells, whose south-west
 * corner is (0, 0). GDAL's triangulation loses digits in coordinates of the CRS.
 */
interface DtmTask {
  readonly from: string
  readonly box: Box2
  readonly cell: number
}

const CELL = 0.5
/**
 * GDAL's heights, of a Delaunay TIN of the same points, may differ by this much in the root mean
 * square, metres.
 */
const SAME_TIN = 0.005

/** Thins a file's ground points and writes them as all peers read them. */
const writeTask = async (path: string, folder: string): Promise<Task[]> => {
  const ground = await readClasses(path, GROUND)
  const reach = (column: Int32Array): number => Math.ceil((column.reduce((a, b) => Math.max(a, b), 0) + 1) / 1000)
  const task: DtmTask = { from: join(folder, "points.fgb"), box: [0, 0, reach(ground.x), reach(ground.y)], cell: CELL }
  const grid = gridAround(task.box, CELL * 1000)
  const index = new Int32Array(grid.columns * grid.rows)
  thinPoints({ ...ground, origin: [0, 0, 0] }, grid, "nearest", index)
  const chosen = index.filter((i) => i >= 0)
  const layer = { name: "points", epsg: 2154, metadata: {} }
  await writeFile(task.from, encodeFlatGeobuf(layerOf(ground, chosen), layer))
  const size = columnsOf(task) * rowsOf(task)
  const label = `${onFile("terrain raster, ground points", path)}: ${grouped(chosen.length)} points, ${grouped(size)} cells`
  return [{ label, word: JSON.stringify(task) }]
}

const columnsOf = ({ box, cell }: DtmTask): number => Math.round((box[2] - box[0]) / cell)
const rowsOf = ({ box, cell }: DtmTask): number => Math.round((box[3] - box[1]) / cell)

const layerOf = ({ x, y, z }: Points, chosen: Int32Array): Features => {
  const ends = Uint32Array.from(chosen, (_, i) => i + 1)
  const coordinates = new Float64Array(3 * chosen.length)
  for (const [i, p] of chosen.entries()) coordinates.set([x[p]! / 1000, y[p]! / 1000, z[p]! / 1000], 3 * i)
  return {
    geometry: "Point",
    dimension: 3,
    coordinates,
    ringEnds: ends,
    partEnds: ends,
    ids: Array.from(chosen, (_, i) => String(i)),
    columns: {},
  }
}

const taskOf = (word: string): DtmTask => JSON.parse(word) as DtmTask

/** Where our interpolated heights lie for the comparison. */
const oursFor = ({ from }: DtmTask): string => join(dirname(from), "ours.tif")

const openOurs = async (word: string): Promise<Work> => {
  const task = taskOf(word)
  const points = await localPoints(task.from)
  return resultWork(
    points.count,
    () => terrainOf(task.box, task.cell, points),
    async ({ dtm, source }) => {
      const data = Float32Array.from(dtm.data, (height, i) => (source[i] === 1 ? height : Number.NaN))
      return differenceFromOurs(await writeTiff(oursFor(task), { ...dtm, data }), word)
    },
  )
}

/** The raster of a file on the task's cells. @throws Error when it has others */
const readResult = async (path: string, task: DtmTask): Promise<Raster> => {
  const raster = await readRaster(path)
  const { width, height, minX } = raster
  const [columns, rows] = [columnsOf(task), rowsOf(task)]
  if (width === columns && height === rows && Math.abs(minX) <= task.cell / 100) return raster
  throw new Error(`${path}: ${width} × ${height} cells from ${minX}; expected ${columns} × ${rows} from 0`)
}

/** How far heights are from ours where both have one; ours in memory are written first. */
const differenceFromOurs = async (path: string, word: string): Promise<DtmDifference> => {
  const task = taskOf(word)
  const [{ data: ours }, { data: theirs }] = [await readRaster(oursFor(task)), await readResult(path, task)]
  let [cells, squares, max] = [0, 0, 0]
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i]! - theirs[i]!)
    if (Number.isNaN(difference)) continue
    cells++
    squares += difference ** 2
    max = Math.max(max, difference)
  }
  return { cells, rms: Math.sqrt(squares / Math.max(1, cells)), max }
}

/**
 * @throws Error when our process gives other heights than ours in memory, or GDAL's TIN lies
 * elsewhere
 */
export const checkHeights = (rows: readonly Row<DtmDifference>[]): void => {
  for (const { name, proof } of rows) {
    const allowed = name.startsWith("maille") ? 0 : SAME_TIN
    if (proof.cells === 0) throw new Error(`${name}: no cell in common with ours`)
    if (proof.rms > allowed)
      throw new Error(`${name}: heights ${proof.rms} m from ours (rms), at most ${allowed} m expected`)
  }
}

/** The arguments of gdal_grid from points to heights on the task's cells. */
const gdalGridArgs = (word: string, to: string): string[] => {
  const task = taskOf(word)
  const [minX, minY, maxX, maxY] = task.box
  const place = ["-txe", minX, maxX, "-tye", maxY, minY, "-outsize", columnsOf(task), rowsOf(task)].map(String)
  return ["-q", "-a", "linear:radius=0:nodata=-9999", ...place, "-ot", "Float32", "-of", "GTiff", task.from, to]
}

/** Terrain rasters from points. */
export const comparison: Comparison<DtmDifference> = {
  name: "dtm",
  title: "Terrain raster from points",
  programs: ["gdal_grid"],
  note: "The same points for all: of classes 2, 9 and 66 the one nearest to the centre of each cell of 0.5 m, in coordinates from (0, 0) on. Differences from ours in metres, over the cells that both interpolate.",
  inputs: pointInputs("bench/t02.laz"),
  tasks: writeTask,
  peers: [
    { name: "maille raster.dtm", work: "points in memory to heights in memory, voids filled", open: openOurs },
    ourProcess("dtm", "FlatGeobuf to GeoTIFF", taskOf, differenceFromOurs),
    gdalPeer(
      "gdal_grid",
      ["gdal_grid -a linear", "FlatGeobuf to GeoTIFF, Delaunay"],
      "dtm.tif",
      gdalGridArgs,
      differenceFromOurs,
    ),
  ],
  check: checkHeights,
  columns: [
    countColumn("cells compared", "cells"),
    { heading: "rms difference", cell: ({ proof }) => proof.rms.toFixed(4) },
    { heading: "largest", cell: ({ proof }) => proof.max.toFixed(3) },
  ],
  proof: ({ proof }) => `rms difference ${proof.rms.toFixed(4)} m`,
}
