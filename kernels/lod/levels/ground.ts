/**
 * Coarser ground: an error-bounded TIN with a border that neighbours share and an exact measured
 * error.
 */
import type { Mesh } from "../../../engine/kernel.js"
import type { Buckets } from "../../geometry/buckets.js"
import { greedyTin, type Tin } from "../../geometry/greedy-tin.js"
import { type JoinedMeshes, joinAtBorders } from "../../geometry/mesh-border.js"
import { edgePaths, surfaceDifference } from "../../geometry/surface-difference.js"
import { type SimplifiedBorder, simplifyBorder } from "./simplify-rings.js"
import { apartFrom, type JoinedWater, joinWater, waterEdges, waterOwners } from "./water-edges.js"

/** The options of kernels that make a parent tile: the bound of its mesh and its triangles. */
export const levelOptions = (metres: number, parentError: string) =>
  ({
    maxError: {
      type: "number",
      flag: true,
      default: metres,
      unit: "m",
      min: 0.01,
      max: 50,
      help: `error bound of the finest tiles; a parent at level n has ${parentError}`,
    },
    factor: { type: "number", default: 2, min: 1, max: 8, help: "growth of the error bound per level" },
    maxTriangles: {
      type: "number",
      default: 200_000,
      min: 400,
      max: 40_000_000,
      help: "most triangles of a parent; default: four times --max-triangles. A parent that needs more gets a larger error, which is measured and written",
    },
  }) as const

/** The ground of a level. */
export interface GroundLevel {
  readonly mesh: Mesh
  /** Largest vertical distance between this ground and the children's, mm, anywhere on them. */
  readonly ownError: number
}

/**
 * The closed ground of a parent from that of its children: an error-bounded TIN of their vertices.
 * Its border is fixed first, by a rule that neighbours share (see {@link simplifyBorder}). The gap
 * to a neighbour of the same level is therefore 0 mm.
 *
 * The error `ownError` is exact, not sampled. The difference of both height fields is linear
 * between vertices and crossings of edges, and all of these are measured. It bounds the distance in
 * space both ways. The mesh's `maxError` adds the children's largest.
 *
 * Edges of walls are forced in, so walls do not move, and those of water, simplified in plan to the
 * bound: a canal remains where its depth is below the bound. Triangles whose centre is on a child's
 * water retain that water body as their owner; all others are ground.
 * @param rule in mm: `bound` at the children's vertices, `square` side of the finest tiles, `side`
 *   of the tile. Insertion stops at `maxTriangles`: the border keeps its bound, the inside may
 *   exceed it
 */
export const coarserGround = (children: readonly Mesh[], origin: Mesh["origin"], rule: Rule): GroundLevel => {
  const joined = joinAtBorders(children, origin)
  const border = simplifyBorder(joined, rule.tileSide, rule.bound)
  const water = joinWater(children, joined)
  const coarse = refine(joined, border, water, rule)
  const { tin } = coarse
  const ownError = Math.max(tin.maxError, border.maxError, coarse.largest)
  const childError = children.reduce((largest, child) => Math.max(largest, child.maxError), 0)
  const plain = meshOfVertices(joined, coarse, origin, childError + ownError / 1000)
  const mesh: Mesh = { ...plain, ...waterOwners(joined, water, plain.positions, tin.triangles) }
  return { mesh, ownError }
}

/** Maximum rounds of forcing edges. */
const ROUNDS = 4
/**
 * Allowed difference at crossings of edges, times the bound. With 1 there are 50 % more triangles,
 * but the error does not halve.
 */
const FORCED = 2
/**
 * From this side, mm, coordinates are inexact and finding a vertex walks the mesh. Forced edges
 * would stop the walk.
 */
const EXACT_SIDE = 2 ** 26

/** Limits of the TIN of a level, mm. */
export interface LevelRule {
  readonly bound: number
  readonly side: number
  readonly maxTriangles: number
}

interface Rule extends LevelRule {
  readonly tileSide: number
}

/** A TIN of joined vertices. `vertexOf` maps its vertices to joined ones. */
export interface LevelTin {
  readonly tin: Tin
  readonly vertexOf: Int32Array
}

/** Such a TIN, with the edges where it is too far from the joined triangles. */
interface Coarse extends LevelTin {
  readonly largest: number
  readonly beyond: Int32Array
}

/**
 * The TIN at the bound. Where crossing edges of both fields differ by more than twice the bound, it
 * forces the finer edge in and makes the TIN again. This repeats a few times.
 *
 * Greedy insertion considers vertices only. It may join the vertices of a wall to others, so the
 * wall becomes a ramp. On a steep bank, an edge a little aside is far off in height.
 */
const refine = (joined: JoinedMeshes, border: SimplifiedBorder, water: JoinedWater, rule: Rule): Coarse => {
  const outer = outerVertices(joined)
  const inner = innerVertices(outer)
  const paths = edgePaths(joined)
  const isExact = rule.side < EXACT_SIDE
  const required = new RequiredEdges(border, outer)
  const shores = isExact ? waterEdges(joined, water, outer, border.vertices, rule.bound) : new Int32Array(0)
  required.add(shores)
  let last = coarserTin(joined, paths, required.start(inner), rule)
  let best = last
  const rounds = isExact ? ROUNDS : 0
  for (let round = 0; round < rounds && last.tin.maxError <= rule.bound; round++) {
    if (!required.add(apartFrom(shores, joined, last.beyond))) break
    last = coarserTin(joined, paths, required.start(inner), rule)
    if (last.largest < best.largest) best = last
  }
  return best
}

/** The border, and the edges of the finer field that the coarser one must have. */
class RequiredEdges {
  private readonly outer: Uint8Array
  private readonly border: Int32Array
  private readonly vertices: number[]
  /** Index of a joined vertex in `vertices`; −1 where absent. */
  private readonly place: Int32Array
  private readonly edges: number[] = []

  /** @param outer 1 for joined vertices on the border of the union */
  constructor(border: SimplifiedBorder, outer: Uint8Array) {
    this.outer = outer
    this.border = border.edges
    this.vertices = [...border.vertices]
    this.place = new Int32Array(outer.length).fill(-1)
    this.vertices.forEach((v, i) => {
      this.place[v] = i
    })
  }

  /**
   * Adds edges, as pairs of vertices; false where nothing is new. Vertices that the border's rule
   * left out are on its edges and must not return: of their edges it only adds the other end.
   */
  add(pairs: Int32Array): boolean {
    const before = this.edges.length + this.vertices.length
    for (let i = 0; i < pairs.length; i += 2) {
      const a = this.numberOf(pairs[i])
      const b = this.numberOf(pairs[i + 1])
      // In both directions: an edge inside the surface.
      if (a >= 0 && b >= 0) this.edges.push(a, b, b, a)
    }
    return this.edges.length + this.vertices.length > before
  }

  /** @param inner joined vertices that are not on the border */
  start(inner: Int32Array): LevelStart {
    return {
      vertices: Int32Array.from(this.vertices),
      border: Int32Array.from([...this.border, ...this.edges]),
      candidates: inner.filter((v) => this.place[v] < 0),
    }
  }

  private numberOf(v: number): number {
    if (this.place[v] < 0 && this.outer[v] === 0) this.place[v] = this.vertices.push(v) - 1
    return this.place[v]
  }
}

/**
 * Input of the TIN of a level: fixed vertices, edges as pairs of indices into them, and candidates
 * for insertion.
 */
export interface LevelStart {
  readonly vertices: Int32Array
  readonly border: Int32Array
  readonly candidates: Int32Array
}

const coarserTin = (joined: JoinedMeshes, paths: Buckets, start: LevelStart, rule: Rule): Coarse => {
  const level = levelTin(joined, start, rule)
  return {
    ...level,
    ...surfaceDifference(joined, level.vertexOf, level.tin.triangles, FORCED * rule.bound, paths),
  }
}

/** The error-bounded TIN of the vertices of joined meshes. */
export const levelTin = (
  joined: JoinedMeshes,
  { vertices, border, candidates }: LevelStart,
  { bound, side, maxTriangles }: LevelRule,
): LevelTin => {
  const pick = (from: Int32Array, which: Int32Array): Int32Array => which.map((v) => from[v])
  const tin = greedyTin({
    box: [0, 0, side, side],
    fixed: { x: pick(joined.x, vertices), y: pick(joined.y, vertices), z: pick(joined.z, vertices) },
    border,
    candidates: { x: pick(joined.x, candidates), y: pick(joined.y, candidates), z: pick(joined.z, candidates) },
    maxError: bound,
    maxTriangles,
  })
  const vertexOf = tin.vertices.map((place) =>
    place < vertices.length ? vertices[place] : candidates[place - vertices.length],
  )
  return { tin, vertexOf }
}

/** The mesh of a TIN of joined vertices. */
export const meshOfVertices = (
  joined: JoinedMeshes,
  { tin, vertexOf }: LevelTin,
  origin: Mesh["origin"],
  maxError: number,
): Mesh => {
  const positions = new Int32Array(3 * vertexOf.length)
  for (let v = 0; v < vertexOf.length; v++) {
    positions[3 * v] = joined.x[vertexOf[v]]
    positions[3 * v + 1] = joined.y[vertexOf[v]]
    positions[3 * v + 2] = joined.z[vertexOf[v]]
  }
  const classes = Uint8Array.from(vertexOf, (v) => joined.classes[v])
  return { origin, positions, triangles: tin.triangles, classes, maxError }
}

/** 1 for joined vertices on the border of the union. */
export const outerVertices = ({ x, border }: JoinedMeshes): Uint8Array => {
  const outer = new Uint8Array(x.length)
  for (const v of border) outer[v] = 1
  return outer
}

/** Joined vertices that {@link outerVertices} does not mark. */
export const innerVertices = (outer: Uint8Array): Int32Array => {
  let count = 0
  for (let v = 0; v < outer.length; v++) if (outer[v] === 0) count++
  const inner = new Int32Array(count)
  for (let v = 0, at = 0; v < outer.length; v++) if (outer[v] === 0) inner[at++] = v
  return inner
}
