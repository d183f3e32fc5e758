/** Compares mesh and height rasters, for an output folder whose points are not at hand. */
import { readRaster } from "../../formats/raster/tiff/read-raster.js"
import { joinContents } from "../../formats/tiles3d/join-contents.js"
import type { Geoid } from "../../grid/geoid.js"
import { TileKey } from "../../grid/tile-key.js"
import { layout } from "../../job/layout.js"
import { listProductFiles } from "../../job/product-files.js"
import type { OutputFacts } from "../output-facts.js"
import { readContents } from "../read-contents.js"
import type { ValidateReport } from "../validate-report.js"
import type { WrittenTile } from "../written-tiles.js"
import { addHeightDifferences, type HeightSums, rmseOf } from "./height-sums.js"
import { placeVertices } from "./place-vertices.js"

/** Relief of the surroundings of a vertex above which it stands at a wall or a cliff, metres. */
const WALL_RELIEF = 1

const nothingCompared: ValidateReport["accuracy"] = {
  groundRmse: null,
  groundMax: null,
  ground95: null,
  groundPoints: 0,
  groundRejected: 0,
  groundAtEdge: 0,
  groundAtDeck: 0,
  groundSteep: 0,
  roofRmse: null,
  roofMax: null,
  roof95: null,
  roofPoints: 0,
  buildings: 0,
  buildingRmseMedian: null,
  buildingRmse95: null,
  covered: null,
  coveredPoints: null,
}

/** Vertices against the rasters, where there are no points to compare with: of class 2 the bare earth, of class 6 the first surface. */
export const checkHeights = async (
  folder: string,
  tiles: readonly WrittenTile[],
  { crs, grid, bareEarth, firstSurface }: OutputFacts,
  geoid: Geoid | undefined,
  problem: (text: string) => void,
): Promise<ValidateReport["accuracy"]> => {
  const rasters = new Map((await listProductFiles(folder, "raster/")).map(({ path, place }) => [path, place]))
  const ground: HeightSums = { count: 0, squares: 0, max: 0 }
  const roofs: HeightSums = { count: 0, squares: 0, max: 0 }
  for (const tile of tiles) {
    if (geoid === undefined || rasters.size === 0 || tile.key.level !== grid.leafLevel) continue
    try {
      const vertices = placeVertices(joinContents(await readContents(tile)), crs, geoid)
      for (const [product, code, sums] of [
        [bareEarth, 2, ground],
        [firstSurface, 6, roofs],
      ] as const) {
        const path = product === undefined ? undefined : rasters.get(layout.raster(product, tile.key))
        if (path !== undefined) addHeightDifferences(sums, vertices, code, await readRaster(path), WALL_RELIEF)
      }
    } catch (error) {
      problem(`tile ${TileKey.format(tile.key)}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const groundMax = ground.count === 0 ? null : ground.max
  return { ...nothingCompared, groundRmse: rmseOf(ground), groundMax, roofRmse: rmseOf(roofs) }
}
