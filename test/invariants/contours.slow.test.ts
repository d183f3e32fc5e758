/**
 * Contours of whole runs beside the DTM that the same run wrote: as `gdal_contour` draws them;
 * smoothed, near the surface and without a crossing.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { measureLayer, memoryRaster, type PeerGdal } from "../../bench/gdal-layers.js"
import { loadGdal } from "../../engine/formats/raster/load-gdal.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import type { Features } from "../../engine/kernel.js"
import { runKept } from "../run-maille.js"
import { montpellier, montpellierRun } from "../scenes/montpellier.js"
import { realRun } from "../scenes/real-runs.js"
import { sharedData } from "../shared-data.js"

const gdal = (await loadGdal()) as unknown as PeerGdal | undefined
const nodata = -9999
/** Cells of `dtm-source` that have no triangle of points. */
const FILLED = 2

interface Dtm {
  readonly minX: number
  readonly maxY: number
  readonly width: number
  readonly height: number
  readonly cellSize: number
  readonly data: Float32Array
}

/** The tiles of a raster product side by side; what no tile holds is void. */
const mosaicOf = async (folder: string): Promise<Dtm> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".tif"))
  const tiles = await Promise.all(names.map((name) => readRaster(join(folder, name))))
  const { cellSize } = tiles[0]!
  const minX = Math.min(...tiles.map((tile) => tile.minX))
  const maxY = Math.max(...tiles.map((tile) => tile.maxY))
  const width = Math.round((Math.max(...tiles.map((tile) => tile.minX + tile.width * cellSize)) - minX) / cellSize)
  const height = Math.round((maxY - Math.min(...tiles.map((tile) => tile.maxY - tile.height * cellSize))) / cellSize)
  const data = new Float32Array(width * height).fill(nodata)
  for (const tile of tiles) {
    const [column, row] = [Math.round((tile.minX - minX) / cellSize), Math.round((maxY - tile.maxY) / cellSize)]
    for (let r = 0; r < tile.height; r++)
      for (let c = 0; c < tile.width; c++) {
        const z = tile.data[r * tile.width + c]!
        if (!Number.isNaN(z)) data[(row + r) * width + column + c] = z
      }
  }
  return { minX, maxY, width, height, cellSize, data }
}

/**
 * Bilinear height and slope between the four cell centres around; NaN at the border and beside
 * voids.
 */
const surfaceAt = ({ data, width, height, minX, maxY, cellSize }: Dtm, x: number, y: number) => {
  const [column, row] = [(x - minX) / cellSize - 0.5, (maxY - y) / cellSize - 0.5]
  const [c, r] = [Math.floor(column), Math.floor(row)]
  if (c < 0 || r < 0 || c + 1 >= width || r + 1 >= height) return { z: Number.NaN, slope: 0 }
  const [u, v] = [column - c, row - r]
  const [nw, ne, sw, se] = [0, 1, width, width + 1].map((i) => data[r * width + c + i]!) as [
    number,
    number,
    number,
    number,
  ]
  if (Math.min(nw, ne, sw, se) === nodata) return { z: Number.NaN, slope: 0 }
  const z = (1 - v) * ((1 - u) * nw + u * ne) + v * ((1 - u) * sw + u * se)
  return { z, slope: Math.hypot((1 - v) * (ne - nw) + v * (se - sw), (1 - u) * (sw - nw) + u * (se - ne)) / cellSize }
}

/**
 * Pairs of segments of two lines that cross, found in squares of 4 m. Lines of one level may touch
 * in a cell's centre that lies on it.
 */
const crossings = ({ ids, ringEnds, coordinates }: Features): number => {
  const cells = new Map<string, [line: number, ax: number, ay: number, bx: number, by: number][]>()
  ids.forEach((_, f) => {
    for (let v = f > 0 ? ringEnds[f - 1]! : 0; v + 1 < ringEnds[f]!; v++) {
      const [ax, ay, bx, by] = coordinates.subarray(2 * v, 2 * v + 4) as unknown as [number, number, number, number]
      for (let i = Math.floor(Math.min(ax, bx) / 4); i <= Math.floor(Math.max(ax, bx) / 4); i++)
        for (let j = Math.floor(Math.min(ay, by) / 4); j <= Math.floor(Math.max(ay, by) / 4); j++) {
          const key = `${i} ${j}`
          const cell = cells.get(key)
          if (cell) cell.push([f, ax, ay, bx, by])
          else cells.set(key, [[f, ax, ay, bx, by]])
        }
    }
  })
  let count = 0
  const turn = (ax: number, ay: number, bx: number, by: number, x: number, y: number): number =>
    Math.sign((bx - ax) * (y - ay) - (by - ay) * (x - ax))
  for (const cell of cells.values())
    for (const [i, [f, ax, ay, bx, by]] of cell.entries())
      for (const [g, cx, cy, dx, dy] of cell.slice(i + 1)) {
        if (f === g) continue
        const apart = Math.max(ax, bx) < Math.min(cx, dx) || Math.max(cx, dx) < Math.min(ax, bx)
        const above = Math.max(ay, by) < Math.min(cy, dy) || Math.max(cy, dy) < Math.min(ay, by)
        if (apart || above) continue
        const one = turn(ax, ay, bx, by, cx, cy) * turn(ax, ay, bx, by, dx, dy)
        if (one < 0 && turn(cx, cy, dx, dy, ax, ay) * turn(cx, cy, dx, dy, bx, by) < 0) count++
      }
  return count
}

/** On a side of a cell of 0.5 m. */
const isSide = (value: number): boolean => Math.abs(2 * value - Math.round(2 * value)) < 1e-6

/**
 * Vertices of contours on slopes, and the largest distance of one from the surface, metres. Where
 * lines are cut at the outline of the data, on sides of cells, they lie on a chord of it.
 */
const farthestFrom = (surface: Dtm, { ids, ringEnds, coordinates, columns }: Features) => {
  let [steep, largest, cut] = [0, 0, 0]
  ids.forEach((_, f) => {
    for (let v = f > 0 ? ringEnds[f - 1]! : 0; v < ringEnds[f]!; v++) {
      if (isSide(coordinates[2 * v]!) || isSide(coordinates[2 * v + 1]!)) {
        cut++
        continue
      }
      const { z, slope } = surfaceAt(surface, coordinates[2 * v]!, coordinates[2 * v + 1]!)
      if (slope < 0.02 || Number.isNaN(z)) continue
      steep++
      largest = Math.max(largest, Math.abs(z - (columns["elevation"]!.values[f] as number)))
    }
  })
  return { steep, largest, cut }
}

/** Length of contours where the surface has heights, metres. */
const lengthOn = (surface: Dtm, { ids, ringEnds, coordinates }: Features): number => {
  let length = 0
  ids.forEach((_, f) => {
    for (let v = f > 0 ? ringEnds[f - 1]! : 0; v + 1 < ringEnds[f]!; v++) {
      const [ax, ay, bx, by] = coordinates.subarray(2 * v, 2 * v + 4) as unknown as [number, number, number, number]
      if (!Number.isNaN(surfaceAt(surface, (ax + bx) / 2, (ay + by) / 2).z)) length += Math.hypot(bx - ax, by - ay)
    }
  })
  return length
}

const hd = `${sharedData ?? ""}/lidar-hd`

describe.skipIf(!sharedData || gdal === undefined)("contours of a run", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-contours-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const contoursIn = async (out: string) => {
    const { features } = await readFlatGeobuf(join(out, "vector", "contour.fgb"))
    const [dtm, source] = await Promise.all(["dtm", "dtm-source"].map((name) => mosaicOf(join(out, "raster", name))))
    // Voids and bays that the data enclose are filled when the contours are made.
    const measured = { ...dtm!, data: dtm!.data.map((z, cell) => (source!.data[cell] === FILLED ? nodata : z)) }
    return { features, dtm: dtm!, measured }
  }
  const smoothed = async (name: string, inputs: readonly string[], side: string) => {
    const out = join(folder, name)
    const args = ["run", ...inputs, "--out", out, "--products", "dtm,vector", "--layers", "contour", "--json"]
    const ended = await runKept([...args, "--tile-size", side, "--set", "contour.smooth=2"])
    expect(ended.code, ended.stderr).toBe(0)
    return contoursIn(out)
  }

  it.each([
    ["corse", () => realRun("corse"), [`${hd}/pdal-ign-plugin/input/corse.laz`], "50", 1, 0.02],
    ["montpellier", montpellierRun, montpellier.points, "50", 1, 0.01],
    ["t02", () => realRun("t02"), [`${sharedData ?? ""}/bench/t02.laz`], "250", 1, 0.05],
  ] as const)("%s", async (name, run, inputs, side, interval, tolerance) => {
    const { features, dtm, measured } = await contoursIn((await run()).out)
    const src = memoryRaster(gdal!, dtm).bands.get(1)
    const dst = gdal!.drivers.get("Memory").create("").layers.create("contour", null, gdal!.wkbLineString)
    dst.fields.add(new gdal!.FieldDefn("elevation", "real"))
    gdal!.contourGenerate({ src, dst, interval, elevField: 0, nodata })
    const theirs = measureLayer(dst)
    // Around a summit whose height is a level GDAL draws a ring of no length.
    let empty = 0
    for (let one = dst.features.first(); one; one = dst.features.next())
      if ((one.getGeometry().getLength?.() ?? 1) < 1e-3) empty++
    const length = lengthOn(dtm, features)
    const smooth = await smoothed(name, inputs, side)
    const { steep, largest } = farthestFrom(smooth.measured, smooth.features)
    const exact = farthestFrom(measured, features)
    const crossed = [crossings(features), crossings(smooth.features)]
    process.stdout.write(
      `${name}: ${features.ids.length} lines, ${length.toFixed(1)} m of them on the model, gdal_contour ${theirs.features} of ${theirs.length.toFixed(1)} m; smoothed ${smooth.features.ids.length} lines, ${steep} vertices on slopes, farthest ${largest.toFixed(4)} m; crossings ${crossed.join(" and ")}\n`,
    )
    // Contours are made before bays are filled.
    if (tolerance === 0.01) expect(features.ids.length).toBe(theirs.features - empty)
    expect(empty).toBeLessThan(3)
    expect(Math.abs(length / theirs.length - 1)).toBeLessThan(tolerance)
    expect(exact.steep).toBeGreaterThan(1000)
    expect(exact.cut).toBeLessThan(2 * features.ids.length)
    expect(exact.largest).toBeLessThanOrEqual(0.001)
    expect(steep).toBeGreaterThan(300)
    // Heights are single: a step is 8 µm at most.
    expect(largest).toBeLessThanOrEqual(0.05 + 1e-4)
    expect(crossed).toEqual([0, 0])
  })
})
