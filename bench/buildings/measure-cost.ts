/**
 * The cost of buildings: whole runs on sixteen copies of Delft, and `mesh.building` by itself, each
 * beside another build and roofer where they are given.
 */

import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { elementAt } from "../../engine/core/lists.js"
import { median } from "../guard/decide.js"
import { projectRoot } from "../machine.js"
import { withFolder } from "../real-data.js"
import { startProcess, type WaitingProcess } from "../waiting-process.js"
import { delftCopies } from "./delft-copies.js"
import { isOnPath, type Made, runOurs, runRoofer } from "./run-programs.js"

export interface CostRequest {
  /** Folder of another build. */
  readonly base?: string | undefined
  /** Measurements of each, interleaved. */
  readonly rounds: number
  /** Folder that keeps the copies. */
  readonly cache: string
}

/** The medians of one piece of work by one program. */
export interface Cost {
  readonly work: string
  readonly program: string
  /** Processor time of all threads, s. */
  readonly coreSeconds: number
  /** By that of the base; absent without one. */
  readonly ratio?: number
  readonly peakMiB?: number
  readonly buildings: number
}

/** Measures all, one after the other; prints nothing. */
export const measureCost = async (request: CostRequest): Promise<Cost[]> => {
  const builds = buildsOf(request)
  return [...(await modelCosts(builds, request.rounds)), ...(await runCosts(builds, request))]
}

const buildsOf = ({ base }: CostRequest): [name: string, dist: string][] => [
  ...(base === undefined ? [] : [["base", base] as [string, string]]),
  ["maille", join(projectRoot, "dist")],
]

const runCosts = (builds: readonly (readonly [string, string])[], request: CostRequest): Promise<Cost[]> =>
  withFolder(async (folder) => {
    const { files, outlines, epsg } = await delftCopies(request.cache)
    const out = join(folder, "out")
    const costs: Cost[] = []
    for (const workers of [1, 2]) {
      const programs = new Map<string, () => Promise<Required<Made>>>(
        builds.map(([name, dist]) => [name, () => runOurs({ files, outlines, out, epsg, set: [], workers }, dist)]),
      )
      if (isOnPath("roofer")) programs.set("roofer", () => runRoofer({ files, outlines, out, threads: workers + 1 }))
      const made = [...programs].map(([program, run]) => ({ program, run, runs: [] as Required<Made>[], buildings: 0 }))
      for (let round = 0; round < request.rounds; round++) {
        for (const one of made) {
          const result = await one.run()
          one.runs.push(result)
          one.buildings = await countFeatures(result.city)
          await rm(out, { recursive: true, force: true })
        }
      }
      const work = workers === 1 ? "Delft × 16, one worker" : "Delft × 16, two workers"
      for (const { program, runs, buildings } of made) {
        const coreSeconds = median(runs.map((run) => run.coreSeconds))
        const peakMiB = median(runs.map((run) => run.peakMiB))
        costs.push({ work, program, coreSeconds, peakMiB, buildings })
      }
    }
    return withRatios(costs)
  })

const modelCosts = async (builds: readonly (readonly [string, string])[], rounds: number): Promise<Cost[]> => {
  const script = fileURLToPath(new URL("./model-side.js", import.meta.url))
  const sides = builds.map(([program, dist]) => ({
    program,
    side: startProcess({ command: process.execPath, args: [script, dist] }) as WaitingProcess<
      { readonly buildings: number },
      { cpuMs: number }
    >,
    times: [] as number[],
  }))
  try {
    // Warmed up one after the other would be slower, and this is not measured.
    const greetings = await Promise.all(sides.map(({ side }) => side.greeting))
    for (let round = 0; round < rounds; round++)
      for (const { side, times } of sides) times.push((await side.ask(1)).cpuMs)
    return withRatios(
      sides.map(({ program, times }) => ({
        work: "mesh.building, warm",
        program,
        coreSeconds: median(times) / 1000,
        buildings: elementAt(greetings, 0).buildings,
      })),
    )
  } finally {
    await Promise.all(sides.map(({ side }) => side.close()))
  }
}

/** Lines of sequences without their headers. */
const countFeatures = async (paths: readonly string[]): Promise<number> => {
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")))
  return texts.reduce((sum, text) => sum + text.trim().split("\n").length - 1, 0)
}

const withRatios = (costs: readonly Cost[]): Cost[] =>
  costs.map((cost) => {
    const base = costs.find(({ work, program }) => work === cost.work && program === "base")
    return base === undefined ? cost : { ...cost, ratio: cost.coreSeconds / base.coreSeconds }
  })
