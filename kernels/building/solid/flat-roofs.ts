/**
 * Solids with flat roofs beside LoD2.2: LoD1.2, one height a building, and LoD1.3, one height for
 * each of its parts.
 */
import { nextHalfEdges, originOf } from "../../geometry/planar-graph.js"
import { UnionFind } from "../../geometry/union-find.js"
import { percentile70 } from "../block/points.js"
import { faceRings, mergePieces, sideOf } from "../roof/plan.js"
import { heightKey, type RaisedRoof } from "../roof/raise.js"
import { type BuiltBlock, type BuiltSolid, footHeights, leastHeight, solidParts, soundSolids } from "./build-block.js"
import { extrudeRoof } from "./extrude-roof.js"
import { solidFault } from "./polyhedron.js"

/** A closed solid with flat roofs. */
export interface FlatSolid extends BuiltSolid {
  readonly lod: "1.2" | "1.3"
}

/** Neighbouring parts of LoD1.3 differ by more, mm: the step of 3D BAG. */
const leastStep = 2000
/** Vertices nearer to a straight line are left out, mm: a step of the roof's lattice. */
const straight = 0.1

/**
 * LoD1.2 and LoD1.3 of a block with LoD2.2, with its outlines and floor. A roof is as high as the
 * 70th percentile of its points, as in 3D BAG, and at least 0.1 m above the ground at its walls. A
 * parapet belongs to its roof, without its points.
 * LoD1.3 joins the faces of LoD2.2 in each building, those of the least difference first, until
 * neighbours differ by more than 2 m; further where the solid would touch itself.
 *
 * Time: O(f · e) in faces and edges of the plan.
 *
 * @param heights sorted heights of the points over each face of the roof
 */
export const flatSolids = (built: BuiltBlock, heights: readonly Int32Array[]): FlatSolid[] => {
  if (built.lod !== "2.2") return []
  const parts = new RoofParts(built, heights)
  while (parts.join(leastStep));
  const stepped = raisedSolids(parts, built.block.footprint.levelMm)
  while (parts.join(Number.POSITIVE_INFINITY));
  const flat = raisedSolids(parts, built.block.footprint.levelMm)
  return [
    ...flat.map((solid) => ({ ...solid, lod: "1.2" as const })),
    ...stepped.map((solid) => ({ ...solid, lod: "1.3" as const })),
  ]
}

/** The solid of each building, of parts that are joined until it is sound. */
const raisedSolids = (parts: RoofParts, floor: number): BuiltSolid[] => {
  for (;;) {
    const roof = parts.roof()
    const solids = solidParts(roof.plan).map(({ member, faces }) => {
      const polyhedron = extrudeRoof(roof, { floor }, faces)
      return { member, polyhedron: polyhedron && !solidFault(polyhedron) ? polyhedron : undefined }
    })
    const bad = solids.find(({ polyhedron }) => polyhedron === undefined)
    if (bad === undefined) return solids as BuiltSolid[]
    if (parts.join(Number.POSITIVE_INFINITY, bad.member)) continue
    // The outline touches itself; LoD2.2 is then one solid a face too.
    const faces = parts.faces()
    return solidParts(faces.plan).flatMap((part) => soundSolids(faces, part, floor, []))
  }
}

/** Faces of a roof, joined step by step to parts with one height each. */
class RoofParts {
  private readonly roofOf: RaisedRoof
  private readonly corners: number
  private readonly points: readonly Int32Array[]
  private readonly parent: Int32Array
  /** Of each part, by its first face: its faces, and the least and the present height, mm. */
  private readonly faceLists: number[][]
  private readonly least: Float64Array
  private readonly height: Float64Array

  constructor({ block, roof, planes }: BuiltBlock, points: readonly Int32Array[]) {
    const foot = footHeights(block, roof.plan)
    this.roofOf = roof
    this.corners = block.lines.length
    const roofUnder = roof.plan.label.map((label) => planes[label].parapetOf)
    this.points = points.map((own, face) => (roofUnder[face] === undefined ? own : new Int32Array(0)))
    this.parent = UnionFind.make(roof.rings.length)
    this.faceLists = roof.rings.map((_, face) => [face])
    this.least = Float64Array.from(roof.rings, (rings) => {
      const ground = rings.flat().map((h) => foot[originOf(roof.plan, h)])
      return ground.reduce((most, z) => Math.max(most, z)) + leastHeight
    })
    this.height = this.least.map((_, face) => this.computeHeight(face))
    roofUnder.forEach((face, parapet) => {
      if (face !== undefined) this.unite(parapet, face)
    })
  }

  /**
   * Joins the neighbours in a building that differ least in height; false if they differ by more
   * than `limit`.
   *
   * @param member only parts of this building; default: of any
   */
  join(limit: number, member?: number): boolean {
    const { left, right, member: members } = this.roofOf.plan
    let [step, from, to] = [limit, -1, -1]
    for (let e = 0; e < left.length; e++) {
      if (left[e] < 0 || right[e] < 0 || members[left[e]] !== members[right[e]]) continue
      if (member !== undefined && members[left[e]] !== member) continue
      const [a, b] = [UnionFind.find(this.parent, left[e]), UnionFind.find(this.parent, right[e])]
      const own = Math.abs(this.height[a] - this.height[b])
      if (a !== b && (own < step || (from < 0 && own <= step))) [step, from, to] = [own, a, b]
    }
    if (from < 0) return false
    this.unite(from, to)
    return true
  }

  private unite(from: number, to: number): void {
    const [a, b] = [UnionFind.find(this.parent, from), UnionFind.find(this.parent, to)]
    UnionFind.unite(this.parent, a, b)
    const part = UnionFind.find(this.parent, a)
    this.faceLists[part] = [...this.faceLists[a], ...this.faceLists[b]]
    this.least[part] = Math.max(this.least[a], this.least[b])
    this.height[part] = this.computeHeight(part)
  }

  /** Each part as one face. */
  roof(): RaisedRoof {
    const { plan } = this.roofOf
    const left = Int32Array.from({ length: 2 * plan.from.length }, (_, h) => sideOf(plan, h))
    const joined = mergePieces(plan, left, this.labels(), plan.member, this.corners, straight)
    const next = nextHalfEdges(joined)
    return this.raise({ plan: joined, next, rings: faceRings(joined, next) ?? [] })
  }

  /** The faces, at the heights of their parts. */
  faces(): RaisedRoof {
    const { plan, next, rings } = this.roofOf
    return this.raise({ plan: { ...plan, label: this.labels() }, next, rings })
  }

  private labels(): number[] {
    return this.roofOf.rings.map((_, face) => UnionFind.find(this.parent, face))
  }

  private raise(drawn: Omit<RaisedRoof, "heights">): RaisedRoof {
    const { plan, rings } = drawn
    const heights = new Map<number, number>()
    rings.forEach((cycles, face) => {
      for (const h of cycles.flat()) heights.set(heightKey(face, originOf(plan, h)), this.height[plan.label[face]])
    })
    return { ...drawn, heights }
  }

  /** Height of a part by its points, or by its vertices where it has none. */
  private computeHeight(part: number): number {
    const faces = this.faceLists[part]
    const own = percentile70(faces.map((face) => this.points[face]))
    const top = Number.isNaN(own) ? percentile70(faces.map((face) => this.vertexHeights(face))) : own
    return Math.max(top, Math.ceil(this.least[part]))
  }

  private vertexHeights(face: number): Int32Array {
    const { plan, rings, heights } = this.roofOf
    const own = rings[face].flat().map((h) => heights.get(heightKey(face, originOf(plan, h))) ?? 0)
    return Int32Array.from(own, Math.round).sort()
  }
}
