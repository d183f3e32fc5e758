/**
 * `npm run lab -- texture`: what the texture of a square kilometre costs, among few images and
 * among many.
 */
import { mkdir, rm, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { Option } from "commander"
import type { RunSummary } from "../../engine/report/outcome.js"
import { LANDS, type Land } from "../../fixtures/land.js"
import { makeTiles } from "../../fixtures/make.js"
import { encodeGeoTiff } from "../../fixtures/sample/tiff.js"
import { labCommand, within, wordsOf } from "../options.js"
import { shortFigure, textTable } from "../text-table.js"
import { runSummary } from "./run-maille.js"

/** What the texture of a run cost. */
export interface TextureCost {
  /** Reading images, drape, atlas and encoding, of tiles and their parents. */
  readonly coreSecondsPerKm2: number
  readonly wholePerKm2: number
  /** Part of the whole run, 0 to 1. */
  readonly share: number
  /** Of the texture's seconds a km², those of tiles and those of parents. */
  readonly tilesPerKm2: number
  readonly parentsPerKm2: number
  readonly of: readonly { readonly stage: string; readonly step: string; readonly coreSeconds: number }[]
}

const STEPS = ["image", "texture.drape", "texture.views", "atlas", "image-encode"]

/**
 * The part of a run that its texture took, in processor time of the threads that did the work.
 *
 * @throws Error where the system does not tell the processor time of a thread, or a tile was not
 * made
 */
export const textureCost = (summary: RunSummary, km2: number): TextureCost => {
  if (summary.failed + summary.quarantined > 0) throw new Error("not every tile was made")
  const of = summary.steps
    .filter(({ step }) => STEPS.includes(step))
    .map(({ stage, step, cpuMs }) => {
      if (cpuMs === undefined) throw new Error("this system does not tell the processor time of a thread")
      return { stage, step, coreSeconds: cpuMs / 1000 }
    })
  const sumOf = (parts: typeof of): number => parts.reduce((sum, { coreSeconds }) => sum + coreSeconds, 0)
  return {
    coreSecondsPerKm2: sumOf(of) / km2,
    tilesPerKm2: sumOf(of.filter(({ stage }) => stage !== "parent")) / km2,
    parentsPerKm2: sumOf(of.filter(({ stage }) => stage === "parent")) / km2,
    wholePerKm2: summary.processCpuMs / 1000 / km2,
    share: (1000 * sumOf(of)) / summary.processCpuMs,
    of,
  }
}

/**
 * The cost of tiles with all parents above them, from a run of four tiles and the one parent that
 * they fill. A parent of the next level costs as much for four times the ground, so all of them
 * cost 4/3 of it. That holds where images have overviews, as deliveries do; without them each level
 * reads the pixels of the finest again.
 */
export const pyramidCost = (
  summary: RunSummary,
  km2: number,
): { readonly coreSecondsPerKm2: number; readonly share: number } => {
  const { tilesPerKm2, parentsPerKm2, wholePerKm2 } = textureCost(summary, km2)
  const parents = summary.steps.reduce((sum, { stage, cpuMs = 0 }) => sum + (stage === "parent" ? cpuMs : 0), 0)
  const coreSecondsPerKm2 = tilesPerKm2 + (4 / 3) * parentsPerKm2
  return { coreSecondsPerKm2, share: coreSecondsPerKm2 / (wholePerKm2 + parents / 3000 / km2) }
}

interface Flags {
  readonly density: number
  readonly land: Land
  readonly images: readonly string[]
  readonly cache: string
}

/** Measures and prints. */
export const main = async (args: string[]): Promise<undefined> => {
  const flags = labCommand("texture", "Measures the texture of a tile of 1 km² whose orthophoto lies among others.")
    .option("--density <n>", "points a m²", within(0.5, 200), 30)
    .addOption(new Option("--land <kind>", "of the country").choices(LANDS).default("dense-town"))
    .option("--images <n,n>", "numbers of images", wordsOf, ["20", "200", "2000"])
    .option("--cache <dir>", "folder for the inputs", "bench-out")
    .parse(args, { from: "user" })
    .opts<Flags>()
  const [cache, { density, land }] = [resolve(flags.cache), flags]
  await mkdir(cache, { recursive: true })
  const plain = { seed: 1, format: "copc", imagery: true, workers: 2, force: false } as const
  const made = await makeTiles({ out: join(cache, `${land}-1km-${density}`), km: 1, density, tiles: 1, land, ...plain })
  const input = { lidar: made.map(({ path }) => path), images: made.flatMap(({ imagery }) => imagery ?? []) }
  const rows: string[][] = []
  for (const count of flags.images.map(Number)) {
    const summary = await runAmong(cache, input, count, 1000)
    const { coreSecondsPerKm2, tilesPerKm2, wholePerKm2, share, of } = textureCost(summary, 1)
    const figures = [coreSecondsPerKm2, tilesPerKm2, wholePerKm2].map((value) => shortFigure(value))
    const parts = of.map(({ stage, step, coreSeconds }) => `${stage} ${step} ${shortFigure(coreSeconds)}`).join(", ")
    const memory = shortFigure(summary.processPeakBytes / 2 ** 20)
    rows.push([String(count), ...figures, `${Math.round(100 * share)} %`, memory, parts])
  }
  const heading = ["images", "texture core-s/km²", "of tiles", "whole run core-s/km²", "share", "peak MiB", "of it"]
  console.log(textTable([heading, ...rows]))
  const quartered = await runAmong(cache, input, Number(flags.images[0]), 500)
  const [parts, whole] = [textureCost(quartered, 1), pyramidCost(quartered, 1)]
  const figures = [parts.tilesPerKm2, parts.parentsPerKm2, whole.coreSecondsPerKm2].map((value) => shortFigure(value))
  const row = [...figures, `${Math.round(100 * whole.share)} %`, shortFigure(quartered.processPeakBytes / 2 ** 20)]
  const titles = ["tiles of 500 m, core-s/km²", "their parent", "with all parents", "share of the run", "peak MiB"]
  console.log(textTable([titles, row]))
}

/** Runs the kilometre among so many images, in tiles of a side. */
const runAmong = async (
  cache: string,
  { lidar, images }: { readonly lidar: readonly string[]; readonly images: readonly string[] },
  count: number,
  side: number,
): Promise<RunSummary> => {
  const [others, out] = [join(cache, "images-around"), join(cache, "textured")]
  const clear = (): Promise<unknown> =>
    Promise.all([others, out].map((folder) => rm(folder, { recursive: true, force: true })))
  await clear()
  try {
    await imagesAround(others, count - images.length)
    const options = ["--products", "mesh,texture", "--tile-size", String(side), "--workers", "1", "--out", out]
    return await runSummary(["run", ...lidar, "--imagery", ...images, others, ...options, "--json"], out)
  } finally {
    await clear()
  }
}

/**
 * Small images of other places, where no tile lies, as the catalogue of a country has them: what
 * counts is how many.
 */
export const imagesAround = async (folder: string, count: number): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const [width, height, pixel] = [50, 50, 0.2]
  const data = new Uint8Array(3 * width * height).fill(128)
  for (let i = 0; i < count; i++) {
    const [west, north] = [700_000 + 10 * (i % 50), 6_700_000 - 10 * Math.floor(i / 50)]
    const box = [west, north - 10, west + 10, north] as const
    await writeFile(join(folder, `elsewhere-${i}.tif`), encodeGeoTiff({ width, height, box, pixel, data }, 2154))
  }
}
