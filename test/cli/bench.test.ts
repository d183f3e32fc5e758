/** `maille bench` as built: on the demonstration's scene, on a file, and against an earlier run. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { BenchDocument } from "../../bench/product/bench-tile.js"
import { type Sample, writeSample } from "../../fixtures/sample/write-sample.js"
import { kernelTable } from "../../kernels/index.js"
import { maille } from "./maille.js"

let folder = ""
let sample: Sample
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-bench-"))
  sample = await writeSample(folder, { pulsesPerM2: 2 })
})
afterAll(() => rm(folder, { recursive: true }))

describe("maille bench", () => {
  it("measures the reader and every kernel that a tile without images lets run, and finds what became slower", async () => {
    // An earlier run, far faster, of every kernel and of one that is gone.
    // A run has one maker of water: the default one.
    const names = ["read", ...Object.keys(kernelTable).filter((id) => id !== "vector.water-voids")]
    const rows = [...names, "gone.kernel"].map((name) => ({
      name,
      median: 1e18,
      spread: 0,
      checksum: "x",
      version: "0",
    }))
    const path = join(folder, "before.json")
    await writeFile(path, JSON.stringify({ cpu: "another", rows }))
    const ended = await maille("bench", ...sample.lidar, "--tile-size", "50", "--compare", path, "--json")
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/warning: .*before.json was measured on another processor \(another\)/)
    const document = JSON.parse(ended.stdout) as BenchDocument & { compared: { name: string; fault?: string }[] }
    const skipped = document.skipped.map(({ name }) => name)
    // Rasters of the user and images: this tile has neither.
    expect(skipped.sort()).toEqual([
      "raster.dsm-file",
      "raster.dtm-file",
      "texture.drape",
      "texture.facade",
      "texture.views",
    ])
    const measured = document.rows.map(({ name }) => name)
    expect([...measured, ...skipped].sort()).toEqual(names.sort())
    for (const { name, median, checksum } of document.rows) {
      expect(median, name).toBeGreaterThan(0)
      expect(checksum, name).toMatch(/^[0-9a-f]{16}$/)
    }
    expect(document.tile).toMatchObject({ tileSize: 50, points: expect.any(Number) })
    for (const { name, fault } of document.compared)
      expect(fault, name).toMatch(measured.includes(name) ? /^slower by / : /^measured before, not now/)
    expect(document.compared).toHaveLength(rows.length)
  })

  it("refuses files that cannot be compared with, and points that are none", async () => {
    await writeFile(join(folder, "no.json"), "{}")
    const wrong = await maille("bench", "--compare", join(folder, "no.json"))
    expect(wrong.code).toBe(3)
    expect(wrong.stderr).toMatch(/no rows of a benchmark\. Give a file/)
    expect((await maille("bench", "--compare", join(folder, "absent.json"))).code).toBe(3)
    expect((await maille("bench", join(folder, "no.json"))).code).toBe(3)
    expect((await maille("bench", "--threshold", "0")).code).toBe(2)
    expect(await readFile(join(folder, "no.json"), "utf8")).toBe("{}")
  })
})
