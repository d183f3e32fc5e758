/** Indexes an area of interest by horizontal slabs, so a query tests only the edges nearby. */
import { Box2 } from "../../core/geometry/box.js"
import { passesRight } from "../../core/geometry/rings.js"
import { type Area, areaBox, segmentMeetsOpenBox } from "./area.js"

/** An area whose queries test only the edges near them. */
export interface AreaIndex {
  /** The bounding box of the area. */
  readonly box: Box2
  /**
   * True if the point is inside a polygon of the area. A point on an edge shared by two areas is in
   * exactly one.
   */
  holds(x: number, y: number): boolean
  /**
   * True if an edge of the area passes through the open box, or the area covers it. Touching
   * borders do not count. An area cut along tile borders thus meets no tile beyond them.
   */
  meets(box: Box2): boolean
  /** True if the area contains the whole box and no edge passes through it. */
  covers(box: Box2): boolean
}

/** Edges a slab if they were spread evenly. */
const edgesPerSlab = 8
const mostSlabs = 65536

/**
 * Sorts the edges of an area into horizontal slabs. Takes O(edges) to build, and 40 bytes for an
 * edge and each slab it crosses. A point query tests the edges of its slab.
 */
export const indexArea = (area: Area): AreaIndex => {
  const box = areaBox(area)
  const { edges, polygons } = collectEdges(area)
  const count = polygons.length
  const slabs = Math.max(1, Math.min(mostSlabs, Math.ceil(count / edgesPerSlab)))
  const height = (box[3] - box[1]) / slabs
  const slabOf = (y: number): number =>
    height > 0 ? Math.max(0, Math.min(slabs - 1, Math.floor((y - box[1]) / height))) : 0
  const { ends, list } = sortIntoSlabs(edges, slabs, slabOf)
  const holds = (x: number, y: number): boolean => {
    if (!(x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3])) return false
    const slab = slabOf(y)
    let [polygon, inside] = [-1, false]
    // The edges of a polygon are consecutive. A point is inside if an odd number of them are to its
    // right.
    for (let k = slab === 0 ? 0 : ends[slab - 1]!; k < ends[slab]!; k++) {
      const e = list[k]!
      if (polygons[e] !== polygon) {
        if (inside) return true
        polygon = polygons[e]!
        inside = false
      }
      if (passesRight(edges[4 * e]!, edges[4 * e + 1]!, edges[4 * e + 2]!, edges[4 * e + 3]!, x, y)) inside = !inside
    }
    return inside
  }
  const crossed = (cell: Box2): boolean => {
    if (!Box2.meets(cell, box)) return false
    const last = slabOf(cell[3])
    for (let slab = slabOf(cell[1]); slab <= last; slab++) {
      for (let k = slab === 0 ? 0 : ends[slab - 1]!; k < ends[slab]!; k++) {
        const e = 4 * list[k]!
        if (segmentMeetsOpenBox(edges[e]!, edges[e + 1]!, edges[e + 2]!, edges[e + 3]!, cell)) return true
      }
    }
    return false
  }
  const holdsMiddle = ([minX, minY, maxX, maxY]: Box2): boolean => holds((minX + maxX) / 2, (minY + maxY) / 2)
  return {
    box,
    holds,
    meets: (cell) => crossed(cell) || holdsMiddle(cell),
    covers: (cell) => !crossed(cell) && holdsMiddle(cell),
  }
}

const collectEdges = ({ rings }: Area): { edges: Float64Array; polygons: Uint32Array } => {
  const count = rings.flat().reduce((sum, ring) => sum + Math.max(0, ring.length / 2 - 1), 0)
  const edges = new Float64Array(4 * count)
  const polygons = new Uint32Array(count)
  let e = 0
  for (const [p, polygon] of rings.entries()) {
    for (const ring of polygon) {
      for (let i = 0; i + 3 < ring.length; i += 2, e++) {
        for (let k = 0; k < 4; k++) edges[4 * e + k] = ring[i + k]!
        polygons[e] = p
      }
    }
  }
  return { edges, polygons }
}

/** The edges of each slab, in their order: `list[ends[s − 1] … ends[s])`. */
const sortIntoSlabs = (
  edges: Float64Array,
  slabs: number,
  slabOf: (y: number) => number,
): { ends: Uint32Array; list: Uint32Array } => {
  const ends = new Uint32Array(slabs)
  const forSlabs = (call: (slab: number, edge: number) => void): void => {
    for (let e = 0; e < edges.length / 4; e++) {
      const [a, b] = [slabOf(edges[4 * e + 1]!), slabOf(edges[4 * e + 3]!)]
      for (let slab = Math.min(a, b); slab <= Math.max(a, b); slab++) call(slab, e)
    }
  }
  forSlabs((slab) => ends[slab]!++)
  for (let slab = 1; slab < slabs; slab++) ends[slab]! += ends[slab - 1]!
  const list = new Uint32Array(ends[slabs - 1] ?? 0)
  const next = new Uint32Array(slabs)
  next.set(ends.subarray(0, slabs - 1), 1)
  forSlabs((slab, edge) => {
    list[next[slab]!++] = edge
  })
  return { ends, list }
}
