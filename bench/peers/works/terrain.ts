import { readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { readFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import type { Points, Raster } from "../../../engine/kernel.js"
import { createArena } from "../../../engine/worker/scratch.js"
import dtm from "../../../kernels/terrain/dtm.js"

/** What a terrain raster is made of: a box in whole cells, and points of millimetres from its south-west corner in files beside it. */
export interface DtmTask {
  readonly box: Box2
  readonly cell: number
}

/** A terrain raster: its heights, and whether each is interpolated (1), filled from around (2) or void (0). */
export interface Terrain {
  readonly dtm: Raster
  readonly source: Uint8Array
}

/** Names of the files of a task in its folder: the points as columns, as a layer in the CRS, and as one whose south-west corner is (0, 0). */
export const DTM_FILES = { task: "task.json", columns: "points.i32", layer: "points.fgb", local: "local.fgb" } as const

/** Three columns of integers one after the other in a file, and back. */
export const Columns = {
  write: async (path: string, { x, y, z }: Pick<Points, "x" | "y" | "z">): Promise<void> => {
    const all = new Int32Array(3 * x.length)
    all.set(x)
    all.set(y, x.length)
    all.set(z, 2 * x.length)
    await writeFile(path, new Uint8Array(all.buffer))
  },
  read: async (path: string): Promise<Pick<Points, "x" | "y" | "z" | "count">> => {
    const bytes = await readFile(path)
    const all = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    const count = all.length / 3
    return { count, x: all.slice(0, count), y: all.slice(count, 2 * count), z: all.slice(2 * count) }
  },
} as const

/** The task in whose folder a file lies. */
export const readDtmTask = async (file: string): Promise<DtmTask> =>
  JSON.parse(await readFile(join(dirname(file), DTM_FILES.task), "utf8")) as DtmTask

/** The points as columns. */
export const readColumnPoints = async (folder: string, { box }: DtmTask): Promise<Points> => ({
  ...(await Columns.read(join(folder, DTM_FILES.columns))),
  scale: 0.001,
  origin: [box[0], box[1], 0],
})

/** The points of a layer, as other programs read them. */
export const readLayerPoints = async (path: string, { box }: DtmTask): Promise<Points> => {
  const { coordinates, ids } = (await readFlatGeobuf(path)).features
  const axis = (k: number, origin: number): Int32Array =>
    Int32Array.from(ids, (_, i) => Math.round((coordinates[3 * i + k]! - origin) * 1000))
  return {
    count: ids.length,
    x: axis(0, box[0]),
    y: axis(1, box[1]),
    z: axis(2, 0),
    scale: 0.001,
    origin: [box[0], box[1], 0],
  }
}

const arena = createArena()

/** The kernel `raster.dtm` on a tile without neighbours. */
export const terrainOf = ({ box, cell }: DtmTask, ground: Points): Terrain => {
  const options = { cell, reach: 50, fill: 16 }
  const halo = dtm.halo(options)
  const extent: Box2 = [box[0] - halo, box[1] - halo, box[2] + halo, box[3] + halo]
  const tile = { key: "peers", cell: box, core: box, extent, origin: ground.origin, step: 1, epsg: 2154 }
  const out = dtm.run(tile, { ground, "survey-points": ground }, options, arena)
  arena.reset()
  return { dtm: out.dtm, source: out["dtm-source"].data as Uint8Array }
}
