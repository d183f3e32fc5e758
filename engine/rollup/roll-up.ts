/**
 * Writes the products that span tiles, once all tasks have ended: mosaics, tilesets, solids, kept
 * points, other vector formats.
 */
import { dirname, posix } from "node:path"
import { describeRaster } from "../formats/raster/tiff/describe-raster.js"
import { encodeVrt, type VrtTile } from "../formats/raster/vrt.js"
import { TileKey } from "../grid/tile-key.js"
import { writeIfChanged } from "../job/copied-text.js"
import { kernelOf } from "../job/kernels/load-kernels.js"
import { layout } from "../job/layout.js"
import type { EndRecord } from "../journal/journal-record.js"
import type { NotedFiles } from "../journal/noted-files.js"
import type { Plan } from "../plan/plan.js"
import { gatherPoints } from "./gather-kept-points.js"
import { gatherVectorFormats } from "./gather-vector-formats.js"
import { gatherSolids } from "./gathered.js"
import { type PackedProducts, packedProducts, packProducts } from "./pack-products.js"

/**
 * Writes the products that span tiles: a mosaic per raster product, the tileset, solids, kept
 * points, and vector layers in other formats. They are made only from the tasks' ends, in an order
 * of their own. A file is written only where its bytes differ: a run that changed nothing leaves
 * every file as it was. Returns the paths of these files. Other such files that a former run
 * recorded are to be removed.
 *
 * Packs are sealed. They keep files of `former` ends, by `stage key`, and of tiles read for their
 * neighbours, and lose those that the job no longer has (`gone`).
 */
export const rollUp = async (
  plan: Plan,
  ends: readonly EndRecord[],
  former: ReadonlyMap<string, EndRecord>,
  { neighbours = [], gone = [], notes }: OtherEnds = {},
): Promise<Set<string>> => {
  const packed = packedProducts(former, [...neighbours, ...ends], gone)
  const written = [
    ...(await writeMosaics(plan, ends, packed, notes)),
    ...(await packProducts(plan, ends, packed, notes)),
    ...(await gatherSolids(plan, ends, notes)),
    ...(await gatherPoints(plan, ends, notes)),
    ...(await gatherVectorFormats(plan, ends, notes)),
    ...(plan.colours === undefined ? [] : [layout.colours]),
  ]
  return new Set(written)
}

/** Ends besides those of the job's own tasks, and the receiver of the hashes of written files. */
export interface OtherEnds {
  readonly neighbours?: readonly EndRecord[]
  readonly gone?: readonly EndRecord[]
  readonly notes?: NotedFiles | undefined
}

/** True for either stage of a work tile. */
const isTile = ({ stage }: EndRecord): boolean => stage === "tile" || stage === "model"

// ----- rasters

const writeMosaics = async (
  plan: Plan,
  ends: readonly EndRecord[],
  packed: PackedProducts,
  notes?: NotedFiles,
): Promise<string[]> => {
  const { context, kernels } = plan
  const written: string[] = []
  const common = commonCell(plan)
  for (const step of [...context.chains.tile, ...context.chains.model]) {
    const kernel = kernelOf(kernels, step.id)
    for (const [name, port] of Object.entries(kernel?.outputs ?? {})) {
      if (port.kind !== "raster" || port.publish === false || port.finishes !== undefined) continue
      if (!context.chains.publish.includes(name)) continue
      const cellSize = port.cell?.(step.options) ?? Number(step.options["cell"] ?? common)
      const tiles = ends.flatMap((end) => mosaicTile(plan, packed, end, name, cellSize))
      const type = port.type ?? "float"
      const noData = type === "float" ? -9999 : 0
      const facts = describeRaster(name, port, step.options, context)
      const metadata = { title: name, source: context.source, software: `maille ${context.version}` }
      const text = encodeVrt(tiles, { ...facts, cellSize, noData, type, metadata })
      if (text === "") continue
      await writeIfChanged(plan.job.out, layout.mosaic(name), text, notes)
      written.push(layout.mosaic(name))
    }
  }
  return written
}

/** Side of cells that the first raster of the chain states: others that state none follow it. */
const commonCell = ({ context, kernels }: Plan): number => {
  for (const { id, options } of context.chains.tile) {
    for (const port of Object.values(kernelOf(kernels, id)?.outputs ?? {})) {
      const cell = port.kind === "raster" ? port.cell?.(options) : undefined
      if (cell !== undefined) return cell
    }
  }
  return 0.5
}

const mosaicTile = (
  plan: Plan,
  { archives }: PackedProducts,
  end: EndRecord,
  name: string,
  cellSize: number,
): VrtTile[] => {
  if (!isTile(end) || end.outcome !== "done") return []
  const key = TileKey.parse(end.key)
  const path = layout.raster(name, key)
  if (!end.files.some((file) => file.path === path)) return []
  const [minX, minY, maxX, maxY] = TileKey.box(plan.context.grid, key)
  const size = { width: Math.round((maxX - minX) / cellSize), height: Math.round((maxY - minY) / cellSize) }
  const archive = archives.get(path)
  // For GDAL started in the output folder: it takes no archive path relative to the mosaic.
  const place = archive === undefined ? {} : { packed: `/vsizip/${archive}/${path}` }
  return [{ path: posix.relative(dirname(layout.mosaic(name)), path), ...place, minX, maxY, ...size }]
}
