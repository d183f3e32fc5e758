/**
 * The triangulation under refinement: insertion into a triangle with Lawson's flips. It repeats
 * `kernels/geometry/triangulation.ts` step by step, so both number everything alike.
 *
 * Coordinates differ by less than 2²⁶: orientations are exact in doubles, circles in integers of
 * 128 bits.
 *
 * The memory has room for v vertices and 2 v triangles, and moves up when it is full:
 *
 * - vertices: 16 bytes each: i32 x, y, z, index in the input
 * - triangles: 32 bytes each, in one cache line: i32 × 3 vertices, i32 block of the worst
 *   candidate, i32 × 3 twins, i32 place in the heap or −1
 * - heap: 16 bytes a triangle: f64 error, i32 slot of the worst candidate, i32 triangle
 * - stack: half-edges to check, to the end of the memory
 */
import { CIRCLE_BOUND, signOfProducts, WHOLE } from "../../../../engine/core/assembly/exact-sum"
import {
  cornerOf,
  nextEdge,
  placeTriangles,
  previousEdge,
  setCorner,
  setTwin,
  triangles,
  twinOf,
} from "../../../../engine/core/assembly/half-edges"
import { reachTo } from "../../../../engine/core/assembly/reach"

export let vertices: usize = 0
export let heap: usize = 0
let stack: usize = 0
let room: i32 = 0
export let vertexCount: i32 = 0
export let triangleCount: i32 = 0
/** A half-edge that leaves the last inserted vertex. */
export let leaving: i32 = 0

/** Bytes after the heap, which the stack seldom exceeds: only then is the memory's size checked. */
const STACK_BYTES: usize = 65536

@inline
export function vertexAddress(vertex: i32): usize {
  return vertices + (<usize>vertex << 4)
}

/** Address of the vertex that a half-edge leaves. */
@inline
export function cornerAddress(e: i32): usize {
  return vertexAddress(cornerOf(e))
}

/** Places empty arrays from `base` on. @returns false if memory is insufficient */
export function placeMesh(base: usize, count: i32): bool {
  room = count
  const v = 16 * <usize>count
  vertices = base
  placeTriangles(vertices + v)
  heap = triangles + 4 * v
  stack = heap + 2 * v
  vertexCount = 0
  triangleCount = 0
  return reachTo(stack + STACK_BYTES)
}

/** Adds a vertex without triangles. @returns its number */
export function addVertex(x: i32, y: i32, z: i32, place: i32): i32 {
  const p = vertexAddress(vertexCount)
  store<i32>(p, x)
  store<i32>(p, y, 4)
  store<i32>(p, z, 8)
  store<i32>(p, place, 12)
  return vertexCount++
}

/** Adds a triangle of the initial triangulation. Twins are numbered by three a triangle. */
export function addTriangle(a: i32, b: i32, c: i32, twinA: i32, twinB: i32, twinC: i32): void {
  const e = triangleCount++ << 3
  setNew(e, a, b, c)
  setTwin(e, toEdge(twinA))
  setTwin(e + 1, toEdge(twinB))
  setTwin(e + 2, toEdge(twinC))
}

/** The half-edge of a number among 3 a triangle; negative on the border. */
@inline
function toEdge(of3: i32): i32 {
  return of3 < 0 ? -1 : ((of3 / 3) << 3) + (of3 % 3)
}

/** Makes room for one more vertex. @returns false if memory is insufficient */
export function reserve(heapSize: i32): bool {
  if (vertexCount < room && triangleCount + 2 <= 2 * room) return true
  const v = 16 * <usize>room
  const base = vertices
  if (!reachTo(base + 14 * v + STACK_BYTES)) return false
  room *= 2
  // From the last to the first, since they move up into each other's places.
  memory.copy(base + 10 * v, heap, 16 * <usize>heapSize)
  memory.copy(base + 2 * v, triangles, 32 * <usize>triangleCount)
  placeTriangles(base + 2 * v)
  heap = base + 10 * v
  stack = base + 14 * v
  return true
}

/** Positive if the vertex at `p` is on the left of half-edge `e`, 0 on its line. */
@inline
function side(e: i32, p: usize): f64 {
  const a = cornerAddress(e)
  const b = cornerAddress(nextEdge(e))
  const ax = load<i32>(a)
  const ay = load<i32>(a, 4)
  return (
    <f64>(load<i32>(b) - ax) * <f64>(load<i32>(p, 4) - ay) - <f64>(load<i32>(b, 4) - ay) * <f64>(load<i32>(p) - ax)
  )
}

/**
 * Adds a vertex inside or on an edge of a triangle, but at none of its corners. Call
 * {@link reserve} first.
 *
 * @returns false if memory is insufficient
 */
export function insert(x: i32, y: i32, z: i32, place: i32, triangle: i32): bool {
  const vertex = addVertex(x, y, z, place)
  const p = vertexAddress(vertex)
  const e = triangle << 3
  let zero: i32 = -1
  if (side(e, p) === 0) zero = e
  if (side(e + 1, p) === 0) zero = e + 1
  if (side(e + 2, p) === 0) zero = e + 2
  return zero >= 0 ? splitEdge(zero, vertex) : splitTriangle(e, vertex)
}

function splitTriangle(e: i32, p: i32): bool {
  const a = cornerOf(e)
  const b = cornerOf(e + 1)
  const c = cornerOf(e + 2)
  const bc = twinOf(e + 1)
  const ca = twinOf(e + 2)
  const f = triangleCount << 3
  const g = f + 8
  triangleCount += 2
  setCorners(e, a, b, p)
  setNew(f, b, c, p)
  setNew(g, c, a, p)
  leaving = g + 2
  link(f, bc)
  link(g, ca)
  link(e + 1, f + 2)
  link(f + 1, g + 2)
  link(g + 1, e + 2)
  push(0, e)
  push(1, f)
  push(2, g)
  return legalise(3)
}

function splitEdge(e: i32, p: i32): bool {
  const u = cornerOf(e)
  const wr = nextEdge(e)
  const ru = previousEdge(e)
  const w = cornerOf(wr)
  const r = cornerOf(ru)
  const twin = twinOf(e)
  const wrTwin = twinOf(wr)
  const ruTwin = twinOf(ru)
  const f = triangleCount++ << 3
  const base = e & ~7
  // (r, u, p) replaces (u, w, r); (w, r, p) is new.
  setCorners(base, r, u, p)
  setNew(f, w, r, p)
  link(base, ruTwin)
  link(f, wrTwin)
  link(base + 2, f + 1)
  push(0, base)
  push(1, f)
  if (twin < 0) {
    leaving = f + 2
    setTwin(base + 1, -1)
    setTwin(f + 2, -1)
    return legalise(2)
  }
  const uq = nextEdge(twin)
  const qw = previousEdge(twin)
  const q = cornerOf(qw)
  const uqTwin = twinOf(uq)
  const qwTwin = twinOf(qw)
  const g = twin & ~7
  const h = triangleCount++ << 3
  setCorners(g, u, q, p)
  setNew(h, q, w, p)
  leaving = h + 2
  link(g, uqTwin)
  link(h, qwTwin)
  link(g + 1, h + 2)
  link(base + 1, g + 2)
  link(h + 1, f + 2)
  push(2, g)
  push(3, h)
  return legalise(4)
}

@inline
function setCorners(e: i32, a: i32, b: i32, c: i32): void {
  setCorner(e, a)
  setCorner(e + 1, b)
  setCorner(e + 2, c)
}

/** Writes a new triangle, which is not in the heap. */
@inline
function setNew(e: i32, a: i32, b: i32, c: i32): void {
  setCorners(e, a, b, c)
  setTwin(e + 3, -1)
}

@inline
function link(e: i32, twin: i32): void {
  setTwin(e, twin)
  if (twin >= 0) setTwin(twin, e)
}

@inline
function push(at: i32, e: i32): void {
  store<i32>(stack + (<usize>at << 2), e)
}

/**
 * Checks the half-edges on the stack, opposite the new vertex, and those that flips make opposite
 * it.
 */
function legalise(count: i32): bool {
  let size = count
  while (size > 0) {
    const e = load<i32>(stack + (<usize>--size << 2))
    const twin = twinOf(e)
    if (twin < 0 || !breaksCircle(e, twin)) continue
    const opposite = nextEdge(twin)
    flip(e, twin)
    if (<usize>size + 2 > STACK_BYTES >> 2 && !reachTo(stack + (<usize>(size + 2) << 2))) return false
    push(size++, e)
    push(size++, opposite)
  }
  return true
}

/**
 * Turns the edge in its quadrilateral:
 *
 * - e: u→w of (u, w, p) becomes q→w of (q, w, p)
 * - its twin: w→u of (w, u, q) becomes p→u of (p, u, q)
 */
@inline
function flip(e: i32, twin: i32): void {
  const pu = previousEdge(e)
  const qw = previousEdge(twin)
  setCorner(e, cornerOf(qw))
  setCorner(twin, cornerOf(pu))
  link(e, twinOf(qw))
  link(twin, twinOf(pu))
  link(pu, qw)
  // p is the last inserted vertex: flips only happen around it.
  leaving = pu
}

/** True if the vertex beyond half-edge `e` lies inside the circle of its triangle. */
function breaksCircle(e: i32, twin: i32): bool {
  const a = cornerAddress(e)
  const b = cornerAddress(nextEdge(e))
  const c = cornerAddress(previousEdge(e))
  const d = cornerAddress(previousEdge(twin))
  const dx = load<i32>(d)
  const dy = load<i32>(d, 4)
  const adx = <f64>(load<i32>(a) - dx)
  const ady = <f64>(load<i32>(a, 4) - dy)
  const bdx = <f64>(load<i32>(b) - dx)
  const bdy = <f64>(load<i32>(b, 4) - dy)
  const cdx = <f64>(load<i32>(c) - dx)
  const cdy = <f64>(load<i32>(c, 4) - dy)
  const bdxcdy = bdx * cdy
  const cdxbdy = cdx * bdy
  const cdxady = cdx * ady
  const adxcdy = adx * cdy
  const adxbdy = adx * bdy
  const bdxady = bdx * ady
  const alift = adx * adx + ady * ady
  const blift = bdx * bdx + bdy * bdy
  const clift = cdx * cdx + cdy * cdy
  const determinant = alift * (bdxcdy - cdxbdy) + blift * (cdxady - adxcdy) + clift * (adxbdy - bdxady)
  const permanent =
    (abs(bdxcdy) + abs(cdxbdy)) * alift + (abs(cdxady) + abs(adxcdy)) * blift + (abs(adxbdy) + abs(bdxady)) * clift
  if (abs(determinant) > CIRCLE_BOUND * permanent || permanent < WHOLE) return determinant > 0
  // The factors are exact: lifts below 2⁵³, areas below 2⁵³.
  return signOfProducts(alift, bdxcdy - cdxbdy, blift, cdxady - adxcdy, clift, adxbdy - bdxady) > 0
}
