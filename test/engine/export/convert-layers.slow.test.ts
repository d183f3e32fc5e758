/** Layers larger than the memory that a process has: each format in a process of its own with a small heap. */
import { spawnSync } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { objectId } from "../../../engine/core/hash.js"
import { loadGdal } from "../../../engine/formats/raster/load-gdal.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf.js"
import { type VectorFormat, vectorFormats } from "../../../engine/job/vector-formats.js"
import { courtyards } from "../formats/vector/made-layers.js"

const gdal = await loadGdal()
const COUNT = 100_000
const script = fileURLToPath(new URL("../../../dist/engine/export/convert-layers.js", import.meta.url))
let folder = ""
let input = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-large-"))
  input = join(folder, "building.fgb")
  // So many in a square kilometre that places, and ids made of them, repeat.
  const features = { ...courtyards(COUNT), ids: Array.from({ length: COUNT }, (_, i) => objectId("building", i, 0)) }
  await writeFile(input, encodeFlatGeobuf(features, { name: "building", epsg: 2154, metadata: {} }))
})
afterAll(() => rm(folder, { recursive: true }))

/** Of the writer of row groups, which hold columns of many features; others hold one feature at a time. */
const heapOf = (format: VectorFormat): number => (format === "parquet" ? 80 : 60)

/** All of them as objects would take more: the features that a process with a small heap wrote, and the most memory it had, MB. */
const convert = (format: VectorFormat): { features: number; peak: number } => {
  const code = `
    const { convertLayers } = await import(${JSON.stringify(script)})
    const out = ${JSON.stringify(join(folder, `out.${format}`))}
    const { files } = await convertLayers({ input: ${JSON.stringify(input)}, to: "${format}", out, ${format === "pmtiles" ? "zooms: [14, 15]" : ""} })
    console.log(JSON.stringify({ features: files[0].layers[0].features, peak: process.resourceUsage().maxRSS / 1024 }))`
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`--max-old-space-size=${heapOf(format)}`, "--input-type=module", "-e", code],
    { encoding: "utf8" },
  )
  expect(status, stderr.slice(-1000)).toBe(0)
  return JSON.parse(stdout) as { features: number; peak: number }
}

describe("a layer of 100,000 features", () => {
  it.each(vectorFormats.filter((format) => format !== "gpkg" || gdal))(
    "is written as %s within a heap of 60 MB, as Parquet of 80",
    (format) => {
      const { features, peak } = convert(format)
      expect(features).toBe(COUNT)
      expect(peak).toBeLessThan(600)
    },
  )
})
