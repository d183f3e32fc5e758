/** Copies a selection of features, with their columns, into a new set. */
import { flattenRings, pickRows, sliceRings } from "../../core/feature-table.js"
import type { Features } from "../../kernel.js"

/** Returns the features whose flag is 1, in their order. O(vertices). */
export const pickFeatures = (features: Features, keep: Uint8Array): Features => {
  const { geometry, dimension, ids, columns } = features
  const rows = [...ids.keys()].filter((row) => keep[row] === 1)
  return {
    geometry,
    ...flattenRings(
      rows.map((row) => sliceRings(features, row)),
      dimension,
    ),
    ids: rows.map((row) => ids[row]!),
    columns: pickRows(columns, rows),
  }
}
