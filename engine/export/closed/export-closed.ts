/** Exports ground, buildings and decks as one watertight solid (`maille export --closed`). */

import { dirname, resolve } from "node:path"
import { checkFields, choiceArgument } from "../../core/arguments.js"
import { atomicWrite } from "../../core/files/atomic-write.js"
import { Box2 } from "../../core/geometry/box.js"
import { boxOfRings } from "../../core/geometry/rings.js"
import { packageVersion } from "../../core/package-files.js"
import { optionError } from "../../core/parse-values.js"
import { EngineError } from "../../errors.js"
import { type DecodedGlb, decodeGlb } from "../../formats/tiles3d/decode-glb.js"
import { joinContents } from "../../formats/tiles3d/join-contents.js"
import { crsByEpsg } from "../../grid/crs.js"
import { openGeoid } from "../../grid/geoid.js"
import { TileKey } from "../../grid/tile-key.js"
import { readStored } from "../../io/archive/stored-file.js"
import { listProductFiles } from "../../job/product-files.js"
import { encodeMesh } from "../encode-mesh.js"
import { type ExportFormat, exportFormats } from "../export-formats.js"
import type { ExportedTile } from "../export-tile.js"
import { noMesh, readJob } from "../finished-job.js"
import { type PlacedMesh, placeMesh } from "../placed-mesh.js"
import { closeSurface } from "./close-surface.js"
import { DECK, divideScene, TREE } from "./divide-scene.js"
import { encodeScene } from "./encode-scene.js"
import { measureVolume, type OwnedMesh, withoutLoose } from "./owned-mesh.js"
import { withoutThin } from "./thin-triangles.js"
import { loadSolids, SIMPLER } from "./unite.js"
import { untangle } from "./untangle.js"

export interface ClosedRequest {
  /** Output folder of a run. */
  readonly folder: string
  /** The part to export, CRS metres; absent: all finest tiles. */
  readonly bbox?: Box2 | undefined
  /** Height of the base, metres; default: a whole metre at least 1 m below the surface. */
  readonly base?: number | undefined
  /** Also trees and canopies. */
  readonly trees?: boolean | undefined
  readonly format: ExportFormat | "glb"
  /** File to write; default `scene.FORMAT` in the current folder. */
  readonly out?: string | undefined
}

export interface ClosedScene
  extends Pick<ExportedTile, "path" | "sizeBytes" | "vertices" | "triangles" | "epsg" | "offset"> {
  readonly format: ClosedRequest["format"]
  readonly volumeM3: number
  readonly base: number
  /** Places without data that were closed by a lid, and their area. */
  readonly voids: number
  readonly filledM2: number
  /** Triangles with a height below 1 cm that could not be removed. */
  readonly thinTriangles: number
  /** Pairs of faces that cross or touch by an exact test, and that could not be moved apart. */
  readonly crossings: number
  /** Solids: more than one only where the mesh itself has gaps. */
  readonly parts: number
  /** Trees with a part that meets neither ground nor base, and that was left out. */
  readonly looseTrees: number
  /** The same of bridge decks. */
  readonly looseDecks: number
}

const MOST_M2 = 1e6
/** Measured: 1.8 kB a triangle on a square kilometre with trees, so 2 GB. */
const MOST_TRIANGLES = 1_000_000

/**
 * Writes one watertight solid: the surface of ground, water and buildings with a skirt and a level
 * base, united with bridge decks and, if asked for, trees. It is cut at the box.
 *
 * Each edge belongs to two triangles, and no face crosses another. Places without data get a lid.
 * Details below 1 cm are removed. What hangs free is left out and counted: a crown whose trunk is
 * outside the box. Coordinates are CRS metres less the offset that the file states.
 * @throws EngineError E_INPUT where the folder has no finest mesh in the box; E_USAGE for a base
 *   above the ground, or more than 1 km² or a million triangles; E_FORMAT where a content cannot be
 *   decoded or its surface is no manifold
 */
export const exportClosed = async (request: ClosedRequest): Promise<ClosedScene> => {
  const area2 = { bbox: "box?", base: "number?", trees: "flag?" } as const
  checkFields(request, "request", { folder: "path", ...area2, format: "text", out: "path?" })
  choiceArgument(request.format, "request.format", [...exportFormats, "glb"])
  const { folder, bbox, format } = request
  const job = await readJob(folder)
  const tiles = await tilesIn(request, job.grid)
  const whole = tiles.map(({ box }) => box).reduce(Box2.union)
  const boxes = new Map(tiles.map(({ key, box }) => [key, box]))
  const area = bbox === undefined ? [...boxes.values()].reduce((sum, box) => sum + Box2.area(box), 0) : Box2.area(bbox)
  if (area > MOST_M2) {
    const found = (area / 1e6).toFixed(3)
    throw optionError("--bbox", `the scene covers ${found} km², more than 1 km². Give a smaller box.`)
  }
  const contents: DecodedGlb[] = []
  for (const { place } of tiles) contents.push(await decodeGlb(await readStored(place), place))
  const triangles = contents.reduce((sum, content) => sum + content.triangles.length / 3, 0)
  if (triangles > MOST_TRIANGLES)
    throw optionError(
      "--bbox",
      `the scene has ${triangles} triangles, more than ${MOST_TRIANGLES}. Give a smaller box.`,
    )
  const geoid = await openGeoid(job)
  const corner = bbox ?? whole
  const offset = [Math.floor(corner[0]), Math.floor(corner[1]), 0] as const
  const placed = placeMesh(joinContents(contents), crsByEpsg(job.epsg), geoid, offset)
  const box = bbox && ([0, 1, 2, 3].map((k) => bbox[k]! - offset[k % 2]!) as unknown as Box2)
  const { surface, bodies } = divideScene(placed, request.trees === true, box)
  const lowest = lowestOf(surface)
  const base = request.base ?? Math.floor(lowest - 1)
  if (base >= lowest)
    throw optionError("--base", `${base} m is not below the surface, whose lowest place is ${lowest.toFixed(2)} m.`)
  const library = await loadSolids()
  const block = closeSurface(surface, base, library.triangulate)
  const united = library.unite([block, ...bodies], placed.objects.ids.length, base, box)
  if (united.triangles.length === 0) throw noMeshInside(folder, extentOf(surface, offset))
  const thick = withoutThin(united, SIMPLER)
  const { joined, parts, loose } = withoutLoose(thick, base)
  const { solid, crossings } = untangle(joined)
  const countLoose = (code: number): number => [...loose].filter((row) => placed.objects.classes[row] === code).length
  const mesh = withClasses(solid, placed, offset)
  const comments = [
    `maille ${packageVersion}, closed scene, EPSG:${job.epsg}, ${job.heights} heights (${geoid.name}), metres`,
    `offset ${offset.join(" ")}: to be added to x, y, z. Base at ${base} m.`,
    `source: ${contents[0]?.copyright}`,
  ].map((text) => text.replaceAll(/\s+/g, " "))
  const bytes = format === "glb" ? encodeScene(mesh, job.epsg, comments) : encodeMesh(mesh, format, comments)
  const path = resolve(request.out ?? `scene.${format}`)
  await atomicWrite(path, bytes, dirname(path))
  return {
    path,
    format,
    sizeBytes: bytes.length,
    vertices: mesh.classes.length,
    triangles: mesh.owners.length,
    volumeM3: measureVolume(solid),
    base,
    voids: block.voids,
    filledM2: block.filledM2,
    thinTriangles: thick.thinTriangles,
    crossings,
    parts,
    looseTrees: countLoose(TREE),
    looseDecks: countLoose(DECK),
    epsg: job.epsg,
    offset,
  }
}

/** Contents of the finest tiles that overlap the box. */
const tilesIn = async ({ folder, bbox }: ClosedRequest, grid: Parameters<typeof TileKey.box>[0]) => {
  const level = `tiles/${grid.leafLevel}/`
  const tiles = (await listProductFiles(folder, level)).flatMap(({ path, place }) => {
    const key = /^tiles\/(\d+\/\d+\/\d+)(?:-[0-3]+)?\.glb$/.exec(path)?.[1]
    return key === undefined ? [] : { key, place, box: TileKey.box(grid, TileKey.parse(key)) }
  })
  if (tiles.length === 0) throw noMesh(folder)
  const found = tiles.filter(({ box }) => bbox === undefined || Box2.overlaps(box, bbox))
  if (found.length > 0) return found
  throw noMeshInside(folder, tiles.map(({ box }) => box).reduce(Box2.union))
}

/** `extent`: of meshes outside the box, CRS metres. */
const noMeshInside = (folder: string, extent: Box2): EngineError =>
  new EngineError("E_INPUT", `${folder}: no mesh in the box. There is one within ${extent.join(",")}.`, {
    file: folder,
  })

/** Extent of a surface in whole metres of the CRS. */
const extentOf = ({ positions }: OwnedMesh, offset: PlacedMesh["offset"]): Box2 =>
  boxOfRings([positions], 3).map((side, k) => Math.round(side + offset[k % 2]!)) as unknown as Box2

const lowestOf = ({ positions }: OwnedMesh): number => {
  let lowest = Number.POSITIVE_INFINITY
  for (let i = 2; i < positions.length; i += 3) lowest = Math.min(lowest, positions[i]!)
  return lowest
}

const withClasses = (
  { positions, triangles, owners }: OwnedMesh,
  { objects }: PlacedMesh,
  offset: PlacedMesh["offset"],
): PlacedMesh => {
  const faceClasses = Uint8Array.from(owners, (row) => objects.classes[row]!)
  const classes = new Uint8Array(positions.length / 3)
  triangles.forEach((v, i) => {
    classes[v] = faceClasses[Math.floor(i / 3)]!
  })
  return { offset, positions, classes, triangles, faceClasses, owners, objects }
}
