import { existsSync } from "node:fs"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { BenchDocument } from "../../../bench/e2e/bench-document.js"
import { compileLaszip } from "../../../bench/e2e/laszip.js"
import { checkMeasurement } from "../../../bench/e2e/measurement.js"
import { root } from "../../source-tree.js"
import { lab, startLab } from "../run-bench.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-e2e-"))
})
afterAll(() => rm(folder, { recursive: true }))

describe("lab e2e", () => {
  test("measures whole runs, goes on with others, and leaves what a projection reads", async () => {
    const [cache, output] = [join(folder, "cache"), join(folder, "bench.json")]
    const args = ["e2e", "--quick", "--cache", cache, "--output", output]
    const first = await lab(...args, "--only", "tile,forest", "--json")
    expect(first.stderr).toContain("1 of 2, tile: ")
    expect(first.code).toBe(0)
    const document = JSON.parse(first.stdout) as BenchDocument
    expect(JSON.parse(await readFile(output, "utf8"))).toEqual(document)
    expect(document.runs.map(({ name, points, latency }) => [name, latency.tiles, Math.round(points / 5000)])).toEqual([
      ["tile", 1, 10],
      ["forest", 1, 10],
    ])
    const [tile] = document.runs
    const costs = tile?.stages.map(({ coreSeconds }) => coreSeconds) ?? []
    const sum = costs.reduce((all, one) => all + one, 0)
    expect(Math.abs(sum / (tile?.coreSeconds ?? 0) - 1)).toBeLessThan(0.01)
    for (const stage of ["read", "raster", "ground", "pyramid", "texture", "encode"]) {
      expect(tile?.stages.find((cost) => cost.stage === stage)?.coreSeconds, stage).toBeGreaterThan(0)
    }
    // Present where the machine has LASzip, which decodes 50 000 points in some 20 ms.
    const { missing, remove } = await compileLaszip()
    await remove()
    if (missing === undefined) expect((tile?.coreSeconds ?? 0) / (tile?.unitSeconds ?? 0)).toBeGreaterThan(5)
    else expect(tile?.unitSeconds).toBeUndefined()
    expect(tile?.workerUse).toBeGreaterThan(0.1)
    expect(tile?.workerUse).toBeLessThanOrEqual(1)
    // What was given: a COPC of 50 000 points, 500 × 500 pixels.
    expect(tile?.bytesIn).toBeGreaterThan(750_000)
    expect(document.notes.join()).toContain("synthetic")
    expect((await readdir(cache)).sort()).toEqual(["forest-0.1km-5", "mixed-0.1km-5"])

    const second = await lab(...args, "--only", "scaling-1")
    expect(second.stdout).toMatch(/^scaling-1 /m)
    const { runs } = JSON.parse(await readFile(output, "utf8")) as BenchDocument
    expect(runs.map(({ name }) => name)).toEqual(["tile", "scaling-1", "forest"])
    expect(runs[2]).toEqual(document.runs[1])
    expect(runs.every(({ othersCores }) => othersCores >= 0)).toBe(true)

    expect(checkMeasurement(document, output).notes?.join()).toContain("synthetic")
  })

  test("measures the square kilometre of README, here on a small tile", async () => {
    const output = join(folder, "km2.json")
    const { code, stderr } = await lab("km2", "--quick", "--cache", join(folder, "cache"), "-o", output)
    expect(code, stderr).toBe(0)
    const measured = JSON.parse(await readFile(output, "utf8")) as Record<string, unknown>
    // The file of the repository, which README quotes, has the same fields; D needs LASzip.
    const stated = await readFile(join(root, "bench", "results", "km2.json"), "utf8")
    const fieldsOf = (one: object): string[] => Object.keys(one).filter((field) => field !== "unitSeconds")
    expect(fieldsOf(JSON.parse(stated))).toEqual(fieldsOf(measured))
    expect(measured["points"]).toBeGreaterThan(45_000)
    for (const field of ["seconds", "coreSeconds", "peakBytes", "outputBytes"])
      expect(measured[field]).toBeGreaterThan(0)
  })

  test("stopped by a signal it ends its run, leaves nothing of it and keeps the inputs", async () => {
    const cache = join(folder, "stopped")
    const { child, ended } = startLab(["e2e", "--quick", "--only", "tile", "--cache", cache])
    while (!existsSync(join(cache, "run", "journal.jsonl"))) await new Promise((wait) => setTimeout(wait, 20))
    child.kill("SIGTERM")
    expect((await ended).code).toBe(130)
    expect(await readdir(cache)).toEqual(["mixed-0.1km-5"])
  })

  test("refuses unknown runs, and a file of other runs", async () => {
    const unknown = await lab("e2e", "--quick", "--only", "moon", "--cache", folder)
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain("known: tile, block, quarters")
    const output = join(folder, "bench.json")
    const other = await lab("e2e", "--only", "tile", "--cache", folder, "--output", output)
    expect(other.code).toBe(2)
    expect(other.stderr).toContain("--quick")
  })
})
