/** Defines the contract that all writers of vector formats implement. */
import { EngineError } from "../../errors.js"
import type { LayerStream } from "./flatgeobuf/layer-stream.js"

/** Formats of vector layers besides FlatGeobuf. */
export const vectorFormats = ["gpkg", "geojson", "geojsonl", "parquet", "pmtiles"] as const
/** One of {@link vectorFormats}; also its file extension. */
export type VectorFormat = (typeof vectorFormats)[number]

export interface WriteFormatOptions {
  /** Keeps the layer's coordinates in formats that default to longitude and latitude (GeoJSON). */
  readonly keepCrs: boolean
  /** Zoom levels of tiles, first and last. */
  readonly zooms: readonly [first: number, last: number]
  /** Date for formats that require one, YYYY-MM-DD. */
  readonly date: string
  /** "maille 0.1.0". */
  readonly software: string
  /** For data that does not fit into memory; the caller removes it. */
  readonly temporaryFolder: string
}

/** The number of features written to a layer. */
export interface WrittenLayer {
  readonly name: string
  readonly features: number
}

/** Writes layers into a new file at `path`. The file may be incomplete if it throws. */
export type WriteFormat = (
  layers: readonly LayerStream[],
  path: string,
  options: WriteFormatOptions,
) => Promise<readonly WrittenLayer[]>

/** The layer of a format with one layer a file. @throws E_INTERNAL unless there is exactly one */
export const onlyLayer = (layers: readonly LayerStream[], format: string): LayerStream => {
  const [layer, ...others] = layers
  if (layer !== undefined && others.length === 0) return layer
  throw new EngineError("E_INTERNAL", `${layers.length} layers for one ${format} file; expected one`)
}
