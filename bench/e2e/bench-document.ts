/** Builds the document of the end-to-end benchmark from its runs. */
import type { BenchMeasurement, ScalingMeasurement } from "./measurement.js"
import type { RunMeasurement } from "./run-measurement.js"
import type { Scenario } from "./scenarios.js"

/** A measured run, with the kind of ground that its figures represent. */
export interface ScenarioRun extends RunMeasurement, Pick<Scenario, "stratum" | "standIn"> {
  /**
   * The unit D of its input: processor time of LASzip's full decoding in one thread, seconds,
   * measured beside the run. Absent without LASzip, or for LAS.
   */
  readonly unitSeconds?: number
}

export interface ScalingStep extends ScalingMeasurement {
  readonly timeMs: number
  /** Time of one worker divided by the time of these workers. */
  readonly speedUp: number
}

/** bench.json: all runs, and the figures that `npm run lab -- project` reads. */
export interface BenchDocument extends BenchMeasurement {
  readonly commit: string
  /** True for small tiles, whose figures do not support a projection. */
  readonly quick: boolean
  /**
   * Absent where other programs disturbed it: a projection would count their work as maille's loss.
   */
  readonly scaling?: readonly ScalingStep[]
  readonly notes: readonly string[]
  readonly runs: readonly ScenarioRun[]
  /** Runs that were not possible here, with the reasons. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

/** Facts about the machine and the commit. */
export type DocumentFacts = Pick<BenchDocument, "machine" | "version" | "commit" | "quick" | "skipped">

/**
 * Cores that other programs may keep busy before a run's times are doubted. The process that
 * supervises a short run takes a tenth of a core.
 */
const BUSY = 0.3

/** Builds the document; scaling and notes follow from the runs. */
export const benchDocument = (facts: DocumentFacts, runs: readonly ScenarioRun[]): BenchDocument => {
  const scaling = measureScaling(runs)
  const isDisturbed = runs.some((run) => run.name.startsWith("scaling-") && run.othersCores > BUSY)
  return {
    ...facts,
    ...(scaling.length === 0 || isDisturbed ? {} : { scaling }),
    notes: writeNotes(facts, runs),
    runs,
  }
}

/** The steps of the scaling run; empty without a run of one worker. */
export const measureScaling = (runs: readonly ScenarioRun[]): ScalingStep[] => {
  const steps = runs.filter(({ name }) => name.startsWith("scaling-"))
  const one = steps.find(({ workers }) => workers === 1)
  if (one === undefined) return []
  return steps.map(({ workers, timeMs }) => {
    const speedUp = one.timeMs / timeMs
    const round = (value: number): number => Number(value.toPrecision(3))
    return { workers, timeMs, speedUp: round(speedUp), efficiency: round(speedUp / workers) }
  })
}

const writeNotes = ({ quick }: DocumentFacts, runs: readonly ScenarioRun[]): string[] => {
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
