/** Reads the job of an output folder and finds the contents of the tile to export. */

import { dirname } from "node:path"
import { checkFields } from "../core/arguments.js"
import { EngineError } from "../errors.js"
import { crsByEpsg } from "../grid/crs.js"
import { coverArea, type Grid, TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { notAnOutput, readRunFacts } from "../job/output-folder.js"
import { listProductFiles } from "../job/product-files.js"
import type { ExportRequest } from "./export-formats.js"

/**
 * Reads the job of an output folder.
 * @throws EngineError E_INPUT where it has no job.json of a run
 */
export const readJob = async (folder: string) => {
  const { leafLevel, ...job } = await readRunFacts(folder)
  if (leafLevel === undefined) throw await notAnOutput(folder)
  return { ...job, grid: coverArea(crsByEpsg(job.epsg).area, job.tileSize) }
}

/** Key of the requested tile. */
export const findKey = (tile: ExportRequest["tile"], grid: Grid): TileKey => {
  if (typeof tile === "string") return TileKey.parse(tile)
  checkFields(tile, "tile", { at: "numbers", level: "whole?" })
  const level = tile.level ?? grid.leafLevel
  return TileKey.at(grid, level, tile.at[0], tile.at[1])
}

/** Paths of a tile's contents: a single one, or its parts in order. */
export const listContents = async (folder: string, key: TileKey): Promise<string[]> => {
  const whole = layout.mesh(key)
  const start = `${whole.slice(0, -".glb".length)}-`
  const isContent = (path: string): boolean =>
    path === whole || (path.startsWith(start) && /^[0-3]+\.glb$/.test(path.slice(start.length)))
  return (await listProductFiles(folder, `${dirname(whole)}/`))
    .filter(({ path }) => isContent(path))
    .map(({ place }) => place)
}

/** The error for a run without meshes. */
export const noMesh = (folder: string): EngineError =>
  new EngineError("E_INPUT", `${folder}: no mesh. Run its job with --add --products mesh or texture.`, { file: folder })

/** The error for a tile without a mesh. It names existing tiles, as far as they fit a line. */
export const missing = async (folder: string, key: TileKey): Promise<EngineError> => {
  const files = await listProductFiles(folder, "tiles/")
  const pattern = /^tiles\/(\d+)\/(\d+)\/(\d+)(?:-[0-3]+)?\.glb$/
  const keys = new Set(files.flatMap(({ path: name }) => pattern.exec(name)?.slice(1, 4).join("/") ?? []))
  const some = [...keys].sort().slice(0, 6).join(", ")
  if (keys.size === 0) return noMesh(folder)
  const text = `${folder}: no mesh of tile ${TileKey.format(key)}. Choose one of its tiles: ${some}${keys.size > 6 ? ", …" : ""}.`
  return new EngineError("E_INPUT", text, { file: folder })
}
