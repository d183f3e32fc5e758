import { nextEdge, orientation, previousEdge, Triangulation } from "./triangulation.js"

/** Kept below the bound, so that a distance computed from another corner of its triangle does not pass it. */
const ROUNDING = 1e-6

/** What {@link greedyTin} starts from. All lengths in one unit (mm), integers below 2^31. */
export interface TinInput {
  /** Corners of a box that holds everything. */
  readonly box: readonly [minX: number, minY: number, maxX: number, maxY: number]
  /** Vertices that are kept, in any order, no two at one place: those of the border among them. */
  readonly fixed: { readonly x: Int32Array; readonly y: Int32Array; readonly z: Int32Array }
  /** Directed edges of the border as pairs of fixed vertices, the surface on their left. Several loops are allowed. */
  readonly border: Int32Array
  /** Candidates, no two at one place and none at a fixed vertex. */
  readonly candidates: { readonly x: Int32Array; readonly y: Int32Array; readonly z: Int32Array }
  /** Vertical bound that every candidate inside the border must meet. */
  readonly maxError: number
  /** Stops there even if the bound is not met. */
  readonly maxTriangles?: number
}

/** A triangulated surface over the places of a {@link TinInput}. */
export interface Tin {
  /** For each vertex its place in the input: `i` for fixed vertex i, `fixed.length + i` for candidate i. */
  readonly vertices: Int32Array
  /** Counter-clockwise vertex triples. */
  readonly triangles: Uint32Array
  /** Largest vertical distance from a candidate inside the border to the surface. */
  readonly maxError: number
  /** Root mean square of those distances; 0 without candidates. */
  readonly rmsError: number
  /** Candidates inside the border. */
  readonly inside: number
}

/**
 * Error-bounded TIN by greedy insertion: the candidate with the largest vertical error goes in next, until all are within
 * `maxError`. Each triangle keeps the list of its candidates and its worst one; an insertion re-sorts only the lists
 * of the star of triangles that it changes. Ties: the candidate that comes first. The result depends on nothing else.
 *
 * Source: Garland and Heckbert, "Fast polygonal approximation of terrains and height fields", 1995 (algorithm III).
 * Time about n log n; memory 16 bytes a candidate beside the input, 50 bytes a triangle.
 */
export const greedyTin = (input: TinInput): Tin => {
  const surface = new GreedySurface(input)
  surface.assign()
  surface.refine(Math.max(0, input.maxError - ROUNDING), input.maxTriangles ?? Number.POSITIVE_INFINITY)
  return surface.result()
}

class GreedySurface {
  private readonly mesh: Triangulation
  private readonly input: TinInput
  /** Height of each vertex, and its place in the input. */
  private z: Int32Array<ArrayBuffer>
  private place: Int32Array<ArrayBuffer>
  /** 1 for triangles on the left of the border. */
  private readonly within: Uint8Array
  /** Candidate lists: first of a triangle, next of a candidate; −1 ends. */
  private first: Int32Array<ArrayBuffer>
  private readonly next: Int32Array
  /** Worst candidate of a triangle and its error. */
  private worst: Int32Array<ArrayBuffer>
  private error: Float64Array<ArrayBuffer>
  /** Binary heap of triangles, largest error on top, and each triangle's place in it (−1: not in). */
  private heap: Int32Array<ArrayBuffer>
  private slot: Int32Array<ArrayBuffer>
  private size = 0
  private inside = 0
  /** The star in hand, see readStar. */
  private fan: Int32Array<ArrayBuffer> = new Int32Array(32)
  /** First candidate of each list of the star before, last one of each after. */
  private heads: Int32Array<ArrayBuffer> = new Int32Array(32)
  private tails: Int32Array<ArrayBuffer> = new Int32Array(32)
  private spokes: Float64Array<ArrayBuffer> = new Float64Array(128)
  /** True where differences are below 2^26, so that a plain determinant is exact. */
  private readonly exact: boolean

  constructor(input: TinInput) {
    this.input = input
    const { fixed, candidates, box } = input
    const estimate = 64 + 2 * fixed.x.length + (candidates.x.length >> 3)
    const mesh = new Triangulation(box[0], box[1], box[2], box[3], estimate)
    this.mesh = mesh
    this.exact = Math.max(box[2] - box[0], box[3] - box[1]) < 2 ** 26
    this.z = new Int32Array(estimate)
    this.place = new Int32Array(estimate).fill(-1)
    const vertexOf = new Int32Array(fixed.x.length)
    let triangle = 0
    for (let i = 0; i < fixed.x.length; i++) {
      triangle = mesh.locate(fixed.x[i], fixed.y[i], triangle)
      const vertex = mesh.insert(fixed.x[i], fixed.y[i], triangle)
      triangle = (mesh.edgeFrom(vertex) / 3) | 0
      vertexOf[i] = vertex
      this.z[vertex] = fixed.z[i]
      this.place[vertex] = i
    }
    this.within = closeBorder(mesh, input.border, vertexOf)
    const capacity = (mesh.corners.length / 3) | 0
    this.first = new Int32Array(capacity).fill(-1)
    this.worst = new Int32Array(capacity).fill(-1)
    this.error = new Float64Array(capacity)
    this.heap = new Int32Array(capacity)
    this.slot = new Int32Array(capacity).fill(-1)
    this.next = new Int32Array(candidates.x.length)
  }

  /** Puts each candidate that lies inside the border into the list of its triangle. */
  assign(): void {
    const { mesh, within, first, next } = this
    const { x, y } = this.input.candidates
    let triangle = Math.max(0, within.indexOf(1))
    for (const i of rowByRow(x, y, this.input.box)) {
      const found = mesh.locate(x[i], y[i], triangle)
      if (found < 0 || within[found] === 0 || this.onBorder(found, x[i], y[i])) continue
      triangle = found
      next[i] = first[found]
      first[found] = i
      this.inside++
    }
    for (let t = 0; t < mesh.triangleCount; t++) {
      if (within[t] === 1) this.measure(t)
    }
  }

  /** Inserts until every list is within the bound or the triangles reach their limit. */
  refine(maxError: number, maxTriangles: number): void {
    const { mesh } = this
    const { x, y, z } = this.input.candidates
    const offset = this.input.fixed.x.length
    for (let t = 0; t < mesh.triangleCount; t++) this.enter(t)
    while (this.size > 0 && this.error[this.heap[0]] > maxError && mesh.triangleCount < maxTriangles) {
      const triangle = this.heap[0]
      const candidate = this.worst[triangle]
      const vertex = mesh.insert(x[candidate], y[candidate], triangle)
      this.grow()
      this.z[vertex] = z[candidate]
      this.place[vertex] = offset + candidate
      // The changed triangles are the star of the new vertex.
      const start = mesh.edgeFrom(vertex)
      let e = start
      do {
        // Out of the heap under its old error: the heap must be in order whenever one of them moves.
        this.withdraw((e / 3) | 0)
        e = mesh.twins[previousEdge(e)]
      } while (e !== start)
      this.sortIntoStar(vertex, start, candidate)
      do {
        this.enter((e / 3) | 0)
        e = mesh.twins[previousEdge(e)]
      } while (e !== start)
    }
  }

  /** The triangles inside the border, with the vertices in use renumbered in order of their insertion. */
  result(): Tin {
    const { mesh } = this
    const used = new Int32Array(mesh.vertexCount).fill(-1)
    let count = 0
    const inside = (t: number): boolean => t >= this.within.length || this.within[t] === 1
    for (let t = 0; t < mesh.triangleCount; t++) {
      if (!inside(t)) continue
      count++
      for (let e = 3 * t; e < 3 * t + 3; e++) used[mesh.corners[e]] = 0
    }
    const vertices = new Int32Array(mesh.vertexCount)
    let vertexCount = 0
    for (let v = 0; v < mesh.vertexCount; v++) {
      if (used[v] < 0) continue
      used[v] = vertexCount
      vertices[vertexCount++] = this.place[v]
    }
    const triangles = new Uint32Array(3 * count)
    let at = 0
    let maxError = 0
    let squares = 0
    for (let t = 0; t < mesh.triangleCount; t++) {
      if (!inside(t)) continue
      for (let e = 3 * t; e < 3 * t + 3; e++) triangles[at++] = used[mesh.corners[e]]
      if (this.first[t] < 0) continue
      squares += this.measure(t)
      if (this.error[t] > maxError) maxError = this.error[t]
    }
    return {
      vertices: vertices.slice(0, vertexCount),
      triangles,
      maxError,
      rmsError: this.inside === 0 ? 0 : Math.sqrt(squares / this.inside),
      inside: this.inside,
    }
  }

  /**
   * Distributes the lists of the star of `vertex`, without `candidate`, which it is, over its triangles anew, by the spokes on both
   * sides of each candidate, and finds each worst. Lists keep their order, those of the star one after the other.
   */
  private sortIntoStar(vertex: number, start: number, candidate: number): void {
    const { next, first, worst, error, exact } = this
    const { x: cx, y: cy, z: cz } = this.input.candidates
    const count = this.readStar(vertex, start)
    const { spokes, fan, heads, tails } = this
    for (let k = 0; k < count; k++) {
      heads[k] = first[fan[k]]
      tails[k] = -1
      first[fan[k]] = -1
      worst[fan[k]] = -1
      error[fan[k]] = 0
    }
    const px = this.mesh.x[vertex]
    const py = this.mesh.y[vertex]
    const pz = this.z[vertex]
    // What belongs to the wedge in hand stays in locals: the next candidate mostly lies in it too.
    let k = 0
    let t = fan[0]
    let following = 1
    let ax = spokes[0]
    let ay = spokes[1]
    let bx = spokes[4]
    let by = spokes[5]
    let slopeX = spokes[2]
    let slopeY = spokes[3]
    let tail = -1
    let w = -1
    let largest = 0
    for (let list = 0; list < count; list++) {
      for (let i = heads[list]; i >= 0; ) {
        // Read before the candidate is hung behind another; what it leads to is not moved yet.
        const after = next[i]
        if (i !== candidate) {
          const dx = cx[i] - px
          const dy = cy[i] - py
          // Turn the wedge until it holds the candidate: on its first spoke or left of it, right of the next one's.
          if (sideOf(ax, ay, dx, dy, exact) < 0 || sideOf(bx, by, dx, dy, exact) >= 0) {
            tails[k] = tail
            worst[t] = w
            error[t] = largest
            do {
              k = following
              following = k + 1 === count ? 0 : k + 1
              ax = bx
              ay = by
              bx = spokes[4 * following]
              by = spokes[4 * following + 1]
            } while (sideOf(ax, ay, dx, dy, exact) < 0 || sideOf(bx, by, dx, dy, exact) >= 0)
            t = fan[k]
            slopeX = spokes[4 * k + 2]
            slopeY = spokes[4 * k + 3]
            tail = tails[k]
            w = worst[t]
            largest = error[t]
          }
          const distance = Math.abs(cz[i] - pz - slopeX * dx - slopeY * dy)
          if (w < 0 || distance > largest || (distance === largest && i < w)) {
            w = i
            largest = distance
          }
          if (tail < 0) first[t] = i
          else next[tail] = i
          tail = i
        }
        i = after
      }
    }
    tails[k] = tail
    worst[t] = w
    error[t] = largest
    for (let n = 0; n < count; n++) if (tails[n] >= 0) next[tails[n]] = -1
  }

  /** Reads the star of a vertex into `fan` (triangles) and `spokes` (first spoke x, y; slopes of the triangle); gives their count. */
  private readStar(vertex: number, start: number): number {
    const { mesh, z } = this
    const { corners, twins, x, y } = mesh
    let count = 0
    let e = start
    do {
      if (count === this.fan.length) {
        this.fan = larger(this.fan, 2 * count)
        this.heads = new Int32Array(2 * count)
        this.tails = new Int32Array(2 * count)
        const spokes = new Float64Array(8 * count)
        spokes.set(this.spokes)
        this.spokes = spokes
      }
      const a = corners[nextEdge(e)]
      const b = corners[previousEdge(e)]
      const ax = x[a] - x[vertex]
      const ay = y[a] - y[vertex]
      const az = z[a] - z[vertex]
      const bx = x[b] - x[vertex]
      const by = y[b] - y[vertex]
      const bz = z[b] - z[vertex]
      const area = ax * by - ay * bx
      this.fan[count] = (e / 3) | 0
      this.spokes[4 * count] = ax
      this.spokes[4 * count + 1] = ay
      this.spokes[4 * count + 2] = (az * by - bz * ay) / area
      this.spokes[4 * count + 3] = (ax * bz - bx * az) / area
      count++
      e = twins[previousEdge(e)]
    } while (e !== start)
    return count
  }

  /** Finds a triangle's worst candidate; gives the sum of its squared errors. */
  private measure(t: number): number {
    const { mesh, z, next } = this
    const { x: cx, y: cy, z: cz } = this.input.candidates
    const p = mesh.corners[3 * t]
    const a = mesh.corners[3 * t + 1]
    const b = mesh.corners[3 * t + 2]
    const px = mesh.x[p]
    const py = mesh.y[p]
    const ax = mesh.x[a] - px
    const ay = mesh.y[a] - py
    const bx = mesh.x[b] - px
    const by = mesh.y[b] - py
    const area = ax * by - ay * bx
    const slopeX = ((z[a] - z[p]) * by - (z[b] - z[p]) * ay) / area
    const slopeY = (ax * (z[b] - z[p]) - bx * (z[a] - z[p])) / area
    let worst = -1
    let largest = 0
    let squares = 0
    for (let i = this.first[t]; i >= 0; i = next[i]) {
      const distance = Math.abs(cz[i] - z[p] - slopeX * (cx[i] - px) - slopeY * (cy[i] - py))
      squares += distance * distance
      if (worst < 0 || distance > largest || (distance === largest && i < worst)) {
        worst = i
        largest = distance
      }
    }
    this.worst[t] = worst
    this.error[t] = largest
    return squares
  }

  private onBorder(t: number, x: number, y: number): boolean {
    for (let e = 3 * t; e < 3 * t + 3; e++) if (this.mesh.twins[e] < 0 && this.mesh.side(e, x, y) === 0) return true
    return false
  }

  /** Makes room for what an insertion has added. */
  private grow(): void {
    const triangles = (this.mesh.corners.length / 3) | 0
    if (triangles > this.first.length) {
      const length = this.first.length
      this.first = larger(this.first, triangles).fill(-1, length)
      this.worst = larger(this.worst, triangles).fill(-1, length)
      this.slot = larger(this.slot, triangles).fill(-1, length)
      this.heap = larger(this.heap, triangles)
      const error = new Float64Array(triangles)
      error.set(this.error)
      this.error = error
    }
    if (this.mesh.x.length > this.z.length) {
      this.z = larger(this.z, this.mesh.x.length)
      this.place = larger(this.place, this.mesh.x.length)
    }
  }

  /** Puts a triangle that has candidates into the heap. */
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
    return this.error[a] > this.error[b] || (this.error[a] === this.error[b] && this.worst[a] < this.worst[b])
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

/** Places in an order of short steps: rows of squares with about 8 places each, back and forth. */
const rowByRow = (x: Int32Array, y: Int32Array, box: TinInput["box"]): Int32Array => {
  const columns = Math.max(1, Math.ceil(Math.sqrt(x.length / 8)))
  const width = (box[2] - box[0]) / columns
  const height = (box[3] - box[1]) / columns
  const squareOf = (i: number): number => {
    const row = Math.min(columns - 1, Math.floor((y[i] - box[1]) / height))
    const column = Math.min(columns - 1, Math.floor((x[i] - box[0]) / width))
    return row * columns + (row % 2 === 0 ? column : columns - 1 - column)
  }
  const start = new Int32Array(columns * columns + 1)
  for (let i = 0; i < x.length; i++) start[squareOf(i) + 1]++
  for (let s = 0; s < columns * columns; s++) start[s + 1] += start[s]
  const order = new Int32Array(x.length)
  for (let i = 0; i < x.length; i++) order[start[squareOf(i)]++] = i
  return order
}

/** Side of the place (dx, dy) of the ray to (ax, ay): positive on the left. */
const sideOf = (ax: number, ay: number, dx: number, dy: number, exact: boolean): number =>
  exact ? ax * dy - ay * dx : orientation(0, 0, ax, ay, dx, dy)

const larger = (array: Int32Array, length: number): Int32Array<ArrayBuffer> => {
  const copy = new Int32Array(length)
  copy.set(array)
  return copy
}

/** Makes the border's edges edges of the mesh and cuts the mesh along them; gives 1 for each triangle inside. */
const closeBorder = (mesh: Triangulation, border: Int32Array, vertexOf: Int32Array): Uint8Array => {
  for (let i = 0; i < border.length; i += 2) mesh.force(vertexOf[border[i]], vertexOf[border[i + 1]])
  const within = new Uint8Array(mesh.triangleCount)
  const wall = new Uint8Array(3 * mesh.triangleCount)
  const queue: number[] = []
  for (let i = 0; i < border.length; i += 2) {
    const e = mesh.findEdge(vertexOf[border[i]], vertexOf[border[i + 1]])
    wall[e] = 1
    const t = (e / 3) | 0
    if (within[t] === 0) {
      within[t] = 1
      queue.push(t)
    }
  }
  for (let t = queue.pop(); t !== undefined; t = queue.pop()) {
    for (let e = 3 * t; e < 3 * t + 3; e++) {
      const twin = mesh.twins[e]
      const across = (twin / 3) | 0
      if (wall[e] === 1 || twin < 0 || within[across] === 1) continue
      within[across] = 1
      queue.push(across)
    }
  }
  mesh.restore(within)
  for (let e = 0; e < 3 * mesh.triangleCount; e++) {
    const twin = mesh.twins[e]
    if (twin > e && within[(e / 3) | 0] !== within[(twin / 3) | 0]) {
      mesh.twins[e] = -1
      mesh.twins[twin] = -1
    }
  }
  return within
}
