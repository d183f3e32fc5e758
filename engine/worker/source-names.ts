/** Adds to features the names of the source files that they lie in. */
import { ringsOfFeature } from "../core/feature-table.js"
import { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/ring-box.js"
import type { Features } from "../kernel.js"
import { type SourceRef, sourceName } from "../plan/context.js"

/**
 * The features with a column `sources`: names of the source files whose box meets the box of the feature (both closed), in alphabetical order, a blank between. It depends on the feature and the sources alone, so that parts of a
 * layer made in tiles and by joins agree. O(features · sources).
 */
export const withSourceNames = (features: Features, sources: readonly SourceRef[]): Features => {
  const named = sources
    .map(({ path, box }) => ({ name: sourceName(path), box }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const values = features.ids.map((_, f) => {
    const own = boxOfRings(ringsOfFeature(features, f))
    return [...new Set(named.flatMap(({ name, box }) => (Box2.meets(own, box) ? [name] : [])))].join(" ")
  })
  return { ...features, columns: { ...features.columns, sources: { type: "string", values } } }
}
