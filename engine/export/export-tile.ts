/** Exports the mesh of one tile as OBJ or PLY (`maille export`), in the CRS of the job. */
import { dirname, resolve } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { packageVersion } from "../core/package-version.js"
import { type DecodedGlb, decodeGlb } from "../formats/tiles3d/decode-glb.js"
import { joinContents } from "../formats/tiles3d/join-contents.js"
import { crsByEpsg } from "../grid/crs.js"
import { openGeoid } from "../grid/geoid.js"
import { TileKey } from "../grid/tile-key.js"
import { readStored } from "../io/archive/stored-file.js"
import { encodeObj, encodePly } from "./encode-mesh.js"
import type { ExportFormat, ExportRequest } from "./export-formats.js"
import { contentsOf, keyOf, missing, readJob } from "./finished-job.js"
import { placeMesh } from "./placed-mesh.js"

/** What {@link exportTile} wrote. */
export interface ExportedTile {
  readonly path: string
  readonly key: string
  readonly format: ExportFormat
  readonly sizeBytes: number
  readonly vertices: number
  readonly triangles: number
  /** Objects beside the ground. */
  readonly objects: number
  readonly epsg: number
  /** What to add to the file's coordinates, metres. */
  readonly offset: readonly [x: number, y: number, z: number]
}

/**
 * Writes one tile's mesh as OBJ or PLY: the written contents, all parts together, in metres of the job's CRS and heights less an offset (the
 * tile's south-west corner), which the head of the file states. Positions are those of the contents, which lie on a lattice of 1/256 m at the finest levels: within 4 mm
 * of what the kernels made.
 *
 * @throws EngineError E_INPUT where the folder holds no job.json of a run or no mesh of the tile, or the geoid cannot be read; E_FORMAT where a
 * content cannot be decoded
 */
export const exportTile = async (request: ExportRequest): Promise<ExportedTile> => {
  const { folder, format } = request
  const job = await readJob(folder)
  const key = keyOf(request.tile, job.grid)
  const contents: DecodedGlb[] = []
  for (const path of await contentsOf(folder, key)) contents.push(await decodeGlb(await readStored(path), path))
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
  const bytes = (format === "obj" ? encodeObj : encodePly)(mesh, comments)
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
