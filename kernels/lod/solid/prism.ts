/**
 * Outline and heights of a solid, for its block model, and walks over faces, rings and vertices of
 * solids.
 */

import { doubledArea } from "../../../engine/core/geometry/rings.js"
import { addToList } from "../../../engine/core/lists.js"
import type { Solids } from "../../../engine/kernel.js"

/** A solid reduced to the outline and heights of its block model. Whole millimetres. */
export interface Prism {
  /** Outer ring counter-clockwise, then holes clockwise; x, y pairs, not closed. */
  readonly rings: readonly Int32Array[]
  readonly floor: number
  /**
   * Lowest and highest vertex of the roof faces, and the height of a flat roof over the same
   * volume.
   */
  readonly low: number
  readonly high: number
  readonly mean: number
  /** Area of the roofs in plan, mm². */
  readonly area: number
}

/** Offset from one frame to another, mm. */
export type Shift = readonly [x: number, y: number, z: number]

/** Offset from the frame of solids or a mesh to that of `origin`. */
export const shiftOf = (from: Pick<Solids, "origin">, origin: Solids["origin"]): Shift =>
  [0, 1, 2].map((axis) => Math.round((from.origin[axis]! - origin[axis]!) * 1000)) as unknown as Shift

/** Solids on whole millimetres, on which parents join them. */
export const onMillimetres = (solids: Solids): Solids =>
  solids.positions instanceof Int32Array
    ? solids
    : { ...solids, positions: Int32Array.from(solids.positions, Math.round) }

/** First face of a solid, and the face after its last. */
export const facesOf = (solids: Solids, s: number): readonly [number, number] => [
  s === 0 ? 0 : solids.solidEnds[s - 1],
  solids.solidEnds[s],
]

/** Calls back for each ring of a face with its range in `ringVertices`. */
export const forRings = (solids: Solids, face: number, call: (from: number, to: number) => void): void => {
  const { faceEnds, ringEnds } = solids
  for (let r = face === 0 ? 0 : faceEnds[face - 1]; r < faceEnds[face]; r++)
    call(r === 0 ? 0 : ringEnds[r - 1], ringEnds[r])
}

/** Calls back for each vertex of a solid, once for each ring with it. */
export const forVertices = (solids: Solids, s: number, call: (vertex: number) => void): void => {
  const [first, end] = facesOf(solids, s)
  for (let face = first; face < end; face++)
    forRings(solids, face, (from, to) => {
      for (let i = from; i < to; i++) call(solids.ringVertices[i])
    })
}

/**
 * Outline and heights of a solid with a horizontal floor: the rings around its floor faces, seen
 * from above. Undefined without a roof face, or where the floor faces do not form one outer ring
 * with holes. O(vertices).
 */
export const readPrism = (solids: Solids, s: number, shift: Shift): Prism | undefined => {
  const [first, end] = facesOf(solids, s)
  const edges = new Map<number, number[]>()
  let floor = Number.POSITIVE_INFINITY
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let area = 0
  let volume = 0
  const { positions, ringVertices } = solids
  for (let face = first; face < end; face++) {
    const kind = solids.faceKinds[face]
    if (kind !== 0 && kind !== 2) continue
    forRings(solids, face, (from, to) => {
      for (let i = from; i < to; i++) {
        const z = positions[3 * ringVertices[i] + 2]
        if (kind === 2) {
          low = Math.min(low, z)
          high = Math.max(high, z)
        } else {
          floor = Math.min(floor, z)
          // Floors face down: seen from above their rings turn the other way.
          cancelOrAdd(edges, ringVertices[i + 1 === to ? from : i + 1], ringVertices[i])
        }
      }
      if (kind === 2) {
        const part = planIntegral(solids, from, to)
        area += part.area
        volume += part.volume
      }
    })
  }
  if (!(area > 0) || !Number.isFinite(floor)) return undefined
  const rings = traceRings(edges, positions, shift)
  if (rings === undefined) return undefined
  const dz = shift[2]
  return { rings, floor: floor + dz, low: low + dz, high: high + dz, mean: Math.round(volume / area) + dz, area }
}

/** Adds a directed edge, or cancels its opposite: such a pair is inside the floor. */
const cancelOrAdd = (edges: Map<number, number[]>, a: number, b: number): void => {
  const back = edges.get(b)
  const at = back?.indexOf(a) ?? -1
  if (back !== undefined && at >= 0) {
    back.splice(at, 1)
    if (back.length === 0) edges.delete(b)
    return
  }
  addToList(edges, a, b)
}

/** Rings of the remaining edges: one outer ring first, then holes. */
const traceRings = (
  edges: Map<number, number[]>,
  positions: ArrayLike<number>,
  shift: Shift,
): Int32Array[] | undefined => {
  const outer: Int32Array[] = []
  const holes: Int32Array[] = []
  // Rings that touch in a vertex are ambiguous. They are rare, and the solid is then unchanged.
  for (const list of edges.values()) if (list.length > 1) return undefined
  while (edges.size > 0) {
    const start = edges.keys().next().value as number
    const ring: number[] = []
    for (let v = start; ; ) {
      const following = edges.get(v)?.[0]
      if (following === undefined) return undefined
      edges.delete(v)
      ring.push(positions[3 * v] + shift[0], positions[3 * v + 1] + shift[1])
      v = following
      if (v === start) break
    }
    const area = doubledArea(ring)
    if (area > 0) outer.push(Int32Array.from(ring))
    else holes.push(Int32Array.from(ring))
  }
  return outer.length === 1 ? [...outer, ...holes] : undefined
}

/**
 * Area in plan of a roof ring and the integral of its height over it, from a fan: exact for a plane
 * face, negative for holes.
 */
const planIntegral = (solids: Solids, from: number, to: number): { area: number; volume: number } => {
  const { positions: p, ringVertices } = solids
  const a = 3 * ringVertices[from]
  let area = 0
  let volume = 0
  for (let i = from + 1; i + 1 < to; i++) {
    const b = 3 * ringVertices[i]
    const c = 3 * ringVertices[i + 1]
    const part = ((p[b] - p[a]) * (p[c + 1] - p[a + 1]) - (p[b + 1] - p[a + 1]) * (p[c] - p[a])) / 2
    area += part
    volume += (part * (p[a + 2] + p[b + 2] + p[c + 2])) / 3
  }
  return { area, volume }
}
