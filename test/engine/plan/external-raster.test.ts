import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { encodeCog } from "../../../engine/formats/raster/tiff/cog.js"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import type { Raster } from "../../../engine/kernel.js"
import { encodeExternalRaster } from "../../../engine/plan/external-raster.js"

const RELIEF = { flag: "--relief", cell: 50 }
let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-relief-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A file whose heights are those of a plane in its own coordinates. */
const file = async (
  epsg: number,
  place: Omit<Raster, "data">,
  heightAt: (x: number, y: number) => number,
): Promise<string> => {
  const { width, height, minX, maxY, cellSize } = place
  const data = Float32Array.from({ length: width * height }, (_, i) =>
    heightAt(minX + ((i % width) + 0.5) * cellSize, maxY - (Math.floor(i / width) + 0.5) * cellSize),
  )
  const bytes = encodeCog({ ...place, data }, { epsg, metadata: {} })
  if (epsg === 4326) {
    // The key of a CRS in degrees instead of the one of a projected CRS.
    const [projected, geographic] = [3072, 2048].map((key) => Buffer.from(Uint16Array.of(key, 0, 1, epsg).buffer))
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).set(geographic!, Buffer.from(bytes).indexOf(projected!))
  }
  const path = join(folder, `${epsg}.tif`)
  await writeFile(path, bytes)
  return path
}
const resampled = async (path: string, box: Box2): Promise<Raster> => {
  const copy = join(folder, "copy.tif")
  await writeFile(copy, await encodeExternalRaster(path, RELIEF, 2154, box))
  return readRaster(copy)
}
const BOX = [700_010, 6_600_010, 702_990, 6_601_990] as const
const { toGeographic } = crsByEpsg(2154)

it.each([
  ["degrees", 4326, { width: 200, height: 160, minX: 2.98, maxY: 46.53, cellSize: 0.0005 }, 1e4],
  ["another projected CRS", 32631, { width: 150, height: 150, minX: 498_500, maxY: 5_153_500, cellSize: 30 }, 0.1],
] as const)("resamples heights in %s to cells of the job's CRS, whatever the box", async (_, epsg, place, slope) => {
  const plane = (x: number, y: number): number => slope * (x - place.minX) + slope * 0.7 * (place.maxY - y)
  const path = await file(epsg, place, plane)
  const all = await resampled(path, BOX)
  expect([all.width, all.height, all.minX, all.maxY, all.cellSize]).toEqual([60, 40, 700_000, 6_602_000, 50])
  for (let i = 0; i < all.data.length; i += 37) {
    const [lon, lat] = toGeographic(700_025 + 50 * (i % 60), 6_601_975 - 50 * Math.floor(i / 60))
    const [x, y] = epsg === 4326 ? [lon, lat] : crsByEpsg(epsg).fromGeographic(lon, lat)
    expect(Math.abs(all.data[i]! - plane(x, y))).toBeLessThan(0.05)
  }
  const part = await resampled(path, [701_000, 6_600_400, 701_900, 6_601_000])
  for (let row = 0; row < part.height; row++)
    expect(part.data.subarray(row * 18, row * 18 + 18)).toEqual(
      all.data.subarray((20 + row) * 60 + 20, (20 + row) * 60 + 38),
    )
})

it("names a file without heights around the job, without a CRS, or that is no raster", async () => {
  const place = { width: 9, height: 9, minX: 500_000, maxY: 5_000_000, cellSize: 30 }
  await expect(encodeExternalRaster(await file(32631, place, () => 1), RELIEF, 2154, BOX)).rejects.toThrow(
    /box|no value/,
  )
  await expect(encodeExternalRaster(await file(4230, place, () => 1), RELIEF, 2154, BOX)).rejects.toThrow(/EPSG:4230/)
  const text = join(folder, "text.tif")
  await writeFile(text, "heights")
  await expect(encodeExternalRaster(text, RELIEF, 2154, BOX)).rejects.toThrow(/--relief.*text\.tif/)
})
