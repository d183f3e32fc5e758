/** Runs the built command and measures it. */
import { spawn } from "node:child_process"
import { rmSync } from "node:fs"
import { readdir, rm, stat } from "node:fs/promises"
import { cpus } from "node:os"
import { join } from "node:path"
import { EngineError } from "../../engine/errors.js"
import { hashOutput } from "../../engine/report/hash-output.js"
import type { RunSummary } from "../../engine/report/outcome.js"
import { projectRoot } from "../machine.js"
import { measureRun, type RunFacts, type RunMeasurement } from "./run-measurement.js"

/** Input files of a run. */
export interface RunInput {
  readonly lidar: readonly string[]
  readonly images: readonly string[]
}

interface RunRequest extends Pick<RunFacts, "name" | "ground" | "workers" | "tileSize"> {
  readonly input: RunInput
  /** Further options of `maille run`. */
  readonly options?: readonly string[]
  /** Output folder, created for the run and removed afterwards. */
  readonly out: string
}

/**
 * Makes every product with the built command, in its own process, and measures it.
 *
 * @throws EngineError E_INTERNAL with the command's last messages if it fails
 */
export const runMaille = async (request: RunRequest): Promise<RunMeasurement> => {
  const { input, out, name, ground, workers, tileSize, options: further = [] } = request
  await rm(out, { recursive: true, force: true })
  try {
    const images = input.images.length === 0 ? [] : ["--imagery", ...input.images]
    const options = ["--out", out, "--tile-size", String(tileSize), "--workers", String(workers), ...further]
    const busyBefore = busySeconds()
    const summary = await runSummary(["run", ...input.lidar, ...images, ...options, "--json"], out)
    const machineBusySeconds = Number((busySeconds() - busyBefore).toFixed(2))
    const { hash } = await hashOutput(out)
    const entries = await readdir(out, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name: file }) => join(parentPath, file))
    const bytesOut = await sizesOf(files.filter((path) => !path.startsWith(join(out, ".work"))))
    const bytesIn = await sizesOf([...input.lidar, ...input.images])
    return measureRun({ name, ground, workers, tileSize, bytesIn, bytesOut, hash, machineBusySeconds }, summary)
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}

/** Busy time of all cores since the machine started, seconds. */
const busySeconds = (): number =>
  cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0) / 1000

/** Exit code of a command that a signal stopped. */
const STOPPED = 130

/**
 * Runs the built command and returns the summary that `run --json` prints. Removes `out` if the run
 * is interrupted.
 */
const runSummary = (args: readonly string[], out: string): Promise<RunSummary> =>
  new Promise((resolve, reject) => {
    const main = join(projectRoot, "dist", "bundle", "cli", "main.js")
    // At a terminal the run's progress is shown; otherwise its messages are kept in case it fails.
    const errors = process.stderr.isTTY ? "inherit" : "pipe"
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", errors] })
    let [printed, said] = ["", ""]
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      printed += text
    })
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-2000)
    })
    // An interrupt ends the run first and removes its output; the inputs stay.
    let isStopped = false
    const stop = (): void => {
      isStopped = true
      child.kill("SIGTERM")
    }
    const signals = ["SIGINT", "SIGTERM"] as const
    for (const signal of signals) process.once(signal, stop)
    child.on("error", reject)
    child.on("close", (code, signal) => {
      for (const signal of signals) process.off(signal, stop)
      if (isStopped) {
        rmSync(out, { recursive: true, force: true })
        process.exit(STOPPED)
      }
      if (code === 0) return resolve(JSON.parse(printed) as RunSummary)
      const how = signal ?? `exit code ${code}`
      const text = `maille ${args.join(" ")} ended with ${how}: ${said.trim() || "its message is above"}`
      reject(new EngineError("E_INTERNAL", text))
    })
  })

const sizesOf = async (paths: readonly string[]): Promise<number> => {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
