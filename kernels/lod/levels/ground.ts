/**
 * Coarser ground: an error-bounded TIN with a border that neighbours share and an exact measured
 * error.
 */
import type { Mesh } from "../../../engine/kernel.js"
import type { Buckets } from "../../geometry/buckets.js"
import { greedyTin, type Tin } from "../../geometry/greedy-tin.js"
import { HeightLookup } from "../../geometry/height-lookup.js"
import { groundObjects, joinObjects } from "../../geometry/join-objects.js"
import { type JoinedMeshes, joinAtBorders } from "../../geometry/mesh-border.js"
import { keepRows } from "../../geometry/object-rows.js"
import { edgePaths, surfaceDifference } from "../../geometry/surface-difference.js"
import { type SimplifiedBorder, simplifyBorder } from "./simplify-border.js"

/** The ground of a level. */
export interface GroundLevel {
  readonly mesh: Mesh
  /** Largest vertical distance between this ground and the children's, mm, anywhere on them. */
  readonly ownError: number
}

const WATER = 9

/**
 * The closed ground of a parent from that of its children: an error-bounded TIN of their vertices, its border fixed first by a rule that neighbours share
 * (see {@link simplifyBorder}), so that the gap to a neighbour of the same level is 0 mm whatever the insides become.
 *
 * `ownError` is exact, not sampled: the two height fields' difference is linear between their vertices and the crossings of their edges, and all of these are looked
 * at. It bounds the distance in space both ways, since each place of either surface has one of the other above or below it. Walls stay where they are: their edges are forced in. `mesh.maxError` adds the children's largest. Triangles whose centre lies on a child's water keep that water body as their owner; all others are ground.
 *
 * @param bound vertical bound at the children's vertices, mm; @param square side of the finest tiles, mm; @param side of the tile, mm
 * @param maxTriangles insertion stops there; the border keeps its bound, the inside has what error it then has
 */
export const coarserGround = (children: readonly Mesh[], origin: Mesh["origin"], rule: Rule): GroundLevel => {
  const joined = joinAtBorders(children, origin)
  const border = simplifyBorder(joined, rule.square, rule.bound)
  const coarse = refine(joined, border, rule)
  const { tin } = coarse
  const ownError = Math.max(tin.maxError, border.maxError, coarse.largest)
  const childError = children.reduce((largest, child) => Math.max(largest, child.maxError), 0)
  const plain = meshOfVertices(joined, coarse, origin, childError + ownError / 1000)
  const mesh: Mesh = { ...plain, ...waterOwners(children, joined, plain.positions, tin.triangles) }
  return { mesh, ownError }
}

/** How often edges are forced. */
const ROUNDS = 4
/** Times the bound that fields may differ by where their edges cross: at once, half as many triangles more than at twice, for an error that is not half. */
const FORCED = 2
/** Side, mm, from which coordinates are not exact and a vertex is looked for by a walk, which edges that are forced would stop. */
const EXACT_SIDE = 2 ** 26

/** What bounds the TIN of a level, mm. */
export interface LevelRule {
  readonly bound: number
  readonly side: number
  readonly maxTriangles: number
}

interface Rule extends LevelRule {
  readonly square: number
}

/** A TIN of the joined vertices, with the joined vertex of each of its own. */
export interface LevelTin {
  readonly tin: Tin
  readonly vertexOf: Int32Array
}

/** Such a TIN, and where it is too far from the joined triangles. */
interface Coarse extends LevelTin {
  readonly largest: number
  readonly beyond: Int32Array
}

/**
 * The TIN at the bound; where edges of both fields cross farther apart than twice that, the finer edge is forced into the coarser field, which is made anew, a few times. Greedy insertion looks
 * at vertices alone: it keeps those of a wall and joins them to others, so that the wall becomes a ramp; and on a steep bank an edge that lies a little aside is far off in height.
 */
const refine = (joined: JoinedMeshes, border: SimplifiedBorder, rule: Rule): Coarse => {
  const outer = outerVertices(joined)
  const inner = innerVertices(joined)
  const paths = edgePaths(joined)
  let last = coarserTin(joined, paths, { vertices: border.vertices, border: border.edges, candidates: inner }, rule)
  let best = last
  const kept = new KeptEdges(border, outer)
  const rounds = rule.side < EXACT_SIDE ? ROUNDS : 0
  for (let round = 0; round < rounds && last.tin.maxError <= rule.bound; round++) {
    if (!kept.add(last.beyond)) break
    last = coarserTin(joined, paths, kept.start(inner), rule)
    if (last.largest < best.largest) best = last
  }
  return best
}

/** The border and the edges of the finer field that the coarser one has to have. */
class KeptEdges {
  private readonly outer: Uint8Array
  private readonly border: Int32Array
  private readonly vertices: number[]
  /** Place of a joined vertex in `vertices`; −1: not in. */
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

  /** Takes edges in, as pairs of vertices; false where nothing is new. Vertices that the border's rule left out lie on its edges and must not come back: of their edges the other end goes in alone. */
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
 * What the TIN of a level starts from: fixed vertices, edges as pairs of places among them, and
 * the other vertices that may go in.
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
const outerVertices = ({ x, border }: JoinedMeshes): Uint8Array => {
  const outer = new Uint8Array(x.length)
  for (const v of border) outer[v] = 1
  return outer
}

/** Joined vertices that are not on the border of the union. */
export const innerVertices = (joined: JoinedMeshes): Int32Array => {
  const outer = outerVertices(joined)
  return Int32Array.from(outer.keys()).filter((v) => outer[v] === 0)
}

/** Owners by the water body of a child under each triangle's centre. The children's triangles come in the order of `joined`. */
const waterOwners = (
  children: readonly Mesh[],
  joined: JoinedMeshes,
  positions: Int32Array,
  triangles: Uint32Array,
): Required<Pick<Mesh, "owners" | "objects">> => {
  const { objects, offsets } = joinObjects(children.map((child) => child.objects ?? groundObjects))
  const rows = new Uint32Array(joined.triangles.length / 3)
  const water: number[] = []
  let at = 0
  children.forEach((child, c) => {
    for (let t = 0; t < child.triangles.length / 3; t++, at++) {
      const own = child.owners?.[t] ?? 0
      if (own === 0 || objects.classes[own + offsets[c]!] !== WATER) continue
      rows[at] = own + offsets[c]!
      water.push(at)
    }
  })
  const owners = new Uint32Array(triangles.length / 3)
  if (water.length > 0) {
    const lookup = new HeightLookup(joined, water)
    for (let t = 0; t < owners.length; t++) {
      const centre = (axis: number): number =>
        (positions[3 * triangles[3 * t] + axis] +
          positions[3 * triangles[3 * t + 1] + axis] +
          positions[3 * triangles[3 * t + 2] + axis]) /
        3
      const found = lookup.triangleAt(centre(0), centre(1))
      if (found >= 0) owners[t] = rows[found]
    }
  }
  return keepRows(objects, owners)
}
