import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { lab } from "../bench/lab.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { runningAtStarts, weighedTasks } from "./faults/in-flight.js"

const mebibyte = 2 ** 20
const budget = 1500 * mebibyte

/** A square kilometre of 25 million points as one tile, in 1,500 MiB. Tiles side by side: admission.slow.test.ts. */
describe("a budget of 1500 MiB", { retry: 1, timeout: 1_800_000 }, () => {
  let folder = ""
  // Of all tries: one that went above is no matter of scheduling.
  const peaks: number[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-budget-"))
    const made = await lab("fixtures", "make", "--out", join(folder, "made"), "--density", "25", "--format", "laz")
    expect(made.code, made.stderr).toBe(0)
  })
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
    expect(Math.max(...peaks)).toBeLessThan(budget)
  })

  it("makes a whole tile of 1 km, and is never exceeded", async () => {
    // A second try must not find the first one's tiles.
    const out = join(await mkdtemp(join(folder, "run-")), "out")
    const flags = ["--workers", "2", "--memory", "1500M", "--products", "mesh"]
    const ended = await runMaille(["run", join(folder, "made"), ...flags, "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(0)
    const { processPeakBytes } = jsonOf(ended)
    const tasks = await weighedTasks(out)
    const share = Math.max(...tasks.map(({ bytes, peakBytes }) => peakBytes / bytes))
    const most = Math.max(...tasks.map(({ bytes }) => bytes))
    const [admitted, peak] = [most, processPeakBytes].map((bytes) => Math.round(bytes / mebibyte))
    process.stdout.write(`admitted ${admitted} MiB at most, used ${share.toFixed(2)} of it, VmHWM ${peak} MiB\n`)
    peaks.push(processPeakBytes)
    expect(processPeakBytes).toBeLessThan(budget)
    for (const { task, bytes, peakBytes } of tasks) expect(peakBytes, task).toBeLessThanOrEqual(bytes)
    expect(await runningAtStarts(out, "tile")).toEqual([1])
  })
})
