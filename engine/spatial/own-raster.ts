/** Rasters that the user brings in place of point files: their files, and cells as they are. */
import { stat } from "node:fs/promises"
import { Box2 } from "../core/geometry/box.js"
import { canonicalJson, sha256 } from "../core/hash.js"
import { EngineError, unreadable } from "../errors.js"
import { openRasterFile } from "../formats/raster/open/raster-file.js"
import { listParts } from "../formats/raster/open/raster-mosaic.js"
import { crsByEpsg } from "../grid/crs.js"
import { locateStored } from "../io/archive/stored-file.js"
import { isUrl } from "../io/byte-source.js"
import { changed } from "../io/bytes.js"
import { hashBytes } from "../io/noted-reads.js"
import type { Raster } from "../kernel.js"

/** One GeoTIFF of a raster. */
export interface OwnRasterPart {
  readonly path: string
  /** Size and modification time when the job was planned. */
  readonly stamp: string
  /** At multiples of the cells' side, CRS metres. */
  readonly box: Box2
  /** A value that means no data, besides that of the file. */
  readonly noData?: number
}

/** A raster as workers read it. Where parts overlap, the last with a value counts. */
export interface OwnRaster {
  /** Metres, in whole millimetres. */
  readonly cellSize: number
  readonly parts: readonly OwnRasterPart[]
}

/** A raster with what a plan needs of it. */
export interface FoundRaster extends OwnRaster {
  readonly path: string
  readonly flag: string
  readonly epsg: number
  readonly box: Box2
  /** SHA-256 over all bytes and places of its files. */
  readonly identity: string
}

/** Share of a cell by which a place may miss the border of cells. */
const SLACK = 1e-3

/**
 * Opens a GeoTIFF, a VRT of GeoTIFFs side by side, or a folder of them, without its cells. Reads
 * every byte once for the identity.
 *
 * @param epsg CRS of a file that states none
 * @throws EngineError E_INPUT for another format or CRS, or cells that kernels cannot use as they
 * are; it names the command that makes them usable
 */
export const openOwnRaster = async (path: string, flag: string, epsg?: number): Promise<FoundRaster> => {
  if (isUrl(path))
    throw new EngineError("E_INPUT", `${flag}: ${path}: an address. Download it, and give the file.`, { file: path })
  const listed = await listParts(path).catch((error: unknown) => {
    throw asInput(error, path, flag)
  })
  const parts: (OwnRasterPart & Grid & { readonly hash: string })[] = []
  for (const { path: file, noData } of listed) {
    const before = await readStamp(file, flag)
    const grid = await readGrid(file, flag, epsg)
    const hash = await hashBytes(file)
    if ((await readStamp(file, flag)) !== before) throw changed(file)
    parts.push({ path: file, stamp: before, hash, ...grid, ...(noData === undefined ? {} : { noData }) })
  }
  const [first] = parts
  if (first === undefined)
    throw new EngineError("E_INPUT", `${flag}: ${path}: no GeoTIFF in it. Give a GeoTIFF, or a folder of them.`)
  for (const one of parts)
    if (one.cellSize !== first.cellSize || one.epsg !== first.epsg) {
      const text = `${flag}: ${one.path}: cells of ${one.cellSize} m in EPSG:${one.epsg}, but ${first.path} has ${first.cellSize} m in EPSG:${first.epsg}. Resample it: ${warp(first.epsg, first.cellSize)}`
      throw new EngineError("E_INPUT", text, { file: one.path })
    }
  return {
    ...{ path, flag, epsg: first.epsg, cellSize: first.cellSize },
    parts: parts.map(({ path: file, stamp, box, noData }) => ({
      ...{ path: file, stamp, box },
      ...(noData === undefined ? {} : { noData }),
    })),
    box: parts.map(({ box }) => box).reduce(Box2.union),
    identity: sha256(canonicalJson(parts.map(({ hash, box, noData }) => [hash, box, noData ?? "none"]))),
  }
}

const asInput = (error: unknown, path: string, flag: string): EngineError => {
  const { message } = EngineError.toData(error)
  const text = `${flag}: ${message} For another format: gdal_translate -of COG ${path} dtm.tif`
  return new EngineError("E_INPUT", text, { file: path }, error)
}

const readStamp = async (path: string, flag?: string): Promise<string> => {
  // A raster of maille may be in an archive.
  const { size, mtimeMs } = await locateStored(path)
    .then(({ file }) => stat(file))
    .catch((cause: unknown) => {
      throw unreadable(path, cause, flag)
    })
  return `${size} ${mtimeMs}`
}

/** The command that makes a raster's grid usable. */
const warp = (epsg: number | undefined, cell: number): string =>
  `gdalwarp -t_srs EPSG:${epsg ?? "n"} -tr ${cell} ${cell} -tap -r bilinear IN.tif OUT.tif`

interface Grid {
  readonly epsg: number
  readonly cellSize: number
  readonly box: Box2
}

/** Reads CRS and cells of a GeoTIFF, and checks that kernels can use them. */
const readGrid = async (path: string, flag: string, stated: number | undefined): Promise<Grid> => {
  const refuse = (text: string): never => {
    throw new EngineError("E_INPUT", `${flag}: ${path}: ${text}`, { file: path })
  }
  const file = await openRasterFile(path).catch((error: unknown) => {
    throw asInput(error, path, flag)
  })
  await file.close()
  const { width, height, minX, maxY } = file
  if (file.epsg === undefined && stated === undefined)
    refuse(
      `states no CRS in metres. Reproject degrees: ${warp(undefined, 1)}. Or state its CRS: gdal_edit -a_srs EPSG:n, or --crs EPSG:n.`,
    )
  const epsg = file.epsg ?? stated ?? 0
  if (stated !== undefined && epsg !== stated)
    refuse(`is in EPSG:${epsg}, but --crs states EPSG:${stated}. Leave --crs out.`)
  crsByEpsg(epsg)
  const side = Math.round(file.cellSize * 1000)
  const cellSize = side / 1000
  const places = [minX, minX + width * file.cellSize, maxY, maxY - height * file.cellSize].map((at) => at / cellSize)
  if (side < 1 || places.some((at) => !(Math.abs(at - Math.round(at)) <= SLACK))) {
    const cell = side < 1 ? 1 : cellSize
    const text = `its cells of ${file.cellSize} m begin at ${minX}, ${maxY}, which are no multiples of ${cell} m.`
    refuse(`${text} Resample it: ${warp(epsg, cell)}`)
  }
  const [west = 0, east = 0, north = 0, south = 0] = places.map((at) => (Math.round(at) * side) / 1000)
  return { epsg, cellSize, box: [west, south, east, north] }
}

/**
 * The cells of a raster that meet a box, NaN without data. Their values are those of the file.
 *
 * @throws EngineError E_INPUT for a file that changed since it was planned
 */
export const readOwnRaster = async ({ cellSize, parts }: OwnRaster, window: Box2): Promise<Raster> => {
  const side = Math.round(cellSize * 1000)
  const inCells = (metres: number): number => Math.round(metres * 1000) / side
  const [left, top] = [Math.floor(inCells(window[0])), Math.ceil(inCells(window[3]))]
  const [width, height] = [Math.ceil(inCells(window[2])) - left, top - Math.floor(inCells(window[1]))]
  const data = new Float32Array(width * height).fill(Number.NaN)
  const area: Box2 = [left * cellSize, (top - height) * cellSize, (left + width) * cellSize, top * cellSize]
  for (const part of parts) {
    const common = Box2.intersection(part.box, area)
    if (Math.min(common[2] - common[0], common[3] - common[1]) < cellSize / 2) continue
    if ((await readStamp(part.path)) !== part.stamp) throw changed(part.path)
    const file = await openRasterFile(part.path)
    try {
      const found = await file.read({ box: common })
      const voids = [found.noData, part.noData].filter((value) => value !== undefined).map(Math.fround)
      const column = Math.round(found.minX / cellSize) - left
      const row = top - Math.round(found.maxY / cellSize)
      for (let r = 0; r < found.height; r++)
        for (let c = 0; c < found.width; c++) {
          const value = Math.fround(found.data[r * found.width + c]!)
          if (!Number.isNaN(value) && !voids.includes(value)) data[(row + r) * width + column + c] = value
        }
    } finally {
      await file.close()
    }
    if ((await readStamp(part.path)) !== part.stamp) throw changed(part.path)
  }
  return { width, height, minX: (left * side) / 1000, maxY: (top * side) / 1000, cellSize, data }
}
