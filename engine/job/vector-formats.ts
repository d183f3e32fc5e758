/** Writes vector layers in the formats beside FlatGeobuf. */
import { mkdir, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { moveIntoPlace, temporaryName } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { usageError } from "../core/parse-values.js"
import type { SchemaName } from "../formats/vector/bdtopo-schema.js"
import { withSchema } from "../formats/vector/bdtopo-schema.js"
import type { LayerStream } from "../formats/vector/flatgeobuf/layer-stream.js"
import type { VectorFormat, WriteFormat, WriteFormatOptions } from "../formats/vector/write-format.js"
import { declaredPorts } from "./declared-ports.js"

/** Default zoom levels of tiles, and their bounds. */
export const tileZooms = { first: 8, last: 16, least: 0, most: 20 } as const

/** Parses zoom levels such as "8-16" or "16". Throws E_USAGE. */
export const parseZooms = (text: string, option: string): readonly [first: number, last: number] => {
  const match = /^\s*(\d{1,2})(?:\s*-\s*(\d{1,2}))?\s*$/.exec(text)
  const first = Number(match?.[1])
  const last = Number(match?.[2] ?? match?.[1])
  if (match && first >= tileZooms.least && last <= tileZooms.most && first <= last) return [first, last]
  const expected = `zoom levels from ${tileZooms.least} to ${tileZooms.most}, smaller first`
  throw usageError(option, `"${text}"`, expected, `Example: ${tileZooms.first}-${tileZooms.last}, the default.`)
}

/** True for formats that store all layers in one file. */
export const holdsLayers = (format: VectorFormat): boolean => format === "gpkg" || format === "pmtiles"

/** Writers load on first use: most runs need none. */
const writers: Readonly<Record<VectorFormat, () => Promise<WriteFormat>>> = {
  gpkg: async () => (await import("../formats/vector/geopackage-writer.js")).writeGeoPackage,
  geojson: async () => (await import("../formats/vector/geojson-writer.js")).writeGeoJson,
  geojsonl: async () => (await import("../formats/vector/geojson-writer.js")).writeGeoJsonSeq,
  parquet: async () => (await import("../formats/vector/geoparquet-writer.js")).writeGeoParquet,
  pmtiles: async () => (await import("../formats/pmtiles/pmtiles-writer.js")).writePmtiles,
}

export interface WriteVectorRequest extends Omit<WriteFormatOptions, "date"> {
  /** FlatGeobuf files, one per layer; exactly one for formats that store a single layer. */
  readonly paths: readonly string[]
  readonly format: VectorFormat
  readonly schema: SchemaName
  readonly out: string
}

/**
 * Writes FlatGeobuf layers in another format, reading each once in order. A temporary file is
 * renamed, so `out` is never a partial file.
 *
 * @throws EngineError of the reader and the writers
 */
export const writeVectorFormat = async (request: WriteVectorRequest) => {
  const { paths, format, schema, out, temporaryFolder, keepCrs, zooms, software } = request
  const folder = join(temporaryFolder, temporaryName(`${out}.parts`))
  await mkdir(folder, { recursive: true })
  const layers: LayerStream[] = []
  try {
    const { openLayerStream } = await import("../formats/vector/flatgeobuf/layer-stream.js")
    const declared = (await declaredPorts()).layers
    for (const path of paths) {
      const layer = await openLayerStream(path)
      const port = declared.get(layer.name)
      layers.push(port === undefined ? layer : { ...layer, port })
    }
    const named = layers.map((layer) => withSchema(layer, schema))
    const options: WriteFormatOptions = { keepCrs, zooms, software, date: newestDay(layers), temporaryFolder: folder }
    // Some libraries require the extension.
    const temporary = joinInside(folder, `layers.${format}`)
    const write = await writers[format]()
    const written = await write(named, temporary, options)
    const { size } = await stat(temporary)
    await mkdir(dirname(out), { recursive: true })
    await moveIntoPlace(temporary, out)
    const described = written.map((layer, i) => {
      const { geometry, epsg } = layers[i] as LayerStream
      return { ...layer, geometry, ...(epsg === undefined ? {} : { epsg }) }
    })
    return { layers: described, sizeBytes: size }
  } finally {
    for (const layer of layers) await layer.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Day for layers that state none. */
const NO_DAY = "1970-01-01"

/**
 * Returns the last acquisition day that the layers state. Never today's: the same layers must give
 * the same bytes.
 */
const newestDay = (layers: readonly LayerStream[]): string => {
  const days = layers.flatMap(({ metadata }) => metadata["acquired"]?.match(/\d{4}-\d{2}-\d{2}/g) ?? [])
  return days.sort().at(-1) ?? NO_DAY
}
