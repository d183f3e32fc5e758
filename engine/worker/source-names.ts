/** Adds to features the names of the source files that they lie in. */
import { Box2 } from "../core/geometry/box.js"
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
    const own = boxOf(features, f)
    return [...new Set(named.flatMap(({ name, box }) => (meets(own, box) ? [name] : [])))].join(" ")
  })
  return { ...features, columns: { ...features.columns, sources: { type: "string", values } } }
}

const meets = (a: Box2, b: Box2): boolean => a[0] <= b[2] && a[2] >= b[0] && a[1] <= b[3] && a[3] >= b[1]

const boxOf = ({ coordinates, dimension, ringEnds, partEnds }: Features, f: number): Box2 => {
  const vertexAfter = (rings: number): number => (rings > 0 ? (ringEnds[rings - 1] ?? 0) : 0)
  let box: Box2 | undefined
  for (let v = vertexAfter(f > 0 ? (partEnds[f - 1] ?? 0) : 0); v < vertexAfter(partEnds[f] ?? 0); v++) {
    const [x, y] = [coordinates[dimension * v] ?? 0, coordinates[dimension * v + 1] ?? 0]
    box = box === undefined ? [x, y, x, y] : Box2.union(box, [x, y, x, y])
  }
  return box ?? [0, 0, 0, 0]
}
