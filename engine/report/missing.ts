/** What a job asks for and its run lacks: inputs that cannot be used, layers without features. */
import { counted, linesByReason } from "../core/texts.js"
import type { Plan } from "../plan/plan.js"
import type { TileOutcome } from "./tile-outcome.js"

/** Missing parts that the job does not accept: the run ends with exit code 1. */
export interface Missing {
  /** Inputs left out, and the number of all. */
  readonly inputs: number
  readonly of: number
  /** Lines with the causes of inputs left out. */
  readonly causes: readonly string[]
  /** Layers of `--layers` without a feature. */
  readonly layers: readonly string[]
}

type Left = Pick<Plan, "rejected" | "catalogue">

/** The name by which `--allow-missing` allows inputs to be left out. */
const INPUTS = "inputs"

/** True where the job does not accept that inputs are left out. */
export const lacksInputs = ({ job: { allowMissing = [] }, rejected }: Pick<Plan, "job" | "rejected">): boolean =>
  rejected.length > 0 && !allowMissing.includes(INPUTS)

const countInputs = ({ rejected, catalogue: { sources, empty, duplicates } }: Left): number =>
  rejected.length + sources.length + duplicates.length + empty.filter(({ path }) => !has(rejected, path)).length

const has = (rejected: Left["rejected"], path: string): boolean => rejected.some((one) => one.path === path)

/** A line for each cause of inputs left out, with its number and three of the files. */
export const inputLines = (left: Left): string[] => {
  const files = left.rejected.map(({ path, error: { message } }) => ({
    path,
    reason: message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message,
  }))
  return linesByReason("inputs", "left out", files, countInputs(left), "file")
}

/**
 * What a job lacks; undefined if nothing.
 * @param outcomes those of a whole run; of a plan, only inputs can be missing
 */
export const findMissing = (plan: Plan, outcomes: readonly TileOutcome[] = []): Missing | undefined => {
  const { layers: asked = [], allowMissing = [] } = plan.job
  const empty = new Set(
    outcomes.flatMap(({ stage, key, metrics = {} }) =>
      stage === "layer" && metrics[`${key}.features`] === 0 ? [key] : [],
    ),
  )
  const layers = asked.filter((name) => empty.has(name) && !allowMissing.includes(name))
  const inputs = lacksInputs(plan) ? plan.rejected.length : 0
  if (inputs + layers.length === 0) return undefined
  return { inputs, of: countInputs(plan), causes: inputs === 0 ? [] : inputLines(plan), layers }
}

/** Missing parts with numbers and the remedy: the last lines of a run. */
export const missingLines = ({ inputs = 0, of = 0, layers = [] }: Partial<Missing> = {}): string[] => [
  ...(inputs === 0
    ? []
    : [`missing: ${inputs} of ${counted(of, "input file")} left out. To accept that: --allow-missing ${INPUTS}`]),
  ...(layers.length === 0
    ? []
    : [
        `missing: ${counted(layers.length, "layer")} without features (${layers.join(", ")}). To accept that: --allow-missing ${layers.join(",")}`,
      ]),
]
