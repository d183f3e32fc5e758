/**
 * maille from a file to a file in a process of its own, as other programs are timed: `node
 * file-to-file.js WORK TASK`. Works: contour, polygon, dtm; `nothing` loads what they need and
 * ends.
 */
import { readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { encodeCog } from "../../engine/formats/raster/tiff/cog.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { encodeFlatGeobuf, readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import { contoursOf, outlinesOf, terrainOf } from "./ours.js"
import type { FileTask } from "./programs.js"

const LAYER = { epsg: 2154, metadata: {} } as const

const WORKS: Readonly<Record<string, (task: FileTask) => Promise<Uint8Array>>> = {
  nothing: async () => new Uint8Array(0),
  contour: async ({ from, interval = 1 }) =>
    encodeFlatGeobuf(contoursOf(await readRaster(from), interval), { name: "contour", ...LAYER }),
  polygon: async ({ from }) => encodeFlatGeobuf(outlinesOf(await readRaster(from)), { name: "outline", ...LAYER }),
  dtm: async ({ from }) => {
    const { box, cell } = JSON.parse(await readFile(join(dirname(from), "task.json"), "utf8"))
    const { coordinates, ids } = (await readFlatGeobuf(from)).features
    const axis = (k: number, origin: number): Int32Array =>
      Int32Array.from(ids, (_, i) => Math.round((coordinates[3 * i + k]! - origin) * 1000))
    const origin = [box[0], box[1], 0] as const
    const [x, y, z] = [axis(0, box[0]), axis(1, box[1]), axis(2, 0)]
    return encodeCog(terrainOf(box, cell, { count: ids.length, x, y, z, scale: 0.001, origin }).dtm, LAYER)
  },
}

const [work = "", words = "{}"] = process.argv.slice(2)
const task = JSON.parse(words) as FileTask
const bytes = await WORKS[work]?.(task)
if (bytes === undefined) throw new Error(`there is no work ${work}`)
if (work !== "nothing") await writeFile(task.to, bytes)
