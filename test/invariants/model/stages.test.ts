/** Every stage of a run, by kernels small enough to be followed by hand. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/reader.js"
import type { RunSummary } from "../../../engine/report/outcome.js"
import { runKept } from "../../run-maille.js"
import { boxOf, makeToyJob, south, type ToyJob, tileAt, tileOf, west } from "../../scenes/toy-job.js"

let job: ToyJob
let sources: string[] = []
let whole: Record<string, string> = {}
let summary: RunSummary

beforeAll(async () => {
  job = await makeToyJob()
  sources = await job.sources("plain")
  summary = await job.run(sources, "whole", "--workers", "2")
  whole = await job.hashes("whole")
})
afterAll(() => job.remove())

describe("a run through all stages", () => {
  it("makes tiles, joins, models, parents and layers, each once", async () => {
    expect(summary).toMatchObject({ done: 16, skipped: 0, failed: 0, quarantined: 0 })
    const tasks = await job.lastRun("whole")
    const counts = Object.fromEntries(Object.entries(tasks).map(([stage, keys]) => [stage, keys.length]))
    expect(counts).toEqual({ source: 4, tile: 16, job: 1, model: 16, parent: 5, layer: 2 })
    // The middle of a row has a neighbour on either side; both of its stages are told together.
    const middle = tileOf(summary, tileAt(1, 1))
    expect(middle?.metrics).toMatchObject({ "toy.model.near": 2, "toy.model.houses": -1 })
    expect(middle?.metrics?.["model.points.read"]).toBe(32 * 32)
    expect(middle?.outputs).toEqual([
      `raster/dsm/${tileAt(1, 1).replaceAll("/", "-")}.tif`,
      `tiles/${tileAt(1, 1)}.glb`,
    ])
    const { features } = await readFlatGeobuf(join(job.folder, "whole/vector/link.fgb"))
    expect(features.ids.length).toBe(12)
    const tileset = JSON.parse(await readFile(join(job.folder, "whole/tileset.json"), "utf8"))
    expect(JSON.stringify(tileset)).toContain(`tiles/${tileAt(1, 1)}.glb`)
  })

  it("does nothing the second time", async () => {
    expect(await job.run(sources, "whole")).toMatchObject({ done: 0, unchanged: 16, failed: 0 })
    expect(await job.lastRun("whole")).toEqual({})
  })

  it("makes the same bytes with 1 and 4 workers", async () => {
    await job.run(sources, "one")
    expect(await job.hashes("one")).toEqual(whole)
    await job.run([...sources].reverse(), "four", "--workers", "4")
    expect(await job.hashes("four")).toEqual(whole)
  })
})

describe("a tile made alone", () => {
  it("has the bytes that it has among all, with its neighbours read for its sake and no product of theirs", async () => {
    const alone = await job.run(sources, "alone", "--bbox", boxOf(1, 1))
    expect(alone.tiles.map(({ key, stage }) => `${stage} ${key}`)).toEqual([`tile ${tileAt(1, 1)}`])
    const tasks = await job.lastRun("alone")
    expect(tasks["tile"]?.length).toBe(9)
    expect(tasks["model"]).toEqual([tileAt(1, 1)])
    const made = await job.hashes("alone")
    const own = Object.keys(made).filter((path) => /^(tiles\/18|raster\/dsm)\//.test(path))
    expect(own.length).toBe(2)
    for (const path of own) expect(made[path], path).toBe(whole[path])
    // A link is owned where the middle of it lies: the one from the west belongs to the western
    // neighbour.
    const { features } = await readFlatGeobuf(join(job.folder, "alone/vector/link.fgb"))
    expect(features.ids).toEqual([`link ${tileAt(1, 1)}`])
    const dots = await readFlatGeobuf(join(job.folder, "alone/vector/dot.fgb"))
    expect(dots.features.ids).toEqual([`dot ${tileAt(1, 1)}`])
  })

  it("grows to the whole, and leaves the whole's products alone", async () => {
    await job.run(sources, "alone")
    expect(await job.hashes("alone")).toEqual(whole)
    await job.run(sources, "alone", "--bbox", boxOf(2, 2))
    expect(await job.lastRun("alone")).toEqual({})
    await job.run(sources, "alone")
    expect(await job.hashes("alone")).toEqual(whole)
  })
})

describe("a tile whose first stage fails", () => {
  it("has no second one, nor have the tiles around it, and each says why", async () => {
    const broken = await job.run(sources, "broken", "--set", `toy.piece.broken=${tileAt(0, 0)}`)
    expect(broken).toMatchObject({ done: 12, quarantined: 4 })
    expect(tileOf(broken, tileAt(0, 0))).toMatchObject({ outcome: "quarantined" })
    expect(tileOf(broken, tileAt(0, 0))?.reason).toMatch(/broken on purpose/)
    for (const key of [tileAt(1, 0), tileAt(0, 1), tileAt(1, 1)]) {
      const tile = tileOf(broken, key)
      expect(tile?.outcome).toBe("quarantined")
      expect(tile?.reason).toContain(`needs tile ${tileAt(0, 0)}, which failed`)
      expect(tile?.reason).toMatch(/broken on purpose/)
    }
    // Mended, the run makes what is missing.
    await job.run(sources, "broken", "--replace")
    expect(await job.hashes("broken")).toEqual(whole)
  })
})

describe("features that the user gives", () => {
  const square = (x: number, y: number, side: number): number[][][] => [
    [
      [x, y],
      [x + side, y],
      [x + side, y + side],
      [x, y + side],
      [x, y],
    ],
  ]
  const outlines = (...polygons: number[][][][]): string =>
    JSON.stringify({
      type: "FeatureCollection",
      crs: { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } },
      features: polygons.map((coordinates, i) => ({
        type: "Feature",
        properties: { name: `house ${i}` },
        geometry: { type: "Polygon", coordinates },
      })),
    })

  it("come to the tiles whose extent they meet, and redo these when they change", async () => {
    const file = join(job.folder, "houses.geojson")
    // Within the model's halo of the south-western tile, in its eastern neighbour; and one far
    // away.
    await writeFile(file, outlines(square(west + 55, south + 10, 10), square(west + 160, south + 160, 10)))
    const given = await job.run(sources, "given", "--footprints", file)
    const houses = (column: number, row: number): number | undefined =>
      tileOf(given, tileAt(column, row))?.metrics?.["toy.model.houses"]
    expect([houses(0, 0), houses(1, 0), houses(2, 0), houses(3, 3)]).toEqual([1, 1, 0, 1])
    await writeFile(file, outlines(square(west + 55, south + 10, 10)))
    const again = await job.run(sources, "given", "--footprints", file)
    expect(tileOf(again, tileAt(3, 3))?.metrics?.["toy.model.houses"]).toBe(0)
    expect((await job.lastRun("given"))["tile"]).toBeUndefined()
    expect((await job.lastRun("given"))["model"]?.length).toBe(16)
  })

  it("are told to be of no use where no kernel reads them", async () => {
    const file = join(job.folder, "lines.geojson")
    const line = {
      type: "LineString",
      coordinates: [
        [west, south, 1],
        [west + 9, south, 2],
      ],
    }
    await writeFile(file, JSON.stringify({ type: "Feature", properties: {}, geometry: line }))
    const ended = await runKept([
      "plan",
      ...sources,
      "--tile-size",
      "50",
      "--out",
      join(job.folder, "unread"),
      "--mesh",
      "surface",
      "--breaklines",
      file,
    ])
    expect(ended.stderr).toContain("--breaklines: not used")
  })
})
