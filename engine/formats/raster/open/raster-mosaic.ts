/** Opens a mosaic of rasters as one raster: a VRT of maille, or the folder of a product. */
import { readdir, readFile, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { boxArgument, objectArgument, showValue } from "../../../core/arguments.js"
import { joinInside, staysInside } from "../../../core/files/join-inside.js"
import { addToList } from "../../../core/lists.js"
import { optionError } from "../../../core/parse-values.js"
import { damaged, EngineError } from "../../../errors.js"
import { isUrl } from "../../../io/byte-source.js"
import { parseXml, type XmlElement } from "../../orientation/xml.js"
import { boxOfRaster } from "./raster-array.js"
import { boxOfWindow, openRasterFile, readValuesAt } from "./raster-file.js"
import type { RasterFile, RasterQuery, RasterValues, RasterWindow } from "./types.js"

/** Most files that are open at once. */
const MOST_OPEN = 32

/** A raster of the mosaic; column and row of its first cell. */
interface Part {
  readonly path: string
  readonly column: number
  readonly row: number
  readonly width: number
  readonly height: number
  /** A value that the VRT states to mean no data. */
  readonly noData?: number
}

interface Mosaic {
  readonly parts: readonly Part[]
  readonly width: number
  readonly height: number
  readonly minX: number
  readonly maxY: number
  readonly cellSize: number
}

/** Opens a GeoTIFF, a mosaic's VRT or the folder of its rasters: see `openRaster`. */
export const openAny = async (path: string): Promise<RasterFile> =>
  typeof path === "string" && (await isMosaic(path)) ? openMosaic(path) : openRasterFile(path)

/**
 * The GeoTIFFs of a raster: the file itself, those of a VRT that sets them side by side, or those
 * of a folder, in order.
 *
 * @throws EngineError as {@link openAny}
 */
export const listParts = async (path: string): Promise<readonly Pick<Part, "path" | "noData">[]> =>
  (await isMosaic(path)) ? (await readMosaic(path)).parts : [{ path }]

/** True for a path that {@link openMosaic} opens: a local folder, or a `.vrt`. */
const isMosaic = async (path: string): Promise<boolean> => {
  if (isUrl(path)) return false
  const isFolder = await stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  )
  return isFolder || /\.vrt$/i.test(path)
}

/**
 * Opens the rasters of a mosaic when their cells are read, at most 32 at a time. Cells without a
 * raster have no data.
 *
 * @throws EngineError `E_INPUT` if it cannot be read or has no raster, `E_FORMAT` for another VRT
 */
const openMosaic = async (path: string): Promise<RasterFile> => {
  const mosaic = await readMosaic(path)
  const opened = new Map<string, Promise<RasterFile>>()
  const openPart = async (part: Part): Promise<RasterFile> => {
    const known = opened.get(part.path) ?? openRasterFile(part.path)
    opened.delete(part.path)
    opened.set(part.path, known)
    for (const [oldest, file] of opened) {
      if (opened.size <= MOST_OPEN) break
      opened.delete(oldest)
      await (await file).close()
    }
    return known
  }
  const [any] = mosaic.parts
  if (any === undefined) throw new EngineError("E_INPUT", `${path}: no GeoTIFF in it. Give the folder of a raster.`)
  const { bands, levels: most, epsg } = await openPart(any)
  // Of an overview whose cells cross the borders of rasters, no raster has them whole.
  const isWhole = (level: number): boolean =>
    mosaic.parts.every(({ column, row }) => column % 2 ** level === 0 && row % 2 ** level === 0)
  let levels = 1
  while (levels < most && isWhole(levels)) levels++
  const { parts: _, ...place } = mosaic
  const read = async (stated?: RasterQuery): Promise<RasterWindow> => {
    const query = objectArgument(stated, "query")
    return readParts(mosaic, levels, query, openPart)
  }
  return {
    ...place,
    ...{ box: boxOfRaster({ ...place, data: [] }), bands, levels, epsg, read },
    valuesAt: (x, y, query) =>
      readValuesAt(read, placeLevel(mosaic, levels, objectArgument(query, "query")), x, y, query),
    close: async () => {
      const files = await Promise.all(opened.values())
      opened.clear()
      await Promise.all(files.map((file) => file.close()))
    },
  }
}

/** Place and size of a level. @throws EngineError E_USAGE for one that the mosaic lacks */
const placeLevel = (
  { width, height, minX, maxY, cellSize }: Mosaic,
  levels: number,
  { level = 0 }: Pick<RasterQuery, "level">,
): Omit<Mosaic, "parts"> => {
  if (!(Number.isInteger(level) && level >= 0 && level < levels))
    throw optionError("level", `there is no level ${showValue(level)}. Give a whole number from 0 to ${levels - 1}.`)
  const ratio = 2 ** level
  const size = { width: Math.ceil(width / ratio), height: Math.ceil(height / ratio) }
  return { ...size, minX, maxY, cellSize: cellSize * ratio }
}

const readParts = async (
  mosaic: Mosaic,
  levels: number,
  query: RasterQuery,
  openPart: (part: Part) => Promise<RasterFile>,
): Promise<RasterWindow> => {
  const own = placeLevel(mosaic, levels, query)
  const { minX, maxY, cellSize } = own
  const all = boxOfRaster({ ...own, data: [] })
  const [west, south, east, north] =
    (query.window === undefined ? boxArgument(query.box) : boxOfWindow(query.window, own)) ?? all
  const inCells = (metres: number): number => metres / cellSize
  const left = Math.max(0, Math.floor(inCells(west - minX) + 1e-6))
  const top = Math.max(0, Math.floor(inCells(maxY - north) + 1e-6))
  const right = Math.min(own.width, Math.ceil(inCells(east - minX) - 1e-6))
  const bottom = Math.min(own.height, Math.ceil(inCells(maxY - south) - 1e-6))
  if (right <= left || bottom <= top)
    throw new EngineError("E_INPUT", `no cell is inside the box ${[west, south, east, north].join(", ")}.`)
  const [width, height] = [right - left, bottom - top]
  const box = boxOfRaster({
    minX: minX + left * cellSize,
    maxY: maxY - top * cellSize,
    width,
    height,
    cellSize,
    data: [],
  })
  const found: RasterWindow[] = []
  for (const part of mosaic.parts) {
    const area = boxOfPart(mosaic, part)
    if (area[0] >= box[2] || area[2] <= box[0] || area[1] >= box[3] || area[3] <= box[1]) continue
    found.push(await (await openPart(part)).read({ ...withoutPlace(query), box }))
  }
  const [first] = found
  const data = emptyLike(first, width * height)
  for (const piece of found) {
    const column = Math.round(inCells(piece.minX - minX)) - left
    const row = Math.round(inCells(maxY - piece.maxY)) - top
    // An overview may exceed its raster by a part of a cell.
    const [columns, rows] = [Math.min(piece.width, width - column), Math.min(piece.height, height - row)]
    for (let r = 0; r < rows; r++)
      data.set(piece.data.subarray(r * piece.width, r * piece.width + columns), (row + r) * width + column)
  }
  const noData = first?.noData === undefined ? {} : { noData: first.noData }
  return { width, height, minX: box[0], maxY: box[3], cellSize, data, ...noData }
}

const withoutPlace = ({ level, band }: RasterQuery): RasterQuery => ({
  ...(level === undefined ? {} : { level }),
  ...(band === undefined ? {} : { band }),
})

/** Cells without data, of the type of a window; floats where there is none. */
const emptyLike = (window: RasterWindow | undefined, size: number): RasterValues => {
  if (window === undefined) return new Float32Array(size).fill(Number.NaN)
  const { data, noData } = window
  const empty = new (data.constructor as new (length: number) => RasterValues)(size)
  if (noData !== undefined) return empty.fill(noData)
  return empty instanceof Float32Array || empty instanceof Float64Array ? empty.fill(Number.NaN) : empty
}

const boxOfPart = ({ minX, maxY, cellSize }: Mosaic, { column, row, width, height }: Part) =>
  boxOfRaster({ minX: minX + column * cellSize, maxY: maxY - row * cellSize, width, height, cellSize, data: [] })

const readMosaic = async (path: string): Promise<Mosaic> => {
  if (/\.vrt$/i.test(path)) return parseVrt(await readText(path), path)
  const beside = `${path.replace(/[\\/]+$/, "")}.vrt`
  const text = await readFile(beside, "utf8").catch(() => undefined)
  return text === undefined ? listFolder(path) : parseVrt(text, beside)
}

const readText = (path: string): Promise<string> =>
  readFile(path, "utf8").catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error)
    throw new EngineError("E_INPUT", `${path}: cannot be read (${text}). Check the path.`, { file: path }, error)
  })

/** The GeoTIFFs of a folder, which must have cells of one size. */
const listFolder = async (folder: string): Promise<Mosaic> => {
  const names = (await readdir(folder)).filter((name) => /\.tiff?$/i.test(name)).sort()
  const places: (Omit<Part, "column" | "row"> & Pick<Mosaic, "minX" | "maxY" | "cellSize">)[] = []
  for (const name of names) {
    const file = await openRasterFile(join(folder, name))
    const { width, height, minX, maxY, cellSize } = file
    places.push({ path: join(folder, name), width, height, minX, maxY, cellSize })
    await file.close()
  }
  const [cellSize = 1] = places.map((one) => one.cellSize)
  const other = places.find((one) => one.cellSize !== cellSize)
  if (other !== undefined)
    throw new EngineError("E_FORMAT", `${other.path}: cells of ${other.cellSize} m beside others of ${cellSize} m.`)
  const minX = places.reduce((least, one) => Math.min(least, one.minX), Infinity)
  const maxY = places.reduce((most, one) => Math.max(most, one.maxY), -Infinity)
  const parts = places.map(({ path, width, height, ...one }) => ({
    ...{ path, width, height },
    column: Math.round((one.minX - minX) / cellSize),
    row: Math.round((maxY - one.maxY) / cellSize),
  }))
  const most = (ofPart: (part: Part) => number): number => parts.reduce((size, part) => Math.max(size, ofPart(part)), 0)
  const size = { width: most((part) => part.column + part.width), height: most((part) => part.row + part.height) }
  return { parts, ...size, minX, maxY, cellSize }
}

/** The mosaics that maille writes: rasters as they are, side by side. */
const parseVrt = (text: string, path: string): Mosaic => {
  const refuse = (found: string): EngineError =>
    damaged(path, found, "Open it with GDAL, or give the rasters that it names.")
  const vrt = parseXml(text, path)
  const [minX = Number.NaN, cellSize = Number.NaN, , maxY = Number.NaN] = (textOf(vrt, "GeoTransform") ?? "")
    .split(",")
    .map(Number)
  const [width, height] = [Number(vrt.attributes["rasterXSize"]), Number(vrt.attributes["rasterYSize"])]
  const [band] = childrenOf(vrt, "VRTRasterBand")
  const sources = band?.children.filter(({ name }) => name === "ComplexSource" || name === "SimpleSource") ?? []
  const ofBand = band && textOf(band, "NoDataValue")
  const byName = new Map<string, Part[]>()
  for (const source of sources) {
    const [name] = childrenOf(source, "SourceFilename")
    const [from] = childrenOf(source, "SrcRect")
    const [to] = childrenOf(source, "DstRect")
    const numbers = [from, to].flatMap((rectangle) =>
      ["xOff", "yOff", "xSize", "ySize"].map((side) => Number(rectangle?.attributes[side])),
    )
    const [x, y, w, h, column = 0, row = 0, columns = 0, rows = 0] = numbers
    const part = name === undefined ? undefined : locatePart(name, path)
    if (name === undefined || part === undefined)
      throw refuse(`it names ${name?.text ?? "no file"}, not a raster beside it or in an archive of its folder`)
    if (x !== 0 || y !== 0 || w !== columns || h !== rows || !numbers.every(Number.isSafeInteger))
      throw refuse(`it cuts or scales ${name.text}`)
    const noData = Number(textOf(source, "NODATA") ?? ofBand ?? Number.NaN)
    const placed = { path: part, column, row, width: columns, height: rows }
    addToList(byName, name.text, Number.isNaN(noData) ? placed : { ...placed, noData })
  }
  if (![minX, maxY, width, height].every(Number.isFinite) || !(cellSize > 0)) throw refuse("it is no mosaic of maille")
  return { parts: [...byName.values()].flat(), width, height, minX, maxY, cellSize }
}

/**
 * Where a mosaic's raster is: beside it, or in an archive below the output folder, whose path is
 * that of GDAL started in this folder. Undefined where the name leads elsewhere.
 */
const locatePart = ({ text, attributes }: XmlElement, vrt: string): string | undefined => {
  const [, packed] = /^\/vsizip\/(.+)$/.exec(text) ?? []
  const isBeside = attributes["relativeToVRT"] === "1"
  const name = isBeside ? text : (packed ?? "")
  if (!staysInside(name) || /^[a-z]+:/i.test(name)) return undefined
  return joinInside(isBeside ? dirname(vrt) : dirname(dirname(vrt)), name)
}

const childrenOf = (element: XmlElement | undefined, name: string): readonly XmlElement[] =>
  element?.children.filter((child) => child.name === name) ?? []
const textOf = (element: XmlElement, name: string): string | undefined => childrenOf(element, name)[0]?.text
