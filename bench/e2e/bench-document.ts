/** The document of the end-to-end benchmark, from its runs. */
import type { BenchMeasurement, ScalingMeasurement } from "../projection/measurement.js"
import type { RunMeasurement } from "./run-measurement.js"
import type { Scenario } from "./scenarios.js"

/** A measured run, with what its figures count for. */
export interface ScenarioRun extends RunMeasurement, Pick<Scenario, "stratum" | "standIn"> {}

/** A step of the scaling run. */
export interface ScalingStep extends ScalingMeasurement {
  readonly timeMs: number
  /** Time of one worker over the time of these. */
  readonly speedUp: number
}

/**
 * bench.json of the end-to-end benchmark: all runs, and what `npm run lab -- project` reads of
 * them.
 */
export interface BenchDocument extends BenchMeasurement {
  readonly commit: string
  /** True for small tiles: nothing to project from. */
  readonly quick: boolean
  /**
   * Absent where other programs disturbed it: a projection must not take their work for a loss of
   * maille's.
   */
  readonly scaling?: readonly ScalingStep[]
  readonly notes: readonly string[]
  readonly runs: readonly ScenarioRun[]
  /** Runs that could not be made here, and why. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

/** Where and of what the runs were made. */
export type DocumentFacts = Pick<BenchDocument, "machine" | "version" | "commit" | "quick" | "skipped">

/**
 * Cores that other programs may keep busy before a run's times are doubted; the supervisor of a
 * short run alone takes a tenth.
 */
const BUSY = 0.3

/** The document of these runs. Scaling and notes follow from them. */
export const benchDocument = (facts: DocumentFacts, runs: readonly ScenarioRun[]): BenchDocument => {
  const scaling = scalingOf(runs)
  const isDisturbed = runs.some((run) => run.name.startsWith("scaling-") && run.othersCores > BUSY)
  return {
    ...facts,
    ...(scaling.length === 0 || isDisturbed ? {} : { scaling }),
    notes: notesOf(facts, runs),
    runs,
  }
}

/** The steps of the scaling run; none without that of one worker. */
export const scalingOf = (runs: readonly ScenarioRun[]): ScalingStep[] => {
  const steps = runs.filter(({ name }) => name.startsWith("scaling-"))
  const one = steps.find(({ workers }) => workers === 1)
  if (one === undefined) return []
  return steps.map(({ workers, timeMs }) => {
    const speedUp = one.timeMs / timeMs
    const round = (value: number): number => Number(value.toPrecision(3))
    return { workers, timeMs, speedUp: round(speedUp), efficiency: round(speedUp / workers) }
  })
}

const notesOf = ({ quick }: DocumentFacts, runs: readonly ScenarioRun[]): string[] => {
  const standIns = runs.flatMap(({ standIn }) => standIn ?? [])
  const busy = runs.filter(({ othersCores }) => othersCores > BUSY)
  return [
    ...(quick
      ? [
          "these are small tiles of few points (--quick): start-up outweighs the work; no figure of them tells what real tiles cost.",
        ]
      : []),
    ...(standIns.length === 0
      ? []
      : [
          `no delivered tile was measured; what stands in, all with orthophotos as uncompressed GeoTIFF of 0.2 m: ${standIns.join(". ")}.`,
        ]),
    ...(busy.length === 0
      ? []
      : [
          `other programs were at work on the machine: ${busy.map(({ name, othersCores }) => `${name} (${othersCores.toPrecision(2)} cores)`).join(", ")}. Wall times of these runs are too long, and processor times by some per cent; scaling that was disturbed is left out of what a projection reads.`,
        ]),
    ...(runs.some(({ clock }) => clock === "wall")
      ? [
          "stages are told in wall time: this system does not tell the processor time of a thread (Linux does, and Node.js from 23.9 on).",
        ]
      : []),
    "each run was made once; bytes read are the sizes of the files given.",
  ]
}
