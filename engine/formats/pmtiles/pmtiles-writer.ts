/**
 * Writes layers into an archive: cuts features to tiles, sorts the pieces on disk, encodes tile by
 * tile.
 */
import { mkdir } from "node:fs/promises"
import { gzipSync } from "node:zlib"
import { fromVectorTileJs } from "@maplibre/vt-pbf"
import type { LayerStream, StreamFeature } from "../vector/flatgeobuf/layer-stream.js"
import { projectToGeographic } from "../vector/geographic.js"
import type { WriteFormat, WriteFormatOptions, WrittenLayer } from "../vector/write-format.js"
import { type Archive, openArchive, tileId, zoomOfTile } from "./archive.js"
import { cutToTiles, mercatorFeature } from "./cut-tiles.js"
import { SortedRecords } from "./sorted-records.js"
import { TILE_EXTENT } from "./tile-geometry.js"
import { decodeRecord, recordEncoder, recordHead, tileKinds } from "./tile-record.js"

/** Names that a reader of the metadata expects. */
const FIELD_TYPES = { string: "String", number: "Number", integer: "Number", boolean: "Boolean" } as const

/**
 * Most features in a tile, which must fit into memory. Beyond it, the smallest are omitted at any
 * zoom.
 */
const MOST_FEATURES = 1 << 16
/**
 * Most bytes of a compressed tile below the last zoom. The smallest features are omitted until it
 * fits.
 */
const MOST_BYTES = 500_000

/**
 * Writes layers as vector tiles (Mapbox Vector Tile 2.1) in a PMTiles archive, for web maps: Web
 * Mercator, 4096 steps a tile, a buffer of 64. The last zoom has every feature, rounded only to the
 * grid (0.1 m at zoom 16 in France). Lower zooms are simplified, and features smaller than a pixel
 * omitted (see `cutToTiles`). Properties are the layer's, without missing values.
 *
 * Memory: 64 MB for sorting pieces, 100 bytes a tile, and the features of one tile. Disk: about 200
 * bytes for each piece.
 *
 * @returns the number of each layer's features in tiles of the last zoom
 * @throws EngineError as {@link projectToGeographic}
 */
export const writePmtiles: WriteFormat = async (layers, path, options) => {
  await mkdir(options.temporaryFolder, { recursive: true })
  const sorted = new SortedRecords(options.temporaryFolder)
  const extent: Extent = [180, 90, -180, -90]
  const written: WrittenLayer[] = []
  for (const [place, layer] of layers.entries()) written.push(await sortLayer(layer, place, sorted, extent, options))
  const archive = await openArchive(path, options.temporaryFolder)
  try {
    const first = await writeTiles(sorted, archive, layers, options.zooms[1])
    const [west, south, east, north] = extent
    const bounds = west <= east ? ([west, south, east, north] as const) : ([-180, -85, 180, 85] as const)
    const zooms = [Math.min(first, options.zooms[1]), options.zooms[1]] as const
    await archive.finish({ zooms, bounds, metadata: describeLayers(layers, zooms, options) })
  } catch (error) {
    await archive.abandon().catch(() => undefined)
    throw error
  }
  return written
}

type Extent = [west: number, south: number, east: number, north: number]

/** Records sort by layer, then by the feature's index: this is the most features in a layer. */
const LAYER_STEP = 2 ** 40

const sortLayer = async (
  layer: LayerStream,
  place: number,
  sorted: SortedRecords,
  extent: Extent,
  { zooms: [first, last] }: WriteFormatOptions,
): Promise<WrittenLayer> => {
  const toGeographic = projectToGeographic(layer)
  const measured = (x: number, y: number): [number, number] => {
    const degrees = toGeographic(x, y)
    widen(extent, degrees)
    return degrees
  }
  const encode = recordEncoder()
  const kind = tileKinds[layer.geometry]
  let number = 0
  let features = 0
  for await (const batch of layer.features()) {
    for (const feature of batch) {
      const order = place * LAYER_STEP + number++
      const flat = mercatorFeature(feature, layer, measured)
      const properties = propertiesOf(feature, layer)
      for (let zoom = last; zoom >= first; zoom--) {
        const pieces = cutToTiles(flat, zoom, zoom === last)
        if (zoom === last && pieces.length > 0) features++
        // A feature too small at one zoom is too small at all lower ones.
        if (pieces.length === 0) break
        for (const { column, row, size, paths } of pieces) {
          const bytes = encode({ layer: place, size, kind, paths, properties })
          await sorted.add({ tile: tileId(zoom, column, row), order, bytes })
        }
      }
    }
  }
  return { name: layer.name, features }
}

const widen = (bounds: Extent, [lon, lat]: readonly [number, number]): void => {
  if (lon < bounds[0]) bounds[0] = lon
  if (lat < bounds[1]) bounds[1] = lat
  if (lon > bounds[2]) bounds[2] = lon
  if (lat > bounds[3]) bounds[3] = lat
}

const encoder = new TextEncoder()

const propertiesOf = ({ values }: StreamFeature, { fields }: LayerStream): Uint8Array => {
  const stated = fields.flatMap(({ name }, i) => (values[i] === null ? [] : [[name, values[i]] as const]))
  return encoder.encode(JSON.stringify(Object.fromEntries(stated)))
}

/** Writes the tiles in order. Returns the first zoom with a tile. */
const writeTiles = async (
  sorted: SortedRecords,
  archive: Archive,
  layers: readonly LayerStream[],
  last: number,
): Promise<number> => {
  let current = -1
  let records: Uint8Array[] = []
  let first = last
  const flush = async (): Promise<void> => {
    if (records.length === 0) return
    const zoom = zoomOfTile(current)
    first = Math.min(first, zoom)
    await archive.add(current, compressedTile(records, layers, zoom === last))
    records = []
  }
  for await (const { tile, bytes } of sorted.inOrder()) {
    if (tile !== current) await flush()
    current = tile
    records.push(bytes.slice())
    if (records.length >= 2 * MOST_FEATURES) records = largest(records, MOST_FEATURES)
  }
  await flush()
  return first
}

const compressedTile = (
  records: readonly Uint8Array[],
  layers: readonly LayerStream[],
  isLast: boolean,
): Uint8Array => {
  let largestOnes = largest(records, MOST_FEATURES)
  for (;;) {
    const bytes = gzipSync(encodeTile(largestOnes, layers))
    if (isLast || bytes.length <= MOST_BYTES || largestOnes.length <= 1) return bytes
    largestOnes = largest(largestOnes, Math.max(1, Math.floor((0.95 * largestOnes.length * MOST_BYTES) / bytes.length)))
  }
}

/** The `count` largest records in their given order; ties favour the earlier. */
const largest = (records: readonly Uint8Array[], count: number): Uint8Array[] => {
  if (records.length <= count) return [...records]
  const sizes = records.map((bytes) => recordHead(bytes).size)
  const order = records.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]! || a - b)
  return order
    .slice(0, count)
    .sort((a, b) => a - b)
    .map((i) => records[i]!)
}

const encodeTile = (records: readonly Uint8Array[], layers: readonly LayerStream[]): Uint8Array => {
  // Plain objects: the package's declarations need types from packages that it does not install.
  const tile: Record<string, object> = {}
  for (const [place, { name }] of layers.entries()) {
    const own = records.filter((bytes) => recordHead(bytes).layer === place)
    if (own.length === 0) continue
    tile[name] = {
      version: 2,
      name,
      extent: TILE_EXTENT,
      length: own.length,
      feature: (i: number) => featureOf(own[i]!),
    }
  }
  return fromVectorTileJs({ layers: tile })
}

const featureOf = (bytes: Uint8Array): object => {
  const { kind, properties, paths } = decodeRecord(bytes)
  return { id: undefined, type: kind, extent: TILE_EXTENT, properties, loadGeometry: () => paths }
}

const describeLayers = (
  layers: readonly LayerStream[],
  [minzoom, maxzoom]: readonly [number, number],
  { software }: WriteFormatOptions,
): object => {
  const sources = new Set(layers.flatMap(({ metadata }) => metadata["source"] ?? []))
  return {
    name: layers.map(({ name }) => name).join(", "),
    type: "overlay",
    generator: software,
    ...(sources.size > 0 ? { attribution: [...sources].join("; ") } : {}),
    vector_layers: layers.map(({ name, fields }) => ({
      id: name,
      minzoom,
      maxzoom,
      fields: Object.fromEntries(fields.map((field) => [field.name, FIELD_TYPES[field.type]])),
    })),
    maille: Object.fromEntries(layers.map(({ name, metadata }) => [name, metadata])),
  }
}
