/** Describes an output folder for the viewer page. */
import { existsSync } from "node:fs"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { jsonElements } from "../../engine/core/files/line-batches.js"
import type { Box2 } from "../../engine/core/geometry/box.js"
import type { FeaturesStyle } from "../../engine/core/kernel-styles.js"
import { EngineError } from "../../engine/errors.js"
import { openFlatGeobufSearch } from "../../engine/formats/vector/flatgeobuf/search.js"
import { type Crs, crsByEpsg } from "../../engine/grid/crs.js"
import { openGeoid } from "../../engine/grid/geoid.js"
import { coverArea, TileKey } from "../../engine/grid/tile-key.js"
import { declaredPorts, rasterOfHeights } from "../../engine/job/declared-ports.js"
import { loadFrenchNames } from "../../engine/job/kernels/presets.js"
import { layout } from "../../engine/job/layout.js"
import { type RunFacts, readRunFacts, shownBox } from "../../engine/job/output-folder.js"
import { listProductNames } from "../../engine/job/product-files.js"

/** Colours, used in turn, for layers whose kernels declare no style. */
const OTHERS = ["#d400ff", "#ff2d95", "#ffffff"] as const

/**
 * Samples a side. The geoid is smooth: it bends by less than 1 cm between places 20 km apart, over
 * a job of 100 km.
 */
const GEOID_SIDE = 6

/**
 * Describes the output folder of a run, finished or not.
 * @throws EngineError E_INPUT where there is no `job.json` of a run; E_FORMAT for a damaged plan
 */
export const describeOutput = async (folder: string) => {
  const job = await readRunFacts(folder)
  const crs = crsByEpsg(job.epsg)
  const tiles = await boxOfPlan(folder, crs, job.tileSize).catch(() => {
    const path = join(folder, "plan.json")
    throw new EngineError("E_FORMAT", `${path}: damaged or edited. Run the job again to write it.`, { file: path })
  })
  const box = tiles && shownBox(job, tiles)
  const ports = await declaredPorts(job.modules)
  const { rasters, layers } = await listProductNames(folder)
  const vectors = await filledLayers(folder, layers)
  const colour = (index: number): string => OTHERS[index % OTHERS.length] ?? OTHERS[0]
  const styles = vectors.map((name, i) => [name, ports.layers.get(name)?.style ?? { colour: colour(i) }] as const)
  const units = rasters.map((name) => [name, ports.rasters.get(name)?.style?.unit ?? "m"] as const)
  return {
    version: job.version,
    source: job.source,
    crs: { epsg: job.epsg, name: crs.name, proj: crs.definition },
    /** Box around the points within the work tiles, CRS metres; absent without a plan. */
    ...(box === undefined ? {} : { box }),
    ...(await undulationOver(box, crs, job)),
    /** True where the job writes textures as KTX2. */
    hasKtx2: job.textureFormat?.startsWith("ktx2") === true,
    /** True where textures have an infrared image too. */
    hasInfrared: (job.irc ?? []).length > 0,
    tileset: existsSync(join(folder, layout.tileset)),
    /** Names of rasters (`raster/NAME.vrt`) and vector layers (`vector/NAME.fgb`), their styles. */
    rasters,
    vectors,
    styles: Object.fromEntries<FeaturesStyle>(styles),
    /** Names that height rasters have, whether they exist or not. */
    heights: { bareEarth: rasterOfHeights(ports, "bare-earth"), firstSurface: rasterOfHeights(ports, "first-surface") },
    /** For the page in French. */
    frenchNames: await loadFrenchNames(),
    /** Units of rasters that are not in metres. */
    units: Object.fromEntries(units.filter(([, unit]) => unit !== "m")),
    /** Paths of point files (COPC), relative to the folder. */
    points: (await readdir(join(folder, "points")).catch(() => []))
      .filter((name) => name.endsWith(".copc.laz") && !name.startsWith("."))
      .sort()
      .map((name) => `points/${name}`),
  }
}

/** The products of an output folder and their place on Earth, as the page needs them. */
export type OutputDescription = Awaited<ReturnType<typeof describeOutput>>

/**
 * Layers with features: an empty one has no index to query. A layer that cannot be opened remains,
 * and the page reports it.
 */
const filledLayers = async (folder: string, names: readonly string[]): Promise<string[]> => {
  const filled: string[] = []
  for (const name of names) {
    const layer = await openFlatGeobufSearch(join(folder, layout.layer(name))).catch(() => undefined)
    if (layer?.count !== 0) filled.push(name)
    await layer?.close()
  }
  return filled
}

const boxOfPlan = async (folder: string, crs: Crs, tileSize: number): Promise<Box2 | undefined> => {
  const path = join(folder, "plan.json")
  if (!existsSync(path)) return undefined
  const grid = coverArea(crs.area, tileSize)
  let box: [number, number, number, number] | undefined
  for await (const task of jsonElements(path, "tasks")) {
    const { stage, key, neighbour } = task as { stage: string; key: string; neighbour?: true }
    if ((stage !== "tile" && stage !== "model") || neighbour) continue
    const [minX, minY, maxX, maxY] = TileKey.box(grid, TileKey.parse(key))
    box ??= [minX, minY, maxX, maxY]
    box = [Math.min(box[0], minX), Math.min(box[1], minY), Math.max(box[2], maxX), Math.max(box[3], maxY)]
  }
  return box
}

/**
 * Height of the geoid above the ellipsoid on `side` × `side` places over the box, rows from the
 * south, metres; and limitations of the page with their reasons, for the user. A missing grid
 * becomes a note, not an error: the result may have been made on another machine.
 */
const undulationOver = async (box: Box2 | undefined, crs: Crs, job: RunFacts): Promise<Undulation> => {
  if (box === undefined) return { notes: [] }
  try {
    const geoid = await openGeoid(job)
    const values: number[] = []
    for (let row = 0; row < GEOID_SIDE; row++) {
      for (let column = 0; column < GEOID_SIDE; column++) {
        const x = box[0] + ((box[2] - box[0]) * column) / (GEOID_SIDE - 1)
        const y = box[1] + ((box[3] - box[1]) * row) / (GEOID_SIDE - 1)
        values.push(geoid.undulation(...crs.toGeographic(x, y)))
      }
    }
    return { undulation: { side: GEOID_SIDE, values }, notes: [] }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return {
      notes: [`Vector layers on the globe are off by the height of the geoid, which cannot be read: ${message}`],
    }
  }
}

interface Undulation {
  readonly undulation?: { readonly side: number; readonly values: readonly number[] }
  readonly notes: readonly string[]
}
