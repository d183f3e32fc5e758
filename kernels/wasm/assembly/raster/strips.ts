/**
 * The Delaunay triangulation of the samples of a window, strip by strip as `kernels/lib/row-triangulation.ts` does it, then flipped as `makeCanonical` of `kernels/lib/delaunay.ts` does. Half-edge e of triangle
 * e >> 3 has lane e & 7 (0 to 2), leaves corner `triangles[e]` and has the twin `triangles[e + 4]`, −1 on the border. Corners are identifiers of samples.
 *
 * What lies beyond an edge is a half-edge; {@link OUTSIDE}; or, as −2 − slot, a triangle of the next strip, that will look for the edge at the western vertex of that slot of the upper line.
 */
import { flags, markNearEmpty } from "./flags"
import { flipAll } from "./flips"
import { aligned, reachTo } from "../reach"
import { cell, columns, firstHelper, sampleAt, work } from "./memory"

const OUTSIDE: i32 = -1

export let vertexCount: i32 = 0
export let triangleCount: i32 = 0
export let triangles: usize = 0
/** The identifiers of all vertices, i32, where {@link makeRoom} was asked for them. */
export let listed: usize = 0

/** The window. */
let west: i32 = 0
let south: i32 = 0
let across: i32 = 0
let up: i32 = 0
let isMarked: bool = false

/** Of the lower and the upper line: its vertices, without the helpers; the half-edge south of the edge that leaves a slot to the east: slot 0 is the helper in the west, 1 the first vertex. */
let lowIds: usize = 0
let highIds: usize = 0
let lowBelow: usize = 0
let highBelow: usize = 0
let lowCount: i32 = 0
let highCount: i32 = 0
let lowWest: i32 = 0
let highWest: i32 = 0
/** The chain of vertices of the strip that await their triangles, and what lies beyond the edge to each from the one before. */
let stack: usize = 0
let beyond: usize = 0

/** Chooses the vertices of a window: all samples, or, for a `distance` that is not 0, those that {@link markNearEmpty} marks. @returns 1, or 0 where the memory does not reach */
export function prepare(fromWest: i32, fromSouth: i32, wide: i32, high: i32, half: i32, distance: i32): i32 {
  west = fromWest
  south = fromSouth
  across = wide
  up = high
  isMarked = distance !== 0
  const base = aligned(work)
  if (isMarked) {
    if (!reachTo(base + 2 * <usize>across * <usize>up)) return 0
    markNearEmpty(base, west, south, across, up, half, distance)
  }
  vertexCount = 0
  for (let row = 0; row < up; row++) vertexCount += idsOf(row, 0)
  return 1
}

/** Writes the vertices of a row of the window to an address, unless it is 0, and counts them. */
function idsOf(row: i32, to: usize): i32 {
  const first = (south + row) * columns + west
  const marks = flags + <usize>row * <usize>across
  let count = 0
  for (let column = 0; column < across; column++) {
    if (isMarked && load<u8>(marks + column) === 0) continue
    if (load<i32>(sampleAt(first + column), 12) < 0) continue
    if (to !== 0) store<i32>(to + (<usize>count << 2), first + column)
    count++
  }
  return count
}

/** Makes room for the triangles, and for the list of the vertices if `list`, which is written. @returns 1, or 0 where the memory does not reach */
export function makeRoom(list: i32): i32 {
  const line = aligned(4 * (<usize>across + 2))
  const vertices = <usize>vertexCount
  const base = aligned(aligned(work) + (isMarked ? <usize>across * <usize>up : 0))
  listed = base
  lowIds = base
  highIds = lowIds + line
  lowBelow = highIds + line
  highBelow = lowBelow + line
  stack = highBelow + line
  beyond = stack + 2 * line
  triangles = list !== 0 ? aligned(base + 4 * vertices) : beyond + 2 * line
  // Twice the points and the helpers, of which each is a vertex of the border; and a first page of the stack of flips.
  if (!reachTo(triangles + 32 * (2 * vertices + 2 * (<usize>up + 2)) + 65536)) return 0
  triangleCount = 0
  if (list === 0) return 1
  let to = listed
  for (let row = 0; row < up; row++) to += <usize>idsOf(row, to) << 2
  return 1
}

/** Takes over so many triangles, whose corners were written. */
export function takeTriangles(count: i32): void {
  triangleCount = count
}

/** Triangulates. No circle of half of `far` through a vertex holds a helper. @returns 1, 0 where the memory does not reach, −1 for flips without end */
export function triangulate(far: i32): i32 {
  const base = triangles
  triangleCount = 0
  let helper = firstHelper()
  lowCount = 0
  lowWest = helper
  store<i32>(lowBelow, OUTSIDE)
  placeHelpers(helper, south * cell - far, far)
  for (let row = 0; row < up; row++) {
    highCount = idsOf(row, highIds)
    if (highCount === 0) continue
    helper += 2
    startLine(helper, (south + row) * cell, far)
  }
  helper += 2
  highCount = 0
  startLine(helper, (south + up) * cell + far, far)
  return flipAll(base, triangleCount)
}

/** Fills the strip below the line that was listed as the upper one, which then is the lower one of the next. */
function startLine(helper: i32, y: i32, far: i32): void {
  placeHelpers(helper, y, far)
  highWest = helper
  fillStrip()
  const ids = lowIds
  lowIds = highIds
  highIds = ids
  const below = lowBelow
  lowBelow = highBelow
  highBelow = below
  lowCount = highCount
  lowWest = highWest
}

function placeHelpers(id: i32, y: i32, far: i32): void {
  const at = sampleAt(id)
  store<i32>(at, west * cell - far)
  store<i32>(at, y, 4)
  store<i32>(at + 16, (west + across) * cell + far)
  store<i32>(at + 16, y, 4)
}

@inline
function entry(list: usize, i: i32): i32 {
  return load<i32>(list + (<usize>i << 2))
}

@inline
function setEntry(list: usize, i: i32, value: i32): void {
  store<i32>(list + (<usize>i << 2), value)
}

/** Triangulates what lies between the lower line and the upper one: the vertices are met from west to east, of one x the lower first. */
function fillStrip(): void {
  let nextLow = 0
  let nextHigh = 0
  let lowX = lowCount > 0 ? load<i32>(sampleAt(entry(lowIds, 0))) : i32.MAX_VALUE
  let highX = highCount > 0 ? load<i32>(sampleAt(entry(highIds, 0))) : i32.MAX_VALUE
  setEntry(stack, 0, lowWest)
  setEntry(stack, 1, highWest)
  setEntry(beyond, 1, OUTSIDE)
  let size = 2
  let onHigh = true
  while (nextLow < lowCount || nextHigh < highCount) {
    const isLow = nextHigh >= highCount || (nextLow < lowCount && lowX <= highX)
    // Slots are one more than places in the list: the last vertex of the line has the slot of the next one's place.
    if (isLow) {
      const v = entry(lowIds, nextLow)
      size = add(size, v, true, entry(lowBelow, nextLow), onHigh)
      nextLow++
      if (nextLow < lowCount) lowX = load<i32>(sampleAt(entry(lowIds, nextLow)))
    } else {
      const v = entry(highIds, nextHigh)
      size = add(size, v, false, -2 - nextHigh, !onHigh)
      nextHigh++
      if (nextHigh < highCount) highX = load<i32>(sampleAt(entry(highIds, nextHigh)))
    }
    onHigh = !isLow
  }
  size = add(size, lowWest + 1, true, entry(lowBelow, nextLow), onHigh)
  cross(size, highWest + 1, false, -2 - nextHigh)
}

@inline
function add(size: i32, v: i32, isLow: bool, chain: i32, isOther: bool): i32 {
  return isOther ? cross(size, v, isLow, chain) : follow(size, v, isLow, chain)
}

/** Vertex v of the other chain than the stack's: it sees all of it. Gives the size of the stack. */
function cross(size: i32, v: i32, isLow: bool, chain: i32): i32 {
  // The first of the stack is the vertex before v on its chain.
  let edge = chain
  for (let i = 0; i + 1 < size; i++) {
    const a = entry(stack, i)
    const b = entry(stack, i + 1)
    const across = entry(beyond, i + 1)
    const e = triangleCount << 3
    if (isLow) {
      newTriangle(a, b, v)
      link(e, across)
      link(e + 2, edge)
      edge = e + 1
    } else {
      newTriangle(a, v, b)
      link(e + 2, across)
      link(e, edge)
      edge = e + 1
    }
  }
  setEntry(stack, 0, entry(stack, size - 1))
  setEntry(stack, 1, v)
  setEntry(beyond, 1, edge)
  return 2
}

/** Vertex v of the stack's own chain: it takes off the vertices that stand between it and those before. */
function follow(size: i32, v: i32, isLow: bool, chain: i32): i32 {
  let edge = chain
  let top = size - 1
  for (; top > 0; top--) {
    const a = entry(stack, top - 1)
    const b = entry(stack, top)
    const turning = turn(a, b, v)
    if (isLow ? turning <= 0 : turning >= 0) break
    const e = triangleCount << 3
    const across = entry(beyond, top)
    if (isLow) {
      newTriangle(a, v, b)
      link(e + 1, edge)
      link(e + 2, across)
      edge = e
    } else {
      newTriangle(a, b, v)
      link(e, across)
      link(e + 1, edge)
      edge = e + 2
    }
  }
  setEntry(stack, top + 1, v)
  setEntry(beyond, top + 1, edge)
  return top + 2
}

/** Twice the area of the triangle, positive counter-clockwise. Exact: all differ by less than 2²⁶. */
@inline
function turn(a: i32, b: i32, c: i32): f64 {
  const o = sampleAt(a)
  const p = sampleAt(b)
  const q = sampleAt(c)
  const ax = load<i32>(o)
  const ay = load<i32>(o, 4)
  return (
    <f64>(load<i32>(p) - ax) * <f64>(load<i32>(q, 4) - ay) - <f64>(load<i32>(p, 4) - ay) * <f64>(load<i32>(q) - ax)
  )
}

@inline
function newTriangle(a: i32, b: i32, c: i32): void {
  const at = triangles + (<usize>triangleCount << 5)
  store<i32>(at, a)
  store<i32>(at, b, 4)
  store<i32>(at, c, 8)
  store<i32>(at, OUTSIDE, 16)
  store<i32>(at, OUTSIDE, 20)
  store<i32>(at, OUTSIDE, 24)
  triangleCount++
}

/** Joins a new half-edge with what lies beyond it. */
@inline
function link(e: i32, other: i32): void {
  if (other >= 0) {
    store<i32>(triangles + (<usize>e << 2), other, 16)
    store<i32>(triangles + (<usize>other << 2), e, 16)
  } else if (other !== OUTSIDE) setEntry(highBelow, -2 - other, e)
}
