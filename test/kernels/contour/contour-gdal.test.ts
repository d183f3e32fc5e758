/** Contours beside GDAL's of the same raster: as many lines, as long. */
import { describe, expect, it } from "vitest"
import { measureLayer, memoryRaster, type PeerGdal } from "../../../bench/gdal-layers.js"
import { seededRandom } from "../../../engine/core/random.js"
import { loadGdal } from "../../../engine/formats/raster/load-gdal.js"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import type { Features, Kernel, Raster } from "../../../engine/kernel.js"
import contour from "../../../kernels/contour/contour.js"
import join from "../../../kernels/contour/contour-join.js"
import { optionsOf, scratch } from "../../scenes/kernel-run.js"
import { sharedData } from "../../shared-data.js"

const gdal = (await loadGdal()) as unknown as PeerGdal | undefined
const nodata = -9999

/** The kernel and its join on a raster as the one tile of a job. */
const ours = (dtm: Raster & { readonly data: Float32Array }, interval: number): Features[] => {
  const { minX, maxY, width, height, cellSize } = dtm
  const cell = [minX, maxY - height * cellSize, minX + width * cellSize, maxY] as const
  const tile = { key: "0/0/0", cell, core: cell, extent: cell, origin: [minX, cell[1], 0], step: 1, epsg: 2154 }
  const run = (kernel: unknown, input: object, given: Record<string, number>): Record<string, unknown> =>
    (kernel as Kernel).run(tile as never, input as never, optionsOf(kernel as Kernel, given), scratch)
  const traced = run(contour, { dtm }, { interval, minLength: 0 })
  const joined = run(join, { "contour-part": [traced["contour-part"]] }, {})
  return [traced["contour"] as Features, joined["contour"] as Features]
}

const figures = (dtm: Raster & { readonly data: Float32Array }, interval: number) => {
  const layers = ours(dtm, interval)
  const lengths = layers.flatMap(({ columns }) => Array.from(columns["length"]!.values as Float64Array))
  const src = memoryRaster(gdal!, { ...dtm, data: dtm.data.map((z) => (Number.isNaN(z) ? nodata : z)) }).bands.get(1)
  const dst = gdal!.drivers.get("Memory").create("").layers.create("contour", null, gdal!.wkbLineString)
  dst.fields.add(new gdal!.FieldDefn("elevation", "real"))
  gdal!.contourGenerate({ src, dst, interval, elevField: 0, nodata })
  const theirs = measureLayer(dst)
  return {
    lines: [layers.reduce((sum, { ids }) => sum + ids.length, 0), theirs.features],
    lengths: [lengths.reduce((sum, length) => sum + length, 0), theirs.length],
  }
}

const compare = (dtm: Raster & { readonly data: Float32Array }, interval: number, least: number): void => {
  const { lines, lengths } = figures(dtm, interval)
  expect(lines[0]).toBe(lines[1])
  expect(lines[0]).toBeGreaterThan(least)
  expect(Math.abs(lengths[0]! / lengths[1]! - 1)).toBeLessThan(1e-4)
}

/** Hills with noise, and holes of one cell and of many. */
const seeded = (seed: number): Raster & { readonly data: Float32Array } => {
  const random = seededRandom(seed)
  const side = 120
  const data = Float32Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)]
    const hole = random() < 0.002 || Math.hypot(x - 50, y - 70) < 12 || (x > 80 && y < 9 + seed)
    return hole ? Number.NaN : 50 + 6 * Math.sin(x / 17 + seed) * Math.cos(y / 23) + 0.4 * random()
  })
  return { width: side, height: side, minX: 700_500, maxY: 6_600_500, cellSize: 0.5, data }
}

describe.skipIf(gdal === undefined)("vector.contour beside gdal.contourGenerate", () => {
  it.each([1, 2, 3, 4, 5])("seeded ground %i with voids: as many lines, as long", (seed) => {
    compare(seeded(seed), 1, 40)
    compare(seeded(seed), 0.3, 200)
  })

  it.skipIf(sharedData === undefined)("a real DTM of 1 km²: as many lines, as long", async () => {
    const dtm = (await readRaster(`${sharedData}/bench/dtm_0292_6833_50cm.tif`)) as Raster & {
      readonly data: Float32Array
    }
    compare(dtm, 1, 1000)
  })
})
