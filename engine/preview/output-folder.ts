/** Opens an output folder and lists the products that a map can show. */
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { Box2 } from "../core/geometry/box.js"
import { readTileset } from "../formats/tiles3d/read-tileset.js"
import { openFlatGeobufSearch } from "../formats/vector/flatgeobuf/search.js"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import { coverArea, type Grid, TileKey } from "../grid/tile-key.js"
import { type DeclaredPorts, declaredPorts } from "../job/declared-ports.js"
import { layout } from "../job/layout.js"
import { notAnOutput, readRunFacts } from "../job/output-folder.js"
import { listProductFiles } from "../job/product-files.js"
import type { OptionValue } from "../kernel.js"
import type { SurfaceFile } from "./draw-surface.js"
import type { PlacedFile } from "./height-grid.js"

/** The drawable products of an output folder. */
export interface OutputFolder {
  readonly path: string
  /** Last part of its path. */
  readonly name: string
  readonly grid: Grid
  readonly crs: Crs
  /** Box around the points of the job's inputs, CRS metres. */
  readonly pointsBox?: Box2
  readonly source: string
  /** Version of maille that made it. */
  readonly version: string
  /** Days of acquisition; absent where no product states them. */
  readonly acquired?: string
  /** Declarations of the products by kernels. */
  readonly ports: DeclaredPorts
  readonly options: Readonly<Record<string, Readonly<Record<string, OptionValue>>>>
  /** Files of a raster product, by row from the south, then column. */
  rasters(name: string): Promise<readonly (PlacedFile & { readonly key: TileKey })[]>
  /** Contents of all levels of the tileset. */
  contents(): Promise<readonly SurfaceFile[]>
  /** Path of a vector layer, if it exists. */
  layer(name: string): string | undefined
}

/**
 * Opens the output folder of a run by its `job.json`.
 *
 * @throws EngineError E_INPUT where that is missing or incomplete
 */
export const openOutputFolder = async (path: string): Promise<OutputFolder> => {
  const job = await readRunFacts(path)
  const { epsg, tileSize, leafLevel } = job
  if (leafLevel === undefined) throw await notAnOutput(path)
  const crs = crsByEpsg(epsg)
  const grid = coverArea(crs.area, tileSize)
  const ports = await declaredPorts(job.modules)
  const acquired = await readAcquired(path, ports)
  return {
    path,
    name: basename(path),
    grid,
    crs,
    ...(job.pointsBox === undefined ? {} : { pointsBox: job.pointsBox }),
    source: job.source,
    version: job.version,
    ...(acquired === undefined ? {} : { acquired }),
    ports,
    options: (job.options ?? {}) as OutputFolder["options"],
    rasters: async (name) =>
      placed(path, `raster/${name}`, /^(\d+)-(\d+)-(\d+)\.tif$/, grid).then((files) =>
        files.filter(({ key }) => key.level === leafLevel),
      ),
    contents: () => placed(path, "tiles", /^(\d+)[\\/](\d+)[\\/](\d+)(?:-([0-3]+))?\.glb$/, grid),
    layer: (name) => {
      const file = join(path, layout.layer(name))
      return existsSync(file) ? file : undefined
    },
  }
}

const placed = async (path: string, folder: string, pattern: RegExp, grid: Grid): Promise<SurfaceFile[]> => {
  const files = (await listProductFiles(path, `${folder}/`)).flatMap(({ path: name, place }): SurfaceFile[] => {
    const found = pattern.exec(name.slice(folder.length + 1))
    const [, level, x, y] = found?.map(Number) ?? []
    if (level === undefined || x === undefined || y === undefined) return []
    const key = { level, x, y }
    return [{ path: place, key, box: boxOfPart(TileKey.box(grid, key), found?.[4] ?? "") }]
  })
  return files.sort((a, b) => TileKey.compare(a.key, b.key) || (a.path < b.path ? -1 : 1))
}

/** The box of a part of a tile (see `layout.mesh`). */
const boxOfPart = (tile: Box2, part: string): Box2 => {
  let [minX, minY, maxX, maxY] = tile
  for (const quadrant of part) {
    const [midX, midY] = [(minX + maxX) / 2, (minY + maxY) / 2]
    if (Number(quadrant) % 2 === 0) maxX = midX
    else minX = midX
    if (Number(quadrant) < 2) maxY = midY
    else minY = midY
  }
  return [minX, minY, maxX, maxY]
}

/** As the tileset or a vector layer states it. */
const readAcquired = async (path: string, { layers }: DeclaredPorts): Promise<string | undefined> => {
  const tileset = join(path, layout.tileset)
  if (existsSync(tileset)) {
    const acquired = readTileset(await readFile(tileset), tileset).asset.extras?.["acquired"]
    if (typeof acquired === "string") return acquired
  }
  for (const name of layers.keys()) {
    const file = join(path, layout.layer(name))
    if (!existsSync(file)) continue
    const layer = await openFlatGeobufSearch(file)
    await layer.close()
    if (layer.metadata["acquired"] !== undefined) return layer.metadata["acquired"]
  }
  return undefined
}

/** Box around the features of the vector layers that a map can show; undefined without any. */
export const layersBox = async (folder: OutputFolder): Promise<Box2 | undefined> => {
  const boxes: Box2[] = []
  for (const [name, { style }] of folder.ports.layers) {
    const path = style?.map === undefined ? undefined : folder.layer(name)
    if (path === undefined) continue
    const layer = await openFlatGeobufSearch(path)
    await layer.close()
    if (layer.box !== undefined) boxes.push(layer.box)
  }
  return boxes.length === 0 ? undefined : boxes.reduce(Box2.union)
}

/** The work tiles with a raster or mesh. */
export const workTiles = async (folder: OutputFolder): Promise<readonly SurfaceFile[]> => {
  for (const name of folder.ports.rasters.keys()) {
    const files = await folder.rasters(name)
    if (files.length > 0) return files
  }
  const files = (await folder.contents()).filter(({ key }) => key.level === folder.grid.leafLevel)
  return [...new Map(files.map((file) => [TileKey.format(file.key), file])).values()]
}
