/** Exports the mesh of one tile as OBJ, PLY or STL (`maille export`), in the CRS of the job. */

import { dirname, resolve } from "node:path"
import { checkFields, choiceArgument } from "../core/arguments.js"
import { atomicWrite } from "../core/files/atomic-write.js"
import { packageVersion } from "../core/package-files.js"
import { type DecodedGlb, decodeGlb } from "../formats/tiles3d/decode-glb.js"
import { joinContents } from "../formats/tiles3d/join-contents.js"
import { crsByEpsg } from "../grid/crs.js"
import { openGeoid } from "../grid/geoid.js"
import { TileKey } from "../grid/tile-key.js"
import { readStored } from "../io/archive/stored-file.js"
import { encodeMesh } from "./encode-mesh.js"
import { type ExportFormat, type ExportRequest, exportFormats } from "./export-formats.js"
import { findKey, listContents, missing, readJob } from "./finished-job.js"
import { placeMesh } from "./placed-mesh.js"

export interface ExportedTile {
  readonly path: string
  readonly key: string
  readonly format: ExportFormat
  readonly sizeBytes: number
  readonly vertices: number
  readonly triangles: number
  /** Objects, without the ground. */
  readonly objects: number
  readonly epsg: number
  /** Add this to the file's coordinates, metres. */
  readonly offset: readonly [x: number, y: number, z: number]
}

/**
 * Writes the mesh of one tile as OBJ, PLY or STL, with all its parts in one file.
 *
 * Coordinates are metres of the job's CRS and its heights, less an offset that the head of the file
 * states: the tile's south-west corner. Positions are those of the contents. At the finest levels
 * their lattice of 1/256 m is within 4 mm of the kernels' vertices.
 * @throws EngineError E_INPUT where the folder has no run or no mesh of the tile, or its geoid is
 *   unreadable; E_FORMAT where a content cannot be decoded
 */
export const exportTile = async (request: ExportRequest): Promise<ExportedTile> => {
  checkFields(request, "request", { folder: "path", format: "text", out: "path?" })
  choiceArgument(request.format, "request.format", exportFormats)
  const { folder, format } = request
  const job = await readJob(folder)
  const key = findKey(request.tile, job.grid)
  const contents: DecodedGlb[] = []
  for (const path of await listContents(folder, key)) contents.push(await decodeGlb(await readStored(path), path))
  const [first] = contents
  if (first === undefined) throw await missing(folder, key)
  const geoid = await openGeoid(job)
  const [minX, minY] = TileKey.box(job.grid, key)
  const offset = [Math.floor(minX), Math.floor(minY), 0] as const
  const mesh = placeMesh(joinContents(contents), crsByEpsg(job.epsg), geoid, offset)
  const name = TileKey.format(key)
  const comments = [
    `maille ${packageVersion}, tile ${name}, EPSG:${job.epsg}, ${job.heights} heights (${geoid.name}), metres`,
    `offset ${offset.join(" ")}: to be added to x, y, z. Without it numbers of 32 bits would not hold millimetres.`,
    `source: ${first.copyright}`,
  ].map((text) => text.replaceAll(/\s+/g, " "))
  const bytes = encodeMesh(mesh, format, comments)
  const path = resolve(request.out ?? `${TileKey.fileName(key)}.${format}`)
  await atomicWrite(path, bytes, dirname(path))
  return {
    path,
    key: name,
    format,
    sizeBytes: bytes.length,
    vertices: mesh.classes.length,
    triangles: mesh.owners.length,
    objects: mesh.objects.ids.filter((id) => id !== "").length,
    epsg: job.epsg,
    offset,
  }
}
