/** `maille colours`: solves the radiometric corrections of a plan made from an index. */
import { join } from "node:path"
import type { Command } from "commander"
import { planLayout } from "../../engine/job/layout.js"
import type { ColourFile, StoredCorrection } from "../../engine/plan/colour/colour-file.js"
import { addExamples } from "../help/declare.js"
import { addTo, mapPathHelp, readJob, trustHelp } from "../job-flags.js"
import { counted, printJson, printLine, say } from "../print.js"
import { outOf } from "../slurm-flags.js"

export const addColours = (program: Command): void => {
  addExamples(program.command("colours"), "maille colours out/")
    .summary("match the colours of images for a plan made from an index")
    .description(
      "Run it once, before the first shard of maille plan --tile-index --shards, where images and points can be read.\n" +
        "It writes colours.json to the plan, for all shards. Corrections in the output folder are kept.",
    )
    .argument("<plan>", "output folder of maille plan --shards")
    .option("--map-path <from=to>", mapPathHelp, addTo)
    .option("--trust-kernels", trustHelp)
    .option("--json", "print one JSON document")
    .action(async (folder: string, { json, ...flags }: ColoursFlags) => {
      const out = outOf(folder)
      const { solveShardPlan } = await import("../../engine/distributed/plan-shards.js")
      const { readShardPlan } = await import("../../engine/plan/shards/read-shard-plan.js")
      await readShardPlan(out)
      const job = await readJob([], { job: join(out, planLayout.job), out, ...flags })
      const { file, warnings } = await solveShardPlan(job)
      if (json) {
        const { edition, sites, places, before, after, zRange, images } = file
        printJson({
          edition,
          images: images.length,
          ...countsOf(images),
          sites,
          places,
          before,
          after,
          zRange,
          warnings,
        })
        return
      }
      for (const text of warnings) say(text, "warning")
      printSolve(file)
    })
}

interface ColoursFlags {
  readonly json?: true
  readonly mapPath?: readonly string[]
  readonly trustKernels?: true
}

const countsOf = (images: readonly StoredCorrection[]): Record<StoredCorrection["state"], number> => {
  const counts = { anchor: 0, solved: 0, alone: 0, refused: 0 }
  for (const { state } of images) counts[state]++
  return counts
}

const printSolve = ({ images, places, before, after, zRange }: ColourFile): void => {
  const { anchor, solved, alone, refused } = countsOf(images)
  if (zRange !== undefined) printLine(`heights of the points: ${zRange[0].toFixed(1)} to ${zRange[1].toFixed(1)} m`)
  if (images.length === 0) {
    printLine("nothing to solve: no two images need corrections of their own")
    return
  }
  const counts = `${solved} corrected, ${anchor} with fixed colours, ${alone} without a shared place, ${refused} refused`
  printLine(`${counted(images.length, "image")}: ${counts}; compared at ${counted(places, "place")}`)
  if (before !== undefined && after !== undefined)
    printLine(
      `colour difference (95th percentile, of 255): ${before.p95.toFixed(1)} before, ${after.p95.toFixed(1)} after`,
    )
}
