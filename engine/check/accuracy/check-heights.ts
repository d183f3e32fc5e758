/** Compares mesh and height rasters of an output folder whose points are missing. */
import { readRaster } from "../../formats/raster/tiff/read-raster.js"
import { joinContents } from "../../formats/tiles3d/join-contents.js"
import type { Geoid } from "../../grid/geoid.js"
import { TileKey } from "../../grid/tile-key.js"
import { layout } from "../../job/layout.js"
import { listProductFiles } from "../../job/product-files.js"
import type { Raster } from "../../kernel.js"
import type { OutputFacts } from "../output-facts.js"
import type { ValidateReport } from "../validate-report.js"
import { readContents, type WrittenTile } from "../written-tiles.js"
import { emptySums, makeReport } from "./check-accuracy.js"
import type { ErrorSums } from "./error-sums.js"
import { type PlacedVertices, placeVertices } from "./place-vertices.js"

/** Metres of relief around a vertex above which it is at a wall or a cliff. */
const WALL_RELIEF = 1

/**
 * Compares vertices with the rasters: class 2 with the bare earth, class 6 with the first surface.
 */
export const checkHeights = async (
  folder: string,
  tiles: readonly WrittenTile[],
  { crs, grid, bareEarth, firstSurface }: OutputFacts,
  geoid: Geoid | undefined,
  problem: (text: string) => void,
): Promise<ValidateReport["accuracy"]> => {
  const rasters = new Map((await listProductFiles(folder, "raster/")).map(({ path, place }) => [path, place]))
  const nothing = makeReport(emptySums(), undefined)
  const { ground, roofs } = emptySums()
  for (const tile of tiles) {
    if (geoid === undefined || rasters.size === 0 || tile.key.level !== grid.leafLevel) continue
    try {
      const vertices = placeVertices(joinContents(await readContents(tile)), crs, geoid)
      for (const [product, code, sums] of [
        [bareEarth, 2, ground],
        [firstSurface, 6, roofs],
      ] as const) {
        const path = product === undefined ? undefined : rasters.get(layout.raster(product, tile.key))
        if (path !== undefined) addDifferences(sums, vertices, code, await readRaster(path))
      }
    } catch (error) {
      problem(`tile ${TileKey.format(tile.key)}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { ...nothing, groundRmse: ground.rmse(), groundMax: ground.max(), roofRmse: roofs.rmse() }
}

/**
 * Adds the differences between the vertices of one class and a raster, bilinear between cell
 * centres. Omits vertices at void cells and outside, and where the 4 × 4 cells around have more
 * relief than `WALL_RELIEF`: beside a wall, a raster's height is meaningless.
 */
const addDifferences = (sums: ErrorSums, { places, classes }: PlacedVertices, code: number, raster: Raster): void => {
  for (let i = 0; i < classes.length; i++) {
    if (classes[i] !== code) continue
    const difference = places[3 * i + 2]! - heightAt(raster, places[3 * i]!, places[3 * i + 1]!)
    if (!Number.isNaN(difference)) sums.add(difference)
  }
}

const heightAt = (raster: Raster, x: number, y: number): number => {
  const column = (x - raster.minX) / raster.cellSize - 0.5
  const row = (raster.maxY - y) / raster.cellSize - 0.5
  const [left, top] = [Math.floor(column), Math.floor(row)]
  const cell = (dx: number, dy: number): number => {
    const [at, line] = [left + dx, top + dy]
    if (at < 0 || line < 0 || at >= raster.width || line >= raster.height) return Number.NaN
    return raster.data[line * raster.width + at]!
  }
  let [low, high] = [Infinity, -Infinity]
  for (let k = 0; k < 16; k++) {
    const value = cell((k % 4) - 1, (k >> 2) - 1)
    if (value < low) low = value
    if (value > high) high = value
  }
  if (high - low > WALL_RELIEF) return Number.NaN
  const [u, v] = [column - left, row - top]
  const upper = cell(0, 0) * (1 - u) + cell(1, 0) * u
  const lower = cell(0, 1) * (1 - u) + cell(1, 1) * u
  return upper * (1 - v) + lower * v
}
