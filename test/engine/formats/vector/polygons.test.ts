import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { areaBox } from "../../../../engine/formats/vector/area.js"
import { indexArea } from "../../../../engine/formats/vector/area-index.js"
import { parseGeoJsonPolygons } from "../../../../engine/formats/vector/geojson.js"
import { readPolygons } from "../../../../engine/formats/vector/polygons.js"
import { sharedData } from "../../../shared-data.js"

const square = [
  [0, 0],
  [10, 0],
  [10, 10],
  [0, 10],
  [0, 0],
]
const polygon = { type: "Polygon", coordinates: [square] }
const parse = (value: unknown): ReturnType<typeof parseGeoJsonPolygons> =>
  parseGeoJsonPolygons(JSON.stringify(value), "a.geojson")

describe("GeoJSON polygons", () => {
  it("come from features, collections, multipolygons and bare geometries alike", () => {
    const feature = { type: "Feature", geometry: polygon, properties: {} }
    const same = [
      polygon,
      feature,
      { type: "FeatureCollection", features: [feature, { type: "Feature", geometry: null }] },
      { type: "MultiPolygon", coordinates: [[square]] },
      { type: "GeometryCollection", geometries: [{ type: "Point", coordinates: [1, 1] }, polygon] },
      { type: "Polygon", coordinates: [square.slice(0, 4).map(([x, y]) => [x, y, 7])] },
    ]
    for (const value of same) expect(parse(value)).toEqual({ rings: [[Float64Array.from(square.flat())]], epsg: 4326 })
    expect(parseGeoJsonPolygons(`\ufeff${JSON.stringify(polygon)}`, "bom").epsg).toBe(4326)
  })

  it.each([
    ["urn:ogc:def:crs:EPSG::2154", 2154],
    ["urn:ogc:def:crs:EPSG:9.1:2975", 2975],
    ["EPSG:5490", 5490],
    ["http://www.opengis.net/def/crs/EPSG/0/2972", 2972],
    ["urn:ogc:def:crs:OGC:1.3:CRS84", 4326],
  ])("crs member %s", (name, epsg) => {
    expect(parse({ ...polygon, crs: { type: "name", properties: { name } } }).epsg).toBe(epsg)
  })

  it("projected coordinates without a crs member have no CRS", () => {
    const moved = square.map(([x, y]) => [x! + 563691, y! + 6449514])
    expect(parse({ type: "Polygon", coordinates: [moved] })).not.toHaveProperty("epsg")
  })

  it.each([
    ["{", "E_FORMAT"],
    ["[1]", "E_FORMAT"],
    ['{"type":"Topology"}', "E_FORMAT"],
    ['{"type":"Polygon","coordinates":[[[0,0],[1,1]]]}', "E_FORMAT"],
    ['{"type":"Polygon","coordinates":[[[0,0],[1,null],[2,2],[0,0]]]}', "E_FORMAT"],
    ['{"type":"Polygon","coordinates":3}', "E_FORMAT"],
    ['{"type":"FeatureCollection","features":[3]}', "E_FORMAT"],
    ['{"type":"Point","coordinates":[0,0]}', "E_INPUT"],
  ])("refuses %s", (text, code) => {
    expect(() => parseGeoJsonPolygons(text, "bad.geojson")).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining("bad.geojson") }),
    )
  })

  it("refuses a crs it does not know", () => {
    expect(() => parse({ ...polygon, crs: { type: "link", properties: { href: "x" } } })).toThrow(/crs member/)
  })
})

describe("area", () => {
  const ring = (...xy: number[]): Float64Array => Float64Array.from(xy)
  // An L from (0, 0) to (30, 30) without its north-east quarter, and a hole at 2..4.
  const area = {
    rings: [[ring(0, 0, 30, 0, 30, 10, 10, 10, 10, 30, 0, 30, 0, 0), ring(2, 2, 2, 4, 4, 4, 4, 2, 2, 2)]],
  }
  it("holds points by the even-odd rule", () => {
    expect(indexArea(area).holds(1, 1)).toBe(true)
    expect(indexArea(area).holds(3, 3)).toBe(false)
    expect(indexArea(area).holds(20, 20)).toBe(false)
    expect(indexArea(area).holds(5, 29)).toBe(true)
  })
  it.each([
    ["inside", [5, 5, 6, 6], true],
    ["around", [-10, -10, 40, 40], true],
    ["in the hole", [2.5, 2.5, 3.5, 3.5], false],
    ["exactly the hole", [2, 2, 4, 4], false],
    ["over the hole", [2.5, 2.5, 5, 3.5], true],
    ["in the missing quarter", [11, 11, 29, 29], false],
    ["touching it along edges", [10, 10, 30, 30], false],
    ["touching at a corner", [30, 10, 40, 20], false],
    ["crossed by an edge only", [20, 9, 25, 15], true],
    ["east of it, sharing the border", [30, 0, 60, 30], false],
    ["a spike through the middle", [-5, 20, 15, 21], true],
  ] as const)("%s", (_, box, expected) => {
    expect(indexArea(area).meets(box)).toBe(expected)
  })
  it("takes all polygons, and its own box", () => {
    const two = { rings: [...area.rings, [ring(100, 100, 101, 100, 100, 101, 100, 100)]] }
    expect(indexArea(two).meets([100, 100, 200, 200])).toBe(true)
    expect(areaBox(two)).toEqual([0, 0, 101, 101])
  })
})

describe("readPolygons", () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-aoi-"))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it("names a file that is absent or empty", async () => {
    await expect(readPolygons(join(folder, "absent.geojson"))).rejects.toMatchObject({ code: "E_INPUT" })
    await writeFile(join(folder, "empty.geojson"), "")
    await expect(readPolygons(join(folder, "empty.geojson"))).rejects.toMatchObject({ code: "E_FORMAT" })
  })

  describe.skipIf(!sharedData)("real files", () => {
    it.each([
      ["vector/coclico/mobj0/ref/intrinsic/tile_splitted_2818_32247.geojson", undefined, 13],
      ["vector/ign_lidar_hd_dataset/BDTOPO_V3_batiment_-3396667416691710227.geojson", 2154, 1398],
      ["vector/france-geojson/departements/34-herault/departement-34-herault.geojson", 4326, 2],
      ["vector/lidar_hd_tools/BD-TOPO_cache/BDTOPO_V3_batiment.geojson", 4326, 75],
      ["flatgeobuf/flatgeobuf/poly01.fgb", 27700, 10],
      ["flatgeobuf/flatgeobuf/countries.fgb", 4326, 287],
    ])("%s", async (name, epsg, count) => {
      const { rings, epsg: found } = await readPolygons(`${sharedData}/${name}`)
      expect(found).toBe(epsg)
      expect(rings.length).toBe(count)
      for (const ring of rings.flat()) expect(ring.subarray(0, 2)).toEqual(ring.slice(-2))
    })
    it("Montpellier is in the department Hérault, Paris is not", async () => {
      const area = await readPolygons(
        `${sharedData}/vector/france-geojson/departements/34-herault/departement-34-herault.geojson`,
      )
      expect(indexArea(area).holds(3.87, 43.61)).toBe(true)
      expect(indexArea(area).holds(2.35, 48.85)).toBe(false)
      expect(indexArea(area).meets([3.8, 43.6, 3.81, 43.61])).toBe(true)
      expect(indexArea(area).meets([2, 48, 3, 49])).toBe(false)
    })
  })
})
