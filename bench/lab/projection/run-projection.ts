/** `npm run lab -- project`: extrapolates a measurement to départements and a machine. */
import { readFile } from "node:fs/promises"
import { EngineError } from "../../../engine/errors.js"
import { type BenchMeasurement, checkMeasurement } from "../../e2e/measurement.js"
import { labCommand, printJson } from "../../options.js"
import { listBasis, type Projection } from "./basis.js"
import { chooseDepartments } from "./choose-departments.js"
import { DEPARTMENTS } from "./departments.js"
import { totalCover } from "./land-cover.js"
import { countWorkers, departmentCost, totalCost } from "./project.js"
import { computeRates } from "./rates.js"
import { renderProjection } from "./render.js"
import { parseMachine } from "./target-machine.js"

/** Places and machine of a projection. */
export interface ProjectionFlags {
  /** Codes of départements, `4` for four pilots, `all` for the country. */
  readonly departements: string
  /** As `cores=64,eurPerHour=2.4`. */
  readonly machine: string
}

/**
 * Extrapolates a measurement to départements and a machine.
 *
 * @throws EngineError E_USAGE for invalid départements or an invalid machine
 */
export const projectMeasurement = (measurement: BenchMeasurement, flags: ProjectionFlags): Projection => {
  const choice = chooseDepartments(flags.departements)
  const machine = parseMachine(flags.machine, measurement)
  const rates = computeRates(measurement)
  const departements = choice.departments.map((department) => ({
    code: department.code,
    name: department.name,
    ...departmentCost(department, rates, machine),
  }))
  return {
    machine,
    workers: countWorkers(machine, rates),
    departements,
    total: totalCost(departements),
    rates,
    france: totalCover(DEPARTMENTS),
    ...listBasis(measurement, rates, machine, choice),
  }
}

export const main = async (args: string[]): Promise<undefined> => {
  const { from, json, ...flags } = labCommand(
    "project",
    "Estimates hours, EUR, kWh and TB with bounds for départements of France, on a machine that you describe.\n" +
      "Needs a measurement: npm run lab -- e2e --output FILE. The text says what was measured and what was assumed.",
  )
    .option("--from <file>", "measurement that `npm run lab -- e2e --output FILE` wrote")
    .option("--departements <codes>", "codes such as 34,67,44,974; 4: four pilots of contrast; all: the country", "4")
    .option(
      "--machine <parts>",
      "cores=64,eurPerHour=2.4,watts=450,memory=256G,diskMBs=500,speed=1.3,efficiency=0.9; parts left out are assumed",
      "",
    )
    .option("--json", "print one JSON document: { machine, workers, departements, total, rates, france, … }")
    .parse(args, { from: "user" })
    .opts<ProjectionFlags & { readonly from?: string; readonly json?: true }>()
  if (from === undefined) {
    const text =
      "no measurement is given; make one: npm run lab -- e2e --output FILE, then: npm run lab -- project --from FILE"
    throw new EngineError("E_INPUT", text, { option: "--from" })
  }
  const projection = projectMeasurement(checkMeasurement(await readJson(from), from), flags)
  if (json) printJson(projection)
  else console.log(renderProjection(projection))
}

const readJson = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(path, "utf8")) as unknown
  } catch (cause) {
    const found = cause instanceof SyntaxError ? "is no JSON" : "cannot be read"
    const text = `${path} ${found} (${(cause as Error).message}); give the bench.json that the end-to-end benchmark wrote`
    throw new EngineError("E_INPUT", text, { file: path }, cause)
  }
}
