/** Rasters in plain arrays: checks, box, types of values. */
import { isNumbers, objectArgument, showValue } from "../../../core/arguments.js"
import type { Box2 } from "../../../core/geometry/box.js"
import { optionError } from "../../../core/parse-values.js"
import type { Raster, RasterPort } from "../../../kernel.js"
import type { RasterArray } from "./types.js"

/** The box that a raster covers, CRS metres. */
export const boxOfRaster = ({ minX, maxY, width, height, cellSize }: RasterArray): Box2 => [
  minX,
  maxY - height * cellSize,
  minX + width * cellSize,
  maxY,
]

/**
 * Cells of a raster at most, as in V8's arrays: larger ones are a mistake of the caller.
 */
const MOST_CELLS = 2 ** 32

/**
 * @param name in messages
 * @throws EngineError E_USAGE for a value that is no raster, or whose size is none
 */
export const rasterArgument = (raster: unknown, name: string): RasterArray => {
  const { data, width, height, minX, maxY, cellSize } = objectArgument(raster as RasterArray | undefined, name)
  if (!isNumbers(data) || ![width, height].every((cells) => Number.isSafeInteger(cells) && cells > 0))
    throw optionError(name, "it is no raster. Give { data, width, height, minX, maxY, cellSize }.")
  const place = [minX, maxY, cellSize]
  if (!place.every(Number.isFinite) || !(cellSize > 0) || width * height > MOST_CELLS)
    throw optionError(name, `its place and cell size ${showValue(place)} are no numbers of metres.`)
  return raster as RasterArray
}

/**
 * Values in the type of a port; without a type, bytes stay bytes. In floats, `noData` becomes NaN.
 */
export const typedData = ({ data, noData }: RasterArray, type?: RasterPort["type"]): Raster["data"] => {
  const isBytes = type === "byte" || (type === undefined && data instanceof Uint8Array)
  if (isBytes) return data instanceof Uint8Array ? data : Uint8Array.from(data)
  if (noData !== undefined) {
    // In floats, the marker is rounded as the values are.
    const marker = data instanceof Float32Array ? Math.fround(noData) : noData
    return Float32Array.from(data, (value) => (value === marker ? Number.NaN : value))
  }
  return data instanceof Float32Array ? data : Float32Array.from(data)
}
