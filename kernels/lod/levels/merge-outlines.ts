/** Merges building outlines with small gaps between them into one block for coarser levels. */
import { boxOfRings, doubledArea } from "../../../engine/core/geometry/rings.js"
import { segmentsMeetClosed, squareToSegment } from "../../../engine/core/geometry/segments.js"
import { nextEdge } from "../../../engine/core/geometry/triangles.js"
import { addToList, elementAt } from "../../../engine/core/lists.js"
import { orientation, Triangulation } from "../../geometry/triangulation.js"
import { UnionFind } from "../../geometry/union-find.js"

/**
 * An outline with the height range of the building on it. Rings: outer counter-clockwise, then
 * holes clockwise; x, y pairs, mm.
 */
export interface Outline {
  readonly rings: readonly Int32Array[]
  readonly low: number
  readonly high: number
}

export interface MergedOutline {
  /** Indices of the outlines, ascending. */
  readonly members: readonly number[]
  readonly rings: readonly Int32Array[]
  /** Every added place is within this distance of a member's outline, mm. */
  readonly added: number
}

/**
 * Merges outlines with small gaps. Source: after Ware, Jones and Bundy, "A triangulated spatial
 * model for cartographic generalisation of areal objects", 1995.
 *
 * It triangulates the gaps: a constrained Delaunay triangulation of all outlines, with long edges
 * near others cut first. It fills triangles between outlines without an edge longer than `longest`.
 * The heights of all joined outlines must be within `range`. No vertex moves, and only cut edges
 * get new ones. Rings of different results do not touch.
 *
 * Outlines should be disjoint; one that crosses or touches another is unchanged. The result depends
 * only on the outlines and their order. O(n log n).
 */
export const mergeOutlines = (outlines: readonly Outline[], longest: number, range: number): MergedOutline[] => {
  const near = nearSegments(outlines, longest)
  const dense = outlines.map(({ rings }, k) => {
    const flags = elementAt(near, k)
    return rings.map((ring, r) => cutUp(ring, elementAt(flags, r), longest / 2))
  })
  const involved = near.map((rings) => rings.some((flags) => flags.includes(1)))
  const broken = conflicts(dense, involved)
  const joinable = [...outlines.keys()].filter((k) => involved[k] && broken[k] === 0)
  const alone = [...outlines.keys()].filter((k) => !involved[k] || broken[k] === 1)
  const asItIs = (k: number): MergedOutline => ({ members: [k], rings: elementAt(outlines, k).rings, added: 0 })
  const merged = alone.map(asItIs)
  if (joinable.length > 1) {
    const gaps = new GapMesh(joinable.map((k) => ({ ...elementAt(outlines, k), rings: elementAt(dense, k) })))
    gaps.fill(longest, range)
    for (const one of gaps.components()) merged.push({ ...one, members: one.members.map((k) => joinable[k]!) })
  } else merged.push(...joinable.map(asItIs))
  return merged.sort((a, b) => a.members[0]! - b.members[0]!)
}

/** Cuts the flagged segments of a ring into pieces not longer than `spacing`. */
const cutUp = (ring: Int32Array, flags: Uint8Array, spacing: number): Int32Array => {
  const out: number[] = []
  const count = ring.length / 2
  for (let i = 0; i < count; i++) {
    const j = (i + 1) % count
    const [x, y] = [ring[2 * i], ring[2 * i + 1]]
    const [dx, dy] = [ring[2 * j] - x, ring[2 * j + 1] - y]
    const pieces = flags[i] === 1 ? Math.max(1, Math.ceil(Math.hypot(dx, dy) / spacing)) : 1
    for (let k = 0; k < pieces; k++) out.push(x + Math.round((dx * k) / pieces), y + Math.round((dy * k) / pieces))
  }
  return Int32Array.from(out)
}

/** The triangulation of all outlines and of the gaps between them. */
class GapMesh {
  private readonly outlines: readonly Outline[]
  private readonly mesh: Triangulation
  /** Outline of a vertex; −1 for corners of the box. */
  private readonly outlineOf: Int32Array
  /** Outline around each triangle; −1 in gaps. */
  private readonly inside: Int32Array
  private readonly filled: Uint8Array
  private longest = 0

  constructor(outlines: readonly Outline[]) {
    this.outlines = outlines
    const rings = outlines.flatMap((outline) => outline.rings)
    const [minX, minY, maxX, maxY] = boxOfRings(rings)
    const count = rings.reduce((sum, ring) => sum + ring.length / 2, 0)
    const mesh = new Triangulation(minX - 1, minY - 1, maxX + 1, maxY + 1, count + 4)
    this.mesh = mesh
    this.outlineOf = new Int32Array(count + 4).fill(-1)
    const sides: number[] = []
    let triangle = 0
    outlines.forEach(({ rings }, k) => {
      for (const ring of rings) {
        const first = mesh.vertexCount
        const size = ring.length / 2
        for (let i = 0; i < size; i++) {
          triangle = mesh.locate(ring[2 * i], ring[2 * i + 1], triangle)
          // All places differ, so each vertex is new and numbers are consecutive.
          const vertex = mesh.insert(ring[2 * i], ring[2 * i + 1], triangle)
          triangle = (mesh.edgeFrom(vertex) / 3) | 0
          this.outlineOf[vertex] = k
          sides.push(first + i, first + ((i + 1) % size), k)
        }
      }
    })
    this.inside = mesh.fillRegions(sides).regions
    mesh.restoreIn(Uint8Array.from(this.inside, (k) => (k >= 0 ? 1 : 0)))
    this.filled = new Uint8Array(mesh.triangleCount)
  }

  fill(longest: number, range: number): void {
    const { mesh, inside, filled, outlines } = this
    const candidates: number[] = []
    for (let t = 0; t < mesh.triangleCount; t++)
      if (inside[t] < 0 && this.longestEdge(t) <= longest && this.owners(t).every((k) => k >= 0)) candidates.push(t)
    const pairs = new Map<number, number>()
    for (const t of candidates) {
      const [a, b, c] = this.owners(t) as [number, number, number]
      for (const [i, j] of [
        [a, b],
        [b, c],
        [c, a],
      ] as const) {
        if (i === j) continue
        const [one, other] = [outlines[i]!, outlines[j]!]
        const together = Math.max(one.high, other.high) - Math.min(one.low, other.low)
        if (together <= range) pairs.set(Math.min(i, j) * outlines.length + Math.max(i, j), together)
      }
    }
    const parent = UnionFind.make(outlines.length)
    const low = outlines.map((outline) => outline.low)
    const high = outlines.map((outline) => outline.high)
    for (const [key] of [...pairs].sort((a, b) => a[1] - b[1] || a[0] - b[0])) {
      const i = UnionFind.find(parent, Math.floor(key / outlines.length))
      const j = UnionFind.find(parent, key % outlines.length)
      const [least, most] = [Math.min(low[i]!, low[j]!), Math.max(high[i]!, high[j]!)]
      if (i === j || most - least > range) continue
      UnionFind.unite(parent, i, j)
      low[Math.min(i, j)] = least
      high[Math.min(i, j)] = most
    }
    for (const t of candidates) {
      const [a, b, c] = this.owners(t).map((k) => UnionFind.find(parent, k))
      if (a === b && b === c) filled[t] = 1
    }
    this.unpinch()
    for (let t = 0; t < filled.length; t++)
      if (filled[t] === 1) this.longest = Math.max(this.longest, this.longestEdge(t))
  }

  /** Removes filled triangles at vertices where the filled area would touch itself. */
  private unpinch(): void {
    const { mesh, filled } = this
    for (let again = true; again; ) {
      again = false
      for (let v = 4; v < mesh.vertexCount; v++) {
        const start = mesh.edgeFrom(v)
        let [e, entries, taken] = [start, 0, 0]
        do {
          const t = (e / 3) | 0
          const beside = (mesh.twins[e] / 3) | 0
          if (this.solid(t) && !this.solid(beside)) entries++
          taken += filled[t]
          e = mesh.twins[e - (e % 3) + ((e + 2) % 3)]
        } while (e !== start)
        if (entries <= 1 || taken === 0) continue
        do {
          filled[(e / 3) | 0] = 0
          e = mesh.twins[e - (e % 3) + ((e + 2) % 3)]
        } while (e !== start)
        again = true
      }
    }
  }

  /** Connected components with their rings. */
  components(): MergedOutline[] {
    const { mesh, inside } = this
    const component = new Int32Array(mesh.triangleCount).fill(-1)
    const members: Set<number>[] = []
    for (let t = 0; t < component.length; t++) {
      if (!this.solid(t) || component[t] >= 0) continue
      const own = new Set<number>()
      const queue = [t]
      component[t] = members.length
      for (let u = queue.pop(); u !== undefined; u = queue.pop()) {
        if (inside[u] >= 0) own.add(inside[u])
        for (let e = 3 * u; e < 3 * u + 3; e++) {
          const across = (mesh.twins[e] / 3) | 0
          if (mesh.twins[e] < 0 || !this.solid(across) || component[across] >= 0) continue
          component[across] = members.length
          queue.push(across)
        }
      }
      members.push(own)
    }
    const rings = this.rings(component, members.length)
    const added = this.longest / Math.sqrt(3)
    return members.map((own, c) => ({
      members: [...own].sort((a, b) => a - b),
      rings: rings[c]!,
      added: own.size > 1 ? added : 0,
    }))
  }

  /** Rings of each component, the outer one first. */
  private rings(component: Int32Array, count: number): Int32Array[][] {
    const { mesh } = this
    const rings: Int32Array[][] = Array.from({ length: count }, () => [])
    const seen = new Uint8Array(component.length * 3)
    for (let first = 0; first < seen.length; first++) {
      if (seen[first] === 1 || !this.isBorder(first)) continue
      const ring: number[] = []
      let e = first
      do {
        seen[e] = 1
        ring.push(mesh.x[mesh.corners[e]], mesh.y[mesh.corners[e]])
        // Turn around the edge's end, inside the solid area, to the next border edge.
        e = nextEdge(e)
        while (!this.isBorder(e)) e = nextEdge(mesh.twins[e])
      } while (e !== first)
      elementAt(rings, component[(first / 3) | 0]).push(Int32Array.from(ring))
    }
    return rings.map((own) => own.sort((a, b) => doubledArea(b) - doubledArea(a)))
  }

  private isBorder(e: number): boolean {
    return this.solid((e / 3) | 0) && !this.solid((this.mesh.twins[e] / 3) | 0)
  }

  private solid(t: number): boolean {
    return this.inside[t] >= 0 || this.filled[t] === 1
  }

  private owners(t: number): number[] {
    return [0, 1, 2].map((k) => this.outlineOf[this.mesh.corners[3 * t + k]])
  }

  private longestEdge(t: number): number {
    const { x, y, corners } = this.mesh
    let longest = 0
    for (let k = 0; k < 3; k++) {
      const a = corners[3 * t + k]
      const b = corners[3 * t + ((k + 1) % 3)]
      longest = Math.max(longest, Math.hypot(x[b] - x[a], y[b] - y[a]))
    }
    return longest
  }
}

/** The part of an outline used here: its rings, x, y pairs, not closed. */
interface Ringed {
  readonly rings: readonly Int32Array[]
}

/** Segments of all rings as flat arrays, indexed by squares. */
interface SegmentGrid {
  readonly count: number
  /** x, y of both ends of each segment. */
  readonly ends: Float64Array
  /** `outline`: its outline; `after`: the next segment in the ring. */
  readonly outline: Int32Array
  readonly after: Int32Array
  /**
   * Calls back for pairs of segments (i < j) whose boxes, grown by `reach`, share a square. Pairs
   * may repeat.
   */
  forPairs(call: (i: number, j: number) => void): void
}

/**
 * Flags, per ring of each outline, the segments within `reach` (mm) of another outline's segment.
 * Expected O(n) for scattered segments.
 */
export const nearSegments = (outlines: readonly Ringed[], reach: number): Uint8Array[][] => {
  const grid = segmentGrid(outlines, reach)
  const flags = new Uint8Array(grid.count)
  grid.forPairs((i, j) => {
    if (grid.outline[i] === grid.outline[j] || (flags[i] === 1 && flags[j] === 1)) return
    if (segmentDistance(grid, i, j) > reach) return
    flags[i] = 1
    flags[j] = 1
  })
  let at = 0
  return outlines.map(({ rings }) =>
    rings.map((ring) => {
      at += ring.length / 2
      return flags.slice(at - ring.length / 2, at)
    }),
  )
}

/**
 * 1 for each outline with a segment that meets another one, of any outline, apart from the vertex
 * between neighbours.
 */
export const conflicts = (rings: readonly (readonly Int32Array[])[], involved: readonly boolean[]): Uint8Array => {
  const chosen = rings.map((own, k) => ({ rings: involved[k] === true ? own : [] }))
  const grid = segmentGrid(chosen, 1)
  const broken = new Uint8Array(rings.length)
  grid.forPairs((i, j) => {
    if (grid.after[i] === j || grid.after[j] === i) {
      // Neighbours share a vertex; they only meet elsewhere when one folds back on the other.
      if (!foldsBack(grid, grid.after[i] === j ? i : j)) return
    } else if (!segmentsMeetClosed(grid.ends, 4 * i, 4 * i + 2, grid.ends, 4 * j, 4 * j + 2)) return
    broken[grid.outline[i]] = 1
    broken[grid.outline[j]] = 1
  })
  return broken
}

const segmentGrid = (outlines: readonly Ringed[], reach: number): SegmentGrid => {
  const count = outlines.reduce((sum, { rings }) => sum + rings.reduce((n, ring) => n + ring.length / 2, 0), 0)
  const ends = new Float64Array(4 * count)
  const outline = new Int32Array(count)
  const after = new Int32Array(count)
  let at = 0
  outlines.forEach(({ rings }, k) => {
    for (const ring of rings) {
      const size = ring.length / 2
      for (let i = 0; i < size; i++) {
        const j = (i + 1) % size
        ends.set([ring[2 * i], ring[2 * i + 1], ring[2 * j], ring[2 * j + 1]], 4 * (at + i))
        outline[at + i] = k
        after[at + i] = at + j
      }
      at += size
    }
  })
  const side = Math.max(4000, 2 * reach)
  const cells = new Map<number, number[]>()
  for (let i = 0; i < count; i++) {
    const [minX, minY, maxX, maxY] = boxOfRings([ends.subarray(4 * i, 4 * i + 4)])
    for (let row = Math.floor((minY - reach) / side); row <= Math.floor((maxY + reach) / side); row++) {
      for (let column = Math.floor((minX - reach) / side); column <= Math.floor((maxX + reach) / side); column++)
        addToList(cells, row * 2 ** 24 + column, i)
    }
  }
  const forPairs = (call: (i: number, j: number) => void): void => {
    for (const cell of cells.values())
      for (let a = 0; a < cell.length; a++) for (let b = a + 1; b < cell.length; b++) call(cell[a]!, cell[b]!)
  }
  return { count, ends, outline, after, forPairs }
}

/** Distance between two segments in the plane; 0 where they cross. */
const segmentDistance = ({ ends }: SegmentGrid, i: number, j: number): number => {
  const [a, b] = [4 * i, 4 * j]
  if (segmentsMeetClosed(ends, a, a + 2, ends, b, b + 2)) return 0
  const squared = Math.min(
    squareToSegment(ends[a], ends[a + 1], ends[b], ends[b + 1], ends[b + 2], ends[b + 3]),
    squareToSegment(ends[a + 2], ends[a + 3], ends[b], ends[b + 1], ends[b + 2], ends[b + 3]),
    squareToSegment(ends[b], ends[b + 1], ends[a], ends[a + 1], ends[a + 2], ends[a + 3]),
    squareToSegment(ends[b + 2], ends[b + 3], ends[a], ends[a + 1], ends[a + 2], ends[a + 3]),
  )
  return Math.sqrt(squared)
}

/** True where the next segment of a ring runs back over segment i. */
const foldsBack = ({ ends, after }: SegmentGrid, i: number): boolean => {
  const [ax, ay, bx, by] = ends.subarray(4 * i, 4 * i + 4)
  const [cx, cy] = ends.subarray(4 * after[i] + 2, 4 * after[i] + 4)
  return orientation(ax, ay, bx, by, cx, cy) === 0 && (bx - ax) * (cx - bx) + (by - ay) * (cy - by) <= 0
}
