import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import type { Raster } from "../../../engine/kernel.js"
import type { PeerEntry, Work } from "../peer.js"
import { runProgram } from "../programs.js"
import { openGrass, programWork, runFilePeer, tellVersion } from "../whole-process.js"
import { DTM_FILES, type DtmTask, readColumnPoints, readDtmTask, type Terrain, terrainOf } from "./terrain.js"

/** Where a peer's heights lie for the comparison: 32-bit floats, row 0 in the north, NaN is void. */
export interface DtmProof {
  readonly heights: string
  /** Of ours: bytes, 1 where a height is interpolated. */
  readonly source?: string
}

const keep = async (path: string, { data }: Raster): Promise<string> => {
  await writeFile(path, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return path
}

/** The raster of a file on the task's cells. @throws Error when it has others */
const readResult = async (path: string, { box, cell }: DtmTask): Promise<Raster> => {
  const raster = await readRaster(path)
  const [columns, rows] = [Math.round((box[2] - box[0]) / cell), Math.round((box[3] - box[1]) / cell)]
  if (raster.width !== columns || raster.height !== rows || Math.abs(raster.minX - box[0]) > cell / 100) {
    throw new Error(
      `${path}: ${raster.width} × ${raster.height} cells from ${raster.minX}; expected ${columns} × ${rows} from ${box[0]}`,
    )
  }
  return raster
}

const openOurs = async (folder: string): Promise<Work> => {
  const task = await readDtmTask(join(folder, DTM_FILES.task))
  const points = await readColumnPoints(folder, task)
  let terrain: Terrain | undefined
  return {
    pass: () => {
      terrain = terrainOf(task, points)
      return points.count
    },
    proof: async () => {
      if (terrain === undefined) throw new Error("no pass yet")
      const source = join(folder, "ours-source.u8")
      await writeFile(source, terrain.source)
      return { heights: await keep(join(folder, "ours.f32"), terrain.dtm), source }
    },
  }
}

interface Program {
  readonly name: string
  readonly program: Parameters<typeof programWork>[0]
  /** Given the points from (0, 0) on, instead of in the CRS. */
  readonly local: boolean
  /** From the layer of points to a GeoTIFF; what runs it, and the path that can be read. */
  readonly prepare: (
    layer: string,
    folder: string,
    task: DtmTask,
  ) => Promise<{
    readonly pass: () => Promise<unknown>
    readonly startUp: () => Promise<unknown>
    readonly result: () => Promise<string>
  }>
}

const openProgram =
  ({ name, program, local, prepare }: Program) =>
  (folder: string): Promise<Work> =>
    programWork(program, async (own) => {
      const layer = join(folder, local ? DTM_FILES.local : DTM_FILES.layer)
      const inCrs = await readDtmTask(layer)
      const [minX, minY, maxX, maxY] = inCrs.box
      const task: DtmTask = local ? { ...inCrs, box: [0, 0, maxX - minX, maxY - minY] } : inCrs
      const { count } = await readColumnPoints(folder, task)
      const { pass, startUp, result } = await prepare(layer, own, task)
      return {
        amount: count,
        pass,
        startUp,
        proof: async () => ({
          heights: await keep(join(folder, `${name}.f32`), await readResult(await result(), task)),
        }),
      }
    })

const sizeOf = ({ box, cell }: DtmTask): [columns: number, rows: number] => [
  Math.round((box[2] - box[0]) / cell),
  Math.round((box[3] - box[1]) / cell),
]

const ours: Program = {
  name: "our-process",
  program: "maille",
  local: false,
  prepare: async (layer, folder) => {
    const to = join(folder, "dtm.tif")
    return {
      pass: () => runFilePeer("dtm", { from: layer, to }),
      startUp: () => runFilePeer("nothing", { from: layer, to }),
      result: async () => to,
    }
  },
}

const gdalGrid = (local: boolean): Program => ({
  name: local ? "gdal-grid" : "gdal-grid-crs",
  program: "gdal_grid",
  local,
  prepare: async (layer, folder, task) => {
    const { box } = task
    const to = join(folder, "dtm.tif")
    const place = ["-txe", box[0], box[2], "-tye", box[3], box[1], "-outsize", ...sizeOf(task)].map(String)
    const args = ["-q", "-a", "linear:radius=0:nodata=-9999", ...place, "-ot", "Float32", "-of", "GTiff", layer, to]
    return {
      pass: () => runProgram("gdal_grid", args),
      startUp: tellVersion("gdal_grid"),
      result: async () => to,
    }
  },
})

const saga: Program = {
  name: "saga",
  program: "saga_cmd",
  local: true,
  prepare: async (layer, folder, { box, cell }) => {
    // Its grids are told by the centres of their outermost cells.
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
  name: "grass",
  program: "grass",
  local: true,
  prepare: async (layer, folder, { box, cell }) => {
    const grass = await openGrass(folder)
    await grass("v.in.ogr", "-o", `input=${layer}`, "output=points", "--quiet")
    await grass("g.region", `w=${box[0]}`, `s=${box[1]}`, `e=${box[2]}`, `n=${box[3]}`, `res=${cell}`)
    const to = join(folder, "dtm.tif")
    return {
      pass: () =>
        grass("v.surf.idw", "input=points", "column=height", "output=dtm", "npoints=3", "--overwrite", "--quiet"),
      startUp: () => grass("g.version"),
      result: async () => {
        const form = ["format=GTiff", "type=Float32", "nodata=-9999", "-f", "-c"]
        await grass("r.out.gdal", "input=dtm", `output=${to}`, ...form, "--overwrite", "--quiet")
        return to
      },
    }
  },
}

const PROCESS = "maille, file to file"

/** Terrain rasters from points. */
export const dtmPeers: readonly PeerEntry[] = [
  { name: "maille raster.dtm", work: "points in memory to heights in memory, voids filled", open: openOurs },
  { name: PROCESS, work: "FlatGeobuf to GeoTIFF", whole: true, against: PROCESS, open: openProgram(ours) },
  {
    name: "gdal_grid -a linear",
    work: "FlatGeobuf to GeoTIFF, Delaunay; coordinates from (0, 0) on",
    whole: true,
    against: PROCESS,
    open: openProgram(gdalGrid(true)),
  },
  {
    name: "gdal_grid -a linear, in Lambert-93",
    work: "the same from coordinates of the CRS, in which its triangulation loses digits",
    whole: true,
    against: PROCESS,
    open: openProgram(gdalGrid(false)),
  },
  {
    name: "SAGA Triangulation",
    work: "FlatGeobuf to GeoTIFF, Delaunay; coordinates from (0, 0) on",
    whole: true,
    once: true,
    against: PROCESS,
    open: openProgram(saga),
  },
  {
    name: "GRASS v.surf.idw",
    work: "its own points to its own raster; another interpolation: inverse distances, 3 points",
    whole: true,
    once: true,
    against: PROCESS,
    open: openProgram(grassIdw),
  },
]

/** How far heights are from ours where both have one and ours is interpolated, metres. */
export const differenceFrom = async (
  ours_: DtmProof,
  theirs: DtmProof,
): Promise<{ cells: number; rms: number; max: number }> => {
  const floats = async (path: string): Promise<Float32Array> => {
    const bytes = await readFile(path)
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  }
  const [a, b] = [await floats(ours_.heights), await floats(theirs.heights)]
  const source = ours_.source === undefined ? undefined : await readFile(ours_.source)
  let [cells, squares, max] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!)
    if (Number.isNaN(difference) || (source !== undefined && source[i] !== 1)) continue
    cells++
    squares += difference ** 2
    if (difference > max) max = difference
  }
  return { cells, rms: Math.sqrt(squares / Math.max(1, cells)), max }
}
