/** Runs maille and roofer as whole processes and measures them. */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import { delimiter, join } from "node:path"
import { EngineError } from "../../engine/errors.js"
import { layout } from "../../engine/job/layout.js"
import type { RunSummary } from "../../engine/report/outcome.js"
import { projectRoot } from "../machine.js"
import { childrenCpuMs, runProgram } from "../run-program.js"

/** Products of one program. */
export interface Made {
  readonly program: string
  /** CityJSON sequences. */
  readonly city: readonly string[]
  readonly coreSeconds?: number
  readonly peakMiB?: number
}

interface OurRun {
  readonly files: readonly string[]
  readonly outlines: string | undefined
  readonly out: string
  readonly epsg: number
  readonly set: readonly string[]
  readonly workers: number
}

/**
 * Runs the layers of buildings and roofs, with their solids.
 *
 * @param dist folder of a build; default: this one
 */
export const runOurs = async (
  { files, outlines, out, epsg, set, workers }: OurRun,
  dist = join(projectRoot, "dist"),
): Promise<Required<Made>> => {
  const options = ["--crs", `EPSG:${epsg}`, "--products", "vector", "--layers", "building,roof", "--out", out]
  const footprints = outlines === undefined ? [] : ["--footprints", outlines]
  const sets = set.flatMap((one) => ["--set", one])
  const args = ["run", ...files, ...options, ...footprints, ...sets, "--workers", String(workers), "--json"]
  const before = childrenCpuMs()
  const summary = JSON.parse(await runProgram(process.execPath, [commandOf(dist), ...args])) as RunSummary
  return {
    program: "maille",
    city: [join(out, layout.solids)],
    coreSeconds: (childrenCpuMs() - before) / 1000,
    peakMiB: summary.processPeakBytes / 2 ** 20,
  }
}

/** The command of a build: the bundle of the package, which older builds lack. */
const commandOf = (dist: string): string => {
  const found = [join(dist, "bundle", "cli", "main.js"), join(dist, "cli", "main.js")].find((path) => existsSync(path))
  if (found === undefined) throw new EngineError("E_INPUT", `${dist}: no build of maille; expected cli/main.js in it`)
  return found
}

export const isOnPath = (program: string): boolean =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)))

interface RooferRun {
  readonly files: readonly string[]
  readonly outlines: string
  readonly out: string
  /** Its thread that reads beside the one that builds needs one too; default: 2. */
  readonly threads?: number
}

/** Runs roofer with its defaults. Linux reports the peak of a child only as it runs. */
export const runRoofer = async ({ files, outlines, out, threads = 2 }: RooferRun): Promise<Required<Made>> => {
  const before = childrenCpuMs()
  const peakBytes = await measurePeak("roofer", ["-j", String(threads), ...files, outlines, out])
  // One sequence for each of its tiles.
  const found = (await readdir(out, { recursive: true })).filter((file) => file.endsWith(".city.jsonl")).sort()
  if (found.length === 0) throw new EngineError("E_INPUT", `roofer wrote no .city.jsonl in ${out}`)
  const coreSeconds = (childrenCpuMs() - before) / 1000
  return { program: "roofer", city: found.map((file) => join(out, file)), coreSeconds, peakMiB: peakBytes / 2 ** 20 }
}

/** Runs a program to its end; the largest VmHWM that was seen, bytes. */
const measurePeak = async (command: string, args: readonly string[]): Promise<number> => {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] })
  let peak = 0
  const timer = setInterval(async () => {
    const text = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "")
    peak = Math.max(peak, 1024 * Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0))
  }, 20)
  try {
    const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve))
    if (code !== 0) throw new Error(`${command} ended with exit code ${code}`)
  } finally {
    clearInterval(timer)
  }
  return peak
}
