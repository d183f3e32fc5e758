/**
 * What the texture of a square kilometre costs: `npm run bench:texture`. Makes ground, buildings and trees of a full-density tile with its orthophoto of 25 million pixels, the orthophoto among
 * 20, 200 and 2,000 images, and prints for each: core-seconds a km² of the texture's stages (reading images, drape, atlas, encoding) and their share of the whole run, and peak memory (VmHWM).
 *
 * Options: `--density N` points a m² (30), `--land NAME` (dense-town), `--images N,N` (20,200,2000), `--cache DIR` (bench-out).
 */
import { mkdir, rm } from "node:fs/promises"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { LANDS } from "../../fixtures/land.js"
import { makeTiles } from "../../fixtures/make.js"
import { runSummary } from "../e2e/run-maille.js"
import { shortFigure, textTable } from "../text-table.js"
import { imagesAround } from "./images-around.js"
import { textureCost } from "./texture-cost.js"

const { values: flags } = parseArgs({
  options: {
    density: { type: "string", default: "30" },
    land: { type: "string", default: "dense-town" },
    images: { type: "string", default: "20,200,2000" },
    cache: { type: "string", default: "bench-out" },
  },
})
const land = LANDS.find((name) => name === flags.land)
if (land === undefined) {
  console.error(`bench:texture: --land ${flags.land} is not known; expected ${LANDS.join(", ")}`)
  process.exit(2)
}
const [cache, density] = [resolve(flags.cache), Number(flags.density)]
const folder = join(cache, `${land}-1km-${density}`)
const input = { out: folder, km: 1, density, tiles: 1, seed: 1, land, format: "copc", imagery: true } as const
await mkdir(cache, { recursive: true })
const made = await makeTiles({ ...input, workers: 2, force: false, dryRun: false })
const ortho = made.flatMap(({ imagery }) => imagery ?? [])
const rows: string[][] = []
for (const count of flags.images.split(",").map(Number)) {
  const others = join(cache, "images-around")
  const out = join(cache, "textured")
  await rm(others, { recursive: true, force: true })
  await rm(out, { recursive: true, force: true })
  try {
    await imagesAround(others, count - ortho.length)
    const products = ["--products", "mesh,texture", "--tile-size", "1000", "--workers", "1"]
    const images = ["--imagery", ...ortho, others]
    const summary = await runSummary(
      ["run", ...made.map(({ path }) => path), ...images, ...products, "--out", out, "--json"],
      out,
    )
    const { coreSecondsPerKm2, share, wholePerKm2, peakBytes, of } = textureCost(summary, made.length)
    const parts = of.map(({ stage, coreSeconds }) => `${stage} ${shortFigure(coreSeconds)}`).join(", ")
    const cells = [coreSecondsPerKm2, wholePerKm2].map((value) => shortFigure(value))
    rows.push([String(count), ...cells, `${Math.round(100 * share)} %`, shortFigure(peakBytes / 2 ** 20), parts])
  } finally {
    await rm(others, { recursive: true, force: true })
    await rm(out, { recursive: true, force: true })
  }
}
console.log(
  textTable([["images", "texture core-s/km²", "whole run core-s/km²", "share", "peak MiB", "of it"], ...rows]),
)
