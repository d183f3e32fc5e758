/**
 * Decides which objects belong to a tile, so that each is written once, and names their sources.
 */
import { sliceRings } from "../core/feature-table.js"
import { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/rings.js"
import type { AreaIndex } from "../formats/vector/area-index.js"
import { pickFeatures } from "../formats/vector/pick-features.js"
import type { Features, Solids } from "../kernel.js"
import { type SourceRef, sourceName } from "../plan/context.js"
import type { WorkerState } from "./worker-state.js"

/** True if an object whose representative point is at x, y (CRS metres) belongs to the job. */
export type Owns = (x: number, y: number) => boolean

/**
 * The features whose representative point is owned; whole, never cut. Without anchors, that point
 * is the centre of the box.
 */
export const ownFeatures = (features: Features, owns: Owns | undefined): Features => {
  if (owns === undefined) return features
  const keep = Uint8Array.from(features.ids, (_, index) => {
    const [x, y] =
      anchorAt(features.anchors, index) ?? middleOf(boxOfRings(sliceRings(features, index), features.dimension))
    return owns(x, y) ? 1 : 0
  })
  return keep.includes(0) ? pickFeatures(features, keep) : features
}

/** The owned features of a layer as FlatGeobuf, with their sources where the job asks for them. */
export const encodeOwn = async (
  { context, clock }: WorkerState,
  name: string,
  features: Features,
  owns: Owns | undefined,
): Promise<Uint8Array> => {
  const own = ownFeatures(features, owns)
  const named = context.sourceNames ? withSourceNames(own, context.sources) : own
  const { encodeFlatGeobuf } = await import("../formats/vector/flatgeobuf/writer.js")
  return clock.during("fgb", () => encodeFlatGeobuf(named, { name, epsg: context.epsg, metadata: {} }))
}

/**
 * Adds a column `sources`: names of the source files whose box meets the box of the feature (both
 * closed), sorted, separated by blanks. It depends only on the feature and the sources. Parts of a
 * layer from tiles and from joins therefore agree. O(features · sources).
 */
export const withSourceNames = (features: Features, sources: readonly SourceRef[]): Features => {
  const named = sources
    .map(({ path, box }) => ({ name: sourceName(path), box }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const values = features.ids.map((_, f) => {
    const own = boxOfRings(sliceRings(features, f), features.dimension)
    return [...new Set(named.flatMap(({ name, box }) => (Box2.meets(own, box) ? [name] : [])))].join(" ")
  })
  return { ...features, columns: { ...features.columns, sources: { type: "string", values } } }
}

/** True for a solid whose object's representative point is owned. */
export const ownsSolid = (solids: Solids, index: number, owns: Owns | undefined): boolean => {
  if (owns === undefined) return true
  const [x, y] = anchorAt(solids.anchors, index) ?? centreOfSolid(solids, index)
  return owns(x, y)
}

/**
 * Whether a point is in the départements of the job. Undefined for a job without any, which owns
 * everything.
 */
export const inLimit = (limit: AreaIndex | undefined): Owns | undefined => limit && ((x, y) => limit.holds(x, y))

const anchorAt = (anchors: Float64Array | undefined, index: number): [number, number] | undefined =>
  anchors && [anchors[2 * index] ?? 0, anchors[2 * index + 1] ?? 0]

const centreOfSolid = (solids: Solids, index: number): [number, number] => {
  const { origin, positions, ringVertices, ringEnds, faceEnds, solidEnds } = solids
  const ringOf = (face: number): number => (face === 0 ? 0 : (faceEnds[face - 1] ?? 0))
  const vertexOf = (ring: number): number => (ring === 0 ? 0 : (ringEnds[ring - 1] ?? 0))
  const end = vertexOf(ringOf(solidEnds[index] ?? 0))
  const xy: number[] = []
  for (let i = vertexOf(ringOf(index === 0 ? 0 : (solidEnds[index - 1] ?? 0))); i < end; i++) {
    const at = 3 * (ringVertices[i] ?? 0)
    xy.push(origin[0] + (positions[at] ?? 0) / 1000, origin[1] + (positions[at + 1] ?? 0) / 1000)
  }
  return middleOf(boxOfRings([xy]))
}

const middleOf = (box: Box2): [number, number] => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
