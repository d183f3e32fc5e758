/**
 * The coverage layers of the command over a corner of the 10 km grid: an audit of areas, boundaries
 * and parts, the same for every tiling, order and number of workers.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { loadGdal } from "../../engine/formats/raster/load-gdal.js"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import type { Features } from "../../engine/kernel.js"
import { writeSample } from "../../fixtures/sample/write-sample.js"
import { jsonOf, runKept } from "../run-maille.js"
import { ringsOf } from "../scenes/cover-scene.js"

/** Where four squares meet. */
const corner = [770_000, 6_280_000] as const

/** Areas by class, mm² added up in whole numbers, and lengths of all boundaries. */
const auditOf = (features: Features): { areas: Record<string, number>; length: number; count: number } => {
  const areas: Record<string, number> = {}
  let length = 0
  features.ids.forEach((_, f) => {
    const name = `${features.columns["class"]?.values[f] ?? "water"} ${features.columns["kind"].values[f]}`
    areas[name] = (areas[name] ?? 0) + Math.round(1e6 * (features.columns["area"].values[f] as number))
    for (const ring of ringsOf(features, f))
      for (let i = 0; i + 2 < ring.length; i += 2)
        length += Math.round(1000 * Math.hypot(ring[i + 2] - ring[i], ring[i + 3] - ring[i + 1]))
  })
  return { areas, length, count: features.ids.length }
}

describe("coverage layers over a corner of the 10 km grid", () => {
  let folder = ""
  let out = ""
  let lidar: readonly string[] = []
  const run = async (name: string, inputs: readonly string[], ...flags: string[]): Promise<string> => {
    const made = join(folder, name)
    const layers = ["--products", "vector", "--layers", "vegetation,water"]
    const ended = await runKept(["run", ...inputs, "--out", made, "--json", ...layers, ...flags])
    expect(ended.code, ended.stderr).toBe(0)
    return made
  }
  const layer = async (made: string, name: string): Promise<Features> =>
    (await readFlatGeobuf(join(made, "vector", `${name}.fgb`))).features

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-coverage-"))
    const sample = await writeSample(folder, { place: [corner[0] - 100, corner[1] - 100], pulsesPerM2: 4 })
    lidar = sample.lidar
    out = await run("100", lidar, "--tile-size", "100", "--workers", "1")
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each([
    ["50", "2"],
    ["100", "4"],
  ])(
    "are the same, byte for byte, in tiles of %s m with %s workers, inputs in another order",
    async (side, workers) => {
      const made = await run(`${side}-${workers}`, [...lidar].reverse(), "--tile-size", side, "--workers", workers)
      for (const name of ["vegetation", "water"]) {
        const [one, other] = [await layer(out, name), await layer(made, name)]
        expect(other).toEqual(one)
        expect(auditOf(other)).toEqual(auditOf(one))
        if (side !== "100") continue
        const bytes = (folder: string): Promise<Buffer> => readFile(join(folder, "vector", `${name}.fgb`))
        expect(Buffer.compare(await bytes(made), await bytes(out))).toBe(0)
      }
    },
  )

  it("no polygon crosses a line, none is there twice, all are valid, by GEOS too", async () => {
    const gdal = (await loadGdal()) as unknown as
      | { Geometry: { fromGeoJson(value: object): { isValid(): boolean } } }
      | undefined
    const checked = jsonOf(await runKept(["validate", out, "--json"])) as { vector: object; problems: string[] }
    expect(checked.problems).toEqual([])
    expect(checked.vector).toMatchObject({ invalid: 0, duplicated: 0 })
    const vegetation = await layer(out, "vegetation")
    expect(new Set(vegetation.ids).size).toBe(vegetation.ids.length)
    const parts = new Map<unknown, number>()
    vegetation.ids.forEach((id, f) => {
      const object = vegetation.columns["object_id"].values[f]
      parts.set(object, (parts.get(object) ?? 0) + 1)
      const rings = ringsOf(vegetation, f)
      for (const axis of [0, 1]) {
        const values = rings[0].filter((_, i) => i % 2 === axis)
        expect(Math.min(...values) >= corner[axis] || Math.max(...values) <= corner[axis], id).toBe(true)
      }
      const coordinates = rings.map((ring) =>
        Array.from({ length: ring.length / 2 }, (_, v) => [ring[2 * v], ring[2 * v + 1]]),
      )
      if (gdal) expect(gdal.Geometry.fromGeoJson({ type: "Polygon", coordinates }).isValid(), id).toBe(true)
    })
    expect([...parts.values()].some((count) => count > 1)).toBe(true)
  })

  it("the same polygons come from one tile for all", async () => {
    const whole = await run("1000", lidar, "--tile-size", "1000", "--workers", "1")
    for (const name of ["vegetation", "water"]) {
      expect(await layer(whole, name)).toEqual(await layer(out, name))
    }
  })
})
