/** Decides which objects of a tile belong to it, so that each is written once. */
import { Box2 } from "../core/geometry/box.js"
import type { AreaIndex } from "../formats/vector/area-index.js"
import { pickFeatures } from "../formats/vector/pick-features.js"
import type { Features, Solids } from "../kernel.js"

/** Tells whether an object whose representative point is at x, y (CRS metres) is one of the job's. */
export type Owns = (x: number, y: number) => boolean

/** The features whose representative point is owned; whole, never cut. Without anchors that point is the centre of the box. */
export const ownFeatures = (features: Features, owns: Owns | undefined): Features => {
  if (owns === undefined) return features
  const keep = Uint8Array.from(features.ids, (_, index) => {
    const [x, y] = anchorAt(features.anchors, index) ?? centreOf(features, index)
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

const centreOf = ({ coordinates, dimension, ringEnds, partEnds }: Features, index: number): [number, number] => {
  const ringBefore = index === 0 ? 0 : (partEnds[index - 1] ?? 0)
  const start = ringBefore === 0 ? 0 : (ringEnds[ringBefore - 1] ?? 0)
  const end = ringEnds[(partEnds[index] ?? 0) - 1] ?? 0
  let box: Box2 | undefined
  for (let v = start; v < end; v++) {
    const [x, y] = [coordinates[dimension * v] ?? 0, coordinates[dimension * v + 1] ?? 0]
    box = box === undefined ? [x, y, x, y] : Box2.union(box, [x, y, x, y])
  }
  return middleOf(box)
}

const centreOfSolid = (solids: Solids, index: number): [number, number] => {
  const { origin, positions, ringVertices, ringEnds, faceEnds, solidEnds } = solids
  const ringOf = (face: number): number => (face === 0 ? 0 : (faceEnds[face - 1] ?? 0))
  const vertexOf = (ring: number): number => (ring === 0 ? 0 : (ringEnds[ring - 1] ?? 0))
  const end = vertexOf(ringOf(solidEnds[index] ?? 0))
  let box: Box2 | undefined
  for (let i = vertexOf(ringOf(index === 0 ? 0 : (solidEnds[index - 1] ?? 0))); i < end; i++) {
    const at = 3 * (ringVertices[i] ?? 0)
    const [x, y] = [origin[0] + (positions[at] ?? 0) / 1000, origin[1] + (positions[at + 1] ?? 0) / 1000]
    box = box === undefined ? [x, y, x, y] : Box2.union(box, [x, y, x, y])
  }
  return middleOf(box)
}

const middleOf = (box: Box2 | undefined): [number, number] =>
  box === undefined ? [0, 0] : [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
