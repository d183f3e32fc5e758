/** Removes thin triangles from a closed mesh: flips long edges, collapses others. */
import { triangleNormal } from "../../core/geometry/triangles.js"
import type { OwnedMesh } from "./owned-mesh.js"

type Corners = readonly [number, number, number]

/** How far a vertex may lie from planes around it, in thicknesses: farther for the last ones. */
const REACHES = [2, 4, 8]

/**
 * Removes triangles lower than `least`, metres. Flips a thin triangle's longest edge, or else
 * collapses an edge whose end lies within twice `least` of the planes around the other end. Both
 * need triangles that face the same way as before and are higher than the thin one. Repeats until
 * nothing changes, for the last ones within four and eight times `least`. The surface moves by no
 * more than that, and stays closed. O(n) memory.
 */
export const withoutThin = (mesh: OwnedMesh, least: number) => {
  const edges = new ClosedEdges(mesh)
  let thin = edges.thin(least)
  for (const most of REACHES) {
    for (let changed = true; changed; thin = edges.thin(least)) {
      changed = false
      for (const t of thin) {
        if (!edges.isThin(t, least)) continue
        if (edges.flip(t) || edges.collapse(t, most * least)) changed = true
      }
    }
  }
  return { ...edges.mesh(), thinTriangles: thin.length }
}

/** Triangles of a closed mesh by their directed edges. */
class ClosedEdges {
  private readonly positions: Float64Array
  private readonly triangles: Uint32Array
  private readonly owners: Uint32Array
  private readonly vertices: number
  private readonly removed = new Set<number>()
  /** Triangle of each edge a → b, by a · vertices + b. */
  private readonly edges = new Map<number, number>()

  constructor({ positions, triangles, owners }: OwnedMesh) {
    this.positions = positions
    this.triangles = triangles.slice()
    this.owners = owners.slice()
    this.vertices = positions.length / 3
    for (let t = 0; t < owners.length; t++) this.enter(t)
  }

  thin(least: number): number[] {
    return [...this.owners.keys()].filter((t) => this.isThin(t, least))
  }

  isThin(t: number, least: number): boolean {
    return !this.removed.has(t) && this.height(this.corners(t)) < least
  }

  /** Flips the longest edge of a triangle; false where it cannot. */
  flip(t: number): boolean {
    const [a, b] = this.sortEdges(t)[2]!
    const other = this.triangleAt(b, a)
    if (other === undefined) return false
    const apexOf = (own: number): number => this.corners(own).find((v) => v !== a && v !== b) ?? a
    const [apex, far] = [apexOf(t), apexOf(other)]
    if (far === apex || this.triangleAt(apex, far) !== undefined || this.triangleAt(far, apex) !== undefined)
      return false
    const lower = Math.min(this.height([a, b, apex]), this.height([b, a, far]))
    const after = [
      [apex, a, far],
      [far, b, apex],
    ] as const
    if (!after.every((corners) => this.isBetter(corners, [b, a, far], lower))) return false
    this.leave(t)
    this.leave(other)
    this.triangles.set(after[0], 3 * t)
    this.triangles.set(after[1], 3 * other)
    this.owners[t] = this.owners[other]!
    this.enter(t)
    this.enter(other)
    return true
  }

  /** Collapses one of a triangle's edges, the shortest first; false where none can be. */
  collapse(t: number, most: number): boolean {
    return this.sortEdges(t).some(([a, b]) => this.collapseTo(t, a, b, most) || this.collapseTo(t, b, a, most))
  }

  private collapseTo(t: number, stays: number, goes: number, most: number): boolean {
    const lower = this.height(this.corners(t))
    const fan = this.fan(goes, t)
    if (!fan.every((own) => this.distance(stays, this.corners(own)) <= most)) return false
    if (!this.borderEnds(goes, fan).every((v) => v === stays || this.distanceToLine(goes, stays, v) <= 5 * most))
      return false
    const around = new Set(this.fan(stays, t).flatMap((own) => [...this.corners(own)]))
    const common = new Set(fan.flatMap((own) => [...this.corners(own)]).filter((v) => around.has(v)))
    // Both ends and the two vertices across the edge: else the mesh would meet itself.
    if (common.size !== 4) return false
    const gone = fan.filter((own) => this.corners(own).includes(stays))
    const moved = fan.filter((own) => !gone.includes(own))
    const after = moved.map((own) => this.corners(own).map((v) => (v === goes ? stays : v)) as unknown as Corners)
    if (!after.every((corners, k) => this.isBetter(corners, this.corners(moved[k]!), lower))) return false
    for (const own of fan) this.leave(own)
    for (const own of gone) this.removed.add(own)
    for (const [k, own] of moved.entries()) {
      this.triangles.set(after[k]!, 3 * own)
      this.enter(own)
    }
    return true
  }

  mesh(): OwnedMesh {
    const left = [...this.owners.keys()].filter((t) => !this.removed.has(t))
    const numbers = new Map<number, number>()
    const triangles = new Uint32Array(3 * left.length)
    for (let i = 0; i < triangles.length; i++) {
      const v = this.triangles[3 * left[Math.floor(i / 3)]! + (i % 3)]!
      const number = numbers.get(v) ?? numbers.size
      numbers.set(v, number)
      triangles[i] = number
    }
    const positions = new Float64Array(3 * numbers.size)
    for (const [v, number] of numbers) positions.set(this.positions.subarray(3 * v, 3 * v + 3), 3 * number)
    return { positions, triangles, owners: Uint32Array.from(left, (t) => this.owners[t]!) }
  }

  private corners(t: number): Corners {
    return [this.triangles[3 * t]!, this.triangles[3 * t + 1]!, this.triangles[3 * t + 2]!]
  }

  private edgesAround(t: number): [from: number, to: number][] {
    const [a, b, c] = this.corners(t)
    return [
      [a, b],
      [b, c],
      [c, a],
    ]
  }

  /** Edges of a triangle, the shortest first. */
  private sortEdges(t: number): [a: number, b: number][] {
    return this.edgesAround(t).sort((one, other) => this.length(...one) - this.length(...other))
  }

  private triangleAt(a: number, b: number): number | undefined {
    return this.edges.get(a * this.vertices + b)
  }

  private enter(t: number): void {
    for (const [from, to] of this.edgesAround(t)) this.edges.set(from * this.vertices + to, t)
  }

  private leave(t: number): void {
    for (const [from, to] of this.edgesAround(t)) this.edges.delete(from * this.vertices + to)
  }

  /** Triangles around a vertex of a triangle, from that one on. */
  private fan(v: number, first: number): number[] {
    const found: number[] = []
    for (let t: number | undefined = first; t !== undefined && t !== found[0]; ) {
      found.push(t)
      const corners: Corners = this.corners(t)
      t = this.triangleAt(v, corners[(corners.indexOf(v) + 2) % 3]!)
    }
    return found
  }

  /** True where a triangle is higher than `lower` and faces the side of another. */
  private isBetter(corners: Corners, like: Corners, lower: number): boolean {
    const own = triangleNormal(this.positions, ...corners)
    const other = triangleNormal(this.positions, ...like)
    return this.height(corners) > lower && own.reduce((sum, value, k) => sum + value * other[k]!, 0) > 0
  }

  private length(a: number, b: number): number {
    const p = this.positions
    return Math.hypot(p[3 * a]! - p[3 * b]!, p[3 * a + 1]! - p[3 * b + 1]!, p[3 * a + 2]! - p[3 * b + 2]!)
  }

  /** Ends of the edges of a vertex on whose sides there are different objects. */
  private borderEnds(v: number, fan: readonly number[]): number[] {
    return fan.flatMap((own) => {
      const corners = this.corners(own)
      const end = corners[(corners.indexOf(v) + 1) % 3]!
      const other = this.triangleAt(end, v)
      return other !== undefined && this.owners[other] === this.owners[own] ? [] : [end]
    })
  }

  private distanceToLine(v: number, a: number, b: number): number {
    return Math.hypot(...triangleNormal(this.positions, v, a, b)) / this.length(a, b)
  }

  /** Distance of a vertex to the plane of a triangle, metres; 0 for a triangle without area. */
  private distance(v: number, corners: Corners): number {
    const normal = triangleNormal(this.positions, ...corners)
    const size = Math.hypot(...normal)
    const [p, a] = [this.positions, corners[0]]
    const along = normal.reduce((sum, value, k) => sum + value * (p[3 * v + k]! - p[3 * a + k]!), 0)
    return size === 0 ? 0 : Math.abs(along) / size
  }

  /** The smallest height of a triangle, metres. */
  private height([a, b, c]: Corners): number {
    const longest = Math.max(this.length(a, b), this.length(b, c), this.length(c, a))
    return Math.hypot(...triangleNormal(this.positions, a, b, c)) / longest
  }
}
