/** The built command: `maille compare vector`. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Comparison } from "../../engine/compare/compare-vector.js"
import { loadGdal } from "../../engine/formats/raster/load-gdal.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/writer.js"
import { sharedData } from "../shared-data.js"
import { mailleKept as maille } from "./maille.js"

const gdal = await loadGdal()
let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-compare-"))
})
afterAll(() => rm(folder, { recursive: true }))

type Box = readonly [x0: number, y0: number, x1: number, y1: number]
const [X, Y] = [770_000, 6_277_000]

const layer = (boxes: Readonly<Record<string, Box>>, epsg = 2154): Uint8Array => {
  const list = Object.values(boxes)
  const features = {
    geometry: "Polygon",
    dimension: 2,
    coordinates: Float64Array.from(
      list.flatMap(([x0, y0, x1, y1]) =>
        [x0, y0, x1, y0, x1, y1, x0, y1, x0, y0].map((v, i) => v + (i % 2 === 0 ? X : Y)),
      ),
    ),
    ringEnds: Uint32Array.from(list, (_, i) => 5 * (i + 1)),
    partEnds: Uint32Array.from(list, (_, i) => i + 1),
    ids: Object.keys(boxes),
    columns: {},
  } as const
  return encodeFlatGeobuf(features, { name: "building", epsg, metadata: {} })
}

/** A folder as a run leaves it. */
const output = async (name: string, boxes: Readonly<Record<string, Box>>): Promise<string> => {
  await mkdir(join(folder, name, "vector"), { recursive: true })
  await writeFile(join(folder, name, "vector", "building.fgb"), layer(boxes))
  await writeFile(join(folder, name, "job.json"), '{"version": "0.1.0", "inputs": []}')
  return join(folder, name)
}

const compare = async (a: string, b: string, ...args: string[]): Promise<Comparison> => {
  const { code, stdout, stderr } = await maille("compare", "vector", a, b, ...args, "--json")
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as Comparison
}

const reference = {
  same: [0, 0, 10, 10],
  moved: [30, 0, 40, 10],
  gone: [60, 0, 70, 10],
  "house-1": [0, 50, 10, 60],
  "house-2": [10, 50, 20, 60],
  "house-3": [20, 50, 30, 60],
} as const
const judged = {
  s: [0, 0, 10, 10],
  m: [32, 0, 42, 10],
  block: [0, 50, 30, 60],
  new: [100, 100, 104, 105],
} as const

describe("maille compare vector", () => {
  it("tells matches, what is missing and extra, and groups", async () => {
    const found = await compare(await output("a", reference), await output("b", judged))
    expect(found).toMatchObject({ layer: "building", epsg: 2154, minIou: 0.5 })
    expect(found.a).toMatchObject({ objects: 6, area: expect.closeTo(600, 6) })
    expect(found.b).toMatchObject({ objects: 4, area: expect.closeTo(520, 6) })
    expect(found.matches.map(({ a, b }) => [a, b])).toEqual([
      ["same", "s"],
      ["moved", "m"],
    ])
    const [same, moved] = found.matches
    expect([same!.iou, same!.hausdorff]).toEqual([expect.closeTo(1, 9), expect.closeTo(0, 9)])
    expect([moved!.iou, moved!.hausdorff]).toEqual([expect.closeTo(80 / 120, 9), expect.closeTo(2, 9)])
    expect(found.iou).toMatchObject({ median: expect.closeTo((1 + 2 / 3) / 2, 9), min: expect.closeTo(2 / 3, 9) })
    expect(found.medianOfAll).toBe(0)
    expect(found.missing).toMatchObject({ count: 4, area: expect.closeTo(400, 6) })
    expect(found.missing.objects.map(({ id }) => id).sort()).toEqual(["gone", "house-1", "house-2", "house-3"])
    expect(found.extra).toMatchObject({ count: 2, area: expect.closeTo(320, 6) })
    expect(found.groups).toMatchObject({
      count: 3,
      kinds: { oneToOne: 2, divided: 0, joined: 1, mixed: 0 },
      missing: { count: 1, area: expect.closeTo(100, 6) },
      extra: { count: 1, area: expect.closeTo(20, 6) },
    })
    const row = found.groups.list.find(({ b }) => b[0] === "block")!
    expect([[...row.a].sort(), row.iou]).toEqual([["house-1", "house-2", "house-3"], expect.closeTo(1, 6)])
  })

  it("is the mirror image the other way round, and nothing differs from itself", async () => {
    const [a, b] = [await output("a", reference), await output("b", judged)]
    const [there, back] = [await compare(a, b), await compare(b, a)]
    expect(back.matches.map((match) => [match.b, match.a])).toEqual(there.matches.map((match) => [match.a, match.b]))
    expect(back.missing.objects.map(({ id }) => id).sort()).toEqual(there.extra.objects.map(({ id }) => id).sort())
    expect(back.groups.kinds).toEqual({ oneToOne: 2, divided: 1, joined: 0, mixed: 0 })
    const own = await compare(a, a)
    expect([own.matches.length, own.missing.count, own.extra.count, own.iou!.min]).toEqual([
      6,
      0,
      0,
      expect.closeTo(1, 9),
    ])
  })

  it("counts what lies in the box alone, and matches it with what lies across its border", async () => {
    const [a, b] = [await output("a", reference), await output("b", judged)]
    const box = [X - 1, Y - 1, X + 41, Y + 20].join(",")
    const found = await compare(a, b, "--bbox", box)
    expect([found.a.objects, found.b.objects]).toEqual([2, 1])
    expect(found.matches.map((match) => match.a)).toEqual(["same", "moved"])
    expect([found.missing.count, found.extra.count]).toEqual([0, 0])
    const strict = await compare(a, b, "--bbox", box, "--min-iou", "0.7")
    expect([strict.matches.length, strict.missing.count, strict.medianOfAll]).toEqual([1, 1, expect.closeTo(0.5, 9)])
  })

  it("reads GeoJSON, draws a map, and prints a table", async () => {
    const a = await output("a", reference)
    const json = join(folder, "b.geojson")
    const made = await maille(
      "convert",
      await output("b", judged),
      "--to",
      "geojson",
      "--keep-crs",
      "--layer",
      "building",
      "--out",
      json,
    )
    expect(made.code, made.stderr).toBe(0)
    const map = join(folder, "map.png")
    const { code, stdout } = await maille("compare", "vector", a, json, "--by", "building", "--map", map)
    expect(code).toBe(0)
    expect(stdout).toMatch(/matched +2/)
    expect(stdout).toMatch(/missing \(only in A\) +4/)
    expect(stdout).toMatch(/IoU of matches +0\.833/)
    const png = await readFile(map)
    expect(png.subarray(1, 4).toString()).toBe("PNG")
    expect(Math.max(png.readUInt32BE(16), png.readUInt32BE(20))).toBe(1600)
    await maille("compare", "vector", a, json, "--map", join(folder, "again.png"))
    expect(Buffer.compare(png, await readFile(join(folder, "again.png")))).toBe(0)
  })

  it("refuses layers of two CRS, a CRS that nobody tells, a layer that is not there", async () => {
    const a = await output("a", reference)
    await writeFile(join(folder, "other.fgb"), layer(judged, 3944))
    await writeFile(
      join(folder, "none.geojson"),
      JSON.stringify({
        type: "Polygon",
        coordinates: [
          [
            [X, Y],
            [X + 9, Y],
            [X, Y + 9],
            [X, Y],
          ],
        ],
      }),
    )
    const cases: [number, RegExp, string[]][] = [
      [3, /EPSG:2154.*EPSG:3944/, [a, join(folder, "other.fgb")]],
      [3, /--crs/, [a, join(folder, "none.geojson")]],
      [3, /no layer "water"/, [a, a, "--by", "water"]],
      [3, /no such file/, [a, join(folder, "nowhere")]],
      [2, /--min-iou/, [a, a, "--min-iou", "2"]],
      [2, /--map/, [a, a, "--map", "map.gif"]],
    ]
    for (const [expected, message, args] of cases) {
      const { code, stderr } = await maille("compare", "vector", ...args)
      expect([code, message.test(stderr)], stderr).toEqual([expected, true])
    }
    const given = await compare(a, join(folder, "none.geojson"), "--crs", "EPSG:2154")
    expect(given.b.objects).toBe(1)
  })

  it.skipIf(!sharedData || !gdal)(
    "reads a Shapefile and an SQLite file of real buildings, equal to themselves",
    async () => {
      for (const [path, count] of [
        ["lidar-hd/lidar-prod/870000_6618000.subset.postIA.shp", 40],
        ["lidar-other/3dfier/bgt/bgt_pand.sqlite", 160],
      ] as const) {
        const found = await compare(`${sharedData}/${path}`, `${sharedData}/${path}`)
        expect([found.a.objects, found.matches.length, found.missing.count], path).toEqual([count, count, 0])
        expect(found.iou!.min).toBeCloseTo(1, 6)
      }
    },
  )
})
