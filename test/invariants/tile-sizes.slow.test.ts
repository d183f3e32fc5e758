/**
 * Every vector layer of data that ends amid tiles, in tiles of several sizes: the same features,
 * `truncated` too.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import type { Features } from "../../engine/kernel.js"
import { writeSample } from "../../fixtures/sample/write-sample.js"
import { runKept } from "../run-maille.js"
import { featureAt } from "./feature-at.js"

describe("layers of data that ends amid tiles", () => {
  let folder = ""
  let lidar: readonly string[] = []
  /** Layers of a run, by name. */
  const layersIn = async (side: string): Promise<Map<string, Features>> => {
    const out = join(folder, side)
    const ended = await runKept(["run", ...lidar, "--out", out, "--products", "vector", "--tile-size", side, "--json"])
    expect(ended.code, ended.stderr).toBe(0)
    const files = (await readdir(join(out, "vector"))).filter((file) => file.endsWith(".fgb")).sort()
    const read = files.map(
      async (file) => [file.slice(0, -4), (await readFlatGeobuf(join(out, "vector", file))).features] as const,
    )
    return new Map(await Promise.all(read))
  }
  let whole = new Map<string, Features>()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-tile-sizes-"))
    // Lines of 250 m pass through it, none of 500 m; its borders lie on lines of 100 m.
    lidar = (await writeSample(folder, { place: [842_100, 6_520_100], pulsesPerM2: 4 })).lidar
    whole = await layersIn("1000")
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("are cut short at its end alone", () => {
    const truncated = (name: string): number[] => {
      const values = whole.get(name)?.columns["truncated"]?.values
      expect(values, name).toBeInstanceOf(Int32Array)
      return [...(values as Int32Array)]
    }
    expect(truncated("building")).toEqual([0, 0, 0, 0, 0, 0])
    expect(truncated("bridge")).toEqual([0])
    expect(truncated("water")).toEqual([1])
    expect(new Set(truncated("vegetation"))).toEqual(new Set([0, 1]))
  })

  it.each(["500", "250"])("are the same in tiles of %s m", async (side) => {
    const made = await layersIn(side)
    expect([...made.keys()]).toEqual([...whole.keys()])
    for (const [name, features] of made) expect(features, name).toEqual(whole.get(name))
  })

  it("are the same in tiles that end with it, but for banks: there is none along the border of the tiles", async () => {
    const made = await layersIn("100")
    expect([...made.keys()]).toEqual([...whole.keys()])
    for (const [name, features] of made) if (name !== "breakline") expect(features, name).toEqual(whole.get(name))
    const others = (features: Features | undefined): Map<string, unknown> => {
      const rows = (features?.ids ?? []).map((id, f) => [id, featureAt(features!, f)] as const)
      return new Map(rows.filter(([, { values }]) => values["kind"] !== "bank"))
    }
    expect(others(made.get("breakline"))).toEqual(others(whole.get("breakline")))
  })
})
