/** Measures whole runs of both sides on a made tile: processor time, memory and exact counts. */
import { rmSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { elementAt } from "../../engine/core/lists.js"
import type { RunSummary } from "../../engine/report/outcome.js"
import { makeTiles } from "../../fixtures/make.js"
import { measureUnit } from "../e2e/laszip.js"
import { scenarios } from "../e2e/scenarios.js"
import { childrenCpuMs, runProgram } from "../run-program.js"
import { type Comparison, comparePairs, runTimes } from "./compare.js"
import { type Counts, countWork } from "./counts.js"
import { median, type SideMeasures } from "./decide.js"
import type { Built } from "./trees.js"

const NAMES = ["rasters", "ground-mesh"]
/** The measured runs by name, with the options that `npm run lab -- e2e` gives them. */
export const wholeRuns: ReadonlyMap<string, readonly string[]> = new Map(
  scenarios({ quick: true, cores: 1 }).flatMap(({ name, options }) =>
    NAMES.includes(name) && options !== undefined ? [[`run.${name}`, options] as const] : [],
  ),
)

/** The input of the runs, and a folder for their products. */
export interface RunInput {
  readonly tile: string
  readonly folder: string
}

/** Side of the tile, km, and points per m²: about two core-seconds a run, half of them start-up. */
const SIZE = { km: 0.5, density: 12 }

/** Makes the tile, which is removed at the end of this process. */
export const makeRunInput = async (): Promise<RunInput> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-guard-"))
  // On "exit", which signals also lead to.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  const options = { tiles: 1, seed: 1, format: "laz", imagery: false, workers: 2, force: false } as const
  const tiles = await makeTiles({ out: join(folder, "lidar"), ...SIZE, ...options })
  return { tile: elementAt(tiles, 0).path, folder }
}

/** Makes the products once, in processes of their own, with one worker. */
const runOnce = async ({ root }: Built, name: string, { tile, folder }: RunInput, env: NodeJS.ProcessEnv = {}) => {
  const out = join(folder, "out")
  await rm(out, { recursive: true, force: true })
  const options = [...(wholeRuns.get(name) ?? []), "--tile-size", `${1000 * SIZE.km}`, "--workers", "1"]
  const main = join(root, "dist", "bundle", "cli", "main.js")
  const before = childrenCpuMs()
  const printed = await runProgram(process.execPath, [main, "run", tile, ...options, "--out", out, "--json"], env)
  return { cpuMs: childrenCpuMs() - before, summary: JSON.parse(printed) as RunSummary }
}

/**
 * Compares the processor time and memory of a whole run, in pairs of runs whose order alternates.
 * The time is also given in D, of LASzip's decoding of the same tile beside each pair.
 *
 * @throws Error when a run fails
 */
export const compareRun = async (
  name: string,
  sides: readonly Built[],
  input: RunInput,
  wanted?: number,
): Promise<Comparison> => {
  const units: number[] = []
  let missing = ""
  const measured = async (side: number): Promise<SideMeasures> => {
    const { cpuMs, summary } = await runOnce(elementAt(sides, side), name, input)
    // Counts and the benchmarks of kernels compare the work; here it is the same tile.
    return { cpuMs: [cpuMs], peaks: [summary.processPeakBytes], checksums: [], version: "", amount: 1 }
  }
  const comparison = await comparePairs(
    name,
    async ({ length }) => {
      const unit = await measureUnit([input.tile])
      if (typeof unit === "number") units.push(1000 * unit)
      else missing = unit
      const first = await measured(length % 2)
      const second = await measured(1 - (length % 2))
      const [base, head] = length % 2 === 0 ? [first, second] : [second, first]
      return { unit: "runs/s", runs: 1, base, head }
    },
    wanted,
  )
  if (comparison.kind !== "compared") return comparison
  const [before, after] = runTimes(comparison).map((ms) => (ms / median(units)).toFixed(2))
  const note = units.length > 0 ? `${before} → ${after} D` : `no unit D: ${missing}`
  const { decision } = comparison
  return { ...comparison, decision: { ...decision, notes: [...decision.notes, note] } }
}

/** Counts the work of a whole run. V8 reports the files of code that its threads load. */
export const countRun = async (name: string, side: Built, input: RunInput): Promise<Counts> => {
  const coverage = join(input.folder, "coverage")
  await rm(coverage, { recursive: true, force: true })
  const { summary } = await runOnce(side, name, input, { NODE_V8_COVERAGE: coverage })
  return countWork(summary, input.folder, coverage)
}
