import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { compareResults } from "../../../engine/compare/compare-results.js"
import { decodePixels } from "../../../engine/formats/raster/sheet.js"
import { encodeVrt, type VrtTile } from "../../../engine/formats/raster/vrt.js"
import { type ArchiveEntry, encodeDirectory, encodeLocalHeader } from "../../../engine/io/archive/zip-format.js"
import { measureZones, openRaster, writeCog } from "../../../engine/library/raster.js"
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
  readonly angles?: readonly Cells[]
  readonly boxes: Readonly<Record<string, readonly [x: number, y: number, width: number, height: number, use: string]>>
  readonly mesh: Readonly<Record<string, string>>
  readonly epsg?: number
  readonly cell?: number
}

/** An archive of stored files. */
const startZip = () => {
  const entries: ArchiveEntry[] = []
  const pieces: Uint8Array[] = []
  let at = 0
  const put = (bytes: Uint8Array): void => {
    pieces.push(bytes)
    at += bytes.length
  }
  return {
    add: (path: string, bytes: Uint8Array): void => {
      const facts = { path, sizeBytes: bytes.length, crc32: 0 }
      put(encodeLocalHeader(facts))
      entries.push({ ...facts, at })
      put(bytes)
    },
    end: () => Buffer.concat([...pieces, encodeDirectory(entries, at)]),
  }
}

/** A result as a run leaves it; with a zip, its rasters are in `packs/run.zip`. */
const result = async (name: string, made: Made, zip?: ReturnType<typeof startZip>): Promise<string> => {
  const out = join(folder, name)
  const { widths, height, dtm, classes, angles, boxes, mesh, epsg = 2154, cell: side = cell } = made
  await mkdir(join(out, "tiles"), { recursive: true })
  await writeFile(join(out, "job.json"), JSON.stringify({ version: "0.1.0", inputs: [], epsg, tileSize: 100 }))
  const rasters: readonly (readonly [name: string, bands: readonly Cells[], type: "float" | "byte"])[] = [
    ["dtm", [dtm], "float"],
    ...(classes === undefined ? [] : [["kind", [classes], "byte"] as const]),
    ...(angles === undefined ? [] : [["angles", angles, "float"] as const]),
  ]
  for (const [name, bands, type] of rasters) {
    const files: VrtTile[] = []
    let from = 0
    for (const width of widths) {
      const place = { width, height, minX: west + from * side, maxY: north }
      const start = from
      const values = bands.flatMap((value) =>
        Array.from({ length: width * height }, (_, i) => value(start + (i % width), Math.floor(i / width))),
      )
      const data = type === "float" ? Float32Array.from(values) : Uint8Array.from(values)
      const path = `${name}/${from}.tif`
      const names = bands.map((_, k) => `${name} ${k}`)
      await writeCog(join(out, "raster", path), { data, ...place, cellSize: side }, { epsg, bands: names })
      const packed = zip === undefined ? {} : { packed: `/vsizip/packs/run.zip/raster/${path}` }
      files.push({ path, ...place, ...packed })
      from += width
    }
    const facts = { cellSize: side, noData: type === "float" ? -9999 : 0, type, epsg }
    await writeFile(join(out, "raster", `${name}.vrt`), encodeVrt(files, facts))
    if (zip !== undefined)
      for (const { path } of files) zip.add(`raster/${path}`, await readFile(join(out, "raster", path)))
    if (zip !== undefined) await rm(join(out, "raster", name), { recursive: true })
  }
  if (zip !== undefined) {
    await mkdir(join(out, "packs"))
    await writeFile(join(out, "packs", "run.zip"), zip.end())
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
    const difference = "raster/kind.vrt"
    const box = [west + 498 * cell, north - 5, west + 500 * cell, north]
    expect(kind).toEqual({
      name: "kind",
      cellSize: cell,
      difference,
      box,
      both: 10_400 * area,
      onlyA: 0,
      onlyB: 0,
      changed: 20 * area,
    })
    expect(comparison.layers).toEqual([
      { name: "building", a: 6, b: 7, equal: 1, changed: 3, new: 1, gone: 1, divided: 2, joined: 0 },
    ])
    expect(comparison.mesh).toMatchObject({ equal: 1, changed: 1, onlyA: 1, onlyB: 1 })
    expect(JSON.parse(await readFile(join(out, "compare.json"), "utf8"))).toEqual(comparison)

    const written = await openRaster(join(out, dtm?.difference ?? ""))
    const pit = [west + pitColumn * cell, north - 5, west + (pitColumn + 4) * cell, north]
    const { data } = await written.read({ box: pit })
    await written.close()
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

  it("writes a page with pictures of what changed, in English and French, that refers to files beside it", async () => {
    const a = await result("a & <b>", before)
    const b = await result("page-after", after)
    for (const language of ["en", "fr"] as const) {
      const out = join(folder, `page-${language}`)
      const { comparison } = await compareResults({ a, b, out, language })
      const text = await readFile(join(out, "compare.html"), "utf8")
      expect(text).toContain(`<html lang="${language}">`)
      expect(text).toContain("a &amp; &lt;b&gt;")
      expect(text).not.toContain("<b>")
      expect(text).toContain(language === "fr" ? ">modèle de terrain (MNT)</a>" : ">dtm</a>")
      expect(text).toContain(language === "fr" ? '<td class="n">-2,00</td>' : '<td class="n">-2.00</td>')
      const links = [...text.matchAll(/href="([^"]*)"/g)].map(([, path = ""]) => path)
      expect(links).toEqual(["compare.json", "raster/dtm.vrt", "raster/kind.vrt", "vector/building.fgb"])
      for (const path of links) expect((await readFile(join(out, path))).length).toBeGreaterThan(0)
      const sources = [...text.matchAll(/src="data:image\/(png|jpeg);base64,([^"]*)"/g)]
      expect(sources).toHaveLength(6)
      expect(text.match(/src=/g)).toHaveLength(6)
      // The terrain changed in two places and at its corner: its picture has all columns, in pixels
      // of four cells.
      const [, , terrain] = await Promise.all(
        sources.map(([, , data = ""]) => decodePixels(Buffer.from(data, "base64"))),
      )
      const [, south, east, top] = comparison.rasters[0]!.box!
      expect(east).toBe(west + (pitColumn + 4) * cell)
      const { width, height, data } = terrain!
      expect(width).toBe(Math.ceil((pitColumn + 4 + 16) / 4))
      // It is at most twice as wide as high: rows around the changed ones, as many on both sides.
      const changedRows = (top - south) / cell + 16
      const added = Math.ceil(((pitColumn + 4 + 16) / 2 - changedRows) / 2)
      expect(added).toBeGreaterThan(0)
      expect(height).toBe(Math.ceil((changedRows + 2 * added) / 4))
      // Four cells of 2 m less in one direction: blue; where nothing changed, nearly white.
      const pixelAt = (column: number, row: number): number[] => {
        const at = 4 * (Math.floor((row + added + 8) / 4) * width + Math.floor((column + 8) / 4))
        return [...data.subarray(at, at + 3)]
      }
      expect(pixelAt(pitColumn + 2, pitRow + 1)[2]).toBeGreaterThan(1.5 * pixelAt(pitColumn + 2, pitRow + 1)[0]!)
      expect(Math.min(...pixelAt(500, 5))).toBeGreaterThan(235)
    }
  })

  it("finds no difference of a result and itself, and measures both in zones", async () => {
    const [a, b] = [await result("one", before), await result("other", after)]
    const { comparison } = await compareResults({ a, b: a })
    for (const { changed, onlyA, onlyB } of comparison.rasters) expect([changed, onlyA, onlyB]).toEqual([0, 0, 0])
    expect(comparison.layers).toMatchObject([{ equal: 6, changed: 0, new: 0, gone: 0, divided: 0, joined: 0 }])
    expect(comparison.mesh).toMatchObject({ equal: 3, changed: 0, onlyA: 0, onlyB: 0, tiles: [] })
    const pit = join(folder, "pit.fgb")
    const [x, y] = [west + (pitColumn - 2) * cell, north - 5]
    await writeFeatures(pit, [{ id: "pit", parts: [[[x, y, x + 4, y, x + 4, y + 5, x, y + 5, x, y]]] }], { epsg: 2154 })
    const zonesOut = join(folder, "zones")
    const { zones, comparison: figures } = await compareResults({
      a,
      b,
      out: zonesOut,
      zones: pit,
      statistics: ["sum"],
    })
    const statistic = (name: string): number => Number(zones?.features.columns[name]?.values[0])
    expect(statistic("dtm_sum_change")).toBeCloseTo(-6, 6)
    expect(statistic("dtm_sum_b") - statistic("dtm_sum_a")).toBeCloseTo(-6, 6)
    expect(figures.zones?.columns.slice(0, 3)).toEqual(["dtm_sum_a", "dtm_sum_b", "dtm_sum_change"])
    expect(figures.zones?.values[0]).toMatchObject({ id: "pit", dtm_sum_change: statistic("dtm_sum_change") })
    expect((await readdir(zonesOut)).sort()).toEqual([
      "compare.html",
      "compare.json",
      "raster",
      "vector",
      "zones.csv",
      "zones.fgb",
    ])
  })

  it("compares every band, and finds packed rasters by their mosaics", async () => {
    const angle =
      (k: number): Cells =>
      (column, row) =>
        k + column + row
    const bands = { ...before, angles: [angle(0), angle(1), angle(2)] }
    const a = await result("bands", bands)
    const turned: Cells = (column, row) => angle(2)(column, row) + (column === 4 ? 1 : 0)
    const other = { ...after, angles: [angle(0), angle(1), turned] }
    const b = await result("turned", other)
    const packed = await result("packed", other, startZip())
    expect(await readdir(join(packed, "raster"))).toEqual(["angles.vrt", "dtm.vrt", "kind.vrt"])
    const out = join(folder, "bands-difference")
    const { comparison } = await compareResults({ a, b, out })
    const changed = comparison.rasters.filter(({ name }) => name === "angles").map((one) => [one.band, one.changed])
    expect(changed).toEqual([1, 2, 3].map((band) => [band, band === 3 ? 10 * cell * cell : 0]))
    const difference = await openRaster(join(out, "raster/angles-3.vrt"))
    expect([...(await difference.read({ window: [3, 0, 3, 1] })).data]).toEqual([0, 1, 0])
    await difference.close()
    const { comparison: same } = await compareResults({ a, b: packed })
    const plain = await compareResults({ a, b })
    expect(same).toEqual({ ...plain.comparison, b: packed })
    const zones = { rasters: ["angles", "dtm"], zones: "building", statistics: ["mean", "area"] }
    const [measured, measuredPacked] = [
      await measureZones({ input: b, ...zones }),
      await measureZones({ input: packed, ...zones }),
    ]
    expect(measured.columns.slice(0, 4)).toEqual(["angles_1_mean", "angles_1_area", "angles_2_mean", "angles_2_area"])
    expect(measuredPacked.features).toEqual(measured.features)
    await expect(compareResults({ a, b: await result("two", { ...bands, angles: [angle(0)] }) })).rejects.toThrow(
      /angles has 3 bands in A and 1 in B/,
    )
  })
})

describe("compareResults, of what other programs or a stopped run left,", () => {
  it("counts objects of repeated ids by their places, and none of a result and its copy", async () => {
    const a = await result("ids", before)
    const b = join(folder, "ids-copy")
    await cp(a, b, { recursive: true })
    const square = (x: number, use: string) => {
      const [x0, y0] = [west + x, north - 10]
      return { parts: [[[x0, y0, x0 + 5, y0, x0 + 5, y0 + 5, x0, y0 + 5, x0, y0]]], properties: { use } }
    }
    const line = (x: number) => ({ parts: [[[west + x, north, west + x, north - 10]]] })
    type Written = { readonly parts: number[][][] }
    const write = async (to: string, layer: string, features: readonly Written[], columns = {}): Promise<void> => {
      const path = join(to, "vector", `${layer}.fgb`)
      await writeFeatures(
        path,
        features.map((one, k) => ({ id: `id,${k}`, ...one })),
        { epsg: 2154, columns },
      )
      // maille refuses to write an id twice; other programs do not.
      const bytes = (await readFile(path)).toString("latin1").replace(/id,\d/g, "id,0")
      await writeFile(path, bytes, "latin1")
    }
    const use = { use: "string" }
    await write(a, "building", [square(0, "a"), square(10, "b"), square(20, "c")], use)
    await write(a, "line", [line(0), line(5)])
    await write(b, "building", [square(20, "c"), square(0, "a"), square(10, "d")], use)
    await write(b, "line", [line(5), line(7), line(0)])
    const layersOf = async (other: string) => (await compareResults({ a, b: other })).comparison.layers
    const none = { changed: 0, new: 0, gone: 0, divided: 0, joined: 0 }
    expect(await layersOf(a)).toMatchObject([
      { name: "building", equal: 3, ...none },
      { name: "line", equal: 2, ...none },
    ])
    expect(await layersOf(b)).toMatchObject([
      { name: "building", a: 3, b: 3, ...none, equal: 2, changed: 1 },
      { name: "line", a: 2, b: 3, ...none, equal: 2, new: 1 },
    ])
  })

  it("lists products by their mosaics and layers, and leaves no part of a comparison that fails", async () => {
    const a = await result("listed", before)
    await mkdir(join(a, "raster", "old"))
    await writeFile(join(a, "vector", ".hidden.fgb"), "")
    const { comparison } = await compareResults({ a, b: a })
    expect(comparison.rasters.map(({ name }) => name)).toEqual(["dtm", "kind"])
    expect(comparison.layers.map(({ name }) => name)).toEqual(["building"])

    const used = join(folder, "used")
    await mkdir(used)
    await writeFile(join(used, "mine.txt"), "")
    await expect(compareResults({ a, b: a, out: used })).rejects.toThrow(
      /not empty: it contains mine\.txt\. Give a new/,
    )
    await expect(compareResults({ a, b: a, statistics: ["mean"] })).rejects.toThrow(/--stat: it needs zones/)
    const b = await result("broken", after)
    await writeFile(join(b, "vector", "building.fgb"), "no layer")
    const out = join(folder, "fails")
    await expect(compareResults({ a, b, out })).rejects.toThrow(/building\.fgb/)
    await expect(readdir(out)).rejects.toThrow(/ENOENT/)
    const steps: string[] = []
    const zones = join(folder, "no-zones.geojson")
    const progress = (product: string): void => void steps.push(product)
    await expect(compareResults({ a, b: a, zones, progress })).rejects.toThrow(/no such file/)
    expect(steps).toEqual([])
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
