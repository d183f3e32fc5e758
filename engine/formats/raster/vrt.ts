/** Mosaics: a small file by which GIS programs open the rasters of all tiles as one. */

/** A raster file of a mosaic and where it lies. */
export interface VrtTile {
  /** Path relative to the VRT file, with `/`. */
  readonly path: string
  /** Where it lies for GDAL, where not at that path: in an archive, from the output folder. */
  readonly packed?: string
  readonly minX: number
  readonly maxY: number
  readonly width: number
  readonly height: number
}

/** What the tiles of a mosaic have in common. */
export interface VrtOptions {
  readonly cellSize: number
  readonly epsg: number
  readonly noData: number
  readonly type: "float" | "byte"
}

/**
 * A mosaic of rasters as GDAL VRT (gdal.org/drivers/raster/vrt.html): XML text that names its files by relative paths,
 * sorted by path, so that the order of the tiles does not change it. Without tiles: an empty string, for GDAL has no
 * mosaic of nothing.
 */
export const encodeVrt = (tiles: readonly VrtTile[], options: VrtOptions): string => {
  if (tiles.length === 0) return ""
  const { cellSize } = options
  const sorted = [...tiles].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  // Of a country there are more tiles than a call may have arguments.
  const most = (of: (tile: VrtTile) => number): number =>
    sorted.reduce((known, tile) => Math.max(known, of(tile)), Number.NEGATIVE_INFINITY)
  const minX = -most((tile) => -tile.minX)
  const maxY = most((tile) => tile.maxY)
  const right = most((tile) => Math.round((tile.minX - minX) / cellSize) + tile.width)
  const bottom = most((tile) => Math.round((maxY - tile.maxY) / cellSize) + tile.height)
  const type = options.type === "float" ? "Float32" : "Byte"
  const sources = sorted.map((tile) => {
    const x = Math.round((tile.minX - minX) / cellSize)
    const y = Math.round((maxY - tile.maxY) / cellSize)
    const size = `xSize="${tile.width}" ySize="${tile.height}"`
    return `    <ComplexSource>
      <SourceFilename relativeToVRT="${tile.packed === undefined ? 1 : 0}">${xml(tile.packed ?? tile.path)}</SourceFilename>
      <SourceBand>1</SourceBand>
      <SourceProperties RasterXSize="${tile.width}" RasterYSize="${tile.height}" DataType="${type}"/>
      <SrcRect xOff="0" yOff="0" ${size}/>
      <DstRect xOff="${x}" yOff="${y}" ${size}/>
      <NODATA>${options.noData}</NODATA>
    </ComplexSource>
`
  })
  return `<VRTDataset rasterXSize="${right}" rasterYSize="${bottom}">
  <SRS dataAxisToSRSAxisMapping="1,2">EPSG:${options.epsg}</SRS>
  <GeoTransform>${minX}, ${cellSize}, 0, ${maxY}, 0, ${-cellSize}</GeoTransform>
  <VRTRasterBand dataType="${type}" band="1">
    <NoDataValue>${options.noData}</NoDataValue>
${sources.join("")}  </VRTRasterBand>
</VRTDataset>
`
}

const xml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
