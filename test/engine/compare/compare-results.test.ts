import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { compareResults } from "../../../engine/compare/compare-results.js"
import { openRaster, writeCog } from "../../../engine/library/raster.js"
import { readFeatures, writeFeatures } from "../../../engine/library/vector.js"

const [west, north, cell] = [842_000, 6_521_000, 0.5]
let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-results-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Cells = (column: number, row: number) => number
interface Made {
  /** Sides of the dtm's files, cells: one after another from west to east. */
  readonly widths: readonly number[]
  readonly height: number
  readonly dtm: Cells
  readonly classes?: Cells
  readonly boxes: Readonly<Record<string, readonly [x: number, y: number, width: number, height: number, use: string]>>
  readonly mesh: Readonly<Record<string, string>>
  readonly epsg?: number
  readonly cell?: number
}

/** A result as a run leaves it. */
const result = async (name: string, made: Made): Promise<string> => {
  const out = join(folder, name)
  const { widths, height, dtm, classes, boxes, mesh, epsg = 2154, cell: side = cell } = made
  await mkdir(join(out, "raster", "dtm"), { recursive: true })
  await mkdir(join(out, "raster", "kind"), { recursive: true })
  await mkdir(join(out, "tiles"))
  await writeFile(join(out, "job.json"), JSON.stringify({ version: "0.1.0", inputs: [], epsg, tileSize: 100 }))
  let from = 0
  for (const width of widths) {
    const place = { width, height, minX: west + from * side, maxY: north, cellSize: side }
    const start = from
    const fill = (value: Cells): number[] =>
      Array.from({ length: width * height }, (_, i) => value(start + (i % width), Math.floor(i / width)))
    await writeCog(
      join(out, "raster", "dtm", `${from}.tif`),
      { data: Float32Array.from(fill(dtm)), ...place },
      { epsg },
    )
    if (classes !== undefined)
      await writeCog(
        join(out, "raster", "kind", `${from}.tif`),
        { data: Uint8Array.from(fill(classes)), ...place },
        { epsg },
      )
    from += width
  }
  const features = Object.entries(boxes).map(([id, [x, y, w, h, use]]) => {
    const [x0, y0] = [west + x, north - y]
    return { id, parts: [[[x0, y0, x0 + w, y0, x0 + w, y0 + h, x0, y0 + h, x0, y0]]], properties: { use } }
  })
  await writeFeatures(join(out, "vector", "building.fgb"), features, { epsg, columns: { use: "string" } })
  for (const [path, text] of Object.entries(mesh)) await writeFile(join(out, "tiles", path), text)
  return out
}

/** A hill; a pit of 4 × 3 cells, 2 m deep, beyond a block of 1024 cells; a lost and a new cell. */
const hill: Cells = (column, row) => Math.fround(100 + column / 64 + row / 8)
const [pitColumn, pitRow] = [1030, 4]
const dug: Cells = (column, row) => {
  if (column === 3 && row === 0) return Number.NaN
  const isPit = column >= pitColumn && column < pitColumn + 4 && row >= pitRow && row < pitRow + 3
  return hill(column, row) - (isPit ? 2 : 0) + (column === 7 && row === 1 ? 0.0625 : 0)
}
const before: Made = {
  widths: [1040],
  height: 10,
  dtm: (column, row) => (column === 0 && row === 0 ? Number.NaN : hill(column, row)),
  classes: (column) => (column < 500 ? 2 : 6),
  boxes: {
    same: [0, 10, 5, 5, "shed"],
    used: [10, 10, 5, 5, "shed"],
    moved: [20, 10, 5, 5, "shed"],
    razed: [30, 10, 5, 5, "shed"],
    old: [40, 10, 5, 5, "shed"],
    whole: [50, 10, 10, 5, "row"],
  },
  mesh: { "a.glb": "one", "b.glb": "two", "c.glb": "three" },
}
const after: Made = {
  ...before,
  widths: [300, 740],
  dtm: dug,
  classes: (column) => (column < 498 ? 2 : 6),
  boxes: {
    same: [0, 10, 5, 5, "shed"],
    used: [10, 10, 5, 5, "house"],
    moved: [21, 10, 5, 5, "shed"],
    built: [80, 10, 5, 5, "shed"],
    renamed: [40, 10, 5, 4.5, "shed"],
    left: [50, 10, 5, 5, "row"],
    right: [55, 10, 5, 5, "row"],
  },
  mesh: { "a.glb": "one", "b.glb": "2", "d.glb": "four" },
}

describe("compareResults", () => {
  it("states areas, volumes and objects of a pit and a changed town, whatever the tiles", async () => {
    const [a, b] = [await result("before", before), await result("after", after)]
    const out = join(folder, "difference")
    const { comparison } = await compareResults({ a, b, out, tolerance: 0.1 })
    const [dtm, kind] = comparison.rasters
    const area = cell * cell
    expect(dtm).toMatchObject({ name: "dtm", both: (10_400 - 2) * area, onlyA: area, onlyB: area, changed: 14 * area })
    expect([dtm?.lost, dtm?.gained]).toEqual([12 * 2 * area, 0.0625 * area])
    expect([dtm?.least, dtm?.most]).toEqual([-2, 0.0625])
    expect(dtm?.rmse).toBeCloseTo(Math.sqrt((12 * 4 + 0.0625 ** 2) / 10_398), 12)
    expect(dtm?.histogram).toEqual([
      { from: -2, to: -1, area: 12 * area },
      { from: 0, to: 0, area: (10_398 - 13) * area },
      { from: 0.05, to: 0.1, area },
    ])
    expect(kind).toEqual({ name: "kind", cellSize: cell, both: 10_400 * area, onlyA: 0, onlyB: 0, changed: 20 * area })
    expect(comparison.layers).toEqual([
      { name: "building", a: 6, b: 7, equal: 1, changed: 3, new: 1, gone: 1, divided: 2, joined: 0 },
    ])
    expect(comparison.mesh).toEqual({ equal: 1, changed: 1, onlyA: 1, onlyB: 1 })
    expect(JSON.parse(await readFile(join(out, "compare.json"), "utf8"))).toEqual(comparison)

    const difference = await openRaster(join(out, "raster", "dtm.vrt"))
    const box = [west + pitColumn * cell, north - 5, west + (pitColumn + 4) * cell, north]
    const { data } = await difference.read({ box })
    await difference.close()
    expect([...data].filter((value) => value === -2)).toHaveLength(12)
    const found: Record<string, unknown> = {}
    for await (const { id, properties } of readFeatures(join(out, "vector", "building.fgb")))
      found[id] = [properties["change"], properties["was"], properties["attributes"]]
    expect(found).toEqual({
      used: ["changed", "used", "use"],
      moved: ["changed", "moved", "geometry"],
      renamed: ["changed", "old", "geometry"],
      built: ["new", "", ""],
      razed: ["gone", "razed", ""],
      left: ["divided", "whole", "geometry"],
      right: ["divided", "whole", "geometry"],
    })
  })

  it("finds no difference of a result and itself, and measures both in zones", async () => {
    const [a, b] = [await result("one", before), await result("other", after)]
    const { comparison } = await compareResults({ a, b: a })
    for (const { changed, onlyA, onlyB } of comparison.rasters) expect([changed, onlyA, onlyB]).toEqual([0, 0, 0])
    expect(comparison.layers).toMatchObject([{ equal: 6, changed: 0, new: 0, gone: 0, divided: 0, joined: 0 }])
    expect(comparison.mesh).toEqual({ equal: 3, changed: 0, onlyA: 0, onlyB: 0 })
    const pit = join(folder, "pit.fgb")
    const [x, y] = [west + (pitColumn - 2) * cell, north - 5]
    await writeFeatures(pit, [{ id: "pit", parts: [[[x, y, x + 4, y, x + 4, y + 5, x, y + 5, x, y]]] }], { epsg: 2154 })
    const { zones } = await compareResults({ a, b, zones: pit, statistics: ["sum"] })
    const statistic = (name: string): number => Number(zones?.features.columns[name]?.values[0])
    expect(statistic("dtm_sum_change")).toBeCloseTo(-6, 6)
    expect(statistic("dtm_sum_b") - statistic("dtm_sum_a")).toBeCloseTo(-6, 6)
  })

  it("refuses results of other CRS or cells, and folders that are none", async () => {
    const a = await result("plain", before)
    const other = await result("lambert-72", { ...before, epsg: 31370 })
    const coarse = await result("coarse", { ...before, cell: 1 })
    await expect(compareResults({ a, b: other })).rejects.toThrow(/EPSG:2154, .* in EPSG:31370\. Run both in one CRS/)
    await expect(compareResults({ a, b: coarse })).rejects.toThrow(/dtm has cells of 0\.5 m in A and of 1 m in B/)
    await expect(compareResults({ a, b: folder })).rejects.toThrow(/not an output folder of maille/)
    await expect(compareResults({ a, b: a, tolerance: -1 })).rejects.toThrow(/--tolerance/)
  })
})
