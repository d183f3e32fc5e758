/**
 * Terrain rasters from one ground point a cell: TIN interpolation of ours beside other programs.
 */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Box2 } from "../../engine/core/geometry/box.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import type { Features, Points, Raster } from "../../engine/kernel.js"
import { gridAround } from "../../kernels/grid/cell-grid.js"
import { thinPoints } from "../../kernels/terrain/raster/thin-points.js"
import { type Comparison, countColumn, onFile, type Row, type Task } from "./compare.js"
import { GROUND } from "./delaunay.js"
import { pointInputs, readClasses } from "./inputs.js"
import { grouped } from "./markdown.js"
import { terrainOf } from "./ours.js"
import { type Peer, resultWork, type Work } from "./peer.js"
import { openGrass, type ProgramName, programWork, runFileToFile, runProgram, tellVersion } from "./programs.js"
import { PROCESS } from "./vector-programs.js"

/** How far a peer's heights are from ours, metres, over the cells that both interpolate. */
export interface DtmDifference {
  readonly cells: number
  readonly rms: number
  readonly max: number
}

/**
 * What peers are given: a box in whole cells, and points of millimetres from its south-west corner
 * in files beside it.
 */
interface DtmTask {
  readonly box: Box2
  readonly cell: number
}

/**
 * Where a peer's heights lie for the comparison: 32-bit floats, row 0 in the north, NaN is void.
 */
interface Heights {
  readonly heights: string
  /** Of ours: bytes, 1 where a height is interpolated. */
  readonly source?: string
}

const CELL = 0.5
/**
 * Where a peer's heights are those of a Delaunay TIN of the same points, they may differ by this
 * much in the root mean square, metres.
 */
const SAME_TIN = 0.005

/** The points as columns, as a layer in the CRS, and as one whose south-west corner is (0, 0). */
const FILES = { task: "task.json", columns: "points.i32", layer: "points.fgb", local: "local.fgb" } as const

/** Thins a file's ground points and writes them as all peers read them. */
const writeTask = async (path: string, folder: string): Promise<Task[]> => {
  const ground = await readClasses(path, GROUND)
  const [minX, minY] = ground.origin
  const reach = (column: Int32Array): number => Math.ceil((column.reduce((a, b) => Math.max(a, b), 0) + 1) / 1000)
  const task: DtmTask = { box: [minX, minY, minX + reach(ground.x), minY + reach(ground.y)], cell: CELL }
  const grid = gridAround(task.box, CELL * 1000)
  const index = new Int32Array(grid.columns * grid.rows)
  thinPoints(ground, grid, "nearest", index)
  const chosen = index.filter((i) => i >= 0)
  const columns = [ground.x, ground.y, ground.z].map((column) => Int32Array.from(chosen, (i) => column[i]!))
  await writeFile(join(folder, FILES.task), JSON.stringify(task))
  await writeFile(join(folder, FILES.columns), Buffer.concat(columns.map(({ buffer }) => Buffer.from(buffer))))
  const places = { [FILES.layer]: ground.origin, [FILES.local]: [0, 0, 0] as const }
  for (const [name, origin] of Object.entries(places)) {
    const layer = encodeFlatGeobuf(layerOf(columns, origin), { name: "points", epsg: 2154, metadata: {} })
    await writeFile(join(folder, name), layer)
  }
  const size = columnsOf(task) * rowsOf(task)
  const label = `${onFile("terrain raster, ground points", path)}: ${grouped(chosen.length)} points, ${grouped(size)} cells`
  return [{ label, word: folder }]
}

const columnsOf = ({ box, cell }: DtmTask): number => Math.round((box[2] - box[0]) / cell)
const rowsOf = ({ box, cell }: DtmTask): number => Math.round((box[3] - box[1]) / cell)

const layerOf = (columns: readonly Int32Array[], origin: Points["origin"]): Features => {
  const [x, , z] = columns as [Int32Array, Int32Array, Int32Array]
  const ends = Uint32Array.from(x, (_, i) => i + 1)
  return {
    geometry: "Point",
    dimension: 3,
    coordinates: Float64Array.from({ length: 3 * x.length }, (_, k) => {
      const axis = (k % 3) as 0 | 1 | 2
      return origin[axis] + columns[axis]![Math.floor(k / 3)]! / 1000
    }),
    ringEnds: ends,
    partEnds: ends,
    ids: Array.from(x, (_, i) => String(i)),
    columns: { height: { type: "number", values: Float64Array.from(z, (mm) => mm / 1000) } },
  }
}

const readTask = async (folder: string): Promise<DtmTask> =>
  JSON.parse(await readFile(join(folder, FILES.task), "utf8")) as DtmTask

const keep = async (path: string, { data }: Raster): Promise<string> => {
  await writeFile(path, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return path
}

const openOurs = async (folder: string): Promise<Work> => {
  const { box, cell } = await readTask(folder)
  const bytes = await readFile(join(folder, FILES.columns))
  const all = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  const count = all.length / 3
  const [x, y, z] = [0, 1, 2].map((k) => all.slice(k * count, (k + 1) * count)) as [Int32Array, Int32Array, Int32Array]
  const points: Points = { count, x, y, z, scale: 0.001, origin: [box[0], box[1], 0] }
  return resultWork(
    count,
    () => terrainOf(box, cell, points),
    async (terrain) => {
      const source = join(folder, "ours-source.u8")
      await writeFile(source, terrain.source)
      return { heights: await keep(join(folder, "ours.f32"), terrain.dtm), source }
    },
  )
}

/** A program from the layer of points to a GeoTIFF. */
interface Program {
  readonly program: ProgramName | "maille"
  /** Takes points from (0, 0) on, instead of in the CRS. */
  readonly local: boolean
  readonly prepare: (
    layer: string,
    folder: string,
    task: DtmTask,
  ) => Promise<{ pass(): Promise<unknown>; startUp(): Promise<unknown>; result(): Promise<string> }>
}

const whole = (name: string, work: string, { program, local, prepare }: Program, once = false): Peer => ({
  name,
  work,
  whole: true,
  once,
  against: PROCESS,
  open: (folder) =>
    programWork(program, async (own) => {
      const { box, cell } = await readTask(folder)
      const task: DtmTask = local ? { cell, box: [0, 0, box[2] - box[0], box[3] - box[1]] } : { cell, box }
      const { pass, startUp, result } = await prepare(join(folder, local ? FILES.local : FILES.layer), own, task)
      const proof = async (): Promise<Heights> => {
        const heights = join(folder, `${name.replaceAll(/\W+/g, "-")}.f32`)
        return { heights: await keep(heights, await readResult(await result(), task)) }
      }
      return { pass, startUp, proof }
    }),
})

/** The raster of a file on the task's cells. @throws Error when it has others */
const readResult = async (path: string, task: DtmTask): Promise<Raster> => {
  const raster = await readRaster(path)
  const { width, height, minX } = raster
  const [columns, rows, west] = [columnsOf(task), rowsOf(task), task.box[0]]
  if (width === columns && height === rows && Math.abs(minX - west) <= task.cell / 100) return raster
  throw new Error(`${path}: ${width} × ${height} cells from ${minX}; expected ${columns} × ${rows} from ${west}`)
}

const ourProcess: Program = {
  program: "maille",
  local: false,
  prepare: async (from, folder) => {
    const task = { from, to: join(folder, "dtm.tif") }
    return {
      pass: () => runFileToFile("dtm", task),
      startUp: () => runFileToFile("nothing", task),
      result: async () => task.to,
    }
  },
}

const gdalGrid = (local: boolean): Program => ({
  program: "gdal_grid",
  local,
  prepare: async (layer, folder, task) => {
    const [minX, minY, maxX, maxY] = task.box
    const to = join(folder, "dtm.tif")
    const place = ["-txe", minX, maxX, "-tye", maxY, minY, "-outsize", columnsOf(task), rowsOf(task)].map(String)
    const args = ["-q", "-a", "linear:radius=0:nodata=-9999", ...place, "-ot", "Float32", "-of", "GTiff", layer, to]
    return { pass: () => runProgram("gdal_grid", args), startUp: tellVersion("gdal_grid"), result: async () => to }
  },
})

const saga: Program = {
  program: "saga_cmd",
  local: true,
  prepare: async (layer, folder, { box, cell }) => {
    // Its grids have the centres of their outermost cells as bounds.
    const [minX, minY, maxX, maxY] = [box[0] + cell / 2, box[1] + cell / 2, box[2] - cell / 2, box[3] - cell / 2]
    const place = { SIZE: cell, XMIN: minX, XMAX: maxX, YMIN: minY, YMAX: maxY }
    const target = Object.entries(place).flatMap(([name, value]) => [`-TARGET_USER_${name}`, String(value)])
    const to = join(folder, "dtm.tif")
    const args = ["grid_gridding", "5", "-POINTS", layer, "-FIELD", "height", "-TARGET_DEFINITION", "0", ...target]
    return {
      pass: () => runProgram("saga_cmd", [...args, "-TARGET_OUT_GRID", to]),
      startUp: tellVersion("saga_cmd"),
      result: async () => to,
    }
  },
}

const grassIdw: Program = {
  program: "grass",
  local: true,
  prepare: async (layer, folder, { box, cell }) => {
    const grass = await openGrass(folder)
    await grass("v.in.ogr", "-o", `input=${layer}`, "output=points", "--quiet")
    await grass("g.region", `w=${box[0]}`, `s=${box[1]}`, `e=${box[2]}`, `n=${box[3]}`, `res=${cell}`)
    const to = join(folder, "dtm.tif")
    const idw = ["input=points", "column=height", "output=dtm", "npoints=3", "--overwrite", "--quiet"]
    return {
      pass: () => grass("v.surf.idw", ...idw),
      startUp: () => grass("g.version"),
      result: async () => {
        const form = ["format=GTiff", "type=Float32", "nodata=-9999", "-f", "-c", "--overwrite", "--quiet"]
        await grass("r.out.gdal", "input=dtm", `output=${to}`, ...form)
        return to
      },
    }
  },
}

/** How far heights are from ours where both have one and ours is interpolated. */
const differenceFrom = async (ours: Heights, theirs: Heights): Promise<DtmDifference> => {
  const floats = async (path: string): Promise<Float32Array> => {
    const bytes = await readFile(path)
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  }
  const [a, b] = [await floats(ours.heights), await floats(theirs.heights)]
  const source = ours.source === undefined ? undefined : await readFile(ours.source)
  let [cells, squares, max] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!)
    if (Number.isNaN(difference) || (source !== undefined && source[i] !== 1)) continue
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
    const allowed = name.startsWith("maille") ? 0 : name === "gdal_grid -a linear" ? SAME_TIN : Number.POSITIVE_INFINITY
    if (proof.cells === 0) throw new Error(`${name}: no cell in common with ours`)
    if (proof.rms > allowed)
      throw new Error(`${name}: heights ${proof.rms} m from ours (rms), at most ${allowed} m expected`)
  }
}

/** Terrain rasters from points. */
export const comparison: Comparison<DtmDifference> = {
  name: "dtm",
  title: "Terrain raster from points",
  programs: ["gdal_grid", "grass", "saga_cmd"],
  note: "The same points for all: of classes 2, 9 and 66 the one nearest to the centre of each cell of 0.5 m. Differences from ours in metres, over the cells that both interpolate.",
  inputs: pointInputs("bench/t02.laz"),
  tasks: writeTask,
  peers: [
    { name: "maille raster.dtm", work: "points in memory to heights in memory, voids filled", open: openOurs },
    whole(PROCESS, "FlatGeobuf to GeoTIFF", ourProcess),
    whole("gdal_grid -a linear", "FlatGeobuf to GeoTIFF, Delaunay; coordinates from (0, 0) on", gdalGrid(true)),
    whole(
      "gdal_grid -a linear, in Lambert-93",
      "the same from coordinates of the CRS, in which its triangulation loses digits",
      gdalGrid(false),
    ),
    whole("SAGA Triangulation", "FlatGeobuf to GeoTIFF, Delaunay; coordinates from (0, 0) on", saga, true),
    whole(
      "GRASS v.surf.idw",
      "its own points to its own raster; another interpolation: inverse distances, 3 points",
      grassIdw,
      true,
    ),
  ],
  refine: async (rows) => {
    const found = rows as readonly Row<unknown>[] as readonly Row<Heights>[]
    const [ours] = found
    if (ours?.proof.source === undefined) throw new Error("no heights of ours to compare with")
    const refined: Row<DtmDifference>[] = []
    for (const row of found) refined.push({ ...row, proof: await differenceFrom(ours.proof, row.proof) })
    return refined
  },
  check: checkHeights,
  columns: [
    countColumn("cells compared", "cells"),
    { heading: "rms difference", cell: ({ proof }) => proof.rms.toFixed(4) },
    { heading: "largest", cell: ({ proof }) => proof.max.toFixed(3) },
  ],
  proof: ({ name, proof }) =>
    name.includes("idw")
      ? `another interpolation; rms difference ${proof.rms.toFixed(3)} m`
      : `rms difference ${proof.rms.toFixed(4)} m`,
}
