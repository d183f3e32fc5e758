import type { ScenarioRun } from "../../../bench/e2e/bench-document.js"
import { measureRun, type RunFacts } from "../../../bench/e2e/run-measurement.js"
import type { RunSummary } from "../../../engine/report/outcome.js"
import type { TileOutcome } from "../../../engine/report/tile-outcome.js"

export const runFacts: RunFacts = {
  name: "tile",
  ground: "made up",
  workers: 2,
  tileSize: 500,
  bytesIn: 100e6,
  bytesOut: 40e6,
  hash: "0123456789abcdef0123",
  machineBusySeconds: 22.4,
}

export const doneTile = (timeMs: number, facts: Partial<TileOutcome> = {}): TileOutcome => ({
  key: "1/2/3",
  stage: "tile",
  outcome: "done",
  timeMs,
  points: 5_000_000,
  peakBytes: 4e8,
  ...facts,
})

/** Four tiles of 500 m: 1 km², 20 core-seconds in 12 s. */
export const summary = (facts: Partial<RunSummary> = {}): RunSummary => ({
  done: 4,
  unchanged: 0,
  skipped: 0,
  failed: 0,
  quarantined: 0,
  aborted: false,
  pointsDecoded: 2e7,
  pointsNeeded: 2e7,
  processPeakBytes: 1.5e9,
  processCpuMs: 20_000,
  steps: [
    { stage: "tile", step: "read", tasks: 4, timeMs: 6000, cpuMs: 5000 },
    { stage: "tile", step: "mesh.surface", tasks: 4, timeMs: 12_000, cpuMs: 10_000 },
  ],
  tiles: [doneTile(4000), doneTile(4200), doneTile(5000), doneTile(4800)],
  timeMs: 12_000,
  ...facts,
})

export const madeRun = (facts: Partial<ScenarioRun> = {}): ScenarioRun => ({
  ...measureRun(runFacts, summary()),
  ...facts,
})
