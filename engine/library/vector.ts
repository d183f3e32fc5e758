/**
 * `maille/vector`: streams the features of FlatGeobuf layers in and out.
 *
 * @packageDocumentation
 */
import type { Features } from "../kernel.js"
import type { Feature, FeaturesQuery, NewFeature, NewLayer, VectorLayer } from "./types.js"

export { Box2 } from "../core/geometry/box.js"
export { EngineError, type ErrorCode } from "../errors.js"
export type { Features } from "../kernel.js"
export type {
  BoxNumbers,
  Feature,
  FeatureColumnType,
  FeaturesQuery,
  FeatureValue,
  NewFeature,
  NewLayer,
  VectorLayer,
} from "./types.js"

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
export async function* readFeatures(path: string, query?: FeaturesQuery): AsyncGenerator<Feature, void> {
  const layer = await openFeatures(path)
  try {
    yield* layer.features(query)
  } finally {
    await layer.close()
  }
}

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
