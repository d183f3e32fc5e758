/** Reads the features of an indexed layer near a tile, ordered by id. */
import type { Box2 } from "../../../core/geometry/box.js"
import type { Features } from "../../../kernel.js"
import { type FeatureRow, simpleOf } from "./feature.js"
import { collectFeatures } from "./reader.js"
import { openFlatGeobufSearch } from "./search.js"

/**
 * Reads the features of an indexed FlatGeobuf file whose boxes meet `box` (closed), ordered by id.
 * Reads only these features and the index nodes on the way.
 *
 * @throws EngineError as {@link openFlatGeobufSearch}
 */
export const readFeaturesInBox = async (path: string, box: Box2): Promise<Features> => {
  const layer = await openFlatGeobufSearch(path)
  try {
    const rows: FeatureRow[] = []
    await layer.search(box, { box: () => true, feature: (parts) => rows.push(...parts) })
    rows.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    return collectFeatures(rows, simpleOf[layer.head.meta.geometryType] ?? "Polygon", layer.head)
  } finally {
    await layer.close()
  }
}
