/** `npm run lab -- km2`: measures the square kilometre that README states. */
import { mkdir, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { EngineError } from "../../engine/errors.js"
import { machineFacts, projectRoot } from "../machine.js"
import { labCommand } from "../options.js"
import { measureUnit } from "./laszip.js"
import { runMaille } from "./run-maille.js"
import { scenarios } from "./scenarios.js"

export const main = async (args: string[]): Promise<undefined> => {
  const { cache, quick, output } = labCommand(
    "km2",
    "Makes every product of a synthetic square kilometre with images, once, and writes time and memory.\n" +
      "The run is `tile` of `npm run lab -- e2e`. `npm run docs` puts the figures into README.",
  )
    .option("--cache <dir>", "folder for the input, which is made once", "bench-out")
    .option("--quick", "a small tile of few points, to try the command")
    .option("-o, --output <file>", "JSON file to write (default: bench/results/km2.json; with --quick none)")
    .parse(args, { from: "user" })
    .opts<{ cache: string; quick?: true; output?: string }>()
  const [tile] = scenarios({ quick: quick === true, cores: 1 }).filter(({ name }) => name === "tile")
  if (tile === undefined) throw new Error("no scenario is named tile")
  await mkdir(cache, { recursive: true })
  const input = await tile.prepare(resolve(cache))
  if (typeof input === "string") throw new EngineError("E_INPUT", input)
  const run = await runMaille({ ...tile, input, out: join(resolve(cache), "run") })
  const unit = await measureUnit(input.lidar)
  if (typeof unit === "string") console.error(`no unit D: ${unit}`)
  const { cpu, node, maille } = await machineFacts()
  const measured = {
    seconds: run.timeMs / 1000,
    coreSeconds: run.coreSeconds,
    // LASzip's full decoding of the points in one thread, beside it; absent without LASzip.
    ...(typeof unit === "number" ? { unitSeconds: unit } : {}),
    peakBytes: run.peakBytes,
    points: run.points,
    outputBytes: run.bytesOut,
    workers: run.workers,
    machine: cpu,
    node,
    maille,
    command: "npm run lab -- km2",
  }
  const text = JSON.stringify(measured, undefined, 2)
  const file = output ?? (quick ? undefined : join(projectRoot, "bench", "results", "km2.json"))
  if (file !== undefined) await writeFile(file, `${text}\n`)
  console.log(text)
  if (run.othersCores > 0.3)
    console.error(`Other programs used ${run.othersCores} cores: measure again on a quiet machine.`)
}
