/** Walks a tileset of maille and places the mesh of each content in the CRS. */
import { stat } from "node:fs/promises"
import { dirname, join, posix } from "node:path"
import { boxArgument, choiceArgument, objectArgument, pathArgument, wholeArgument } from "../core/arguments.js"
import { Box2 } from "../core/geometry/box.js"
import { areNumbers } from "../core/json/json-shape.js"
import { optionError } from "../core/parse-values.js"
import { NO_OBJECTS, placeVertex, triangleClasses } from "../export/placed-mesh.js"
import { decodeGlb } from "../formats/tiles3d/decode-glb.js"
import { type ReadTile, readTileset } from "../formats/tiles3d/read-tileset.js"
import { listCorners } from "../formats/tiles3d/tile-frame.js"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import { type Geoid, openGeoid } from "../grid/geoid.js"
import { isUrl } from "../io/byte-source.js"
import { openBytes } from "../io/bytes.js"
import { layout } from "../job/layout.js"
import { jobName, readRunFacts } from "../job/output-folder.js"
import { listProductFiles, readUnpacked } from "../job/product-files.js"
import type { ContentMesh, MeshQuery } from "./types.js"

/** Files of a tileset by their path relative to it, and what its run says of it. */
interface Source {
  /** First file: a tileset or a content. */
  readonly start: string
  read(path: string): Promise<Uint8Array>
  readonly facts: Omit<MeshQuery, "box" | "level">
}

/** CRS and heights of the positions. */
interface Place {
  readonly crs: Crs
  readonly geoid: Geoid
}

/** The contents behind `readMesh`. */
export async function* readContents(from: string, asked: MeshQuery | undefined): AsyncGenerator<ContentMesh, void> {
  const path = pathArgument(from)
  const query = checkQuery(asked)
  const source = await openSource(path)
  if (source.start.endsWith(".glb")) {
    yield await readContent(source, source.start, await resolvePlace({ ...source.facts, ...query }))
    return
  }
  const root = readTileset(await source.read(source.start), source.start)
  const { epsg } = root.asset.extras ?? {}
  const stated = typeof epsg === "number" ? { epsg } : {}
  const place = await resolvePlace({ ...stated, ...source.facts, ...query })
  yield* contentsBelow({ source, place, query }, root.root, dirname(source.start), [0, 0, 0])
}

/** A query that has been checked. */
type Query = Omit<MeshQuery, "box"> & { readonly box?: Box2 }

/** @throws EngineError E_USAGE for a value that the query cannot have */
const checkQuery = (stated: MeshQuery | undefined): Query => {
  const { box: place, ...query } = objectArgument(stated, "query")
  const box = boxArgument(place)
  for (const name of ["level", "epsg", "vertical"] as const) wholeArgument(query[name], name)
  choiceArgument(query.heights, "heights", ["orthometric", "ellipsoidal"])
  if (query.geoid !== undefined) pathArgument(query.geoid, "geoid")
  return { ...query, ...(box === undefined ? {} : { box }) }
}

/** An output folder, with its job; else a single file, and those that it refers to. */
const openSource = async (path: string): Promise<Source> => {
  if (isUrl(path)) {
    const start = new URL(path)
    return {
      start: posix.basename(start.pathname),
      read: (file) => readAddress(file === posix.basename(start.pathname) ? path : new URL(file, start).href),
      facts: {},
    }
  }
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true
  const folder = isFolder ? path : dirname(path)
  const start = isFolder ? layout.tileset : posix.basename(path.replaceAll("\\", "/"))
  if (!isFolder && (await stat(join(folder, jobName)).catch(() => undefined)) === undefined)
    return { start, read: (file) => readAddress(join(folder, file)), facts: {} }
  const { epsg, heights, vertical, geoid } = await readRunFacts(folder)
  const places = new Map((await listProductFiles(folder)).map((file) => [file.path, file]))
  return {
    start,
    read: (file) => readUnpacked(folder, places.get(file) ?? { path: file, place: join(folder, file), file }),
    facts: {
      epsg,
      heights,
      ...(vertical === undefined ? {} : { vertical }),
      ...(geoid === undefined ? {} : { geoid }),
    },
  }
}

const readAddress = async (path: string): Promise<Uint8Array> => {
  const bytes = await openBytes(path)
  try {
    return await bytes.read(0, bytes.size)
  } finally {
    await bytes.close()
  }
}

const resolvePlace = async ({ epsg, heights, vertical, geoid }: MeshQuery): Promise<Place> => {
  if (epsg === undefined) throw optionError("epsg", "the tileset states no CRS. Give the EPSG code of its run.")
  if (heights === undefined)
    throw optionError("heights", 'no job.json is beside the tileset. Give heights: "orthometric" or "ellipsoidal".')
  const options = {
    epsg,
    heights,
    ...(vertical === undefined ? {} : { vertical }),
    ...(geoid === undefined ? {} : { geoid }),
  }
  return { crs: crsByEpsg(epsg), geoid: await openGeoid(options) }
}

type Vector = readonly [x: number, y: number, z: number]

interface Walk {
  readonly source: Source
  readonly place: Place
  readonly query: Query
}

/** The wanted contents of a tile and below it. `within`: geocentric origin of what contains it. */
async function* contentsBelow(walk: Walk, tile: ReadTile, folder: string, within: Vector): AsyncGenerator<ContentMesh> {
  const { transform = [] } = tile
  const origin = [0, 1, 2].map((k) => within[k]! + (transform[12 + k] ?? 0)) as [number, number, number]
  const { box, level } = walk.query
  if (box !== undefined && !mayMeet(tile, origin, box, walk.place)) return
  const children = tile.children ?? []
  const path = tile.content && posix.join(folder, decodeURI(tile.content.uri))
  if (path?.endsWith(".json")) {
    const { root } = readTileset(await walk.source.read(path), path)
    yield* contentsBelow(walk, root, posix.dirname(path), origin)
    return
  }
  const isWanted = level === undefined ? children.length === 0 : levelOf(path) === level
  if (path !== undefined && isWanted) {
    const mesh = await readContent(walk.source, path, walk.place)
    if (box === undefined || Box2.meets(box, measureBounds(mesh.positions))) yield mesh
  }
  for (const child of children) yield* contentsBelow(walk, child, folder, origin)
}

const contentKey = /(\d+)\/(\d+)\/(\d+)(?:-[0-3]+)?\.glb$/

const levelOf = (path = ""): number => Number(contentKey.exec(path)?.[1] ?? Number.NaN)

/** Metres around a tile's corners in which its surface may be: the globe curves between them. */
const MARGIN = 0.02

/** False if the box of a tile, with all below it, is outside of a box of the CRS. */
const mayMeet = (tile: ReadTile, origin: Vector, box: Box2, { crs }: Place): boolean => {
  const stated = (tile as { boundingVolume?: { box?: unknown } }).boundingVolume?.box
  if (!areNumbers(stated, 12)) return true
  const corners = listCorners(stated, origin)
  const [minX, minY, maxX, maxY] = measureBounds(
    corners.flatMap((_, i) => (i % 3 === 0 ? crs.fromGeocentric(corners[i]!, corners[i + 1]!, corners[i + 2]!) : [])),
  )
  const margin = MARGIN * Math.max(maxX - minX, maxY - minY)
  return Box2.meets(box, Box2.grow([minX, minY, maxX, maxY], margin))
}

/** The box of x, y, z in turn. */
const measureBounds = (positions: ArrayLike<number>): Box2 => {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < positions.length; i += 3) {
    const [x, y] = [positions[i]!, positions[i + 1]!]
    if (x < minX) minX = x
    if (x > maxX) maxX = x
    if (y < minY) minY = y
    if (y > maxY) maxY = y
  }
  return [minX, minY, maxX, maxY]
}

const readContent = async (source: Source, path: string, { crs, geoid }: Place): Promise<ContentMesh> => {
  const content = await decodeGlb(await source.read(path), path)
  const { positions, triangles, classes, owners, objects } = content
  const placed = new Float64Array(positions.length)
  for (let i = 0; i < positions.length; i += 3)
    placed.set(placeVertex([positions[i]!, positions[i + 1]!, positions[i + 2]!], crs, geoid), i)
  return {
    path,
    key: contentKey.exec(path)?.slice(1, 4).join("/") ?? String(content.extras["key"] ?? ""),
    positions: placed,
    classes,
    triangles,
    triangleClasses: triangleClasses(content),
    features: owners ?? new Uint32Array(triangles.length / 3),
    objects: objects ?? NO_OBJECTS,
  }
}
