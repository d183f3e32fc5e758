/**
 * The vector layers of the synthetic scene: the same in any tiling, with the columns that the
 * kernels declare, and at one with one another.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import type { Features, Kernel } from "../../engine/kernel.js"
import { kernelTable } from "../../kernels/index.js"
import { jsonOf, runKept } from "../run-maille.js"
import { sceneFiles, sceneInFifties, sceneInHundreds } from "../scenes/sample-runs.js"

type Layers = ReadonlyMap<string, Features>

const layersIn = async (out: string): Promise<Layers> => {
  const files = (await readdir(join(out, "vector"))).filter((name) => name.endsWith(".fgb")).sort()
  const layers = new Map<string, Features>()
  for (const file of files)
    layers.set(basename(file, ".fgb"), (await readFlatGeobuf(join(out, "vector", file))).features)
  return layers
}

describe("the layers of the scene", () => {
  let folder = ""
  const run = async (name: string, ...flags: string[]): Promise<string> => {
    const out = join(folder, name)
    const ended = await runKept(["run", (await sceneFiles()).lidar, "--out", out, "--json", ...flags])
    expect(ended.code, ended.stderr).toBe(0)
    return out
  }
  let out = ""
  let whole: Layers = new Map()
  const layer = (name: string): Features => {
    const found = whole.get(name)
    if (!found) throw new Error(`no layer ${name}`)
    return found
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-layers-"))
    out = await sceneInHundreds()
    whole = await layersIn(out)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("have exactly the columns that their kernels declare, without those of given outlines", async () => {
    for (const { url } of Object.values(kernelTable)) {
      const { outputs, onRequest } = ((await import(url)) as { default: Kernel }).default
      if (onRequest) continue
      for (const [name, port] of Object.entries(outputs)) {
        if (port.kind !== "features") continue
        const { columns } = layer(name)
        const declared = Object.entries(port.columns ?? {})
          .map(([column, { type }]) => [column, type])
          .filter(([column]) => name !== "building" || column !== "reason")
        expect(
          Object.entries(columns).map(([column, { type }]) => [column, type]),
          name,
        ).toEqual(declared)
      }
    }
  })

  it.each([
    ["50", sceneInFifties],
    ["200", () => run("200", "--products", "vector", "--tile-size", "200", "--workers", "2")],
  ] as const)("are the same in tiles of %s m: ids, places, attributes", async (_, made) => {
    const other = await layersIn(await made())
    expect([...other.keys()]).toEqual([...whole.keys()])
    for (const [name, features] of other) {
      if (name === "roof" || name === "breakline") expect(features.ids.length, name).toBeGreaterThan(15)
      expect(features, name).toEqual(layer(name))
    }
  })

  it("roof planes fill the outlines of their buildings; objects of breaklines are there", async () => {
    const [buildings, roofs, lines] = [layer("building"), layer("roof"), layer("breakline")]
    const plans = new Map<unknown, number>()
    roofs.ids.forEach((_, f) => {
      const id = roofs.columns["building"]?.values[f]
      plans.set(id, (plans.get(id) ?? 0) + (roofs.columns["area_plan"]?.values[f] as number))
    })
    expect([...plans.keys()].sort()).toEqual([...buildings.ids].sort())
    buildings.ids.forEach((id, f) => {
      expect((plans.get(id) as number) / (buildings.columns["area"]?.values[f] as number)).toBeCloseTo(1, 4)
    })
    const known = new Set<unknown>([...buildings.ids, ...layer("water").ids])
    for (const object of lines.columns["object"]?.values ?? []) expect(known).toContain(object)
    const kinds = new Set<unknown>(lines.columns["kind"]?.values)
    for (const kind of ["ridge", "hip", "valley", "eaves", "verge", "foot", "bank"]) expect(kinds).toContain(kind)
  })

  it("are valid", async () => {
    const checked = jsonOf(await runKept(["validate", out, "--json"])) as { vector: object; problems: string[] }
    expect(checked.problems).toEqual([])
    expect(checked.vector).toMatchObject({ invalid: 0, duplicated: 0 })
  })

  it("are the same alone, and need no second stage where they are no roofs", async () => {
    const alone = await run("alone", "--products", "vector", "--tile-size", "100", "--layers", "building,tree")
    const made = await layersIn(alone)
    expect([...made.keys()]).toEqual(["building", "tree"])
    for (const [name, features] of made) expect(features, name).toEqual(layer(name))
    expect(await readdir(join(alone, "vector"))).toEqual(["building.fgb", "tree.fgb"])
  })

  it("tell their sources where that is asked for, and are the same otherwise", async () => {
    const few = ["--products", "vector", "--tile-size", "100", "--layers", "breakline", "--source-names"]
    const lines = await layersIn(await run("lines", ...few))
    expect([...lines.keys()]).toEqual(["breakline"])
    const { sources, ...columns } = lines.get("breakline")!.columns
    expect({ ...lines.get("breakline"), columns }).toEqual(layer("breakline"))
    // The scene is delivered in four files, and the river crosses two of them.
    const names = (await readdir((await sceneFiles()).lidar))
      .map((name) => name.replace(/(\.copc)?\.la[sz]$/, ""))
      .sort()
    expect(names.length).toBe(4)
    for (const told of sources!.values) for (const name of String(told).split(" ")) expect(names).toContain(name)
    const bank = columns["kind"]!.values.indexOf("bank" as never)
    expect(String(sources!.values[bank]).split(" ").length).toBe(2)
  })
})
