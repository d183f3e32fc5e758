/**
 * Downloads the tiles and images of an index into a folder (`maille fetch`), resuming partial
 * files.
 */

import { mkdir, stat } from "node:fs/promises"
import { join, resolve } from "node:path"
import { checkFields } from "../core/arguments.js"
import { assertLocked, moveIntoPlace } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { Box2 } from "../core/geometry/box.js"
import { optionError, parseCodes, usageError } from "../core/parse-values.js"
import { EngineError, type ErrorData } from "../errors.js"
import { openPointFile } from "../formats/points/point-file.js"
import { checkImage } from "../formats/raster/check-image.js"
import { downloadFile, dropPart } from "../io/download.js"
import { withoutStack } from "../io/expand-inputs.js"
import { createPace, type HttpOptions } from "../io/http.js"
import { fullAddress, shownAddress } from "../io/secrets.js"
import { layout } from "../job/layout.js"
import { lockOutput } from "../journal/lock.js"
import { selectTiles, tilesByName } from "../plan/select-tiles.js"
import { tileFigures } from "../spatial/index-sources.js"
import { rangedAddress } from "../spatial/tile-address.js"
import { type IndexedTile, readTileIndex } from "../spatial/tile-index.js"

export interface FetchRequest {
  /** Index files: answers of IGN's WFS as GeoJSON, one or several pages. */
  readonly tileIndex: readonly string[]
  /** Folder for the files. */
  readonly to: string
  /** Names of tiles, instead of an area. */
  readonly names?: readonly string[]
  /** CRS metres of the tiles. */
  readonly bbox?: Box2 | undefined
  /** Codes of départements, with a file of their limits. */
  readonly departement?: readonly string[] | undefined
  readonly limits?: string | undefined
  /** CRS of the tiles; required where the index has several. */
  readonly epsg?: number | undefined
  /** Also fetches tiles within this margin around the area, metres; default 0. */
  readonly margin?: number | undefined
  /** Requests a second; default 1. */
  readonly rate?: number | undefined
  /** Reports without sending a request. */
  readonly dryRun?: boolean | undefined
  readonly onProgress?: (progress: FetchProgress) => void
  /** Called while waiting for another process that may write to the folder. */
  readonly onWait?: (text: string) => void
  readonly signal?: AbortSignal
  /** How failed requests are retried. */
  readonly http?: HttpOptions
}

export interface FetchProgress {
  /** Bytes that are present, of all files. */
  readonly sizeBytes: number
  /** Bytes in all, by the server, else by the index, else assumed. */
  readonly totalBytes: number
  /** A file that has just ended. */
  readonly file?: FetchedFile
}

/** Outcome of one file. */
export interface FetchedFile {
  readonly name: string
  readonly url: string
  readonly path: string
  /** `unchanged`: it was present and complete. `planned`: in a dry run. */
  readonly outcome: "done" | "unchanged" | "failed" | "planned"
  /** In a dry run the size in the index, else assumed. */
  readonly sizeBytes: number
  /** Points of a point file. */
  readonly points?: number
  /** Bytes of an earlier partial file that it resumed. */
  readonly resumedAt?: number
  readonly reason?: string
  readonly error?: ErrorData
}

export interface FetchSummary {
  readonly to: string
  readonly done: number
  readonly unchanged: number
  readonly failed: number
  /** Files of a dry run. */
  readonly planned: number
  /** Bytes of all files that are present or planned. */
  readonly sizeBytes: number
  readonly files: readonly FetchedFile[]
  readonly warnings: readonly string[]
  readonly timeMs: number
}

/**
 * Downloads the tiles and images of an index one after the other, about one request a second. It
 * resumes partial files and skips complete ones.
 *
 * Each file is checked under a temporary name below `.work/fetch`, then renamed: counts, hierarchy,
 * place, and headers and ends of images. A failed file is reported and the others continue; a full
 * disk ends the fetch.
 *
 * A truncated file is noticed. A changed byte inside of points or pixels is not, because servers
 * send no checksum.
 * @throws EngineError E_USAGE for neither or both of names and area, or unknown names. E_INPUT for
 *   an unreadable index or an area without tiles. E_OUTPUT for the folder. E_INCOMPLETE when
 *   another process took it over.
 * @example
 * await fetchTiles({ tileIndex: ["dalle.geojson"], bbox: [770000, 6277000, 772000, 6279000],
 * to: "lidar" })
 */
export const fetchTiles = async (request: FetchRequest): Promise<FetchSummary> => {
  checkFields(request, "request", {
    ...{ tileIndex: "paths", to: "path", names: "texts?", bbox: "box?", departement: "texts?", limits: "path?" },
    ...{ epsg: "whole?", margin: "number?", rate: "number?", dryRun: "flag?", http: "object?" },
    ...{ onProgress: "function?", onWait: "function?", signal: "signal?" },
  })
  const started = performance.now()
  const to = resolve(request.to)
  const rate = request.rate ?? 1
  if (!(rate > 0 && rate <= 100)) {
    const expected = "requests per second, above 0 and at most 100"
    throw usageError("--rate", `"${rate}"`, expected, "IGN's servers allow about 1.")
  }
  const { tiles, warnings } = await wantedTiles(request)
  const files: FetchedFile[] = []
  if (request.dryRun === true) for (const tile of tiles) files.push(await plannedFile(to, tile))
  else {
    const lock = await lockOutput(to, request)
    const signal = AbortSignal.any([lock.lost, ...(request.signal ? [request.signal] : [])])
    try {
      await mkdir(join(to, layout.parts), { recursive: true })
      const fetching = { request: { ...request, signal }, to, tiles, files, pace: createPace(rate, signal) }
      for (const tile of tiles) await fetchOne(fetching, tile)
    } finally {
      await lock.release()
    }
  }
  const count = (outcome: FetchedFile["outcome"]): number => files.filter((file) => file.outcome === outcome).length
  const sound = files.filter(({ outcome }) => outcome !== "failed")
  return {
    to,
    done: count("done"),
    unchanged: count("unchanged"),
    failed: count("failed"),
    planned: count("planned"),
    sizeBytes: sound.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    files,
    warnings,
    timeMs: Math.round(performance.now() - started),
  }
}

const wantedTiles = async (
  request: FetchRequest,
): Promise<{ tiles: readonly IndexedTile[]; warnings: readonly string[] }> => {
  const { tileIndex, names = [], bbox, departement, limits, epsg, margin } = request
  const area = bbox !== undefined || departement !== undefined
  if (area === names.length > 0) {
    const what = area ? "names of tiles and an area exclude each other" : "nothing to fetch"
    throw new EngineError("E_USAGE", `${what}. Give --bbox x,y,x,y, --departement LIST, or names of tiles.`)
  }
  if (departement !== undefined && limits === undefined) {
    const remedy =
      "Give --limits FILE: a FlatGeobuf or GeoJSON of départements with their codes, such as DEPARTEMENT of ADMIN EXPRESS."
    throw optionError("--departement", `works only with --limits. ${remedy}`)
  }
  const codes = departement && parseCodes(departement, "--departement")
  const index = await readTileIndex(tileIndex)
  const { warnings } = index
  if (!area) return { tiles: tilesByName(index, names), warnings }
  const { tiles } = await selectTiles(index, {
    ...(bbox === undefined ? {} : { bbox }),
    ...(codes === undefined || limits === undefined ? {} : { departement: codes, limits }),
    ...(epsg === undefined ? {} : { epsg }),
    ...(margin === undefined ? {} : { margin }),
  })
  return { tiles, warnings }
}

const aboutFile = (to: string, { name, url }: IndexedTile): Pick<FetchedFile, "name" | "url" | "path"> => ({
  name,
  url,
  path: joinInside(to, name),
})

const plannedFile = async (to: string, tile: IndexedTile): Promise<FetchedFile> => {
  const whole = await wholeFile(to, tile)
  if (whole !== undefined) return { ...aboutFile(to, tile), outcome: "unchanged", ...whole }
  const { sizeBytes } = tileFigures(tile)
  return { ...aboutFile(to, tile), outcome: "planned", sizeBytes }
}

/** The existing file under the final name, if it is sound; any other is fetched again. */
const wholeFile = async (
  to: string,
  tile: IndexedTile,
): Promise<Pick<FetchedFile, "sizeBytes" | "points"> | undefined> => {
  const path = joinInside(to, tile.name)
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) return undefined
  try {
    return { sizeBytes: found.size, ...(await checkFile(path, tile)) }
  } catch {
    // Damaged: another program left a partial file, or a web page has its name.
    return undefined
  }
}

interface Fetching {
  readonly request: FetchRequest
  readonly to: string
  readonly tiles: readonly IndexedTile[]
  readonly files: FetchedFile[]
  readonly pace: () => Promise<void>
}

const fetchOne = async (fetching: Fetching, tile: IndexedTile): Promise<void> => {
  const { request, to, files } = fetching
  const end = (file: Omit<FetchedFile, "name" | "url" | "path">): void => {
    const whole = { ...aboutFile(to, tile), ...file }
    files.push(whole)
    request.onProgress?.({ ...measureProgress(fetching, 0), file: whole })
  }
  try {
    request.signal?.throwIfAborted()
    const whole = await wholeFile(to, tile)
    if (whole !== undefined) return end({ outcome: "unchanged", ...whole })
    end({ outcome: "done", ...(await bring(fetching, tile)) })
  } catch (error) {
    assertLocked(to)
    if (request.signal?.aborted) {
      return end({ outcome: "failed", sizeBytes: 0, reason: `${tile.name}: stopped. Run again to resume.` })
    }
    const data = EngineError.toData(error, { file: tile.url })
    const shown = data.code === "E_INTERNAL" ? data : withoutStack(data)
    end({ outcome: "failed", sizeBytes: 0, reason: shown.message, error: shown })
    // A full disk or an internal fault affects every other file too.
    if (shown.code !== "E_INPUT" && shown.code !== "E_FORMAT") throw error
  }
}

const bring = async (
  fetching: Fetching,
  tile: IndexedTile,
): Promise<Pick<FetchedFile, "sizeBytes" | "points" | "resumedAt">> => {
  const { request, to, pace } = fetching
  const part = joinInside(join(to, layout.parts), `${tile.name}.part`)
  const { sizeBytes, resumedAt } = await downloadFile(tile.url, part, {
    mostWaitMs: 120_000,
    ...request.http,
    pace,
    rangedUrl: rangedOf(tile.url),
    statedBytes: tile.sizeBytes,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    onBytes: (bytes, of) => request.onProgress?.(measureProgress(fetching, bytes, of)),
  })
  let checked: { points?: number }
  try {
    checked = await checkFile(part, tile)
  } catch (error) {
    assertLocked(part)
    // Resuming a wrong file would only make it longer.
    await dropPart(part)
    const { code, message } = EngineError.toData(error)
    const text = `${tile.url}: not the expected file. ${message.replace(part, tile.name)}`
    throw code === "E_FORMAT" || code === "E_INPUT" ? new EngineError(code, text, { file: tile.url }, error) : error
  }
  await moveIntoPlace(part, joinInside(to, tile.name))
  await dropPart(part)
  return { sizeBytes, ...checked, ...(resumedAt > 0 ? { resumedAt } : {}) }
}

/** The address that supports ranges, with its secrets registered as those of the other. */
const rangedOf = (url: string): string | undefined => {
  const ranged = rangedAddress(fullAddress(url))
  return ranged && shownAddress(ranged)
}

/**
 * Progress in bytes: finished files by their size, the current one by the server, the others by the
 * index.
 */
const measureProgress = ({ tiles, files }: Fetching, bytes: number, of?: number): FetchProgress => {
  const ended = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const rest = tiles.slice(files.length).map((tile) => tileFigures(tile).sizeBytes)
  const [current = 0, ...later] = rest
  const coming = Math.max(of ?? current, bytes)
  return { sizeBytes: ended + bytes, totalBytes: later.reduce((sum, size) => sum + size, ended + coming) }
}

interface ExpectedFile {
  /** Its name: `.copc.laz` promises COPC. */
  readonly name: string
  readonly kind: "points" | "image"
  /** Expected place of its points, CRS metres. */
  readonly box?: Box2
}

/**
 * Checks a downloaded file without decoding points or pixels.
 *
 * Of points: the header, every VLR and EVLR, the chunk table or the whole hierarchy, consistent
 * counts, and an extent in the expected place. Of an image: its header.
 * @returns points of a point file
 * @throws EngineError E_FORMAT or E_INPUT with the fault
 */
const checkFile = async (path: string, { name, kind, box }: ExpectedFile): Promise<{ points?: number }> => {
  if (kind === "image") {
    await checkImage(path)
    return {}
  }
  const file = await openPointFile(path)
  try {
    const { info } = file
    // Records after the points are the last bytes of the file. Readers skip truncated ones.
    await file.stored()
    const found = await file.countPoints()
    if (found !== info.count)
      throw broken(path, `damaged: the header announces ${info.count} points and the hierarchy has ${found}`)
    if (/\.copc\.laz$/i.test(name) && info.format !== "copc")
      throw broken(path, `the file is ${info.format.toUpperCase()}, not COPC as its name says`)
    const [minX, minY, maxX, maxY] = info.box
    const centre = [(minX + maxX) / 2, (minY + maxY) / 2] as const
    // Neighbours touch the box of the tile; a point inside it identifies the tile itself.
    if (info.count > 0 && box !== undefined && !Box2.meets([...centre, ...centre], box)) {
      const there = `[${info.box.join(", ")}]`
      throw broken(path, `its points are at ${there}, its tile at [${box.join(", ")}]`)
    }
    return { points: info.count }
  } finally {
    await file.close()
  }
}

const broken = (path: string, found: string): EngineError =>
  new EngineError("E_FORMAT", `${path}: ${found}. Fetch it again, or leave it out.`, { file: path })
