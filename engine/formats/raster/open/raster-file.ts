/** Reads and writes the rasters of the library: windows, overviews, values at places. */
import { dirname, join } from "node:path"
import {
  boxArgument,
  checkTexts,
  isNumbers,
  listArgument,
  objectArgument,
  pathArgument,
  showValue,
} from "../../../core/arguments.js"
import { atomicWrite } from "../../../core/files/atomic-write.js"
import type { Box2 } from "../../../core/geometry/box.js"
import { optionError } from "../../../core/parse-values.js"
import { encodeCog } from "../tiff/cog.js"
import {
  asRasterError,
  type RasterLevel,
  type RasterPlace,
  rasterLevels,
  rasterPlace,
  readBand,
} from "../tiff/read-raster.js"
import { openTiff, readImage } from "../tiff/source.js"
import { boxOfRaster, rasterArgument, typedData } from "./raster-array.js"
import type { CogFacts, RasterArray, RasterFile, RasterQuery, RasterValues, RasterWindow } from "./types.js"

/** Side of the blocks in which places are read, cells. */
const BLOCK = 256

/** Opens the file behind `openRaster`. */
export const openRasterFile = async (stated: string): Promise<RasterFile> => {
  const path = pathArgument(stated)
  const { tiff, bytes } = await openTiff(path).catch((error: unknown) => {
    throw asRasterError(error, path)
  })
  try {
    const finest = await readImage(tiff, 0)
    const place = rasterPlace(finest, path)
    const levels = (await rasterLevels(tiff, finest)).sort((a, b) => a.ratio - b.ratio)
    const [width, height] = [finest.getWidth(), finest.getHeight()]
    const bands = finest.getSamplesPerPixel()
    const code = finest.getGeoKeys()?.ProjectedCSTypeGeoKey
    const read = async (query?: RasterQuery): Promise<RasterWindow> => {
      try {
        return await readPart(path, levels, place, bands, objectArgument(query, "query"))
      } catch (error) {
        throw asRasterError(error, path)
      }
    }
    return {
      ...place,
      width,
      height,
      box: boxOfRaster({ ...place, width, height, data: [] }),
      bands,
      levels: levels.length,
      epsg: code === undefined || code >= 32767 ? undefined : code,
      read,
      valuesAt: async (x, y, stated) => {
        const query = objectArgument(stated, "query")
        return readValuesAt(read, findLevel(levels, place, query), x, y, query)
      },
      close: () => bytes.close(),
    }
  } catch (error) {
    await bytes.close()
    throw asRasterError(error, path)
  }
}

/** A level with its place and size. @throws EngineError E_USAGE for one that there is not */
const findLevel = (levels: readonly RasterLevel[], place: RasterPlace, { level = 0 }: RasterQuery) => {
  const found = Number.isInteger(level) ? levels[level] : undefined
  if (found === undefined)
    throw optionError(
      "level",
      `there is no level ${showValue(level)}. Give a whole number from 0 to ${levels.length - 1}.`,
    )
  const { image, ratio } = found
  return { image, width: image.getWidth(), height: image.getHeight(), ...place, cellSize: place.cellSize * ratio }
}

const readPart = async (
  path: string,
  levels: readonly RasterLevel[],
  place: RasterPlace,
  bands: number,
  query: RasterQuery,
): Promise<RasterWindow> => {
  const { image, width: _, height: __, ...own } = findLevel(levels, place, query)
  const { band = 0, window } = query
  if (!(Number.isInteger(band) && band >= 0 && band < bands))
    throw optionError("band", `there is no band ${showValue(band)}. Give a whole number from 0 to ${bands - 1}.`)
  const box = window === undefined ? boxArgument(query.box) : boxOfWindow(window, own)
  const { band: values, ...read } = await readBand(image, own, path, { box, band })
  const data = values as RasterValues
  const noData = image.getGDALNoData()
  if (noData === null || Number.isNaN(noData)) return { ...read, data }
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return { ...read, data, noData }
  const stored = data instanceof Float32Array ? Math.fround(noData) : noData
  for (let i = 0; i < data.length; i++) if (data[i] === stored) data[i] = Number.NaN
  return { ...read, data }
}

/** The box of a window in cells. @throws EngineError E_USAGE for one that is none */
export const boxOfWindow = (
  window: NonNullable<RasterQuery["window"]>,
  { minX, maxY, cellSize }: RasterPlace,
): Box2 => {
  const cells = listArgument(window, "window", "number") ?? []
  const [column = 0, row = 0, columns = 0, rows = 0] = cells
  if (cells.length !== 4 || !cells.every(Number.isSafeInteger) || columns < 1 || rows < 1)
    throw optionError("window", "it is no window. Give [column, row, columns, rows], whole numbers of cells.")
  return boxOfRaster({
    minX: minX + column * cellSize,
    maxY: maxY - row * cellSize,
    width: columns,
    height: rows,
    cellSize,
    data: [],
  })
}

/** Values at places, from windows of a level; see `RasterFile.valuesAt`. */
export const readValuesAt = async (
  read: (query: RasterQuery) => Promise<RasterWindow>,
  { width, height, minX, maxY, cellSize }: RasterPlace & { readonly width: number; readonly height: number },
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  query?: Pick<RasterQuery, "level" | "band">,
): Promise<Float64Array> => {
  if (!isNumbers(x) || !isNumbers(y) || x.length !== y.length)
    throw optionError("x, y", "they are no arrays of numbers of one length. Give the places' coordinates.")
  const values = new Float64Array(x.length).fill(Number.NaN)
  const blocks = new Map<number, number[]>()
  const blocksAcross = Math.ceil(width / BLOCK)
  for (let i = 0; i < x.length; i++) {
    // From the centre of the first cell, in cells; the border's half cell has no neighbour.
    const [across, down] = [(x[i]! - minX) / cellSize - 0.5, (maxY - y[i]!) / cellSize - 0.5]
    if (!(across >= 0 && down >= 0 && across <= width - 1 && down <= height - 1)) continue
    const [column, row] = [Math.floor(across), Math.floor(down)]
    const block = Math.floor(row / BLOCK) * blocksAcross + Math.floor(column / BLOCK)
    const places = blocks.get(block)
    if (places === undefined) blocks.set(block, [i])
    else places.push(i)
  }
  for (const [block, places] of blocks) {
    const [column, row] = [(block % blocksAcross) * BLOCK, Math.floor(block / blocksAcross) * BLOCK]
    const size = [Math.min(BLOCK + 1, width - column), Math.min(BLOCK + 1, height - row)] as const
    const window = await read({ ...query, window: [column, row, ...size] })
    for (const i of places) values[i] = interpolate(window, x[i]!, y[i]!)
  }
  return values
}

/** The bilinear value at a place between four cells of a window; NaN if one has no data. */
const interpolate = ({ data, width, minX, maxY, cellSize, noData }: RasterWindow, x: number, y: number): number => {
  const [across, down] = [(x - minX) / cellSize - 0.5, (maxY - y) / cellSize - 0.5]
  const [column, row] = [Math.floor(across), Math.floor(down)]
  const [u, v] = [across - column, down - row]
  let sum = 0
  for (const [c, r, weight] of [
    [0, 0, (1 - u) * (1 - v)],
    [1, 0, u * (1 - v)],
    [0, 1, (1 - u) * v],
    [1, 1, u * v],
  ] as const) {
    // At the centre of a cell, its neighbours do not count.
    if (weight === 0) continue
    const value = data[(row + r) * width + column + c]!
    sum += value === noData ? Number.NaN : value * weight
  }
  return sum
}

/** Writes the file behind `writeCog` under a temporary name beside it. */
export const writeRasterFile = async (to: string, stated: RasterArray, described: CogFacts): Promise<void> => {
  const [path, raster, facts] = [pathArgument(to), rasterArgument(stated, "raster"), objectArgument(described, "facts")]
  const { width, height, minX, maxY, cellSize } = raster
  const { bands = [""] } = facts
  listArgument(bands, "bands", "string")
  checkTexts(facts.metadata, "metadata")
  if (!(Number.isSafeInteger(facts.epsg) && facts.epsg > 0))
    throw optionError("epsg", `${showValue(facts.epsg)} is no code. Give the EPSG code of the raster's CRS.`)
  if (raster.data.length !== width * height * bands.length || width * height < 1 || !(cellSize > 0))
    throw optionError(
      "raster",
      `${raster.data.length} values do not fill ${bands.length} × ${width} × ${height} cells of ${cellSize} m. Give one value for each cell.`,
    )
  const data = typedData(raster)
  const bytes = encodeCog({ data, width, height, minX, maxY, cellSize }, { metadata: {}, ...facts })
  await atomicWrite(path, bytes, dirname(join(path)))
}
