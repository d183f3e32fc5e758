/**
 * One step of `run-large.ts` in a process of its own, so that its peak memory is its own: `node large-step.js merge|FORMAT TILES_LIST_OR_LAYER OUT`.
 * Prints `{ features, wallMs, cpuMs, peakBytes, sizeBytes }`.
 */
import { open, readFile, stat } from "node:fs/promises"
import { convertLayers } from "../../engine/export/convert-layers.js"
import { mergeLayer } from "../../engine/formats/vector/flatgeobuf/merge-layer.js"
import type { VectorFormat } from "../../engine/formats/vector/write-format.js"

const [step = "", input = "", out = ""] = process.argv.slice(2)

const merge = async (): Promise<number> => {
  const paths = JSON.parse(await readFile(input, "utf8")) as string[]
  const layer = await mergeLayer(paths, { name: "building", epsg: 2154, metadata: {} })
  const file = await open(out, "w")
  for await (const bytes of layer.bytes) await file.write(bytes)
  await file.close()
  return layer.count
}

const convert = async (): Promise<number> => {
  const { files } = await convertLayers({ input, to: step as VectorFormat, out })
  return files[0]?.layers[0]?.features ?? 0
}

const start = performance.now()
const features = step === "merge" ? await merge() : await convert()
const wallMs = performance.now() - start
const { user, system } = process.cpuUsage()
const { size } = await stat(out)
process.stdout.write(
  JSON.stringify({
    features,
    wallMs,
    cpuMs: (user + system) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    sizeBytes: size,
  }),
)
