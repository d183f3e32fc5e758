/**
 * Runs maille from a file to a file in its own process, as other programs are timed: `node
 * file-to-file.js WORK TASK`. Works are `contour` and `polygon`; `nothing` loads their modules and
 * ends.
 */
import { writeFile } from "node:fs/promises"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/writer.js"
import { traceOutlines, traceRaster } from "./ours.js"
import type { FileTask } from "./programs.js"

const LAYER = { epsg: 2154, metadata: {} } as const

const WORKS: Readonly<Record<string, (task: FileTask) => Promise<Uint8Array>>> = {
  nothing: async () => new Uint8Array(0),
  contour: async ({ from, interval = 1 }) =>
    encodeFlatGeobuf(traceRaster(await readRaster(from), interval), { name: "contour", ...LAYER }),
  polygon: async ({ from }) => encodeFlatGeobuf(traceOutlines(await readRaster(from)), { name: "outline", ...LAYER }),
}

const [work = "", words = "{}"] = process.argv.slice(2)
const task = JSON.parse(words) as FileTask
const bytes = await WORKS[work]?.(task)
if (bytes === undefined) throw new Error(`there is no work ${work}`)
if (work !== "nothing") await writeFile(task.to, bytes)
