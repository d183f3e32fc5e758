/**
 * Error-bounded TIN by greedy insertion: the surface of `mesh.surface`, of decks and of coarser
 * levels. Its loop also runs in WebAssembly (`wasm/greedy.ts`).
 */
import { previousEdge } from "../../engine/core/geometry/triangles.js"
import { CandidateGrid, type Facet } from "./candidate-grid.js"
import { grown } from "./half-edge-mesh.js"
import { Triangulation } from "./triangulation.js"
import { type CoreStart, type CoreTin, type GreedyCore, preparedGreedyCore } from "./wasm/greedy.js"

/**
 * Subtracted from the bound: a distance computed from another corner of the triangle must not
 * exceed it.
 */
const ROUNDING = 1e-6

const noFacet: Facet = {
  px: 0,
  py: 0,
  pz: 0,
  ax: 0,
  ay: 0,
  az: 0,
  bx: 0,
  by: 0,
  bz: 0,
  openPA: false,
  openAB: false,
  openBP: false,
}

/**
 * Share of the bound below which a triangle ignores its worst candidate, which would never be
 * inserted.
 */
const NEAR_BOUND = 0.98

/** Input of {@link greedyTin}. All lengths in one unit (mm), integers below 2^31. */
export interface TinInput {
  /** Corners of a box that contains everything. */
  readonly box: readonly [minX: number, minY: number, maxX: number, maxY: number]
  /**
   * Vertices that the TIN must have, in any order, without duplicates, those of the border
   * included.
   */
  readonly fixed: { readonly x: Int32Array; readonly y: Int32Array; readonly z: Int32Array }
  /**
   * Directed edges of the border as pairs of fixed vertices, the surface on their left. Several
   * loops are allowed. Fixed vertices on an edge split it. An edge in both directions lies inside
   * the surface and stays whatever is inserted beside it: no candidate may lie on it.
   */
  readonly border: Int32Array
  /** Candidates, without duplicates and none at a fixed vertex. */
  readonly candidates: { readonly x: Int32Array; readonly y: Int32Array; readonly z: Int32Array }
  /** Largest vertical distance allowed for candidates inside the border. */
  readonly maxError: number
  /** Insertion stops there even if the bound is not met. */
  readonly maxTriangles?: number
}

/** A triangulated surface over points of a {@link TinInput}. */
export interface Tin {
  /**
   * For each vertex its index in the input: `i` for fixed vertex i, `fixed.length + i` for
   * candidate i.
   */
  readonly vertices: Int32Array
  /** Counter-clockwise vertex triples. */
  readonly triangles: Uint32Array
  /** Largest vertical distance from a candidate inside the border to the surface. */
  readonly maxError: number
  /**
   * Number of candidates inside the border, and the root mean square of their distances (0 without
   * any). Call it before the next TIN is made, which may reuse the memory.
   *
   * @throws Error if it did
   */
  statistics(): { readonly inside: number; readonly rmsError: number }
}

/**
 * Error-bounded TIN by greedy insertion: inserts the candidate with the largest vertical error
 * until all are within `maxError`. Each triangle knows its worst candidate. An insertion measures
 * only the star of triangles that it changes, over a grid of the candidates (`CandidateGrid`).
 * Among equals the first candidate is inserted. The result depends on nothing else.
 *
 * The loop runs in WebAssembly if `prepareGreedyCore` was called and the numbers fit. Limits in
 * millimetres: 67 km in plan, 16 km of height, 7 million places. Otherwise the reference
 * implementation in this file runs; both give the same bits.
 *
 * Time about n log n. Memory besides the input: 13 bytes a candidate (21 here), 56 bytes a triangle
 * (46 here).
 *
 * Source: Garland and Heckbert, "Fast polygonal approximation of terrains and height fields", 1995
 * (algorithm III).
 *
 * @param core runs the loop; null: the reference implementation
 */
export const greedyTin = (input: TinInput, core: GreedyCore | null = preparedGreedyCore()): Tin => {
  const maxError = Math.max(0, input.maxError - ROUNDING)
  const maxTriangles = input.maxTriangles ?? Number.POSITIVE_INFINITY
  if (core?.takes(input) === true) {
    // The core has its own arrays: these only need room for the fixed vertices.
    const start = startTin(input, 64 + input.fixed.x.length)
    return coreTin(input, start, core.refine(coreStart(input, start), maxError, maxTriangles))
  }
  const surface = new GreedySurface(
    input,
    startTin(input, 64 + 2 * input.fixed.x.length + (input.candidates.x.length >> 3)),
  )
  surface.refine(maxError, maxTriangles)
  return surface.result()
}

/** The fixed vertices, triangulated and cut along the border. */
interface TinStart {
  readonly mesh: Triangulation
  /** Height of each vertex, and its index in the input. */
  readonly z: Int32Array<ArrayBuffer>
  readonly place: Int32Array<ArrayBuffer>
  /** 1 for triangles on the left of the border. */
  readonly within: Uint8Array
}

const startTin = ({ fixed, box, border }: TinInput, vertexEstimate: number): TinStart => {
  const mesh = new Triangulation(box[0], box[1], box[2], box[3], vertexEstimate)
  const z = new Int32Array(mesh.x.length)
  const place = new Int32Array(mesh.x.length).fill(-1)
  const vertexOf = new Int32Array(fixed.x.length)
  let triangle = 0
  for (let i = 0; i < fixed.x.length; i++) {
    triangle = mesh.locate(fixed.x[i], fixed.y[i], triangle)
    const vertex = mesh.insert(fixed.x[i], fixed.y[i], triangle)
    triangle = (mesh.edgeFrom(vertex) / 3) | 0
    vertexOf[i] = vertex
    z[vertex] = fixed.z[i]
    place[vertex] = i
  }
  return { mesh, z, place, within: closeBorder(mesh, border, vertexOf) }
}

const coreStart = (input: TinInput, { mesh, z, place, within }: TinStart): CoreStart => ({
  box: input.box,
  candidates: input.candidates,
  vertices: { x: mesh.x, y: mesh.y, z, place, count: mesh.vertexCount },
  offset: input.fixed.x.length,
  triangles: { corners: mesh.corners, twins: mesh.twins, count: mesh.triangleCount },
  within,
})

const coreTin = (input: TinInput, { within }: TinStart, tin: CoreTin): Tin => {
  const { corners, vertices, vertexCount, triangleCount, maxError } = tin
  return {
    ...clipTriangles({ corners, stride: 8, triangleCount, vertexCount, within }, (v) => vertices[4 * v + 3]),
    maxError,
    statistics: () => {
      const { squaredSum, count } = tin.statistics()
      let inserted = 0
      for (let v = 0; v < vertexCount; v++) if (vertices[4 * v + 3] >= input.fixed.x.length) inserted++
      return statisticsOf(squaredSum, count + inserted)
    },
  }
}

const statisticsOf = (squares: number, count: number): { inside: number; rmsError: number } => ({
  inside: count,
  rmsError: count === 0 ? 0 : Math.sqrt(squares / count),
})

/** The triangles inside the border, with the used vertices renumbered in order of insertion. */
const clipTriangles = (
  all: {
    readonly corners: Int32Array
    /** The corners of triangle t begin at `stride · t`. */
    readonly stride: number
    readonly triangleCount: number
    readonly vertexCount: number
    readonly within: Uint8Array
  },
  placeOf: (vertex: number) => number,
): Pick<Tin, "vertices" | "triangles"> => {
  const { corners, stride, triangleCount, vertexCount, within } = all
  const used = new Int32Array(vertexCount).fill(-1)
  let count = 0
  const isInside = (t: number): boolean => t >= within.length || within[t] === 1
  for (let t = 0; t < triangleCount; t++) {
    if (!isInside(t)) continue
    count++
    for (let e = stride * t; e < stride * t + 3; e++) used[corners[e]] = 0
  }
  const vertices = new Int32Array(vertexCount)
  let usedCount = 0
  for (let v = 0; v < vertexCount; v++) {
    if (used[v] < 0) continue
    used[v] = usedCount
    vertices[usedCount++] = placeOf(v)
  }
  const triangles = new Uint32Array(3 * count)
  let at = 0
  for (let t = 0; t < triangleCount; t++) {
    if (!isInside(t)) continue
    for (let e = stride * t; e < stride * t + 3; e++) triangles[at++] = used[corners[e]]
  }
  return { vertices: vertices.slice(0, usedCount), triangles }
}

class GreedySurface {
  private readonly mesh: Triangulation
  private readonly input: TinInput
  private z: Int32Array<ArrayBuffer>
  private place: Int32Array<ArrayBuffer>
  private readonly within: Uint8Array
  private readonly grid: CandidateGrid
  private readonly facet: Facet = { ...noFacet }
  /** Worst candidate of a triangle and its error. */
  private worst: Int32Array<ArrayBuffer>
  private error: Float64Array<ArrayBuffer>
  /** Binary heap of triangles, largest error on top, and each triangle's place in it (−1: none). */
  private heap: Int32Array<ArrayBuffer>
  private slot: Int32Array<ArrayBuffer>
  private size = 0
  /** True if differences are below 2^26, where a plain determinant is exact. */
  private readonly exact: boolean

  constructor(input: TinInput, { mesh, z, place, within }: TinStart) {
    const { candidates, box } = input
    this.input = input
    this.mesh = mesh
    this.z = z
    this.place = place
    this.within = within
    this.exact = Math.max(box[2] - box[0], box[3] - box[1]) < 2 ** 26
    this.grid = new CandidateGrid(candidates.x, candidates.y, candidates.z, box)
    const capacity = (mesh.corners.length / 3) | 0
    this.worst = new Int32Array(capacity).fill(-1)
    this.error = new Float64Array(capacity)
    this.heap = new Int32Array(capacity)
    this.slot = new Int32Array(capacity).fill(-1)
  }

  /** Inserts until every candidate is within the bound or the triangles reach their limit. */
  refine(maxError: number, maxTriangles: number): void {
    const { mesh, grid } = this
    const floor = NEAR_BOUND * maxError
    const offset = this.input.fixed.x.length
    for (let t = 0; t < this.within.length; t++) {
      if (this.within[t] === 0) continue
      this.measure(t, floor)
      this.enter(t)
    }
    while (this.size > 0 && this.error[this.heap[0]] > maxError && mesh.triangleCount < maxTriangles) {
      const candidate = this.worst[this.heap[0]]
      const x = grid.xOf(candidate)
      const y = grid.yOf(candidate)
      // If differences are not exact, a candidate near an edge may belong to the next triangle.
      const triangle = this.exact ? this.heap[0] : mesh.locate(x, y, this.heap[0])
      const vertex = mesh.insert(x, y, triangle)
      this.grow()
      this.z[vertex] = grid.zOf(candidate)
      this.place[vertex] = offset + grid.placeOf(candidate)
      // The changed triangles are the star of the new vertex.
      const start = mesh.edgeFrom(vertex)
      let e = start
      do {
        // Withdrawn under its old error: the heap must be in order whenever one moves.
        this.withdraw((e / 3) | 0)
        e = mesh.twins[previousEdge(e)]
      } while (e !== start)
      do {
        this.measure((e / 3) | 0, floor)
        this.enter((e / 3) | 0)
        e = mesh.twins[previousEdge(e)]
      } while (e !== start)
    }
  }

  /** The part inside the border. */
  result(): Tin {
    const { mesh, within, place } = this
    const { corners, vertexCount, triangleCount } = mesh
    return {
      ...clipTriangles({ corners, stride: 3, triangleCount, vertexCount, within }, (v) => place[v]),
      maxError: this.size > 0 ? this.error[this.heap[0]] : this.largestError(),
      statistics: () => this.statistics(),
    }
  }

  /**
   * The largest distance when the heap is empty: each triangle is searched only for a larger one
   * than any so far.
   */
  private largestError(): number {
    let largest = 0
    for (let t = 0; t < this.mesh.triangleCount; t++) {
      if (t < this.within.length && this.within[t] === 0) continue
      this.measure(t, largest)
      if (this.worst[t] >= 0) largest = this.error[t]
    }
    return largest
  }

  private statistics(): { inside: number; rmsError: number } {
    const { mesh, facet, within, grid } = this
    // Inserted candidates are counted here, the others by the triangle that contains them.
    const sums = { squares: 0, count: 0 }
    for (let v = 0; v < mesh.vertexCount; v++) if (this.place[v] >= this.input.fixed.x.length) sums.count++
    for (let t = 0; t < mesh.triangleCount; t++) {
      if (t < within.length && within[t] === 0) continue
      this.readFacet(t)
      // An edge between two triangles belongs to the one of the lower number.
      facet.openPA = mesh.twins[3 * t] < 3 * t
      facet.openAB = mesh.twins[3 * t + 1] < 3 * t + 1
      facet.openBP = mesh.twins[3 * t + 2] < 3 * t + 2
      grid.statistics(facet, sums)
    }
    return statisticsOf(sums.squares, sums.count)
  }

  /** Reads a triangle's corners and which of its edges lie on the border. */
  private readFacet(t: number): void {
    const { mesh, z, facet } = this
    const { corners, twins, x, y } = mesh
    const e = 3 * t
    const p = corners[e]
    const a = corners[e + 1]
    const b = corners[e + 2]
    facet.px = x[p]
    facet.py = y[p]
    facet.pz = z[p]
    facet.ax = x[a]
    facet.ay = y[a]
    facet.az = z[a]
    facet.bx = x[b]
    facet.by = y[b]
    facet.bz = z[b]
    facet.openPA = twins[e] < 0
    facet.openAB = twins[e + 1] < 0
    facet.openBP = twins[e + 2] < 0
  }

  /** Finds a triangle's worst candidate. */
  private measure(t: number, floor: number): void {
    this.readFacet(t)
    const { facet, grid } = this
    grid.findWorst(facet, floor)
    const worst = grid.worst
    this.worst[t] = worst
    this.error[t] = grid.largest
    if (worst < 0) return
    const x = grid.xOf(worst)
    const y = grid.yOf(worst)
    // The worst is a vertex of the triangle, whose distance is only rounding.
    if (
      (x === facet.px && y === facet.py) ||
      (x === facet.ax && y === facet.ay) ||
      (x === facet.bx && y === facet.by)
    ) {
      this.worst[t] = -1
      this.error[t] = 0
    }
  }

  /** Makes room for what an insertion added. */
  private grow(): void {
    const triangles = (this.mesh.corners.length / 3) | 0
    if (triangles > this.worst.length) {
      const length = this.worst.length
      this.worst = grown(this.worst, triangles).fill(-1, length)
      this.slot = grown(this.slot, triangles).fill(-1, length)
      this.heap = grown(this.heap, triangles)
      const error = new Float64Array(triangles)
      error.set(this.error)
      this.error = error
    }
    if (this.mesh.x.length > this.z.length) {
      this.z = grown(this.z, this.mesh.x.length)
      this.place = grown(this.place, this.mesh.x.length)
    }
  }

  /** Puts a triangle into the heap, if it has a candidate. */
  private enter(t: number): void {
    if (this.worst[t] < 0) return
    this.heap[this.size] = t
    this.slot[t] = this.size
    this.sift(this.size++)
  }

  /** Takes a triangle out of the heap, if it is in. */
  private withdraw(t: number): void {
    const at = this.slot[t]
    if (at < 0) return
    this.slot[t] = -1
    const last = this.heap[--this.size]
    if (last === t) return
    this.heap[at] = last
    this.slot[last] = at
    this.sift(at)
  }

  private before(a: number, b: number): boolean {
    return (
      this.error[a] > this.error[b] ||
      (this.error[a] === this.error[b] && this.grid.placeOf(this.worst[a]) < this.grid.placeOf(this.worst[b]))
    )
  }

  private sift(start: number): void {
    const { heap, slot } = this
    const t = heap[start]
    let at = start
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.before(t, heap[parent])) break
      heap[at] = heap[parent]
      slot[heap[at]] = at
      at = parent
    }
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.size) break
      if (child + 1 < this.size && this.before(heap[child + 1], heap[child])) child++
      if (!this.before(heap[child], t)) break
      heap[at] = heap[child]
      slot[heap[at]] = at
      at = child
    }
    heap[at] = t
    slot[t] = at
  }
}

/**
 * Makes the border's edges edges of the mesh and cuts the mesh along them, since an edge without a
 * twin never flips. Returns 1 for each triangle inside.
 */
const closeBorder = (mesh: Triangulation, border: Int32Array, vertexOf: Int32Array): Uint8Array => {
  const sides: number[] = []
  for (let i = 0; i < border.length; i += 2) sides.push(vertexOf[border[i]], vertexOf[border[i + 1]], 0)
  const { regions, isSide } = mesh.fillRegions(sides)
  const within = Uint8Array.from(regions, (region) => region + 1)
  for (let e = 0; e < 3 * mesh.triangleCount; e++) {
    const twin = mesh.twins[e]
    if (twin < e) continue
    const isInner = isSide[e] === 1 && isSide[twin] === 1
    if (!isInner && within[(e / 3) | 0] === within[(twin / 3) | 0]) continue
    mesh.twins[e] = -1
    mesh.twins[twin] = -1
  }
  mesh.restoreIn(within)
  return within
}
