/** Writes VRT mosaics, small files with which GIS programs open the rasters of all tiles as one. */

import type { Raster } from "../../core/kernel-data.js"
import type { RasterFacts } from "./tiff/describe-raster.js"

/** A raster file of a mosaic and its place. */
export interface VrtTile extends Omit<Raster, "cellSize" | "data"> {
  /** Path relative to the VRT file, with `/`. */
  readonly path: string
  /**
   * GDAL path of a raster inside an archive, relative to the output folder. Absent: `path` is used.
   */
  readonly packed?: string
}

/** Properties that all tiles of a mosaic share. */
export interface VrtOptions extends RasterFacts {
  readonly cellSize: number
  readonly noData: number
  readonly type: "float" | "byte"
  /** Title, source and the like, by name. */
  readonly metadata?: Readonly<Record<string, string>>
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
  const unit = options.unit === undefined ? "" : `    <UnitType>${xml(options.unit)}</UnitType>\n`
  const bands = (options.bands ?? [""]).map((name, k) => {
    const description = name === "" ? "" : `    <Description>${xml(name)}</Description>\n`
    return `  <VRTRasterBand dataType="${type}" band="${k + 1}">
${description}    <NoDataValue>${options.noData}</NoDataValue>
${unit}${writeValues(options.values)}${writeSources(k + 1).join("")}  </VRTRasterBand>
`
  })
  const { epsg, verticalEpsg, metadata = {} } = options
  const [crs, axes] = verticalEpsg === undefined ? [`EPSG:${epsg}`, "1,2"] : [`EPSG:${epsg}+${verticalEpsg}`, "1,2,3"]
  const facts = Object.entries(metadata)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `    <MDI key="${xml(name.toUpperCase())}">${xml(value)}</MDI>\n`)
  // GDAL takes these overviews from those of the tiles.
  const factors: number[] = []
  for (let factor = 2; Math.max(right, bottom) > 128 * factor; factor *= 2) factors.push(factor)
  const resampling = options.type === "byte" ? "mode" : "average"
  return `<VRTDataset rasterXSize="${right}" rasterYSize="${bottom}">
  <SRS dataAxisToSRSAxisMapping="${axes}">${crs}</SRS>
  <GeoTransform>${minX}, ${cellSize}, 0, ${maxY}, 0, ${-cellSize}</GeoTransform>
${facts.length === 0 ? "" : `  <Metadata>\n${facts.join("")}  </Metadata>\n`}${bands.join("")}${
  factors.length === 0 ? "" : `  <OverviewList resampling="${resampling}">${factors.join(" ")}</OverviewList>\n`
}</VRTDataset>
`
}

/** How programs colour and name a band: classes by a palette, else a grey scale. */
const writeValues = (values: RasterFacts["values"]): string => {
  if (values === undefined) return "    <ColorInterp>Gray</ColorInterp>\n"
  const last = Math.max(...Object.keys(values).map(Number))
  const entries = Array.from({ length: last + 1 }, (_, value) => values[value])
  const names = entries.map((entry) => `      <Category>${xml(entry?.[0] ?? "")}</Category>\n`)
  const colours = entries.map((entry) => {
    const [red, green, blue] = entry?.[1] ?? [0, 0, 0]
    return `      <Entry c1="${red}" c2="${green}" c3="${blue}" c4="${entry === undefined ? 0 : 255}"/>\n`
  })
  return `    <ColorInterp>Palette</ColorInterp>
    <CategoryNames>
${names.join("")}    </CategoryNames>
    <ColorTable>
${colours.join("")}    </ColorTable>
`
}

const xml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
