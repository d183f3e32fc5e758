import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { processBytes } from "../../engine/plan/admission/estimate-memory.js"
import { lab } from "../bench/run-bench.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { admittedAtStarts, mostInFlight, weighedTasks } from "./faults/in-flight.js"

const mebibyte = 2 ** 20
const budget = 1500 * mebibyte

/**
 * A square kilometre of 25 million points in 1,500 MiB. Two workers on tiles of 500 m never exceed
 * it and never idle.
 */
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

  const run = async (inputs: readonly string[], name: string, side: string, products: string): Promise<string> => {
    // A second try must not find the first one's tiles.
    const out = join(await mkdtemp(join(folder, `${name}-`)), "out")
    const flags = ["--tile-size", side, "--workers", "2", "--memory", "1500M", "--products", products]
    const ended = await runMaille(["run", ...inputs, ...flags, "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(0)
    const { processPeakBytes } = jsonOf(ended)
    const tasks = await weighedTasks(out)
    const share = Math.max(...tasks.map(({ bytes, peakBytes }) => peakBytes / bytes))
    const most = Math.max(...tasks.map(({ bytes }) => bytes))
    const [admitted, peak] = [most, processPeakBytes].map((bytes) => Math.round(bytes / mebibyte))
    process.stdout.write(
      `${name}: admitted ${admitted} MiB at most, used ${share.toFixed(2)} of it, VmHWM ${peak} MiB\n`,
    )
    peaks.push(processPeakBytes)
    expect(processPeakBytes).toBeLessThan(budget)
    for (const { task, bytes, peakBytes } of tasks) expect(peakBytes, task).toBeLessThanOrEqual(bytes)
    return out
  }

  it("keeps both workers busy on tiles of 500 m, from the first tile to the last, and is never exceeded", async () => {
    const out = await run([join(folder, "made")], "made-500", "500", "dtm,dsm,dhm,mesh,vector")
    for (const stage of ["tile", "model"]) {
      const bytes = await admittedAtStarts(out, stage)
      expect(bytes, stage).toHaveLength(4)
      // Each fits beside the one before it: memory keeps no worker idle. How many ran at a start
      // is no proof of it, since two equal tasks may end at one moment.
      for (const [i, own] of bytes.slice(1).entries())
        expect(own + bytes[i]! - processBytes, stage).toBeLessThanOrEqual(budget)
      expect((await mostInFlight(out, stage)).tasks, stage).toBe(2)
      expect((await mostInFlight(out, stage)).bytes, stage).toBeLessThanOrEqual(budget)
    }
  })

  it("makes a whole tile of 1 km, and is never exceeded", async () => {
    const out = await run([join(folder, "made")], "made-1000", "1000", "mesh")
    expect(await admittedAtStarts(out, "tile")).toHaveLength(1)
  })
})
