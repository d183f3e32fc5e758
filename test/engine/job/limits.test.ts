import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { parseCodes } from "../../../engine/core/parse-values.js"
import { seededRandom } from "../../../engine/core/random.js"
import { areaBox } from "../../../engine/formats/vector/area.js"
import { indexArea } from "../../../engine/formats/vector/area-index.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/writer.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { projectArea } from "../../../engine/job/area.js"
import { limitFeatures, readLimits } from "../../../engine/job/limits.js"
import { sharedData } from "../../shared-data.js"

const folder = mkdtempSync(join(tmpdir(), "maille-limits-"))
afterAll(() => rmSync(folder, { recursive: true }))

const square = (x: number, y: number): number[][][] => [
  [
    [x, y],
    [x + 1, y],
    [x + 1, y + 1],
    [x, y + 1],
    [x, y],
  ],
]
const write = (name: string, rows: readonly (readonly [object, number])[], south = 44): string => {
  const features = rows.map(([properties, x]) => ({
    type: "Feature",
    properties,
    geometry: { type: "Polygon", coordinates: square(x, south) },
  }))
  writeFileSync(join(folder, name), JSON.stringify({ type: "FeatureCollection", features }))
  return join(folder, name)
}
const { fromGeographic } = crsByEpsg(2154)

describe("codes of départements", () => {
  it("are read in any of their forms", () => {
    expect(parseCodes(["34", " 1", "2a", "974", "34"], "--departement")).toEqual(["01", "2A", "34", "974"])
  })

  it.each([["20"], ["96"], ["979"], ["Hérault"], [""]])("refuse %j", (text) => {
    expect(() => parseCodes([text], "--departement")).toThrow(/--departement:/)
  })
})

describe("limits", () => {
  it.each([
    ["code", { code: "34" }, { code: "01" }],
    ["INSEE_DEP", { INSEE_DEP: "34", code: "x" }, { INSEE_DEP: "01", code: "y" }],
    ["code_insee of numbers", { nom: "Hérault", code_insee: 34 }, { nom: "Ain", code_insee: 1 }],
    ["insee_dep beside codes of communes", { code: "34172", insee_dep: "34" }, { code: "01004", insee_dep: "01" }],
  ])("find the column %s", async (name, one, other) => {
    const path = write(`${name}.geojson`, [
      [one, 3],
      [other, 5],
      [one, 7],
    ])
    const { area } = await readLimits(path, ["34"], 2154)
    const index = indexArea(area)
    // Every polygon of the code.
    expect([3.5, 5.5, 7.5].map((lon) => index.holds(...fromGeographic(lon, 44.5)))).toEqual([true, false, true])
    const ain = indexArea((await readLimits(path, ["01"], 2154)).area)
    expect([3.5, 5.5, 7.5].map((lon) => ain.holds(...fromGeographic(lon, 44.5)))).toEqual([false, true, false])
  })

  it("tell near codes, and columns where none has codes", async () => {
    const path = write("few.geojson", [
      [{ code: "34" }, 3],
      [{ code: "66" }, 5],
    ])
    await expect(readLimits(path, ["35"], 2154)).rejects.toThrow(/unknown département "35".*Did you mean "34"/)
    await expect(readLimits(path, ["974"], 2154)).rejects.toThrow(/no overseas .*--limits/)
    const none = write("none.geojson", [[{ nom: "Hérault", region: "76x" }, 3]])
    await expect(readLimits(none, ["34"], 2154)).rejects.toThrow(/columns: nom, region/)
  })

  it("are the same from FlatGeobuf, and in the job's CRS", async () => {
    const path = write("one.geojson", [[{ code: "34" }, 3]])
    const limits = await readLimits(path, ["34"], 2154)
    const features = limitFeatures(limits)
    const columns = { code: { type: "string", values: ["34"] } } as const
    const fgb = join(folder, "one.fgb")
    writeFileSync(fgb, encodeFlatGeobuf({ ...features, columns }, { name: "limits", epsg: 2154, metadata: {} }))
    expect(await readLimits(fgb, ["34"], 2154)).toEqual(limits)
    const twice = await readLimits(fgb, ["34"], 3944)
    const [x, y] = crsByEpsg(3944).fromGeographic(3.5, 44.5)
    expect(indexArea(twice.area).holds(x, y)).toBe(true)
    expect(twice.identity).not.toBe(limits.identity)
  })
})

describe("a projected area", () => {
  const about = { file: "x", option: "limits" }

  it.each([
    [2154, "Hérault", [2.5, 43.2, 4.2, 43.4, 3.9, 44], 200],
    [5490, "Guadeloupe, Martinique", [-61.9, 15.8, -60.8, 14.3, -61, 16.6], 100],
    [2972, "Guyane", [-54.6, 2.2, -51.6, 4.2, -54, 5.8], 200],
    [2975, "La Réunion", [55.2, -21.4, 55.9, -21.3, 55.4, -20.8], 30],
    [4471, "Mayotte", [45, -13.1, 45.3, -12.9, 45.1, -12.6], 8],
  ])("in EPSG:%i (%s) lies within 5 cm of its edges, seed 3", (epsg, _, corners, vertices) => {
    const random = seededRandom(3)
    const own = crsByEpsg(epsg)
    const ring = Float64Array.of(...corners, corners[0]!, corners[1]!)
    const xy = projectArea({ rings: [[ring]] }, 4326, epsg, about).rings[0]![0]!
    expect(xy.length).toBeGreaterThan(2 * vertices)
    for (let i = 0; i < 300; i++) {
      const e = 2 * Math.floor(random() * 3)
      const t = random()
      const lon = ring[e]! + t * (ring[e + 2]! - ring[e]!)
      const lat = ring[e + 1]! + t * (ring[e + 3]! - ring[e + 1]!)
      expect(distanceTo(xy, ...own.fromGeographic(lon, lat))).toBeLessThan(0.05)
    }
    // Corners are where the CRS has them, within its area of use.
    const [minX, minY, maxX, maxY] = own.area
    for (let i = 0; i < xy.length; i += 2) {
      expect(
        xy[i]! >= minX && xy[i]! <= maxX && xy[i + 1]! >= minY && xy[i + 1]! <= maxY,
        `${xy[i]} ${xy[i + 1]}`,
      ).toBe(true)
    }
    for (let c = 0; c < corners.length; c += 2) {
      const [x, y] = own.fromGeographic(corners[c]!, corners[c + 1]!)
      expect(distanceTo(xy, x, y)).toBeLessThan(1e-6)
    }
  })

  it.each([
    [5490, "971", [-61.5, 16.2]],
    [2975, "974", [55.5, -21.1]],
    [4471, "976", [45.15, -12.8]],
  ] as const)("of a file in degrees bounds a job in EPSG:%i", async (epsg, code, [lon, lat]) => {
    const path = write(`${code}.geojson`, [[{ code }, Math.floor(lon)]], Math.floor(lat))
    const index = indexArea((await readLimits(path, [code], epsg)).area)
    const { fromGeographic: project } = crsByEpsg(epsg)
    expect(index.holds(...project(lon, lat))).toBe(true)
    expect(index.holds(...project(lon + 1, lat))).toBe(false)
    expect(index.holds(...project(lon, lat + 1))).toBe(false)
  })

  it("has the same vertices on an edge from either end", () => {
    const there = projectArea({ rings: [[Float64Array.of(2.5, 43.2, 4.2, 43.4)]] }, 4326, 2154, about).rings[0]![0]!
    const back = projectArea({ rings: [[Float64Array.of(4.2, 43.4, 2.5, 43.2)]] }, 4326, 2154, about).rings[0]![0]!
    const pairs = (xy: Float64Array): string[] =>
      Array.from({ length: xy.length / 2 }, (_, v) => `${xy[2 * v]} ${xy[2 * v + 1]}`)
    expect(pairs(there)).toEqual(pairs(back).reverse())
    expect(pairs(there).length).toBeGreaterThan(50)
  })

  it("of an unknown CRS is refused", () => {
    expect(() => projectArea({ rings: [] }, 1234567, 2154, about)).toThrow(/EPSG:1234567/)
  })
})

/** Distance from a point to a line string. */
const distanceTo = (xy: Float64Array, x: number, y: number): number => {
  let best = Infinity
  for (let i = 0; i + 3 < xy.length; i += 2) {
    const [dx, dy] = [xy[i + 2]! - xy[i]!, xy[i + 3]! - xy[i + 1]!]
    const t = Math.max(0, Math.min(1, ((x - xy[i]!) * dx + (y - xy[i + 1]!) * dy) / (dx * dx + dy * dy)))
    best = Math.min(best, Math.hypot(x - xy[i]! - t * dx, y - xy[i + 1]! - t * dy))
  }
  return best
}

describe.skipIf(!sharedData)("the real limits of 2018", () => {
  const path = `${sharedData ?? ""}/vector/france-geojson/departements.geojson`

  it("leave no gap between neighbours and no overlap, seed 8", async () => {
    const names = ["34", "30", "12", "81", "11", "66", "48"]
    const areas = await Promise.all(names.map(async (code) => (await readLimits(path, [code], 2154)).area))
    const indices = areas.map(indexArea)
    // Square kilometres of Hérault, official.
    const [minX, minY, maxX, maxY] = areaBox(areas[0]!)
    const random = seededRandom(8)
    let own = 0
    const count = 40_000
    for (let i = 0; i < count; i++) {
      const [x, y] = [minX + random() * (maxX - minX), minY + random() * (maxY - minY)]
      const holders = indices.filter((index) => index.holds(x, y)).length
      if (holders > 1) expect.fail(`${holders} départements hold ${x}, ${y}`)
      if (indices[0]!.holds(x, y)) own++
    }
    const km2 = ((own / count) * (maxX - minX) * (maxY - minY)) / 1e6
    expect(Math.abs(km2 / 6224 - 1)).toBeLessThan(0.02)
    // Each vertex of the limit inland is one of a neighbour's, so that no point falls between the
    // two.
    const vertices = new Set(areas.slice(1).flatMap(({ rings }) => rings.flat().flatMap(pairsOf)))
    const mine = areas[0]!.rings.flat().flatMap(pairsOf)
    expect(mine.filter((pair) => vertices.has(pair)).length / mine.length).toBeGreaterThan(0.6)
  })
})

const pairsOf = (xy: Float64Array): string[] =>
  Array.from({ length: xy.length / 2 }, (_, v) => `${xy[2 * v]} ${xy[2 * v + 1]}`)
