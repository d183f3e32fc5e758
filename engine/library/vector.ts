/**
 * `maille/vector`: streams the features of FlatGeobuf layers in and out.
 *
 * @packageDocumentation
 */
import type { Box2 } from "../core/geometry/box.js"
import type { Features } from "../kernel.js"

export { Box2 } from "../core/geometry/box.js"
export { EngineError, type ErrorCode } from "../errors.js"
export type { Features } from "../kernel.js"

/** A value of a column; null if missing. */
export type FeatureValue = string | number | null

/** One feature of a layer. */
export interface Feature {
  readonly id: string
  /**
   * The parts of its geometry, each a list of rings (or one line, or one point): x, y[, z] of each
   * vertex in turn, CRS metres. The outer ring of a polygon is first; rings are closed.
   */
  readonly parts: readonly (readonly ArrayLike<number>[])[]
  /** Values by column. */
  readonly properties: Readonly<Record<string, FeatureValue>>
}

/** Type of a column. */
export type FeatureColumnType = "number" | "integer" | "string"

/** An open layer. */
export interface VectorLayer {
  readonly name: string
  readonly geometry: Features["geometry"]
  /** Numbers in a vertex. */
  readonly dimension: 2 | 3
  /** EPSG code of the CRS; undefined if the file states none. */
  readonly epsg: number | undefined
  /** Columns and their types, without `id`. */
  readonly columns: Readonly<Record<string, FeatureColumnType>>
  /** Source, dates, licence: text by name. */
  readonly metadata: Readonly<Record<string, string>>
  /**
   * Streams features in the order of the file, in bounded memory. With `box`, those whose boxes
   * meet it (closed): the file's index finds them, and they are in memory together.
   *
   * @throws EngineError `E_USAGE` for an unknown column; `E_FORMAT` if the file is damaged
   */
  features(query?: FeaturesQuery): AsyncGenerator<Feature, void>
  close(): Promise<void>
}

/** Which features and columns are read. */
export interface FeaturesQuery {
  /** CRS metres. Default: all features. */
  readonly box?: Box2
  /** Names of columns. Default: all. */
  readonly columns?: readonly string[]
}

/**
 * Opens a FlatGeobuf layer by path or `http(s)` address.
 *
 * @throws EngineError `E_INPUT` if it cannot be read; `E_FORMAT` if it is no FlatGeobuf 3
 *
 * @example
 * const layer = await openFeatures("out/vector/roof.fgb")
 * for await (const { id, properties } of layer.features()) console.log(id, properties["slope"])
 * await layer.close()
 */
export const openFeatures = async (path: string): Promise<VectorLayer> => {
  const { openLayer } = await import("./vector-layer.js")
  return openLayer(path)
}

/**
 * Streams the features of a FlatGeobuf layer: {@link openFeatures} and its `features` in one call.
 *
 * @example
 * const box = [842000, 6520000, 842050, 6520050]
 * for await (const { parts } of readFeatures("out/vector/roof.fgb", { box, columns: ["slope"] }))
 *   console.log(parts[0][0].length / 2, "vertices")
 */
export async function* readFeatures(path: string, query: FeaturesQuery = {}): AsyncGenerator<Feature, void> {
  const layer = await openFeatures(path)
  try {
    yield* layer.features(query)
  } finally {
    await layer.close()
  }
}

/** CRS, geometry and columns of a layer of {@link writeFeatures}. */
export interface NewLayer {
  /** EPSG code of the CRS. */
  readonly epsg: number
  /** Default: "Polygon". `Features` have their own geometry, dimension and columns. */
  readonly geometry?: Features["geometry"]
  /** Numbers in a vertex. Default: 2. */
  readonly dimension?: 2 | 3
  /** Columns and their types. Default: those of the first feature's properties. */
  readonly columns?: Readonly<Record<string, FeatureColumnType>>
  /** Default: the file's name. */
  readonly name?: string
  /** Text by name, shown as metadata of the layer. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** A feature to write; ids must differ. Default id: its number. */
export type NewFeature = Omit<Feature, "id" | "properties"> & Partial<Pick<Feature, "id" | "properties">>

/**
 * Writes features as FlatGeobuf with a spatial index, in the order of the index. Memory does not
 * grow with their number: parts of 20,000 features are written beside the file, then merged. The
 * same features give the same bytes, whatever their order.
 *
 * @param features any iterable, or `Features` as kernels make them
 * @returns the number of features
 * @throws EngineError `E_USAGE` for equal ids, or a feature without vertices or with several parts;
 * `E_OUTPUT` if the file cannot be written
 *
 * @example
 * const point = { parts: [[[842012.5, 6520003.1]]], properties: { height: 12.4 } }
 * await writeFeatures("tree.fgb", [point], { geometry: "Point", epsg: 2154 })
 */
export const writeFeatures = async (
  path: string,
  features: Iterable<NewFeature> | AsyncIterable<NewFeature> | Features,
  layer: NewLayer,
): Promise<number> => {
  const { writeLayer } = await import("./vector-layer.js")
  return writeLayer(path, features, layer)
}
