/** Features of layer files by place: their order along a curve, and those in a box. */

import type { Box2 } from "../../../core/geometry/box.js"
import { hilbertIndex } from "../../../grid/hilbert.js"
import type { Features } from "../../../kernel.js"
import { type FeatureRow, simpleOf } from "./feature.js"
import { featuresOf } from "./reader.js"
import { openFlatGeobufSearch } from "./search.js"

/**
 * The grid has 2²⁶ cells a side, each a quarter of a CRS unit. It covers coordinates from -4.2 to
 * 12.6 million; others count in the nearest cell.
 */
const curveLevel = 26
const curveOrigin = -(2 ** 22)
const cellsPerUnit = 4

/**
 * The place of a box's centre along a Hilbert curve fixed in the CRS. It depends on no other
 * feature, so layers sorted by it can be merged in any grouping. An exact integer below 2^52.
 */
export const curvePlace = (minX: number, minY: number, maxX: number, maxY: number): number =>
  hilbertIndex(curveLevel, curveCell((minX + maxX) / 2), curveCell((minY + maxY) / 2))

const curveCell = (at: number): number =>
  Math.min(2 ** curveLevel - 1, Math.max(0, Math.floor((at - curveOrigin) * cellsPerUnit)))

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
    return featuresOf(rows, simpleOf[layer.head.meta.geometryType] ?? "Polygon", layer.head)
  } finally {
    await layer.close()
  }
}
