/** Plans a job from an index of tiles, to estimate it before any tile is downloaded. */
import { counted } from "../core/texts.js"
import { EngineError } from "../errors.js"
import type { Job } from "../job/job.js"
import { indexCatalogue, tileFigures } from "../spatial/index-sources.js"
import { readTileIndex } from "../spatial/tile-index.js"
import type { KnownCost } from "./cost/task-costs.js"
import { planJob } from "./plan.js"
import { selectTiles } from "./select-tiles.js"

/** A delivered file that a job would read. */
export interface NeededTile {
  readonly name: string
  readonly url: string
  readonly points: number
  readonly sizeBytes: number
  /** True if the index lacks the number of points or the size. */
  readonly assumed: boolean
}

/**
 * Distance beyond an area from which work tiles and halos read points, metres: 1 km for the ring of
 * work tiles, and 1 km for halos.
 */
const reach = 2000

/**
 * Plans a job from the point tiles of an index (answers of IGN's WFS as GeoJSON) that its area and
 * surroundings need. The tasks are those of a run, derived only from names, places and addresses.
 * Points and bytes come from the index, else from `assumedTile`; hashes differ from those of a run,
 * which knows the contents.
 *
 * @throws EngineError as `readTileIndex`, `selectTiles` and `planJob`; E_INPUT for an index without
 * point tiles
 */
export const planFromIndex = async (job: Job, tileIndex: readonly string[], known: KnownCost = {}) => {
  const index = await readTileIndex(tileIndex)
  const points = index.tiles.filter(({ kind }) => kind === "points")
  if (points.length === 0) {
    const images = counted(index.tiles.length, "image")
    const text = `--tile-index: no point tiles in ${tileIndex.join(", ")} (${images}). Give an index of point tiles.`
    throw new EngineError("E_INPUT", text)
  }
  const { tiles, epsg } = await selectTiles({ ...index, tiles: points }, { ...job, margin: reach })
  const catalogue = indexCatalogue(tiles, epsg)
  const inputs = catalogue.sources.map(({ path }) => path)
  const plan = await planJob({ ...job, inputs, epsg }, { ...known, catalogue, colours: "stored" })
  const used = new Set(plan.tasks.flatMap((task) => task.sources.map((source) => catalogue.sources[source]?.path)))
  const needed = tiles.flatMap((tile) =>
    used.has(tile.url) ? [{ name: tile.name, url: tile.url, ...tileFigures(tile) }] : [],
  )
  const total = needed.reduce((sum, tile) => sum + tile.points, 0)
  return { plan: { ...plan, points: total, warnings: [...index.warnings, ...plan.warnings] }, tiles: needed }
}
