import type { Command } from "commander"
import { importFromClone, isClone } from "../from-clone.js"
import { printJson, printLine } from "../print.js"

interface Flags {
  readonly from: string
  readonly departements: string
  readonly machine: string
  readonly json?: true
}

interface Projector {
  runProjection(path: string, flags: Flags): Promise<{ projection: unknown; text: string }>
}

/** `maille project`: what départements or the country would cost, from measured tiles. */
export const addProject = (program: Command): void => {
  program
    .command("project", { hidden: !isClone })
    .summary("what départements or France would cost")
    .description(
      "Carries the measured tiles of a bench.json over to départements of France, on a machine that you describe: hours, EUR, kWh " +
        "and TB, with bounds. The text says what was measured and what was assumed.",
    )
    .requiredOption("--from <file>", "bench.json of the end-to-end benchmark")
    .option("--departements <codes>", "codes such as 34,67,44,974; 4: four pilots of contrast; all: the country", "4")
    .option(
      "--machine <parts>",
      "cores=64,eurPerHour=2.4,watts=450,memory=256G,diskMBs=500,speed=1.3,efficiency=0.9; parts left out are assumed",
      "",
    )
    .option(
      "--json",
      "print one JSON document: { machine, workers, departements, total, rates, france, measured, assumed }",
    )
    .action((flags: Flags) => project(flags))
}

const project = async (flags: Flags): Promise<void> => {
  const { projection, text } = await (
    await importFromClone<Projector>("bench/projection/run-projection.js", "maille project")
  ).runProjection(flags.from, flags)
  if (flags.json) return printJson(projection)
  printLine(text)
}
