import { writeFile } from "node:fs/promises"
import type { PeerEntry } from "../peer.js"
import type { FileTask } from "../whole-process.js"

const LAYER = { epsg: 2154, metadata: {} } as const

const entryOf = (name: string, run: (task: FileTask) => Promise<void>): PeerEntry => ({
  name,
  work: "file to file",
  open: async (words) => {
    const task = JSON.parse(words) as FileTask
    return {
      pass: async () => {
        await run(task)
        return 0
      },
      proof: () => ({}),
    }
  },
})

/**
 * What maille does as a process of its own, from a file to a file: each loads what it needs alone. `nothing` shows what the process
 * takes without work.
 */
export const filePeers: readonly PeerEntry[] = [
  entryOf("nothing", async () => {
    await loadCommon()
  }),
  entryOf("contour", async ({ from, to, interval = 1 }) => {
    const { readRaster, encodeFlatGeobuf } = await loadCommon()
    const { contoursOf } = await import("./contour-lines.js")
    const features = contoursOf(await readRaster(from), interval)
    await writeFile(to, encodeFlatGeobuf(features, { name: "contour", ...LAYER }))
  }),
  entryOf("polygon", async ({ from, to }) => {
    const { readRaster, encodeFlatGeobuf } = await loadCommon()
    const { outlinesOf } = await import("./outlines.js")
    await writeFile(to, encodeFlatGeobuf(outlinesOf(await readRaster(from)), { name: "outline", ...LAYER }))
  }),
  entryOf("dtm", async ({ from, to }) => {
    const { encodeCog } = await import("../../../engine/formats/raster/tiff/cog.js")
    const { readDtmTask, readLayerPoints, terrainOf } = await import("./terrain.js")
    const task = await readDtmTask(from)
    const { dtm } = terrainOf(task, await readLayerPoints(from, task))
    await writeFile(to, encodeCog(dtm, LAYER))
  }),
]

const loadCommon = async () => ({
  ...(await import("../../../engine/formats/raster/tiff/read-raster.js")),
  ...(await import("../../../engine/formats/vector/flatgeobuf/flatgeobuf.js")),
})
