/** Decides which objects of a tile belong to it, so that each is written once. */
import { ringsOfFeature } from "../core/feature-table.js"
import type { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/ring-box.js"
import type { AreaIndex } from "../formats/vector/area-index.js"
import { pickFeatures } from "../formats/vector/pick-features.js"
import type { Features, Solids } from "../kernel.js"

/** Tells whether an object whose representative point is at x, y (CRS metres) is one of the job's. */
export type Owns = (x: number, y: number) => boolean

/** The features whose representative point is owned; whole, never cut. Without anchors that point is the centre of the box. */
export const ownFeatures = (features: Features, owns: Owns | undefined): Features => {
  if (owns === undefined) return features
  const keep = Uint8Array.from(features.ids, (_, index) => {
    const [x, y] = anchorAt(features.anchors, index) ?? middleOf(boxOfRings(ringsOfFeature(features, index)))
    return owns(x, y) ? 1 : 0
  })
  return keep.includes(0) ? pickFeatures(features, keep) : features
}

/** True for a solid whose object's representative point is owned. */
export const ownsSolid = (solids: Solids, index: number, owns: Owns | undefined): boolean => {
  if (owns === undefined) return true
  const [x, y] = anchorAt(solids.anchors, index) ?? centreOfSolid(solids, index)
  return owns(x, y)
}

/** Whether a point lies in the départements of the job; undefined for a job without any: it owns all. */
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
