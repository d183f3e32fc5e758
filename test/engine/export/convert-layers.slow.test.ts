/**
 * Layers larger than the memory that a process has: each format in a process of its own with a
 * small heap.
 */
import { spawnSync } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { objectId } from "../../../engine/core/hash.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/writer.js"
import { type VectorFormat, vectorFormats } from "../../../engine/formats/vector/write-format.js"
import { courtyards } from "../formats/vector/made-layers.js"

/**
 * How many features a format is written of, and in what heap, MB. Parquet's row groups hold columns
 * of many features at a time.
 */
const sizes = {
  of: (format: VectorFormat) => (format === "parquet" ? sizes.large : sizes.usual),
  usual: { count: 60_000, heap: 60 },
  large: { count: 150_000, heap: 110 },
}
const script = fileURLToPath(new URL("../../../dist/engine/export/convert-layers.js", import.meta.url))
let folder = ""
const inputOf = (count: number): string => join(folder, `building-${count}.fgb`)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-large-"))
  for (const { count } of [sizes.usual, sizes.large]) {
    // So many in a square kilometre that places, and ids made of them, repeat.
    const features = { ...courtyards(count), ids: Array.from({ length: count }, (_, i) => objectId("building", i, 0)) }
    await writeFile(inputOf(count), encodeFlatGeobuf(features, { name: "building", epsg: 2154, metadata: {} }))
  }
})
afterAll(() => rm(folder, { recursive: true }))

/**
 * All of them as objects would take more: the features that a process with a small heap wrote, and
 * the most memory it had, MB.
 */
const convert = (format: VectorFormat): { features: number; peak: number } => {
  const code = `
    const { convertLayers } = await import(${JSON.stringify(script)})
    const out = ${JSON.stringify(join(folder, `out.${format}`))}
    const { files } = await convertLayers({ input: ${JSON.stringify(inputOf(sizes.of(format).count))}, to: "${format}", out, ${format === "pmtiles" ? "zooms: [14, 14]" : ""} })
    console.log(JSON.stringify({ features: files[0].layers[0].features, peak: process.resourceUsage().maxRSS / 1024 }))`
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`--max-old-space-size=${sizes.of(format).heap}`, "--input-type=module", "-e", code],
    { encoding: "utf8" },
  )
  expect(status, stderr.slice(-1000)).toBe(0)
  return JSON.parse(stdout) as { features: number; peak: number }
}

describe("a layer larger than the heap, as objects", () => {
  it.each(vectorFormats)("is written as %s", (format) => {
    const { features, peak } = convert(format)
    expect(features).toBe(sizes.of(format).count)
    expect(peak).toBeLessThan(600)
  })
})
