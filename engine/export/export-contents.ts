/**
 * Exports contents as plain glTF, without compression or extensions, for programs that support
 * neither.
 */

import { dirname, resolve } from "node:path"
import { checkFields } from "../core/arguments.js"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { areNumbers } from "../core/json/json-shape.js"
import { missingOption } from "../core/parse-values.js"
import { contentError } from "../formats/tiles3d/check-document.js"
import { plainGlb } from "../formats/tiles3d/decode-glb.js"
import { readGlb, writeGlb } from "../formats/tiles3d/glb-container.js"
import { readTileset } from "../formats/tiles3d/read-tileset.js"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import { TileKey } from "../grid/tile-key.js"
import { readStored } from "../io/archive/stored-file.js"
import { layout } from "../job/layout.js"
import { requireEmptyFolder } from "../job/output-folder.js"
import { listProductFiles, readUnpacked } from "../job/product-files.js"
import type { ExportRequest } from "./export-formats.js"
import { findKey, listContents, missing, noMesh, readJob } from "./finished-job.js"

export interface ContentsRequest {
  /** Output folder of a run, packed or not. */
  readonly folder: string
  /** The tile; absent for the whole tileset. */
  readonly tile?: ExportRequest["tile"] | undefined
  /**
   * File of the tile (default `level-x-y.glb`, in the current folder), or an empty or new folder
   * for the tileset.
   */
  readonly out?: string | undefined
}

export interface ExportedContents {
  readonly format: "glb"
  /** Files of the tile's contents, or the tileset. */
  readonly paths: readonly string[]
  readonly contents: number
  readonly sizeBytes: number
}

/**
 * Writes contents as glTF without required extensions, uncompressed and unquantized: the same
 * vertices, triangles, attributes, images and objects.
 *
 * Positions remain on the lattice, so neighbours meet exactly. The whole tileset retains its paths.
 * One tile gets a node that sets it upright (x east, y up, z south), for programs without a globe.
 * @throws EngineError E_INPUT where the folder has no run or no such mesh, E_USAGE where the output
 *   folder is not empty, E_FORMAT where a content cannot be decoded
 */
export const exportContents = async (request: ContentsRequest): Promise<ExportedContents> => {
  checkFields(request, "request", { folder: "path", out: "path?" })
  return request.tile === undefined ? exportAll(request) : exportOne(request, request.tile)
}

const exportOne = async ({ folder, out }: ContentsRequest, tile: ExportRequest["tile"]): Promise<ExportedContents> => {
  const job = await readJob(folder)
  const key = findKey(tile, job.grid)
  const sources = await listContents(folder, key)
  if (sources.length === 0) throw await missing(folder, key)
  const name = TileKey.format(key)
  const stem = (out ?? TileKey.fileName(key)).replace(/\.glb$/i, "")
  const paths: string[] = []
  let sizeBytes = 0
  for (const source of sources) {
    const part = source.slice(source.lastIndexOf(name) + name.length, -".glb".length)
    const path = resolve(`${stem}${part}.glb`)
    const bytes = upright(await plainGlb(await readStored(source), source), crsByEpsg(job.epsg), source)
    await atomicWrite(path, bytes, dirname(path))
    paths.push(path)
    sizeBytes += bytes.length
  }
  return { format: "glb", paths, contents: paths.length, sizeBytes }
}

const exportAll = async ({ folder, out }: ContentsRequest): Promise<ExportedContents> => {
  if (out === undefined) throw missingOption("--out", "Give a new or empty folder for the tileset.")
  await requireEmptyFolder(out)
  await readJob(folder)
  const files = (await listProductFiles(folder)).filter(({ path }) =>
    /^(tileset\.json|tiles\/.+\.(glb|json))$/.test(path),
  )
  let [contents, sizeBytes] = [0, 0]
  // The root last: a folder with a root is complete.
  for (const file of files.sort((a, b) => Number(a.path === layout.tileset) - Number(b.path === layout.tileset))) {
    const isContent = file.path.endsWith(".glb")
    const bytes = isContent ? await plainGlb(await readStored(file.place), file.path) : await readUnpacked(folder, file)
    if (!isContent) readTileset(bytes, file.place)
    const path = joinInside(out, file.path)
    await atomicWrite(path, bytes, dirname(path))
    contents += isContent ? 1 : 0
    sizeBytes += bytes.length
  }
  if (contents === 0) throw noMesh(folder)
  return { format: "glb", paths: [resolve(out, layout.tileset)], contents, sizeBytes }
}

/** Adds a node that rotates geocentric axes to east, up and south at the content's centre. */
const upright = (bytes: Uint8Array, crs: Crs, file: string): Uint8Array => {
  const { document, binary } = readGlb(bytes, file)
  const centre = document.asset.extras?.["centre"]
  if (!areNumbers(centre, 3)) throw contentError(file, "it states no centre")
  const [x, y] = crs.fromGeocentric(centre[0]!, centre[1]!, centre[2]!)
  const [lon, lat] = crs.toGeographic(x, y).map((angle) => (angle * Math.PI) / 180) as [number, number]
  const [sinLon, cosLon, sinLat, cosLat] = [Math.sin(lon), Math.cos(lon), Math.sin(lat), Math.cos(lat)]
  const east = [-sinLon, cosLon, 0]
  const up = [cosLat * cosLon, cosLat * sinLon, sinLat]
  const south = [sinLat * cosLon, sinLat * sinLon, -cosLat]
  // Contents have (X, Z, −Y) of the geocentric axes; glTF matrices are column-major.
  const columns = [0, 2, 1].flatMap((axis) => [east, up, south].map((row) => (axis === 1 ? -row[1]! : row[axis]!)))
  const matrix = [0, 1, 2].flatMap((k) => [...columns.slice(3 * k, 3 * k + 3), 0])
  return writeGlb({ ...document, nodes: [{ mesh: 0, matrix: [...matrix, 0, 0, 0, 1] }] }, binary)
}
