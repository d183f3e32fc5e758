/** Reads a geoid grid from a GeoTIFF and interpolates its heights. */
import { readFile } from "node:fs/promises"
import { fromArrayBuffer, type GeoTIFFImage } from "geotiff"
import { MAX_CELLS } from "../core/bounds.js"
import { sha256 } from "../core/hash.js"
import { EngineError, unreadable } from "../errors.js"
import { readImage } from "../formats/raster/tiff/source.js"
import { crsByEpsg, recogniseCrs } from "./crs.js"

const REMEDY = "Give a GeoTIFF of geoid heights, such as fr_ign_RAF20.tif."

/**
 * A grid of geoid heights in metres. `undulation` is NaN outside the grid and beside void nodes.
 */
export interface GeoidGrid {
  readonly name: string
  /** SHA-256 of the file. */
  readonly identity: string
  readonly undulation: (lon: number, lat: number) => number
}

/**
 * Reads a GeoTIFF of geoid heights above the ellipsoid (PROJ's grids, RAF20 …), in degrees or in a
 * projected CRS known to maille.
 *
 * The whole grid stays in memory (RAF20: 0.6 MB); interpolation is bilinear between pixel centres.
 * Void are the file's nodata value and NaN. In projected grids 0 is void too, because resampled
 * grids have 0 outside their source.
 *
 * @throws EngineError E_INPUT where the file is missing or not georeferenced, E_FORMAT where it is
 * not a GeoTIFF
 */
export const readGeoidGrid = async (path: string): Promise<GeoidGrid> => {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  const name = path.split("/").at(-1) ?? path
  try {
    const tiff = await fromArrayBuffer(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    )
    const image = await readImage(tiff, 0)
    const bands = image.getSamplesPerPixel()
    if (bands !== 1 || image.getBitsPerSample() === 8) {
      const found = `an image with ${bands === 1 ? "1 band" : `${bands} bands`} of ${image.getBitsPerSample()} bits`
      throw new EngineError("E_INPUT", `${path}: ${found}, not a geoid grid. ${REMEDY}`, { file: path })
    }
    const cells = image.getWidth() * image.getHeight()
    if (!(cells <= MAX_CELLS)) throw new Error(`${cells} cells; the limit is ${MAX_CELLS}`)
    const band = (await image.readRasters({ samples: [0] }))[0]
    if (band === undefined || typeof band === "number") throw new Error("no band")
    return { name, identity: sha256(bytes), undulation: interpolator(image, Float64Array.from(band), path) }
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    const found = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, "")
    throw new EngineError("E_FORMAT", `${path}: not a geoid grid (${found}). ${REMEDY}`, { file: path }, cause)
  }
}

const interpolator = (image: GeoTIFFImage, values: Float64Array, path: string): GeoidGrid["undulation"] => {
  const keys = image.getGeoKeys() ?? {}
  const [originX = Number.NaN, originY = Number.NaN] = image.getOrigin()
  const [dx = Number.NaN, dy = Number.NaN] = image.getResolution()
  // PixelIsPoint: the tie point is the centre of the first pixel; else its corner.
  const shift = keys.GTRasterTypeGeoKey === 2 ? 0 : 0.5
  const west = originX + shift * dx
  const north = originY + shift * dy
  const projected = keys.GTModelTypeGeoKey === 1
  const project = projected ? findProjection(Number(keys.ProjectedCSTypeGeoKey), path) : undefined
  const noData = image.getGDALNoData()
  for (let i = 0; i < values.length; i++) {
    if (values[i] === noData || (projected && values[i] === 0)) values[i] = Number.NaN
  }
  const width = image.getWidth()
  const height = image.getHeight()
  return (lon, lat) => {
    const [x, y] = project === undefined ? [lon, lat] : project(lon, lat)
    return bilinear(values, width, height, (x - west) / dx, (y - north) / dy)
  }
}

const findProjection = (code: number, path: string): ((lon: number, lat: number) => [number, number]) => {
  const { epsg } = recogniseCrs({ wkts: [], geoKeys: new Map([[3072, code]]) })
  if (epsg === undefined) {
    const found = "a projected CRS without EPSG code, not a geoid grid in a known CRS"
    throw new EngineError("E_INPUT", `${path}: ${found}. ${REMEDY}`, { file: path })
  }
  return crsByEpsg(epsg).fromGeographic
}

/** NaN outside the pixel centres, with a tolerance of 1e-6 pixel for rounding. */
const bilinear = (values: Float64Array, width: number, height: number, column: number, row: number): number => {
  if (!(column >= -1e-6 && row >= -1e-6 && column <= width - 1 + 1e-6 && row <= height - 1 + 1e-6)) return Number.NaN
  const left = Math.min(Math.max(Math.floor(column), 0), width - 2)
  const top = Math.min(Math.max(Math.floor(row), 0), height - 2)
  const u = column - left
  const v = row - top
  const at = top * width + left
  const upper = values[at]! * (1 - u) + values[at + 1]! * u
  const lower = values[at + width]! * (1 - u) + values[at + width + 1]! * u
  return upper * (1 - v) + lower * v
}
