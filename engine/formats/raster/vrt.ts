/** Writes VRT mosaics, small files with which GIS programs open the rasters of all tiles as one. */

/** A raster file of a mosaic and its place. */
import type { Raster } from "../../core/kernel-data.js"
export interface VrtTile extends Omit<Raster, "cellSize" | "data"> {
  /** Path relative to the VRT file, with `/`. */
  readonly path: string
  /**
   * GDAL path of a raster inside an archive, relative to the output folder. Absent: `path` is used.
   */
  readonly packed?: string
}

/** Properties that all tiles of a mosaic share. */
export interface VrtOptions {
  readonly cellSize: number
  readonly epsg: number
  readonly noData: number
  readonly type: "float" | "byte"
  /** Names of the bands; absent: one band without a name. */
  readonly bands?: readonly string[] | undefined
}

/**
 * Encodes a mosaic of rasters as GDAL VRT (gdal.org/drivers/raster/vrt.html): XML that names its
 * files by relative paths. Files are sorted by path, so the order of the tiles does not matter.
 * Returns an empty string without tiles, since GDAL has no empty mosaic.
 */
export const encodeVrt = (tiles: readonly VrtTile[], options: VrtOptions): string => {
  if (tiles.length === 0) return ""
  const { cellSize } = options
  const sorted = [...tiles].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  // A country has more tiles than a call may have arguments, so no Math.max(...).
  const most = (of: (tile: VrtTile) => number): number =>
    sorted.reduce((known, tile) => Math.max(known, of(tile)), Number.NEGATIVE_INFINITY)
  const minX = -most((tile) => -tile.minX)
  const maxY = most((tile) => tile.maxY)
  const right = most((tile) => Math.round((tile.minX - minX) / cellSize) + tile.width)
  const bottom = most((tile) => Math.round((maxY - tile.maxY) / cellSize) + tile.height)
  const type = options.type === "float" ? "Float32" : "Byte"
  const writeSources = (band: number): string[] =>
    sorted.map((tile) => {
      const x = Math.round((tile.minX - minX) / cellSize)
      const y = Math.round((maxY - tile.maxY) / cellSize)
      const size = `xSize="${tile.width}" ySize="${tile.height}"`
      return `    <ComplexSource>
      <SourceFilename relativeToVRT="${tile.packed === undefined ? 1 : 0}">${xml(tile.packed ?? tile.path)}</SourceFilename>
      <SourceBand>${band}</SourceBand>
      <SourceProperties RasterXSize="${tile.width}" RasterYSize="${tile.height}" DataType="${type}"/>
      <SrcRect xOff="0" yOff="0" ${size}/>
      <DstRect xOff="${x}" yOff="${y}" ${size}/>
      <NODATA>${options.noData}</NODATA>
    </ComplexSource>
`
    })
  const bands = (options.bands ?? [""]).map((name, k) => {
    const description = name === "" ? "" : `    <Description>${xml(name)}</Description>\n`
    return `  <VRTRasterBand dataType="${type}" band="${k + 1}">
${description}    <NoDataValue>${options.noData}</NoDataValue>
${writeSources(k + 1).join("")}  </VRTRasterBand>
`
  })
  return `<VRTDataset rasterXSize="${right}" rasterYSize="${bottom}">
  <SRS dataAxisToSRSAxisMapping="1,2">EPSG:${options.epsg}</SRS>
  <GeoTransform>${minX}, ${cellSize}, 0, ${maxY}, 0, ${-cellSize}</GeoTransform>
${bands.join("")}</VRTDataset>
`
}

const xml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
