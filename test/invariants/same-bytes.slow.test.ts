import { access, cp, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hashesOf } from "../hashes-of.js"
import { jsonOf, runKept } from "../run-maille.js"
import { montpellier, montpellierFlags, montpellierRun } from "../scenes/montpellier.js"
import { sharedData } from "../shared-data.js"

describe.skipIf(!sharedData)("the bytes of the main job on real tiles", () => {
  let folder = ""
  const base = (name: string): string[] => [...montpellierFlags, "--out", join(folder, name), "--json"]
  let reference: Record<string, string> = {}

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-bytes-"))
    // A copy of one's own, to run into once more.
    const { out, summary } = await montpellierRun()
    await cp(out, join(folder, "reference"), { recursive: true })
    expect(summary).toMatchObject({ done: 4, skipped: 0, failed: 0, quarantined: 0 })
    // Plain files are decoded once, whatever the halos of their neighbours take of them.
    const { sources } = jsonOf(await runKept(["inspect", ...montpellier.points, "--json"])) as {
      sources: { points: number }[]
    }
    expect(summary.pointsDecoded).toBe(sources.reduce((sum, { points }) => sum + points, 0))
    expect(summary.decodedPerNeeded).toBeLessThanOrEqual(1)
    reference = await hashesOf(join(folder, "reference"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("are at the promised places", () => {
    const paths = Object.keys(reference)
    const count = (start: string, end: string): number =>
      paths.filter((p) => p.startsWith(start) && p.endsWith(end)).length
    expect(count("tiles/18/", ".glb")).toBe(4)
    expect(count("tiles/17/", ".glb")).toBe(1)
    for (const raster of ["dtm", "dsm", "dhm"]) expect(count(`raster/${raster}/`, ".tif"), raster).toBe(4)
    expect(paths).toEqual(
      expect.arrayContaining(["tileset.json", "raster/dtm.vrt", "vector/building.fgb", "vector/contour.fgb"]),
    )
  })

  it("stand: a second run does nothing and says so", async () => {
    const ended = await runKept(["run", ...montpellier.points, ...base("reference")])
    expect(ended.code).toBe(0)
    expect(jsonOf(ended)).toMatchObject({ done: 0, unchanged: 4, skipped: 0, upToDate: true })
    expect(ended.stderr).toMatch(/up to date/i)
    expect(await hashesOf(join(folder, "reference"))).toEqual(reference)
  })

  // With four workers and shuffled inputs: `faults/killed.slow.test.ts`.
  it("are the same for a tile made alone by one worker", async () => {
    const alone = ["--workers", "1", "--bbox", "770550,6277550,770600,6277600"]
    const ended = await runKept(["run", ...montpellier.points, ...base("alone"), ...alone])
    expect(ended.code, ended.stderr).toBe(0)
    expect(jsonOf(ended).tiles).toHaveLength(1)
    const own = Object.entries(await hashesOf(join(folder, "alone"))).filter(([path]) => path.includes("18"))
    expect(own.length).toBeGreaterThanOrEqual(4)
    for (const [path, hash] of own) expect(hash, path).toBe(reference[path])
  })

  it("fall back to nothing half-made: no temporary file is left", async () => {
    await expect(access(join(folder, "reference", ".work", "lock"))).rejects.toThrow()
  })
})
