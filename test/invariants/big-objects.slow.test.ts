/**
 * Objects that no tile holds, and one with 10⁵ holes, through whole runs: whole, once, within a
 * gibibyte.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import type { Features } from "../../engine/kernel.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { sieve, strip } from "../scenes/big-scenes.js"

const gibibyte = 2 ** 30

describe("objects larger than tiles", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-big-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** Runs the layers `building` and `water` of made points; tells the tiles and the memory. */
  const run = async (name: string, las: Uint8Array, flags: readonly string[]) => {
    const input = join(folder, `${name}.las`)
    const out = join(folder, name)
    await writeFile(input, las)
    const start = performance.now()
    const args = ["run", input, "--out", out, "--products", "vector", "--workers", "2", "--memory", "2G", "--json"]
    const ended = await runMaille([...args, ...flags])
    expect(ended.code, ended.stderr).toBe(0)
    const { done, processPeakBytes, processCpuMs } = jsonOf(ended)
    process.stdout.write(
      `${name}: ${done} tiles, ${Math.round((performance.now() - start) / 1000)} s, processor ${Math.round(processCpuMs / 1000)} s, peak ${Math.round(processPeakBytes / 2 ** 20)} MiB\n`,
    )
    expect(processPeakBytes).toBeLessThan(gibibyte)
    const layer = async (one: string): Promise<Features> =>
      (await readFlatGeobuf(join(out, "vector", `${one}.fgb`))).features
    const checked = jsonOf(await runMaille(["validate", out, "--json"]))
    expect(checked).toMatchObject({ vector: { invalid: 0, duplicated: 0 } })
    return { done: done as number, layer }
  }

  const only = (features: Features, column: string): number => {
    expect(features.ids).toHaveLength(1)
    return features.columns[column]!.values[0] as number
  }

  it("a hall and a lake across 12 tiles are one feature each", async () => {
    const { las, hall, lake } = strip(600)
    const { done, layer } = await run("strip", las, ["--layers", "building,water", "--tile-size", "50"])
    expect(done).toBe(24)
    const [building, water] = [await layer("building"), await layer("water")]
    expect(Math.abs(only(building, "area") / hall - 1)).toBeLessThan(0.015)
    expect(Math.abs(only(water, "area") / lake - 1)).toBeLessThan(0.015)
    for (const features of [building, water]) expect(only(features, "truncated")).toBe(0)
    expect(building.coordinates.length / building.dimension).toBe(5)
    expect(only(water, "level")).toBeCloseTo(9.37, 1)
  })

  it("a roof with 10⁵ openings is one feature with 10⁵ holes", async () => {
    const { las, holes, area } = sieve(317)
    const rules = ["--set", "vector.building.close=0"]
    const flags = ["--layers", "building", ...rules, "--tile-size", "250"]
    const { layer } = await run("sieve", las, flags)
    const building = await layer("building")
    expect(holes).toBeGreaterThan(100_000)
    expect(building.ringEnds.length).toBe(1 + holes)
    // Points stand 0.25 m inside the edges, and outlines half of that outside the points: openings
    // come out 2.25 m wide.
    expect(only(building, "area") / area).toBeGreaterThan(0.75)
    expect(only(building, "area") / area).toBeLessThan(1)
    expect(only(building, "truncated")).toBe(0)
  })
})
