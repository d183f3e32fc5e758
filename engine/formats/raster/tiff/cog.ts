/** Writes raster products as Cloud Optimized GeoTIFF with overviews and provenance. */
import { elementAt } from "../../../core/lists.js"
import { EngineError } from "../../../errors.js"
import type { Raster } from "../../../kernel.js"
import { type CogLevel, encodeTiles, halveLevel } from "./cog-level.js"
import type { RasterFacts } from "./describe-raster.js"
import { DOUBLE, LONG, SHORT, TiffDirectory } from "./directory.js"

/** CRS, description and provenance of a Cloud Optimized GeoTIFF. */
export interface CogOptions extends RasterFacts {
  /**
   * Provenance. `title`, `software` and `licence` (after `source`) also fill the tags
   * ImageDescription, Software and Copyright. All entries are written to the GDAL metadata, sorted
   * by name.
   */
  readonly metadata: Readonly<Record<string, string>>
}

const MAX_TILE = 256

/**
 * Encodes a raster as Cloud Optimized GeoTIFF: classic little-endian TIFF with deflated tiles of at
 * most 256 × 256. Overviews halve until one tile covers all. Ghost header, order of directories and
 * tile leaders follow GDAL's COG driver (gdal.org/drivers/raster/cog.html). Each band has its own
 * tiles. The same raster and options give the same bytes.
 *
 * ```
 *      0  "II" 42, offset of the first directory
 *      8  GDAL_STRUCTURAL_METADATA_SIZE=…, its lines, padding to an even offset
 *      …  directories, finest first, each followed by its values
 *      …  tiles, coarsest level first: size (u32), bytes, the last 4 bytes again
 * ```
 *
 * @throws EngineError `E_INTERNAL` if the raster is empty or its size disagrees with its data
 */
export const encodeCog = (raster: Raster, options: CogOptions): Uint8Array => {
  const cells = raster.width * raster.height
  const count = options.bands?.length ?? 1
  if (raster.width < 1 || raster.height < 1 || count < 1 || raster.data.length !== cells * count) {
    throw new EngineError(
      "E_INTERNAL",
      `cannot write a raster of ${raster.width} × ${raster.height} cells and ${count} bands with ${raster.data.length} values; ` +
        "expected at least one cell, and one value per cell and band",
    )
  }
  const tileWidth = Math.min(MAX_TILE, Math.ceil(raster.width / 16) * 16)
  const tileHeight = Math.min(MAX_TILE, Math.ceil(raster.height / 16) * 16)
  const noData = raster.data instanceof Float32Array ? -9999 : 0
  const { width, height } = raster
  const bands = Array.from({ length: count }, (_, band) => {
    const levels: CogLevel[] = [{ width, height, data: raster.data.subarray(band * cells, (band + 1) * cells) }]
    for (let last = levels[0]!; last.width > tileWidth || last.height > tileHeight; ) {
      last = halveLevel(last)
      levels.push(last)
    }
    return { levels, tiles: levels.map((level) => encodeTiles(level, tileWidth, tileHeight, noData)) }
  })
  return assemble(
    elementAt(bands, 0).levels.map((level, index) => {
      const tiles = bands.flatMap((band) => elementAt(band.tiles, index))
      const directory = new Directory()
        .common(level, index, tileWidth, tileHeight, tiles.length)
        .bands(count, level)
        .colours(options.values)
        .provenance(
          index === 0 ? options : undefined,
          index === 0 ? bands.map((band) => measureBand(elementAt(band.levels, 0).data)) : [],
        )
        .geo(index === 0 ? raster : undefined, options)
        .text(42113, String(noData))
      return { directory, tiles }
    }),
  )
}

const ghostHeader = (): Uint8Array => {
  // The space after NO lets another writer replace it by YES in place.
  const lines =
    "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n" +
    "BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n "
  const size = String(lines.length).padStart(6, "0")
  return new TextEncoder().encode(`GDAL_STRUCTURAL_METADATA_SIZE=${size} bytes\n${lines}`)
}

/** The directory of one level. TileOffsets is filled once the tiles have their places. */
class Directory extends TiffDirectory {
  common(level: CogLevel, index: number, tileWidth: number, tileHeight: number, tiles: number): this {
    const float = level.data instanceof Float32Array
    return this.put(254, LONG, [index === 0 ? 0 : 1]) // NewSubfileType: reduced resolution
      .put(256, LONG, [level.width])
      .put(257, LONG, [level.height])
      .put(258, SHORT, [float ? 32 : 8]) // BitsPerSample
      .put(259, SHORT, [8]) // Compression: Adobe deflate
      .put(262, SHORT, [1]) // PhotometricInterpretation: black is zero
      .put(277, SHORT, [1]) // SamplesPerPixel
      .put(284, SHORT, [1]) // PlanarConfiguration
      .put(317, SHORT, [float ? 3 : 1]) // Predictor
      .put(322, SHORT, [tileWidth])
      .put(323, SHORT, [tileHeight])
      .put(324, LONG, new Array<number>(tiles).fill(0)) // TileOffsets
      .put(325, LONG, new Array<number>(tiles).fill(0)) // TileByteCounts
      .put(339, SHORT, [float ? 3 : 1]) // SampleFormat
  }

  /** Several bands: the tiles of the first one, then those of the second one, … */
  bands(count: number, { data }: CogLevel): this {
    if (count === 1) return this
    const float = data instanceof Float32Array
    return this.put(258, SHORT, new Array<number>(count).fill(float ? 32 : 8))
      .put(339, SHORT, new Array<number>(count).fill(float ? 3 : 1))
      .put(277, SHORT, [count])
      .put(284, SHORT, [2])
      .put(338, SHORT, new Array<number>(count - 1).fill(0)) // ExtraSamples: unspecified
  }

  /** Colours of values: a palette, so that programs show classes as such. */
  colours(values: RasterFacts["values"]): this {
    if (values === undefined) return this
    const palette = Array.from({ length: 3 * 256 }, (_, i) => 257 * (values[i % 256]?.[1][Math.floor(i / 256)] ?? 0))
    return this.put(262, SHORT, [3]).put(320, SHORT, palette)
  }

  provenance(options: CogOptions | undefined, statistics: readonly (readonly [string, string][])[]): this {
    if (!options) return this
    const { metadata, bands = [], unit } = options
    // GDAL escapes the value and then the document; GDAL's readers undo both.
    const items = Object.entries(metadata)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, value]) => `  <Item name="${xml(name.toUpperCase())}">${xml(xml(value))}</Item>\n`)
    for (const [band, name] of bands.entries())
      items.push(`  <Item name="DESCRIPTION" sample="${band}" role="description">${xml(xml(name))}</Item>\n`)
    for (const [band, entries] of statistics.entries()) {
      for (const [name, value] of entries) items.push(`  <Item name="${name}" sample="${band}">${value}</Item>\n`)
      if (unit !== undefined)
        items.push(`  <Item name="UNITTYPE" sample="${band}" role="unittype">${xml(xml(unit))}</Item>\n`)
    }
    const copyright = [metadata["source"], metadata["licence"]].filter(Boolean).join(", ")
    return this.text(270, metadata["title"])
      .text(305, metadata["software"])
      .text(33432, copyright)
      .text(42112, items.length > 0 ? `<GDALMetadata>\n${items.join("")}</GDALMetadata>\n` : undefined)
  }

  geo(raster: Raster | undefined, options: CogOptions): this {
    if (!raster) return this
    // GeoTIFF 1.1 keys: projected model, cells as areas, CRS codes, metres.
    const keys: [number, number][] = [
      [1024, 1],
      [1025, 1],
      [3072, options.epsg],
      [3076, 9001],
    ]
    if (options.verticalEpsg !== undefined) keys.push([4096, options.verticalEpsg], [4099, 9001])
    return this.put(33550, DOUBLE, [raster.cellSize, raster.cellSize, 0])
      .put(33922, DOUBLE, [0, 0, 0, raster.minX, raster.maxY, 0])
      .put(34735, SHORT, [1, 1, 1, keys.length, ...keys.flatMap(([key, value]) => [key, 0, 1, value])])
  }
}

/** Number, sum and sum of squares of a band's values less `first`, and their range. */
interface Sums {
  readonly first: number
  count: number
  sum: number
  squares: number
  least: number
  most: number
}

/** Statistics of a band by GDAL name; none without a value. NaN, and 0 in bytes, are voids. */
const measureBand = (data: Float32Array | Uint8Array): [string, string][] => {
  const first = data.find((value) => !Number.isNaN(value)) ?? 0
  const sums = { first, count: 0, sum: 0, squares: 0, least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY }
  if (data instanceof Uint8Array) addBytes(data, sums)
  // In blocks, since V8 hardly optimises a loop that is entered once.
  else for (let from = 0; from < data.length; from += 1024) addFloats(data.subarray(from, from + 1024), sums)
  const { count, sum, squares, least, most } = sums
  if (count === 0) return []
  const deviation = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2))
  const figures = { MAXIMUM: most, MEAN: first + sum / count, MINIMUM: least, STDDEV: deviation }
  return Object.entries({ ...figures, VALID_PERCENT: (100 * count) / data.length }).map(([name, value]) => [
    `STATISTICS_${name}`,
    String(Number(value.toPrecision(9))),
  ])
}

const addFloats = (data: Float32Array, sums: Sums): void => {
  let { count, sum, squares, least, most } = sums
  const { first } = sums
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!
    if (Number.isNaN(value)) continue
    const more = value - first
    count++
    sum += more
    squares += more * more
    if (value < least) least = value
    if (value > most) most = value
  }
  Object.assign(sums, { count, sum, squares, least, most })
}

const addBytes = (data: Uint8Array, sums: Sums): void => {
  const counts = new Uint32Array(256)
  for (let i = 0; i < data.length; i++) counts[data[i]!]!++
  for (const [value, count] of counts.entries()) {
    if (value === 0 || count === 0) continue
    sums.count += count
    sums.sum += count * (value - sums.first)
    sums.squares += count * (value - sums.first) ** 2
    sums.least = Math.min(sums.least, value)
    sums.most = value
  }
}

const xml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const assemble = (
  levels: readonly { readonly directory: Directory; readonly tiles: readonly Uint8Array[] }[],
): Uint8Array => {
  const ghost = ghostHeader()
  let at = 8 + ghost.length + (ghost.length & 1)
  const starts = levels.map(({ directory }) => {
    const start = at
    at += directory.byteLength
    return start
  })
  // Coarsest level first: a reader that fetches the head of the file also gets the small overviews.
  for (const { directory, tiles } of levels.toReversed()) {
    const sizes = tiles.map(({ length }) => length)
    const offsets = sizes.map((size) => {
      at += 4 + size + 4
      return at - size - 4
    })
    directory.put(324, LONG, offsets).put(325, LONG, sizes)
  }
  const bytes = new Uint8Array(at)
  const view = new DataView(bytes.buffer)
  bytes.set([0x49, 0x49, 42, 0])
  view.setUint32(4, starts[0]!, true)
  bytes.set(ghost, 8)
  for (const [index, { directory, tiles }] of levels.entries()) {
    directory.write(view, starts[index]!, starts[index + 1] ?? 0)
    const offsets = directory.fields.get(324)?.values ?? []
    for (const [i, tile] of tiles.entries()) {
      const start = offsets[i]!
      view.setUint32(start - 4, tile.length, true)
      bytes.set(tile, start)
      bytes.set(tile.subarray(-4), start + tile.length)
    }
  }
  return bytes
}
