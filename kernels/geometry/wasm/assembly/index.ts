/**
 * Greedy insertion: the loop of `kernels/geometry/greedy-tin.ts` in WebAssembly.
 *
 * `kernels/geometry/wasm/greedy.ts` calls prepare, countCandidates (chunk by chunk), start,
 * placeCandidates (chunk by chunk), fitPlanes, addVertex, addTriangle and refine, in this order. It
 * then reads the triangulation from the memory.
 */
import { previousEdge, triangles, twinOf } from "../../../../engine/core/assembly/half-edges"
import { placeChunk } from "../../../../engine/core/assembly/point-chunk"
import { aligned, reachTo } from "../../../../engine/core/assembly/reach"
import { placeGrid, placeSlots, placeOf, startCounts, xOf, yOf, zOf } from "./grid"
import {
  cornerAddress,
  heap,
  insert,
  placeMesh,
  leaving,
  reserve,
  triangleCount,
  vertexAddress,
  vertexCount,
  vertices,
} from "./mesh"
import {
  addStatistics,
  clearStatistics,
  countInside,
  findWorst,
  largest,
  sumOfSquares,
  takeTriangle,
  worst,
  worstBlock,
  worstIsCorner,
} from "./search"

export { countCandidates, fitPlanes, overflown, placeCandidates } from "./grid"
export { triangles } from "../../../../engine/core/assembly/half-edges"
export { CHUNK, chunkClasses, chunkX, chunkY, chunkZ } from "../../../../engine/core/assembly/point-chunk"
export { addTriangle, addVertex, triangleCount, vertexCount, vertices } from "./mesh"
export { countInside, sumOfSquares } from "./search"

/**
 * Share of the bound below which a triangle ignores its worst candidate, which would never be
 * inserted.
 */
const NEAR_BOUND: f64 = 0.98

/**
 * A byte for each triangle, 1 on the left of the border, and their number; later triangles are all
 * inside.
 */
export let within: usize = 0
let withinCount: i32 = 0
let heapSize: i32 = 0

/**
 * Places the input's chunk and the grid, with coordinates of 2 or 4 bytes.
 *
 * @returns 1, or 0 if memory is insufficient
 */
export function prepare(boxX: f64, boxY: f64, cell: f64, columns: i32, rows: i32, coordinateBytes: i32): i32 {
  if (!reachTo(placeGrid(placeChunk(aligned(__heap_base)), boxX, boxY, cell, columns, rows, coordinateBytes))) return 0
  startCounts()
  return 1
}

/**
 * Makes room for the counted candidates, the flags of `triangleTotal` triangles and a mesh of
 * `vertexRoom` vertices.
 *
 * @returns 1, or 0 if memory is insufficient
 */
export function start(triangleTotal: i32, vertexRoom: i32): i32 {
  within = placeSlots()
  withinCount = triangleTotal
  heapSize = 0
  return i32(placeMesh(aligned(within + triangleTotal), vertexRoom))
}

@inline
function isInside(t: i32): bool {
  return t >= withinCount || load<u8>(within + t) === 1
}

/**
 * Finds a triangle's worst candidate. One at a corner does not count: its distance is only
 * rounding.
 */
@inline
function measure(t: i32, floor: f64): bool {
  const e = t << 3
  takeTriangle(
    cornerAddress(e),
    cornerAddress(e + 1),
    cornerAddress(e + 2),
    twinOf(e) < 0,
    twinOf(e + 1) < 0,
    twinOf(e + 2) < 0,
  )
  findWorst(floor)
  return worst >= 0 && !worstIsCorner()
}

/**
 * Inserts until every candidate is within the bound or there are `maxTriangles`.
 *
 * @returns 1, or 0 if memory is insufficient
 */
export function refine(maxError: f64, maxTriangles: f64): i32 {
  const floor = NEAR_BOUND * maxError
  for (let t = 0; t < withinCount; t++) if (isInside(t) && measure(t, floor)) enter(t)
  while (heapSize > 0 && load<f64>(heap) > maxError && <f64>triangleCount < maxTriangles) {
    if (!reserve(heapSize)) return 0
    const slot = load<i32>(heap, 8)
    const t = load<i32>(heap, 12)
    const block = blockOfWorst(t)
    if (!insert(xOf(slot, block), yOf(slot, block), zOf(slot, block), placeOf(slot), t)) return 0
    // The changed triangles are the star of the new vertex. They leave the heap under their old
    // errors first: it must be in order whenever one moves.
    let e = leaving
    do {
      withdraw(e >> 3)
      e = twinOf(previousEdge(e))
    } while (e !== leaving)
    do {
      if (measure(e >> 3, floor)) enter(e >> 3)
      e = twinOf(previousEdge(e))
    } while (e !== leaving)
  }
  return 1
}

/**
 * Largest distance of a candidate from the surface: each triangle is searched only for a larger one
 * than any so far.
 */
export function largestError(): f64 {
  if (heapSize > 0) return load<f64>(heap)
  let most: f64 = 0
  for (let t = 0; t < triangleCount; t++) if (isInside(t) && measure(t, most)) most = largest
  return most
}

/**
 * Sums the squared distances of all candidates inside that are not vertices (`sumOfSquares`,
 * `countInside`).
 */
export function takeStatistics(): void {
  clearStatistics()
  for (let t = 0; t < triangleCount; t++) {
    if (!isInside(t)) continue
    const e = t << 3
    // An edge between two triangles belongs to the one of the lower number.
    takeTriangle(
      cornerAddress(e),
      cornerAddress(e + 1),
      cornerAddress(e + 2),
      twinOf(e) < e,
      twinOf(e + 1) < e + 1,
      twinOf(e + 2) < e + 2,
    )
    addStatistics()
  }
}

/** The block of the worst candidate of a triangle in the heap. */
@inline
function blockOfWorst(t: i32): i32 {
  return load<i32>(triangles + (<usize>t << 5), 12)
}

@inline
function setBlockOfWorst(t: i32, block: i32): void {
  store<i32>(triangles + (<usize>t << 5), block, 12)
}

@inline
function slotAddress(t: i32): usize {
  return triangles + (<usize>t << 5) + 28
}

/** Puts the triangle just measured into the heap. */
function enter(t: i32): void {
  setBlockOfWorst(t, worstBlock)
  const at = heapSize++
  sift(at, largest, worst, t)
}

/** Takes a triangle out of the heap, if it is in. */
function withdraw(t: i32): void {
  const place = slotAddress(t)
  const at = load<i32>(place)
  if (at < 0) return
  store<i32>(place, -1)
  const last = heap + (<usize>--heapSize << 4)
  if (load<i32>(last, 12) === t) return
  sift(at, load<f64>(last), load<i32>(last, 8), load<i32>(last, 12))
}

/** True if an entry precedes another: a larger error, or an equal one and the earlier candidate. */
@inline
function before(error: f64, slot: i32, other: usize): bool {
  const its = load<f64>(other)
  return error > its || (error === its && placeOf(slot) < placeOf(load<i32>(other, 8)))
}

/** Places an entry in the heap from `start` on, in order. */
function sift(start: i32, error: f64, slot: i32, t: i32): void {
  let at = start
  while (at > 0) {
    const parent = heap + (<usize>((at - 1) >> 1) << 4)
    if (!before(error, slot, parent)) break
    move(parent, at)
    at = (at - 1) >> 1
  }
  for (;;) {
    let child = 2 * at + 1
    if (child >= heapSize) break
    let entry = heap + (<usize>child << 4)
    if (child + 1 < heapSize && before(load<f64>(entry, 16), load<i32>(entry, 24), entry)) {
      child++
      entry += 16
    }
    // No error is NaN: an entry that does not precede this one is smaller, or equal and later.
    const its = load<f64>(entry)
    if (its < error || (its === error && placeOf(load<i32>(entry, 8)) >= placeOf(slot))) break
    move(entry, at)
    at = child
  }
  const to = heap + (<usize>at << 4)
  store<f64>(to, error)
  store<i32>(to, slot, 8)
  store<i32>(to, t, 12)
  store<i32>(slotAddress(t), at)
}

/** Moves an entry to another place of the heap. */
@inline
function move(entry: usize, at: i32): void {
  v128.store(heap + (<usize>at << 4), v128.load(entry))
  store<i32>(slotAddress(load<i32>(entry, 12)), at)
}
