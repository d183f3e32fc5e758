/** Runs bounded by départements: vector objects whole, each in exactly one. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ValidateReport } from "../../engine/check/validate-report.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { decodeGlb } from "../../engine/formats/tiles3d/decode-glb.js"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import { crsByEpsg } from "../../engine/grid/crs.js"
import { coverArea, TileKey } from "../../engine/grid/tile-key.js"
import type { Features } from "../../engine/kernel.js"
import { jsonOf, runKept } from "../run-maille.js"
import { writeDepartementScene } from "../scenes/departement-scene.js"
import { featureAt } from "./feature-at.js"

type Place = readonly [x: number, y: number]

/** Ground points at places, 90 m below everything. */
const pointsAt = (places: readonly Place[]): Uint8Array => {
  const [[x0, y0]] = places as [Place]
  const axis = (k: 0 | 1, from: number): Int32Array =>
    Int32Array.from(places, (place) => Math.round(1000 * (place[k] - from)))
  return encodeLas(
    {
      count: places.length,
      x: axis(0, x0),
      y: axis(1, y0),
      z: new Int32Array(places.length),
      classification: new Uint8Array(places.length).fill(2),
      scale: 0.001,
      origin: [x0, y0, -90],
    },
    { pointFormat: 6, epsg: 2154, scale: 0.001 },
  )
}

/**
 * Places on the edges of all decks that the contents of an output name, 0.3 m outside and inside of
 * them, well inside the tile that names them.
 */
const placesAtDecks = async (
  out: string,
  tileSize: number,
): Promise<{ decks: number; beside: Place[]; inside: Place[] }> => {
  const grid = coverArea(crsByEpsg(2154).area, tileSize)
  const found = { beside: [] as Place[], inside: [] as Place[] }
  const rings = new Set<string>()
  for (const file of await readdir(join(out, "tiles"), { recursive: true })) {
    if (!file.endsWith(".glb")) continue
    const { extras } = await decodeGlb(new Uint8Array(await readFile(join(out, "tiles", file))))
    const [minX, minY, maxX, maxY] = TileKey.box(grid, TileKey.parse(String(extras["key"])))
    for (const ring of ((extras["decks"] ?? []) as number[][][]).map(([outer]) => outer!)) {
      rings.add(ring.map((value, i) => value / 1000 + (i % 2 === 0 ? minX : minY)).join(" "))
      for (let i = 0; i < ring.length; i += 2) {
        const [ax, ay, bx, by] = [0, 1, 2, 3].map((k) => ring[(i + k) % ring.length]! / 1000) as [
          number,
          number,
          number,
          number,
        ]
        const length = Math.hypot(bx - ax, by - ay)
        if (length < 2) continue
        // Counter-clockwise: the right is outside.
        const [nx, ny] = [(0.3 * (by - ay)) / length, (0.3 * (ax - bx)) / length]
        for (const share of [0.25, 0.5, 0.75]) {
          const [x, y] = [minX + ax + share * (bx - ax), minY + ay + share * (by - ay)]
          if (x < minX + 1 || y < minY + 1 || x > maxX - 1 || y > maxY - 1) continue
          found.beside.push([x + nx, y + ny])
          found.inside.push([x - nx, y - ny])
        }
      }
    }
  }
  return { decks: rings.size, ...found }
}

/** Every layer that the scene has anything of. */
const layers = ["breakline", "bridge", "building", "contour", "roof", "tree", "vegetation", "water"]

describe("runs of départements", () => {
  let scene: Awaited<ReturnType<typeof writeDepartementScene>>
  /** Layers of each run, by name of the run. */
  const made = new Map<string, Map<string, Features>>()

  const run = async (name: string, ...flags: string[]): Promise<void> => {
    const out = join(scene.folder, name)
    const ended = await runKept(["run", scene.lidar, "--out", out, "--tile-size", "50", "--json", ...flags])
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
  })
  afterAll(() => rm(scene.folder, { recursive: true, force: true }))

  it("one after the other in one folder give what both give at once", async () => {
    const few = ["--products", "vector", "--layers", "building,tree", "--limits", scene.limits]
    await run("in-turn", ...few, "--departement", "34")
    await run("in-turn", ...few, "--departement", "2A")
    for (const layer of ["building", "tree"])
      expect(made.get("in-turn")?.get(layer), layer).toEqual(made.get("both")?.get(layer))
    const job = JSON.parse(await readFile(join(scene.folder, "in-turn/job.json"), "utf8"))
    expect(job.departement).toEqual(["2A", "34"])
  })

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
    const ended = await runKept(["validate", out, "--json"])
    expect(jsonOf(ended)).toMatchObject({ problems: [], ok: true, vector: { invalid: 0, duplicated: 0 } })
    const { metadata } = await readFlatGeobuf(join(out, "vector", "building.fgb"))
    expect(metadata["departement"]).toBe("34")
  })

  it("see ground that is wrong beside decks, also beside those that their neighbour owns, and none inside", async () => {
    const out = join(scene.folder, "west")
    const job = JSON.parse(await readFile(join(out, "job.json"), "utf8")) as { inputs: string[]; tileSize: number }
    const { beside, inside, decks } = await placesAtDecks(out, job.tileSize)
    // More than the layer has: some are of the département in the east.
    expect(decks).toBeGreaterThan(idsOf("west", "bridge").length)
    expect(beside.length).toBeGreaterThan(4)
    const validated = async (places: readonly Place[]): Promise<ValidateReport> => {
      const extra = join(scene.folder, "wrong.las")
      await writeFile(extra, pointsAt(places))
      await writeFile(join(out, "job.json"), JSON.stringify({ ...job, inputs: [...job.inputs, extra] }))
      return jsonOf(await runKept(["validate", out, "--json"])) as unknown as ValidateReport
    }
    try {
      const sound = await validated(inside)
      expect(sound).toMatchObject({ problems: [], ok: true })
      const faulty = await validated([...inside, ...beside])
      expect(faulty.problems).toEqual([expect.stringMatching(/ground points are up to .* m from the ground/)])
      // Some places stand over water, where there is no ground.
      const seen = faulty.accuracy.groundPoints - sound.accuracy.groundPoints
      expect(seen).toBeGreaterThan(0.7 * beside.length)
      expect(faulty.accuracy.groundAtDeck).toBe(sound.accuracy.groundAtDeck)
      expect(sound.accuracy.groundAtDeck).toBeGreaterThan(0.7 * inside.length)
    } finally {
      await writeFile(join(out, "job.json"), JSON.stringify(job))
    }
  })
})
