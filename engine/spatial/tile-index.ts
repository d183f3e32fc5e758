/** Reads an index of delivered files: answers of IGN's WFS as GeoJSON. */
import { basename } from "node:path"
import { readWhole } from "../core/files/read-whole.js"
import type { Box2 } from "../core/geometry/box.js"
import { isObject } from "../core/json/json-shape.js"
import { counted } from "../core/texts.js"
import { EngineError, unreadable } from "../errors.js"
import { type Json, parseJsonObject, readCrs } from "../formats/vector/geojson.js"
import { isPage, refusedByServer } from "../formats/vector/stream-features.js"
import { betweenCrs } from "../grid/source-crs.js"
import { byText } from "../io/expand-inputs.js"
import { checkJson } from "../io/file-kind.js"
import { crsOfTile, type DeliveredName, deliveredFile, kilometreBox, tileAddress } from "./tile-address.js"

/** A file of an index: its box on the ground and its address. */
export interface IndexedTile extends DeliveredName {
  /** Name in the index, which may differ from the file's. */
  readonly label: string
  readonly url: string
  /** CRS metres of `epsg`. */
  readonly box: Box2
  readonly epsg: number
  /** As in the index. */
  readonly sizeBytes?: number
  readonly points?: number
  /** As in the index, such as `2025-05-01`. */
  readonly date?: string
}

export interface TileIndex {
  /** Ordered by name, each file once. */
  readonly tiles: readonly IndexedTile[]
  readonly warnings: readonly string[]
}

/** A feature as read; `reason` where it cannot be used. */
export type IndexReading = { readonly tile: IndexedTile; readonly note?: string } | { readonly reason: string }

/**
 * Reads an index of delivered files: answers of IGN's WFS as GeoJSON, in one or several pages.
 * Layers may be LiDAR HD point tiles, elevation tiles or aerial images. The files' headers are not
 * read.
 *
 * A feature gives
 * - the address: `url`, `url_npl` and similar properties, corrected ({@link tileAddress});
 * - the name: that of the address, since the index's own name differs (`_PTS_C_` against `_PTS_`);
 * - the CRS: by name or properties;
 * - the box: its geometry, rounded to metres, else the kilometres in the name (north-west corner).
 *
 * Of several features for one file, the latest counts.
 *
 * @throws EngineError E_INPUT: an unreadable file, an index without any address; E_FORMAT: not
 * GeoJSON, a WFS error report
 */
export const readTileIndex = async (paths: readonly string[]): Promise<TileIndex> => {
  const byName = new Map<string, IndexedTile>()
  const warnings: string[] = []
  const pages: Page[] = []
  for (const path of paths) {
    const root = await readCollection(path)
    const list = root["features"] as readonly unknown[]
    const epsg = readCrs(root, basename(path)) ?? 4326
    const left = new Map<string, number>()
    let used = 0
    for (const feature of list) {
      const reading = readIndexFeature(feature, epsg)
      const note = "reason" in reading ? reading.reason : reading.note
      if (note !== undefined) left.set(note, (left.get(note) ?? 0) + 1)
      if ("reason" in reading) continue
      used++
      const known = byName.get(reading.tile.name)
      if (known === undefined || isLater(reading.tile, known)) byName.set(reading.tile.name, reading.tile)
    }
    if (used === 0) {
      const first = [...left.keys()][0] ?? "no features"
      const text = `${path}: no tiles in this index (${first}). Give an index of tiles, not of blocks: for points, the WFS layer IGNF_LIDAR-HD_METADONNEE:metadata.`
      throw new EngineError("E_INPUT", text, { file: path })
    }
    for (const [text, count] of left) warnings.push(`${path}: ${count} of ${counted(list.length, "feature")} ${text}`)
    const total = root["numberMatched"] ?? root["totalFeatures"]
    pages.push({ path, count: list.length, total: typeof total === "number" ? total : list.length })
  }
  warnings.push(...pageWarning(pages))
  return { tiles: [...byName.values()].sort((a, b) => byText(a.name, b.name)), warnings }
}

const readCollection = async (path: string): Promise<Json> => {
  let bytes: Uint8Array
  try {
    bytes = await readWhole(path)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw unreadable(path, cause, "--tile-index")
  }
  const text = new TextDecoder().decode(bytes)
  if (isPage(text)) throw refusedByServer(path, text)
  checkJson(bytes, path, "the GeoJSON of a WFS")
  const root = parseJsonObject(text, basename(path))
  if (Array.isArray(root["features"])) return root
  const found = root["type"] === undefined ? "JSON without features" : `a GeoJSON ${JSON.stringify(root["type"])}`
  throw new EngineError("E_FORMAT", `${path}: ${found}, not the FeatureCollection of a WFS. Check the path.`, {
    file: path,
  })
}

/** Reads one feature of an index, whose geometry is in the CRS of the collection. */
export const readIndexFeature = (feature: unknown, geometryEpsg: number): IndexReading => {
  const properties = isObject(feature) && isObject(feature["properties"]) ? feature["properties"] : {}
  const url = tileAddress(properties)
  if (url === undefined) return { reason: "not used: no address of a file (url, url_npl)" }
  const file = deliveredFile(url)
  if (typeof file === "string") return { reason: file }
  const geometry = isObject(feature) && isObject(feature["geometry"]) ? feature["geometry"] : undefined
  const epsg = crsOfTile(file.name, properties) ?? (geometryEpsg === 4326 ? undefined : geometryEpsg)
  if (epsg === undefined) return { reason: "not used: no CRS in name or properties" }
  const named = kilometreBox(file.name)
  const drawn = geometry && geometryBox(geometry["coordinates"], geometryEpsg, epsg)
  const box = drawn ?? named
  if (box === undefined) return { reason: "not used: no geometry, and no kilometres in the name" }
  const differs =
    drawn !== undefined && named !== undefined && drawn.some((value, i) => Math.abs(value - named[i]!) > 1)
  const label = typeof properties["name"] === "string" ? properties["name"] : file.name
  const date = textAmong(properties, ["timestamp", "date", "date_fin_acquisition", "date_debut_acquisition"])
  const sizeBytes = numberAmong(properties, ["size", "sizebytes", "size_bytes", "file_size", "taille", "taille_octets"])
  const points = numberAmong(properties, ["points", "point_count", "nb_points", "nombre_points", "pc:count"])
  const tile: IndexedTile = {
    ...file,
    label,
    url,
    box,
    epsg,
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(points === undefined ? {} : { points }),
    ...(date === undefined ? {} : { date }),
  }
  return differs ? { tile, note: "with a geometry elsewhere than in the name; the geometry is used" } : { tile }
}

/** Metres. The index rounds coordinates to 1e-8 degrees, and tiles are on whole metres. */
const nearMetre = 0.05

/**
 * The box around a GeoJSON geometry, in the CRS `to`; rounded to whole metres where it is close to
 * them. Undefined without finite coordinates.
 */
const geometryBox = (coordinates: unknown, from: number, to: number): Box2 | undefined => {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  const place = from === to ? (x: number, y: number): [number, number] => [x, y] : betweenCrs(from, to)
  const walk = (node: unknown): void => {
    if (!Array.isArray(node)) return
    const [first, second] = node as readonly unknown[]
    if (typeof first !== "number" || typeof second !== "number") {
      for (const inner of node) walk(inner)
      return
    }
    const [x, y] = place(first, second)
    box[0] = Math.min(box[0], x)
    box[1] = Math.min(box[1], y)
    box[2] = Math.max(box[2], x)
    box[3] = Math.max(box[3], y)
  }
  walk(coordinates)
  if (!box.every(Number.isFinite)) return undefined
  const [minX, minY, maxX, maxY] = box.map((value) => {
    const whole = Math.round(value)
    return Math.abs(value - whole) < nearMetre ? whole : value
  }) as [number, number, number, number]
  return [minX, minY, maxX, maxY]
}

const numberAmong = (properties: Json, names: readonly string[]): number | undefined => {
  for (const [name, value] of Object.entries(properties)) {
    if (!names.includes(name.toLowerCase())) continue
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value
    if (typeof number === "number" && Number.isFinite(number) && number > 0) return number
  }
  return undefined
}

const textAmong = (properties: Json, names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = properties[name]
    if (typeof value === "string" && value !== "") return value
  }
  return undefined
}

/**
 * True for the later date; on a tie, for the later address, which contains the date of delivery.
 */
export const isLater = (a: IndexedTile, b: IndexedTile): boolean =>
  (byText(a.date ?? "", b.date ?? "") || byText(a.url, b.url)) > 0

interface Page {
  readonly path: string
  readonly count: number
  /** Features of the whole layer, as the answer states. */
  readonly total: number
}

/** The warning for an index that lacks features which the server has. */
export const incomplete = (index: string, count: number, total: number): string =>
  `${index}: only ${count} of ${counted(total, "feature")}; the others are not found. Ask the WFS for the box you need (BBOX), or give all its pages (STARTINDEX).`

/** A WFS limits its answer to some thousand features and states how many there are. */
const pageWarning = (pages: readonly Page[]): string[] => {
  const total = Math.max(0, ...pages.map((page) => page.total))
  const count = pages.reduce((sum, page) => sum + page.count, 0)
  if (count >= total) return []
  const paths = pages.map(({ path }) => path).join(", ")
  return [incomplete(paths, count, total)]
}
