/** Interprets the summary of a run: fit for release or not, why it made nothing, the exit code. */

import { counted } from "../engine/core/texts.js"
import { type BoundedFigure, figureText, findRunFaults, isUnfit, notMeasuredText } from "../engine/job/release.js"
import type { RunSummary } from "../engine/report/outcome.js"
import { exitCodeOfError, exitCodes } from "./exit-codes.js"

/**
 * The verdict on what a run measures, in one line, with the measures that only `maille validate`
 * takes. Undefined where no tile has a bounded figure, or the run was stopped.
 */
export const verdictText = (summary: RunSummary): string | undefined => {
  const { quality } = summary
  if (quality === undefined || quality.thresholds.length === 0) return undefined
  const { inputs, tasks, layers, figures } = findRunFaults(summary)
  const faults = [
    ...(inputs > 0 ? [`${counted(inputs, "input file")} left out`] : []),
    ...(tasks > 0 ? [`${counted(tasks, "task")} failed`] : []),
    ...(layers.length > 0 ? [`${counted(layers.length, "layer")} without features`] : []),
    ...(figures.length > 0 ? [`${counted(figures.length, "threshold")} failed (${nameWorst(figures, "fail")})`] : []),
  ]
  if (faults.length > 0) return `quality: not fit for release: ${faults.join(", ")}, see report.html`
  const warned = quality.thresholds.filter((row) => row.warned > 0)
  const toSee = `${counted(warned.length, "threshold")} to look at (${nameWorst(warned, "warn")}), see report.html`
  const found = `quality: no fault found by the run${warned.length > 0 ? `, ${toSee}` : ""}`
  return `${found}. ${notMeasuredText}`
}

/** Most thresholds in the verdict. */
const MOST_NAMED = 3

/** Figures with their worst tile. */
const nameWorst = (rows: readonly BoundedFigure[], bound: "warn" | "fail"): string =>
  rows
    .slice(0, MOST_NAMED)
    .map((row) => figureText(row, bound))
    .join("; ") + (rows.length > MOST_NAMED ? "; …" : "")

/**
 * The reasons for which a run skipped every tile with points. Empty where it made a tile or was up
 * to date.
 * @param isLast the last phase of a plan in shards, which counts the skipped tiles of earlier
 *   phases
 */
export const missingReasons = (
  { tiles, aborted, pointsDropped, pointsByClass }: RunSummary,
  isLast = false,
): string[] => {
  const withPoints = tiles.filter(({ stage, points }) => stage === "tile" && points > 0)
  const skipped = withPoints.filter(
    ({ outcome, reason, outputs = [] }) =>
      // A tile with products may have a reason too: kernels that it lacks.
      outcome === "skipped" || (outcome === "unchanged" && reason !== undefined && outputs.length === 0),
  )
  const areDropped =
    pointsDropped !== undefined && tiles.length > 0 && tiles.every(({ outcome }) => outcome === "skipped")
  if (!aborted && withPoints.length === 0 && areDropped) return [droppedReason(pointsDropped)]
  const hasNew = isLast || skipped.some(({ outcome }) => outcome === "skipped")
  if (aborted || !hasNew || skipped.length < withPoints.length) return []
  const reasons = [...new Set(skipped.map(({ reason = "nothing to make" }) => reason))].sort()
  return pointsByClass === undefined ? reasons : [...reasons, foundClasses(pointsByClass)]
}

/** The classes of the points, and what to do if kernels take none of them. */
const foundClasses = (counts: Readonly<Record<string, number>>): string =>
  `found ${classList(counts)}. To fix: --classes SCHEME or FILE.json if they mean something else${
    "0" in counts || "1" in counts ? "; --vegetation-from unclassified for points without a class" : ""
  }`

const classList = (counts: Readonly<Record<string, number>>): string => {
  const classes = Object.entries(counts).map(([code, count]) => `${code} (${counted(count, "point")})`)
  return `${classes.length === 1 ? "class" : "classes"} ${classes.join(", ")}`
}

/** Why there is no point: the classes that the scheme leaves out, their counts and the remedy. */
const droppedReason = (counts: Readonly<Record<string, number>>): string => {
  const remedy = "--classes FILE.json says what they are; with 0 or 1 there, --classify ground or --vegetation-from"
  return `the class scheme leaves out every point: ${classList(counts)}. To fix: ${remedy}`
}

/** What affects the exit code of a run besides its summary. */
export interface ExitRules {
  /** A run that is not fit for release ends with 1. */
  readonly strict?: boolean
  /** The last phase of a plan in shards. */
  readonly isLast?: boolean
}

/**
 * Exit code of a finished run: 1 when some tasks failed and others succeeded, or a part is missing.
 * When all failed for one reason, its code. 3 when every tile with points was skipped.
 */
export const exitCodeOfRun = (summary: RunSummary, { strict = false, isLast = false }: ExitRules = {}): number => {
  const code = codeOfOutcomes(summary)
  if (code !== exitCodes.done) return code
  if (missingReasons(summary, isLast).length > 0) return exitCodes.input
  if (summary.missing !== undefined) return exitCodes.someFailed
  return strict && isUnfit(summary) ? exitCodes.someFailed : exitCodes.done
}

const codeOfOutcomes = (summary: RunSummary): number => {
  if (summary.stopped === "early") return exitCodes.early
  if (summary.stopped === "output") return exitCodes.resources
  if (summary.aborted) return exitCodes.stopped
  if (summary.failed + summary.quarantined === 0) return exitCodes.done
  if (summary.done + summary.skipped + summary.unchanged > 0) return exitCodes.someFailed
  const failures = summary.tiles.filter(({ outcome }) => outcome === "failed" || outcome === "quarantined")
  const codes = new Set(
    failures.map(({ error }) => (error === undefined ? exitCodes.someFailed : exitCodeOfError(error.code))),
  )
  const [only] = codes
  return codes.size === 1 && only !== undefined && only !== exitCodes.done ? only : exitCodes.someFailed
}
