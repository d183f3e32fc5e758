import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { overlapArea, regionArea } from "../../../engine/compare/polygon-overlap.js"
import { writeZones } from "../../../engine/compare/zonal.js"
import { cellShares } from "../../../engine/core/geometry/cell-shares.js"
import { seededRandom } from "../../../engine/core/random.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { measureZones, writeCog } from "../../../engine/library/raster.js"
import { readFeatures, writeFeatures } from "../../../engine/library/vector.js"

const [west, north, cell] = [842_000, 6_521_000, 0.5]
/** Wider than a block of 1024 cells, and not of whole blocks. */
const [width, height] = [1100, 70]
const random = seededRandom(7)

/** A star of `corners` around a place, in either direction. */
const star = (x: number, y: number, radius: number, corners: number, turn: 1 | -1): Float64Array => {
  const places = Array.from({ length: corners }, (_, i) => {
    const [angle, length] = [(turn * 2 * Math.PI * i) / corners, radius * (0.5 + 0.5 * random())]
    return [x + length * Math.cos(angle), y + length * Math.sin(angle)]
  })
  return Float64Array.from([...places, places[0]!].flat())
}

const square = (x: number, y: number, side: number): Float64Array =>
  Float64Array.from([x, y, x + side, y, x + side, y + side, x, y + side, x, y])

/** Zones with and without holes: some small, some across blocks, some beyond the raster. */
const zones = Array.from({ length: 40 }, (_, k) => {
  const [x, y] = [west + random() * width * cell, north - random() * height * cell]
  const radius = k % 4 === 0 ? 0.3 : 3 + 30 * random()
  const turn = k % 2 === 0 ? 1 : -1
  const rings = [star(x, y, radius, 3 + (k % 9), turn)]
  // The hole is inside the star's least radius.
  if (k % 9 > 4) rings.push(square(x - radius / 12, y - radius / 12, radius / 6))
  return rings
})

const valueAt = (column: number, row: number): number =>
  (column * 7 + row * 13) % 11 === 0 ? Number.NaN : Math.fround(Math.sin(column / 9) * 40 + row)

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-zonal-"))
  const data = Float32Array.from({ length: width * height }, (_, i) => valueAt(i % width, Math.floor(i / width)))
  await writeCog(
    join(folder, "hills.tif"),
    { data, width, height, minX: west, maxY: north, cellSize: cell },
    { epsg: 2154 },
  )
  const features = zones.map((rings, k) => ({ id: `z${k}`, parts: [rings], properties: { use: k % 2 } }))
  await writeFeatures(join(folder, "zones.fgb"), features, { epsg: 2154 })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Values and areas of the cells with data in a zone, by clipping each cell. */
const bruteForce = (rings: readonly Float64Array[]): { value: number; area: number }[] => {
  const found: { value: number; area: number }[] = []
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const value = valueAt(column, row)
      if (Number.isNaN(value)) continue
      const area = overlapArea(rings, [square(west + column * cell, north - (row + 1) * cell, cell)])
      if (area > 1e-9) found.push({ value, area })
    }
  return found
}

describe("measureZones", () => {
  it("weighs each cell by its exact area in the zone", { timeout: 60_000 }, async () => {
    const statistics = ["mean", "min", "max", "std", "median", "p90", "sum", "area", "area:>10", "area:<=-3.5"]
    const request = { input: join(folder, "hills.tif"), zones: join(folder, "zones.fgb"), statistics }
    const { features, columns } = await measureZones(request)
    const names = statistics.map((name) => `hills_${name.replace(":>", "_gt_").replace(":<=-3.5", "_le_m3_5")}`)
    expect(columns).toEqual(names)
    expect(features.ids).toHaveLength(zones.length)
    let empty = 0
    for (const [f, id] of features.ids.entries()) {
      const rings = zones[Number(id.slice(1))]!
      const cells = bruteForce(rings)
      const sum = (of: (value: number) => number): number => cells.reduce((all, c) => all + c.area * of(c.value), 0)
      const [area, mean] = [sum(() => 1), sum((v) => v) / sum(() => 1)]
      const found = names.map((name) => Number(features.columns[name]!.values[f]))
      const near = (k: number, wanted: number, scale: number): void =>
        expect(Math.abs(found[k]! - wanted), `${id} ${names[k]}`).toBeLessThanOrEqual(scale)
      // Coordinates of 6.5 million metres have steps of 1e-9 m.
      const exact = 1e-9 * regionArea(rings) + 2e-8
      near(7, area, exact)
      near(
        8,
        sum((v) => (v > 10 ? 1 : 0)),
        exact,
      )
      near(
        9,
        sum((v) => (v <= -3.5 ? 1 : 0)),
        exact,
      )
      if (cells.length === 0) {
        empty++
        expect(found.slice(0, 7)).toEqual(Array(7).fill(Number.NaN))
        continue
      }
      near(0, mean, (200 * exact) / area)
      near(6, mean * area, 200 * exact)
      near(3, Math.sqrt(sum((v) => (v - mean) ** 2) / area), (1e4 * exact) / area)
      expect(found[1], id).toBe(Math.min(...cells.map(({ value }) => value)))
      expect(found[2], id).toBe(Math.max(...cells.map(({ value }) => value)))
      for (const [k, share] of [
        [4, 0.5],
        [5, 0.9],
      ] as const) {
        const below = sum((v) => (v <= found[k]! ? 1 : 0))
        const under = sum((v) => (v < found[k]! ? 1 : 0))
        expect(below, `${id} ${names[k]}`).toBeGreaterThanOrEqual(share * area - exact)
        expect(under, `${id} ${names[k]}`).toBeLessThan(share * area + exact)
      }
    }
    expect(empty).toBeLessThan(zones.length / 3)
  })

  it("projects zones in degrees, and writes what QGIS and a table program open", async () => {
    const { toGeographic } = crsByEpsg(2154)
    const ring = square(west + 20, north - 30, 10)
    const coordinates = Array.from({ length: 5 }, (_, i) => toGeographic(ring[2 * i]!, ring[2 * i + 1]!))
    const feature = {
      type: "Feature",
      properties: { name: 'the "yard", east' },
      geometry: { type: "Polygon", coordinates: [coordinates] },
    }
    const path = join(folder, "yard.geojson")
    await writeFile(path, JSON.stringify({ type: "FeatureCollection", features: [feature] }))
    const result = await measureZones({ input: join(folder, "hills.tif"), zones: path, statistics: ["area", "mean"] })
    const cells = bruteForce([ring])
    const area = cells.reduce((sum, one) => sum + one.area, 0)
    expect(Number(result.features.columns["hills_area"]!.values[0])).toBeCloseTo(area, 3)
    await writeZones(result, join(folder, "new", "yard.csv"))
    const [head, line] = (await readFile(join(folder, "new", "yard.csv"), "utf8")).split("\r\n")
    expect(head).toBe("id,name,hills_area,hills_mean")
    expect(line).toMatch(/^0,"the ""yard"", east",\d/)
    await writeZones(result, join(folder, "yard.fgb"))
    const read: unknown[] = []
    for await (const { properties } of readFeatures(join(folder, "yard.fgb"))) read.push(properties["hills_area"])
    expect(read).toEqual([result.features.columns["hills_area"]!.values[0]])
    await writeZones(result, join(folder, "yard.parquet"))
    expect((await readFile(join(folder, "yard.parquet"))).subarray(0, 4).toString()).toBe("PAR1")
  })

  it("names what there is where a name is wrong", async () => {
    const folderOfRun = join(folder, "run")
    await mkdir(join(folderOfRun, "raster"), { recursive: true })
    await writeFile(join(folderOfRun, "raster", "dhm.vrt"), "")
    await mkdir(join(folderOfRun, "vector"))
    await writeFile(join(folderOfRun, "vector", "building.fgb"), await readFile(join(folder, "zones.fgb")))
    const hills = join(folder, "hills.tif")
    const zonesOf = join(folder, "zones.fgb")
    const refused = async (request: object, text: RegExp): Promise<void> => {
      const answer = measureZones({ input: hills, zones: zonesOf, ...request })
      await expect(answer).rejects.toThrow(text)
    }
    await refused({ statistics: ["meen"] }, /no statistic "meen"\. Give some of mean/)
    await refused({ statistics: ["p101"] }, /no statistic "p101"/)
    await refused({ statistics: [] }, /--stat: it is empty/)
    await refused({ rasters: ["dtm"] }, /is one raster\. Leave --raster out/)
    await refused({ input: folderOfRun }, /--raster is missing\. Give some of dhm/)
    await refused({ input: folderOfRun, rasters: ["dhn"] }, /unknown raster "dhn"\. Did you mean "dhm"/)
    await refused(
      { input: folderOfRun, rasters: ["dhm"], zones: "bulding" },
      /unknown layer "bulding"\. Did you mean "building"/,
    )
    await refused({ zones: join(folder, "none.geojson") }, /no such file\. Check the path/)
    await refused({ input: join(folder, "none") }, /no such file or folder/)
  })
})

it("cellShares of a polygon around the window, and of one beside it, are 1 and 0", () => {
  const window = { width: 3, height: 2, minX: 10, maxY: 20, cellSize: 2 }
  expect([...cellShares([square(0, 0, 100)], window)]).toEqual([1, 1, 1, 1, 1, 1])
  expect([...cellShares([square(16, 0, 100)], window)]).toEqual([0, 0, 0, 0, 0, 0])
  expect([...cellShares([square(13, 17, 2)], window)]).toEqual(
    [0, 0.25, 0.25, 0, 0.25, 0.25].map((share, i) => (i === 0 || i === 3 ? 0 : share)),
  )
})
