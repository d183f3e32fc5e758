import type { Command } from "commander"
import { EngineError } from "../../engine/errors.js"
import { importFromClone, isClone } from "../from-clone.js"
import { printJson, printLine } from "../print.js"

interface Flags {
  readonly from?: string
  readonly departements: string
  readonly machine: string
  readonly json?: true
}

interface Projector {
  runProjection(path: string, flags: Flags): Promise<{ projection: unknown; text: string }>
}

/** `maille project`: estimates the cost of départements or of France from measured tiles. */
export const addProject = (program: Command): void => {
  program
    .command("project", { hidden: !isClone })
    .summary("estimate the cost of départements or of France")
    .description(
      "Estimates hours, EUR, kWh and TB with bounds for départements of France, on a machine that you describe. Needs a " +
        "measurement: maille bench e2e --output FILE. The text says what was measured and what was assumed.",
    )
    .option("--from <file>", "measurement that `maille bench e2e --output FILE` wrote")
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
  if (flags.from === undefined) {
    const text =
      "no measurement is given, and maille comes with none. Make one: maille bench e2e --output FILE. Then: maille project --from FILE."
    throw new EngineError("E_INPUT", text, { option: "--from" })
  }
  const { projection, text } = await (
    await importFromClone<Projector>("bench/projection/run-projection.js", "maille project")
  ).runProjection(flags.from, flags)
  if (flags.json) return printJson(projection)
  printLine(text)
}
