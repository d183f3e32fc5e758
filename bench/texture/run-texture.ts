/**
 * What the texture of a square kilometre costs: `npm run bench:texture`. Makes ground, buildings and trees of a full-density tile with its orthophoto of 25 million pixels, the orthophoto among
 * 20, 200 and 2,000 images, and prints for each: core-seconds a km² of the texture's stages (reading images, drape, atlas, encoding) and their share of the whole run, and peak memory (VmHWM). Then the
 * same kilometre in four tiles of 500 m and the parent that they fill, from which follows what a km² costs with its share of all parents.
 *
 * Options: `--density N` points a m² (30), `--land NAME` (dense-town), `--images N,N` (20,200,2000), `--cache DIR` (bench-out).
 */
import { mkdir, rm } from "node:fs/promises"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import type { RunSummary } from "../../engine/report/outcome.js"
import { LANDS } from "../../fixtures/land.js"
import { makeTiles } from "../../fixtures/make.js"
import { runSummary } from "../e2e/run-maille.js"
import { shortFigure, textTable } from "../text-table.js"
import { imagesAround } from "./images-around.js"
import { pyramidCost, textureCost } from "./texture-cost.js"

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
const [rows, pyramid]: [string[][], string[][]] = [[], []]

/** Runs the kilometre among so many images, in tiles of a side. */
const runAmong = async (count: number, side: number): Promise<RunSummary> => {
  const others = join(cache, "images-around")
  const out = join(cache, "textured")
  await rm(others, { recursive: true, force: true })
  await rm(out, { recursive: true, force: true })
  try {
    await imagesAround(others, count - ortho.length)
    const products = ["--products", "mesh,texture", "--tile-size", String(side), "--workers", "1"]
    const images = ["--imagery", ...ortho, others]
    return await runSummary(
      ["run", ...made.map(({ path }) => path), ...images, ...products, "--out", out, "--json"],
      out,
    )
  } finally {
    await rm(others, { recursive: true, force: true })
    await rm(out, { recursive: true, force: true })
  }
}

const counts = flags.images.split(",").map(Number)
for (const count of counts) {
  const cost = textureCost(await runAmong(count, 1000), made.length)
  const parts = cost.of.map(({ stage, step, coreSeconds }) => `${stage} ${step} ${shortFigure(coreSeconds)}`).join(", ")
  const cells = [cost.coreSecondsPerKm2, cost.tilesPerKm2, cost.wholePerKm2].map((value) => shortFigure(value))
  rows.push([
    String(count),
    ...cells,
    `${Math.round(100 * cost.share)} %`,
    shortFigure(cost.peakBytes / 2 ** 20),
    parts,
  ])
}
const quartered = await runAmong(counts[0] ?? 20, 500)
const [parts, whole] = [textureCost(quartered, made.length), pyramidCost(quartered, made.length)]
const figures = [parts.tilesPerKm2, parts.parentsPerKm2, whole.coreSecondsPerKm2].map((value) => shortFigure(value))
pyramid.push([...figures, `${Math.round(100 * whole.share)} %`, shortFigure(parts.peakBytes / 2 ** 20)])
console.log(
  textTable([
    ["images", "texture core-s/km²", "of tiles", "whole run core-s/km²", "share", "peak MiB", "of it"],
    ...rows,
  ]),
)
console.log(
  textTable([
    ["tiles of 500 m, core-s/km²", "their parent", "with all parents", "share of the run", "peak MiB"],
    ...pyramid,
  ]),
)
