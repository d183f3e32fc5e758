/** Checks the geometry and the ids of a written vector layer. */
import { doubledArea } from "../core/geometry/rings.js"
import { segmentsMeetClosed, turn } from "../core/geometry/segments.js"
import { readFlatGeobuf } from "../formats/vector/flatgeobuf/reader.js"
import type { Features } from "../kernel.js"

/**
 * Checks a written FlatGeobuf layer. A feature is invalid if a coordinate is not finite, or if a
 * ring is open, too short, wrongly oriented or crosses itself. It is duplicated if it repeats the
 * id of an earlier one.
 *
 * @throws EngineError where the file cannot be read
 */
export const checkVector = async (path: string) => {
  const { features } = await readFlatGeobuf(path)
  let invalid = 0
  for (let feature = 0; feature < features.ids.length; feature++) if (!isValid(features, feature)) invalid++
  return { features: features.ids.length, invalid, duplicated: features.ids.length - new Set(features.ids).size }
}

/** Simple-feature validity of one feature, ring by ring; rings are not compared with each other. */
export const isValid = (features: Features, feature: number): boolean => {
  const { coordinates, dimension, ringEnds, partEnds, geometry } = features
  const firstRing = feature === 0 ? 0 : partEnds[feature - 1]!
  for (let ring = firstRing; ring < partEnds[feature]!; ring++) {
    const start = ring === 0 ? 0 : ringEnds[ring - 1]!
    const end = ringEnds[ring]!
    const points = new Float64Array(2 * (end - start))
    for (let i = start; i < end; i++) {
      for (let k = 0; k < dimension; k++) if (!Number.isFinite(coordinates[i * dimension + k]!)) return false
      // Relative to the first vertex, products are exact for coordinates in millimetres.
      points[2 * (i - start)] = coordinates[i * dimension]! - coordinates[start * dimension]!
      points[2 * (i - start) + 1] = coordinates[i * dimension + 1]! - coordinates[start * dimension + 1]!
    }
    if (geometry === "Point") continue
    if (end - start < 2) return false
    if (geometry === "Polygon" && !isRing(points, ring === firstRing)) return false
  }
  return true
}

const isRing = (points: Float64Array, outer: boolean): boolean => {
  const count = points.length / 2
  if (count < 4 || points[2 * count - 2] !== 0 || points[2 * count - 1] !== 0) return false
  const area = doubledArea(points)
  return (outer ? area > 0 : area < 0) && !crossesItself(points)
}

/** Sweeps over the segments by their left end and compares those that overlap in x. */
const crossesItself = (points: Float64Array): boolean => {
  const count = points.length / 2 - 1
  const left = (i: number): number => Math.min(points[2 * i]!, points[2 * i + 2]!)
  const right = (i: number): number => Math.max(points[2 * i]!, points[2 * i + 2]!)
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => left(a) - left(b) || a - b)
  let active: number[] = []
  for (const segment of order) {
    active = active.filter((other) => right(other) >= left(segment))
    for (const other of active) if (meetsBadly(points, segment, other, count)) return true
    active.push(segment)
  }
  return false
}

/** True where two segments of a ring meet, except consecutive ones in their common end. */
const meetsBadly = (p: Float64Array, i: number, j: number, count: number): boolean => {
  const follows = (i + 1) % count === j || (j + 1) % count === i
  const [a, b] = (i + 1) % count === j ? [i, j] : [j, i]
  if (follows) {
    // A spike: the next segment runs back over this one.
    const turned = turn(p[2 * a]!, p[2 * a + 1]!, p[2 * a + 2]!, p[2 * a + 3]!, p[2 * b + 2]!, p[2 * b + 3]!)
    const back =
      (p[2 * a]! - p[2 * a + 2]!) * (p[2 * b + 2]! - p[2 * b]!) +
      (p[2 * a + 1]! - p[2 * a + 3]!) * (p[2 * b + 3]! - p[2 * b + 1]!)
    return turned === 0 && back > 0
  }
  return segmentsMeetClosed(p, 2 * i, 2 * i + 2, p, 2 * j, 2 * j + 2)
}
