/** The contract that all writers of vector formats implement. */
import { EngineError } from "../../errors.js"
import type { LayerStream } from "./flatgeobuf/layer-stream.js"

/** Formats that vector layers are written in beside FlatGeobuf. */
export const vectorFormats = ["gpkg", "geojson", "geojsonl", "parquet", "pmtiles"] as const
/** Name and ending of a format. */
export type VectorFormat = (typeof vectorFormats)[number]

/** How the layers are written. */
export interface WriteFormatOptions {
  /** Coordinates as they are in formats that would else have longitude and latitude (GeoJSON). */
  readonly keepCrs: boolean
  /** Zoom levels of tiles, first and last. */
  readonly zooms: readonly [first: number, last: number]
  /** Day that files carry which must carry one, YYYY-MM-DD. */
  readonly date: string
  /** "maille 0.1.0". */
  readonly software: string
  /** For what does not fit into memory; removed by the caller. */
  readonly temporaryFolder: string
}

/** What was written: features a layer. */
export interface WrittenLayer {
  readonly name: string
  readonly features: number
}

/** Writes layers into a new file at `path`, which may be left half-written when it throws. */
export type WriteFormat = (
  layers: readonly LayerStream[],
  path: string,
  options: WriteFormatOptions,
) => Promise<readonly WrittenLayer[]>

/** The layer of a format that has one a file. @throws EngineError E_INTERNAL for other than one */
export const onlyLayer = (layers: readonly LayerStream[], format: string): LayerStream => {
  const [layer, ...others] = layers
  if (layer !== undefined && others.length === 0) return layer
  throw new EngineError("E_INTERNAL", `${layers.length} layers for one file of ${format}; expected one`)
}
