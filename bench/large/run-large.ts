/**
 * Layers of two million features through the writers: `npm run bench:large`. The layer stage's merge of 400 tiles, then every other format from what it
 * wrote, each in a process of its own; prints a table in Markdown with peak memory (VmHWM), as in docs/large-objects.md.
 *
 * Options: `--features N` (2,000,000), `--tiles N` a side (20), `--steps merge,gpkg,…` (all).
 */
import { spawnSync } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { vectorFormats } from "../../engine/formats/vector/write-format.js"
import { writeLargeTiles } from "./large-tiles.js"

const { values: flags } = parseArgs({
  options: {
    features: { type: "string", default: "2000000" },
    tiles: { type: "string", default: "20" },
    steps: { type: "string", default: ["merge", ...vectorFormats].join(",") },
  },
})
const folder = await mkdtemp(join(tmpdir(), "maille-large-"))
const script = fileURLToPath(new URL("./large-step.js", import.meta.url))

interface Step {
  readonly features: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakBytes: number
  readonly sizeBytes: number
}

const run = (step: string, input: string, out: string): Step => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, step, input, out], { encoding: "utf8" })
  if (status !== 0) throw new Error(`${step} ended with ${status}: ${stderr.slice(-2000)}`)
  return JSON.parse(stdout) as Step
}

try {
  const paths = await writeLargeTiles(join(folder, "tiles"), Number(flags.features), Number(flags.tiles))
  const list = join(folder, "tiles.json")
  await writeFile(list, JSON.stringify(paths))
  const layer = join(folder, "building.fgb")
  process.stdout.write(
    "| step | features | file, MB | time, s | processor, s | peak memory, MiB |\n|---|---|---|---|---|---|\n",
  )
  for (const step of flags.steps.split(",")) {
    const made = step === "merge" ? run(step, list, layer) : run(step, layer, join(folder, `building.${step}`))
    const figures = [made.sizeBytes / 1e6, made.wallMs / 1000, made.cpuMs / 1000, made.peakBytes / 2 ** 20]
    const cells = figures.map((value) => String(Math.round(value)))
    process.stdout.write(`| ${[step, made.features.toLocaleString("en"), ...cells].join(" | ")} |\n`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
