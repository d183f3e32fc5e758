/** Formats the document of the end-to-end benchmark as text. */

import { shortFigure, textTable } from "../text-table.js"
import { type BenchDocument, measureScaling, type ScalingStep, type ScenarioRun } from "./bench-document.js"
import { COST_STAGES, STAGE_NOTES } from "./stage-costs.js"
import { STRATA, stratumLabel } from "./strata.js"

export const renderE2e = (document: BenchDocument): string => {
  const { machine, version, commit, runs, notes, skipped } = document
  const scaling = measureScaling(runs)
  const disturbed = document.scaling === undefined ? ", disturbed by other programs" : ""
  return [
    `maille ${version} (${commit}) on ${machine.cpu}, ${machine.cores} cores, Node.js ${machine.node}, ${machine.date}`,
    runTable(runs),
    "D: processor time of the run ÷ that of LASzip's full decoding of its points in one thread, measured beside it.",
    `Core-seconds a km², by stage\n${stageTable(runs)}`,
    listed(COST_STAGES.flatMap((stage) => (STAGE_NOTES[stage] ? [`${stage}: ${STAGE_NOTES[stage]}`] : []))),
    ...(scaling.length < 2 ? [] : [`More workers on one input${disturbed}\n${scalingTable(scaling)}`]),
    `What was run:\n${listed(runs.map(({ name, ground }) => `${name}: ${ground}`))}`,
    ...(skipped.length === 0 ? [] : [`Not run:\n${listed(skipped.map(({ name, reason }) => `${name}: ${reason}`))}`]),
    `To be known:\n${listed([...notes, ...unmeasured(runs)])}`,
  ].join("\n\n")
}

const listed = (sentences: readonly string[]): string => sentences.map((sentence) => `- ${sentence}`).join("\n")

const unmeasured = (runs: readonly ScenarioRun[]): string[] => {
  const missing = STRATA.filter((stratum) => runs.every((run) => run.stratum !== stratum)).map(stratumLabel)
  return missing.length === 0 ? [] : [`no run stands for ${missing.join(", ")}.`]
}

const megabytes = (bytes: number): string => shortFigure(bytes / 1e6)
const seconds = (timeMs: number): string => shortFigure(timeMs / 1000)
const percent = (share: number): string => `${Math.round(share * 100)} %`

const runTable = (runs: readonly ScenarioRun[]): string =>
  textTable([
    [
      "run",
      "km²",
      "M points",
      "workers",
      "s",
      "core-s/km²",
      "D",
      "km²/h",
      "worker use",
      "MB in",
      "MB out",
      "peak MB",
      "tiles",
      "p50 / p90 / p99 / max s",
    ],
    ...runs.map((run) => [
      run.name,
      shortFigure(run.km2),
      shortFigure(run.points / 1e6),
      String(run.workers),
      seconds(run.timeMs),
      shortFigure(run.coreSecondsPerKm2),
      run.unitSeconds === undefined ? "–" : (run.coreSeconds / run.unitSeconds).toFixed(2),
      shortFigure(run.km2PerHour),
      percent(run.workerUse),
      megabytes(run.bytesIn),
      megabytes(run.bytesOut),
      megabytes(run.peakBytes),
      String(run.latency.tiles),
      [run.latency.p50, run.latency.p90, run.latency.p99, run.latency.max].map(seconds).join(" / "),
    ]),
  ])

/** One column a run. Scaling runs are left out, because they do the same work as the run `tile`. */
const stageTable = (runs: readonly ScenarioRun[]): string => {
  const shown = runs.filter(({ name }) => !name.startsWith("scaling-"))
  const cell = (run: ScenarioRun, stage: string): string => {
    const cost = run.stages.find((found) => found.stage === stage)
    if (cost === undefined || (cost.of.length === 0 && stage !== "engine")) return "–"
    return `${cost.coreSecondsPerKm2.toFixed(1)} ${percent(cost.share).padStart(5)}`
  }
  return textTable(
    [
      ["stage", ...shown.map(({ name }) => name)],
      ...COST_STAGES.map((stage) => [stage, ...shown.map((run) => cell(run, stage))]),
      ["all", ...shown.map((run) => `${run.coreSecondsPerKm2.toFixed(1)} ${"100 %".padStart(5)}`)],
    ],
    false,
  )
}

const scalingTable = (scaling: readonly ScalingStep[]): string =>
  textTable(
    [
      ["workers", "s", "times as fast", "efficiency"],
      ...scaling.map(({ workers, timeMs, speedUp, efficiency }) => [
        String(workers),
        seconds(timeMs),
        shortFigure(speedUp),
        percent(efficiency),
      ]),
    ],
    false,
  )
