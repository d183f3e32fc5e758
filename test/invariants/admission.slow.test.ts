import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { jsonOf, runMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"
import { mostInFlight, weighedTasks } from "./faults/in-flight.js"

const hd = `${sharedData ?? ""}/lidar-hd`
const decimated = `${hd}/ign-pdal-tools/decimated_laz/test_semis_2023_0292_6833_LA93_IGN69.laz`
const bridge = `${hd}/las-digital-models/bridge/pointcloud`

describe.skipIf(!sharedData)("admission by bytes", { retry: 1 }, () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-admission-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  /** A second try must not find the first one's tiles. */
  const anew = async (name: string): Promise<string> => join(await mkdtemp(join(folder, `${name}-`)), "out")

  /**
   * Tiles are estimated above the peak of the process that made them one at a time, and accounted
   * within 20 per cent of it.
   */
  const expectEstimated = async (out: string, { processPeakBytes, tiles }: ReturnType<typeof jsonOf>) => {
    const { tasks } = JSON.parse(await readFile(join(out, "plan.json"), "utf8"))
    for (const { bytes } of tasks.filter(({ stage }: { stage: string }) => stage === "tile")) {
      expect(bytes).toBeGreaterThan(processPeakBytes)
      expect(bytes).toBeLessThan(3 * processPeakBytes)
    }
    const accounted = Math.max(...tiles.map(({ peakBytes }: { peakBytes: number }) => peakBytes))
    expect(Math.abs(accounted / processPeakBytes - 1)).toBeLessThan(0.2)
  }

  it("estimates and accounts a tile of 200 m at full density", async () => {
    const out = await anew("dense-200")
    const flags = ["--tile-size", "200", "--workers", "1", "--memory", "2G"]
    const ended = await runMaille(["run", `${sharedData}/bench/t02.laz`, ...flags, "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(0)
    for (const { task, bytes, peakBytes } of await weighedTasks(out)) expect(peakBytes, task).toBeLessThanOrEqual(bytes)
    await expectEstimated(out, jsonOf(ended))
  })

  it("estimates and accounts two decimated tiles of 1 km, and makes them one at a time where the budget holds no two, parents and layers included", async () => {
    const pair = ["0299", "0300"].map((column) => `${bridge}/test_semis_2023_${column}_6802_LA93_IGN69.laz`)
    const out = await anew("budget")
    const ended = await runMaille(["run", ...pair, "--workers", "2", "--memory", "1G", "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(0)
    const summary = jsonOf(ended)
    expect(summary.done).toBe(2)
    for (const stage of ["tile", "model"]) expect((await mostInFlight(out, stage)).tasks, stage).toBe(1)
    expect(summary.processPeakBytes).toBeLessThan(2 ** 30)
    for (const { task, bytes, peakBytes } of await weighedTasks(out)) expect(peakBytes, task).toBeLessThanOrEqual(bytes)
    await expectEstimated(out, summary)
  })

  it("refuses what cannot fit, and says what to do", async () => {
    const out = join(folder, "small")
    const ended = await runMaille(["run", decimated, "--workers", "1", "--memory", "300M", "--out", out, "--json"])
    expect(ended.code).not.toBe(0)
    const [tile] = jsonOf(ended).tiles
    expect(tile.outcome).toBe("failed")
    expect(tile.reason).toMatch(/needs about \d+ MiB, more than the 300 MiB allowed. Raise --memory/)
  })
})
