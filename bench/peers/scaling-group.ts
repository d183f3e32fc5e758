import { execFile } from "node:child_process"
import { basename, join } from "node:path"
import { promisify } from "node:util"
import { projectRoot } from "../machine.js"
import type { Group, GroupOptions } from "./group.js"
import { grouped, markdownTable, targetsTable } from "./markdown.js"
import { lazFiles } from "./reading-group.js"
import { type Distribution, distributionOf, pairedRatio } from "./statistics.js"
import { type Target, targetOf } from "./targets.js"

/** A file read by some threads; the best time and the highest memory mark of the process, over the rounds. */
export interface ScalingRow {
  readonly workers: number
  readonly timeMs: Distribution
  readonly best: number
  readonly peakBytes: Distribution
  /** Processor time of the whole process, its start included: what more threads cost in all. */
  readonly cpuMs: Distribution
}

/** One file read by one thread and by several. */
export interface ScalingReport {
  readonly file: string
  readonly points: number
  readonly rows: readonly ScalingRow[]
  /** Time of one thread through that of two, round by round. */
  readonly speedUp: Distribution
  readonly targets: readonly Target[]
}

const WORKERS = [1, 2] as const

/** One tile by one and by two threads: `maille bench read`, whose time leaves the start of the threads out. By the clock, since threads are. */
export const scalingGroup: Group = {
  name: "laz-scaling",
  title: "One file by two threads",
  run: async (options) => {
    const paths = lazFiles(options.files, ["bench/t500.laz"])
    if (typeof paths === "string") return paths
    const reports: ScalingReport[] = []
    for (const path of paths) reports.push(await measureScaling(path, options))
    return { data: reports, markdown: scalingMarkdown(reports) }
  },
}

const measureScaling = async (path: string, { passes, onProgress }: GroupOptions): Promise<ScalingReport> => {
  const results: ReadResult[][] = WORKERS.map(() => [])
  let points = 0
  for (let round = 0; round < passes; round++) {
    onProgress(`${basename(path)}: round ${round + 1} of ${passes}`)
    for (const [i, workers] of WORKERS.entries()) {
      const result = await readBy(path, workers)
      if (points !== 0 && result.points !== points) {
        throw new Error(`${path}: ${workers} threads read ${result.points} points, others ${points}`)
      }
      points = result.points
      results[i]?.push(result)
    }
  }
  const rows = WORKERS.map((workers, i): ScalingRow => {
    const times = (results[i] ?? []).map(({ timeMs }) => timeMs)
    const peaks = (results[i] ?? []).map(({ peakBytes }) => peakBytes)
    const cpuMs = distributionOf((results[i] ?? []).map((result) => result.cpuMs))
    return { workers, timeMs: distributionOf(times), best: Math.min(...times), peakBytes: distributionOf(peaks), cpuMs }
  })
  const [one = [], two = []] = results.map((runs) => runs.map(({ timeMs }) => timeMs))
  const speedUp = pairedRatio(one, two)
  const [alone, both] = rows.map(({ peakBytes }) => peakBytes.median / 2 ** 20)
  return {
    file: basename(path),
    points,
    rows,
    speedUp,
    targets: [
      targetOf("two threads against one: times as fast by the clock", speedUp.median, 1.8, true),
      targetOf("MiB that the second thread adds", (both ?? Number.NaN) - (alone ?? Number.NaN), 64, false),
    ],
  }
}

/** What is used of the answer of `maille bench read`, and its processor time. */
interface ReadResult {
  readonly points: number
  readonly timeMs: number
  readonly peakBytes: number
  readonly workers: number
  readonly cpuMs: number
}

/** Loaded into the process: tells its processor time on standard error as it ends. */
const TELL_CPU =
  'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();console.error("cpu ms",(user+system)/1000)})'

const readBy = async (path: string, workers: number): Promise<ReadResult> => {
  const main = join(projectRoot, "dist", "cli", "main.js")
  const attributes = "x,y,z,classification,returnNumber"
  const args = [main, "bench", "read", path, "--attributes", attributes, "--workers", String(workers), "--json"]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--import", TELL_CPU, ...args])
  const cpuMs = Number(/^cpu ms (.*)$/m.exec(stderr)?.[1])
  const result: ReadResult = { ...(JSON.parse(stdout) as Omit<ReadResult, "cpuMs">), cpuMs }
  if (result.workers !== workers) throw new Error(`${path}: read by ${result.workers} threads instead of ${workers}`)
  return result
}

const scalingMarkdown = (reports: readonly ScalingReport[]): string => {
  const rows = reports.flatMap(({ file, points, rows }) =>
    rows.map(({ workers, timeMs, best, peakBytes, cpuMs }) => [
      file,
      String(workers),
      (points / timeMs.median / 1000).toFixed(2),
      `${(points / timeMs.high / 1000).toFixed(2)}–${(points / timeMs.low / 1000).toFixed(2)}`,
      (points / best / 1000).toFixed(2),
      grouped(points),
      String(Math.round(peakBytes.median / 2 ** 20)),
      (cpuMs.median / 1000).toFixed(2),
    ]),
  )
  const heading = [
    "file",
    "threads",
    "M points/s by the clock",
    "quartiles",
    "best",
    "points",
    "peak MiB",
    "processor s in all",
  ]
  return [
    "`maille bench read --attributes x,y,z,classification,returnNumber`, medians of interleaved runs in fresh processes.",
    markdownTable([heading, ...rows], [1, 2, 3, 4, 5, 6, 7]),
    targetsTable(reports.flatMap(({ targets }) => targets)),
  ].join("\n\n")
}
