/** A raster that the user brings for kernels, on a grid of the job's CRS for workers. */
import { MAX_CELLS } from "../core/bounds.js"
import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import { encodeCog } from "../formats/raster/tiff/cog.js"
import { readRaster } from "../formats/raster/tiff/read-raster.js"
import { openTiff, readImage } from "../formats/raster/tiff/source.js"
import { crsByEpsg } from "../grid/crs.js"
import { projection } from "../job/area.js"
import type { Raster } from "../kernel.js"

/** Cells between two places that are transformed exactly; between them the transform is linear. */
const LATTICE = 16
/** Metres of a degree of latitude, about. */
const DEGREE = 111_320

type Transform = (x: number, y: number) => readonly [x: number, y: number]

/**
 * Resamples a box of a raster to cells at multiples of their side, as GeoTIFF. Each cell has the
 * bilinear value at its centre, whatever the box; NaN where the file has none.
 *
 * @throws EngineError E_INPUT for a file without values there or without a CRS, or no GeoTIFF
 */
export const encodeExternalRaster = async (
  path: string,
  { flag, cell }: { readonly flag: string; readonly cell: number },
  epsg: number,
  box: Box2,
): Promise<Uint8Array> => {
  const from = await readCrs(path, flag)
  const toFile = transformTo(path, epsg, from)
  const [left, bottom] = [Math.floor(box[0] / cell), Math.floor(box[1] / cell)]
  const [width, height] = [Math.ceil(box[2] / cell) - left, Math.ceil(box[3] / cell) - bottom]
  if (width * height > MAX_CELLS) {
    const text = `${flag}: ${width} × ${height} cells of ${cell} m around the job; at most ${MAX_CELLS} fit. Lower the distance to which kernels read it.`
    throw new EngineError("E_USAGE", text, { option: flag })
  }
  const lattice = projectLattice([left, bottom, left + width, bottom + height], cell, toFile)
  const side = isDegrees(from) ? cell / DEGREE : cell
  const window = Box2.grow(lattice.box, 2 * side)
  const source = await readRaster(path, { window, cellSize: side })
  const data = new Float32Array(width * height)
  let known = 0
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      const [x, y] = lattice.at(left + column, bottom + height - 1 - row)
      data[at] = valueAt(source, x, y)
      if (!Number.isNaN(data[at]!)) known++
    }
  }
  if (known === 0) throw new EngineError("E_INPUT", `${path}: no value around the job. Check the file.`, { file: path })
  const [minX, maxY] = [left * cell, (bottom + height) * cell]
  return encodeCog({ width, height, minX, maxY, cellSize: cell, data }, { epsg, metadata: {} })
}

const transformTo = (path: string, epsg: number, from: number): Transform => {
  if (from === epsg) return (x, y) => [x, y]
  if (isDegrees(from)) return crsByEpsg(epsg).toGeographic
  return projection(epsg, from, { file: path }, `${path} is in EPSG:${from}, the job in EPSG:${epsg}`)
}

/** Codes of longitude and latitude that differ from WGS 84 by less than a few metres. */
const DEGREES: readonly number[] = [4326, 4258, 4171, 4269]
const isDegrees = (epsg: number): boolean => DEGREES.includes(epsg)

const readCrs = async (path: string, flag: string): Promise<number> => {
  const { tiff, bytes } = await openTiff(path).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    const text = `${flag}: ${path}: cannot be read as TIFF (${why.replace(/\.$/, "")}). Give a GeoTIFF.`
    throw new EngineError("E_INPUT", text, { file: path }, cause)
  })
  try {
    const keys = (await readImage(tiff, 0)).getGeoKeys() as Readonly<Record<string, number>> | null
    const code = keys?.["ProjectedCSTypeGeoKey"] ?? keys?.["GeographicTypeGeoKey"]
    if (code === undefined || code >= 32767)
      throw new EngineError("E_INPUT", `${flag}: ${path}: states no EPSG code. Set it with gdal_edit -a_srs.`, {
        file: path,
      })
    if (!isDegrees(code)) crsByEpsg(code)
    return code
  } finally {
    await bytes.close()
  }
}

/** Places of cells' centres in the file's CRS: exact at multiples of LATTICE cells of the CRS. */
const projectLattice = ([left, bottom, right, top]: Box2, cell: number, toFile: Transform) => {
  const [west, south] = [Math.floor(left / LATTICE), Math.floor(bottom / LATTICE)]
  const columns = Math.floor(right / LATTICE) + 2 - west
  const rows = Math.floor(top / LATTICE) + 2 - south
  const places = new Float64Array(2 * columns * rows)
  let box: Box2 = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]
  const side = LATTICE * cell
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = toFile((west + column) * side, (south + row) * side)
      places.set([x, y], 2 * (row * columns + column))
      box = Box2.union(box, [x, y, x, y])
    }
  }
  const at = (column: number, row: number): readonly [number, number] => {
    const [across, up] = [(column + 0.5) / LATTICE - west, (row + 0.5) / LATTICE - south]
    const [c, r] = [Math.floor(across), Math.floor(up)]
    const [u, v] = [across - c, up - r]
    const i = 2 * (r * columns + c)
    const between = (k: number): number => {
      const [a, b] = [places[i + k]!, places[i + 2 + k]!]
      const [d, e] = [places[i + 2 * columns + k]!, places[i + 2 * columns + 2 + k]!]
      return (a * (1 - u) + b * u) * (1 - v) + (d * (1 - u) + e * u) * v
    }
    return [between(0), between(1)]
  }
  return { box, at }
}

/** The bilinear value between four centres of cells; NaN if one has none. */
const valueAt = ({ data, width, height, minX, maxY, cellSize }: Raster, x: number, y: number): number => {
  const [across, down] = [(x - minX) / cellSize - 0.5, (maxY - y) / cellSize - 0.5]
  const [column, row] = [Math.floor(across), Math.floor(down)]
  if (!(column >= 0 && row >= 0 && column < width - 1 && row < height - 1)) return Number.NaN
  const [u, v] = [across - column, down - row]
  const i = row * width + column
  const upper = data[i]! * (1 - u) + data[i + 1]! * u
  return upper * (1 - v) + (data[i + width]! * (1 - u) + data[i + width + 1]! * u) * v
}
