/** Runs bounded by départements: vector objects whole, each in exactly one. */
import { readdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf-reader.js"
import type { Features } from "../../engine/kernel.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { writeDepartementScene } from "./departement-scene.js"
import { featureAt } from "./feature-at.js"

/** Every layer that the scene has anything of. */
const layers = ["breakline", "bridge", "building", "contour", "roof", "tree", "vegetation", "water"]

describe("runs of départements", () => {
  let scene: Awaited<ReturnType<typeof writeDepartementScene>>
  /** Layers of each run, by name of the run. */
  const made = new Map<string, Map<string, Features>>()

  const run = async (name: string, ...flags: string[]): Promise<void> => {
    const out = join(scene.folder, name)
    const ended = await runMaille(["run", scene.lidar, "--out", out, "--tile-size", "50", "--json", ...flags])
    expect(ended.code, ended.stderr).toBe(0)
    const files = (await readdir(join(out, "vector"))).filter((file) => file.endsWith(".fgb"))
    const read = files.map(
      async (file) => [file.slice(0, -4), (await readFlatGeobuf(join(out, "vector", file))).features] as const,
    )
    made.set(name, new Map(await Promise.all(read)))
  }
  const idsOf = (name: string, layer: string): readonly string[] => made.get(name)?.get(layer)?.ids ?? []

  beforeAll(async () => {
    scene = await writeDepartementScene()
    const of = (codes: string): string[] => ["--departement", codes, "--limits", scene.limits]
    await run("whole", "--products", "vector")
    await run("west", "--products", "mesh,vector", ...of("34"))
    await run("east", "--products", "vector", ...of("2a"))
    await run("both", "--products", "vector", ...of("34,2A"))
  }, 600_000)
  afterAll(() => rm(scene.folder, { recursive: true, force: true }))

  it("give each object to exactly one, whole", () => {
    const found = [...(made.get("whole") ?? [])].filter(([, { ids }]) => ids.length > 0)
    expect(found.map(([layer]) => layer).sort()).toEqual(layers)
    for (const layer of layers) {
      const [west, east] = [idsOf("west", layer), idsOf("east", layer)]
      expect([...west, ...east].sort(), layer).toEqual([...idsOf("whole", layer)].sort())
      expect(new Set([...west, ...east]).size, layer).toBe(west.length + east.length)
      for (const name of ["west", "east"]) {
        const part = made.get(name)?.get(layer)
        for (const [f, id] of (part?.ids ?? []).entries()) {
          const whole = made.get("whole")?.get(layer)
          expect(featureAt(part!, f), `${layer} ${id}`).toEqual(featureAt(whole!, whole!.ids.indexOf(id)))
        }
      }
    }
    // Both sides have something, and something of one side lies over the line's tiles.
    for (const name of ["west", "east"]) expect(idsOf(name, "building").length, name).toBeGreaterThan(1)
    expect(idsOf("west", "tree").length).toBeGreaterThan(0)
  })

  it("of a list make every object once", () => {
    for (const layer of layers) {
      expect(made.get("both")?.get(layer), layer).toEqual(made.get("whole")?.get(layer))
    }
  })

  it("keep the solids of their own buildings and decks, and name the départements in each layer", async () => {
    const out = join(scene.folder, "west")
    const lines = (await readFile(join(out, "vector", "building.city.jsonl"), "utf8")).trim().split("\n")
    const ids = lines.slice(1).map((line) => JSON.parse(line).id as string)
    expect(ids.length).toBeGreaterThan(0)
    const own = [...idsOf("west", "building"), ...idsOf("west", "bridge")]
    expect([...ids].sort()).toEqual([...own].sort())
    const ended = await runMaille(["validate", out, "--json"])
    expect(jsonOf(ended)).toMatchObject({ problems: [], ok: true, vector: { invalid: 0, duplicated: 0 } })
    const { metadata } = await readFlatGeobuf(join(out, "vector", "building.fgb"))
    expect(metadata["departement"]).toBe("34")
  }, 120_000)
})
