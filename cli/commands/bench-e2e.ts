import type { Command } from "commander"
import { importFromClone, isClone } from "../from-clone.js"
import { printJson, printLine, say } from "../print.js"

interface Flags {
  readonly cache: string
  readonly quick?: true
  readonly only: readonly string[]
  readonly output?: string
}

interface EndToEnd {
  runE2e(
    options: Flags & { readonly record: boolean; say(text: string): void },
  ): Promise<{ document: unknown; text: string }>
}

/** `maille bench e2e`: whole runs, measured; what `maille project` reads. */
export const addBenchE2e = (bench: Command): void => {
  bench
    .command("e2e", { hidden: !isClone })
    .summary("measure whole runs, end to end")
    .description(
      "Runs the main job on a synthetic tile of 1 km² with 30 million points and an image of 25 million pixels, on 3 × 3 such tiles, on the " +
        "demonstration, with 1, 2, … workers, and on kinds of ground; tells core-seconds a km² by stage, bytes, peak memory, scaling and the times of " +
        "tiles. The inputs (3.5 GB) are made once. --output gives the file for `maille project --from`.",
    )
    .option("--cache <dir>", "folder for the inputs", "bench-out")
    .option("--quick", "small tiles of few points: shows that everything works, tells nothing of real tiles")
    .option("--only <names>", "only these runs, as tile,block,demo,scaling,forest", namesOf, [])
    .option("-o, --output <file>", "write bench.json after each run; runs that it holds of this commit are kept")
    .option("--record", "append the runs to bench/results/<processor>.csv")
    .option("--json", "print one JSON document: { machine, version, strata, scaling, notes, runs, … }")
    .action(async (flags: Flags, command: Command) => {
      const { runE2e } = await importFromClone<EndToEnd>("bench/e2e/run-e2e.js", "maille bench e2e")
      // --json and --record before "e2e" belong to the parent command.
      const { json, record = false } = command.optsWithGlobals<{ json?: true; record?: boolean }>()
      const { document, text } = await runE2e({ ...flags, record, say })
      if (json) printJson(document)
      else printLine(text)
    })
}

const namesOf = (text: string): string[] => text.split(",").flatMap((name) => name.trim() || [])
