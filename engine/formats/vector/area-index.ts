/**
 * Indexes an area of interest by slabs: a question about it then looks at the edges nearby only.
 */
import { Box2 } from "../../core/geometry/box.js"
import { passesRight } from "../../core/geometry/inside-half-open.js"
import { type Area, areaBox, segmentMeetsOpenBox } from "./area.js"

/** An area that answers in about the time of the edges near the question. */
export interface AreaIndex {
  /** The box around it. */
  readonly box: Box2
  /** True where the point lies inside one of its polygons; of two areas that share an edge exactly one holds a point on it. */
  holds(x: number, y: number): boolean
  /**
   * True where the area and the open box share a region or an edge of the area passes through the box. An area that only
   * touches the box's border does not meet it, so that an area cut along tile borders takes no tile too many.
   */
  meets(box: Box2): boolean
  /** True where the area holds the whole box and no edge passes through it. */
  covers(box: Box2): boolean
}

/** Slabs for so many edges each, if they were spread evenly. */
const edgesPerSlab = 8
const mostSlabs = 65536

/**
 * Sorts the edges of an area into horizontal slabs. O(edges) to make, 40 bytes an edge and slab that it lies in; a point costs the edges of its slab.
 */
export const indexArea = (area: Area): AreaIndex => {
  const box = areaBox(area)
  const { edges, polygons } = edgesOf(area)
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
    // Edges of one polygon follow one another: inside is what an odd number of its own edges tell.
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

const edgesOf = ({ rings }: Area): { edges: Float64Array; polygons: Uint32Array } => {
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
