/**
 * The Delaunay triangulation of the samples of a window. Samples of two consecutive rows are two
 * chains by x. The strip between them is triangulated from west to east as a monotone polygon, then
 * flipped as in `makeCanonical` of `kernels/geometry/delaunay.ts`. Distant helpers at the ends of
 * each row, below and above, complete a rectangle; no circle of the reach through a sample contains
 * one.
 *
 * Corners are indices of samples.
 *
 * Source: Garey, Johnson, Preparata and Tarjan, "Triangulating a simple polygon", 1978; Lawson,
 * "Software for C1 surface interpolation", 1977.
 *
 * The other side of an edge is a half-edge; {@link OUTSIDE}; or, as −2 − slot, a triangle of the
 * next strip. That triangle finds the edge at the western vertex of the slot of the upper line.
 */
import { flagBytes, flags, markNearEmpty } from "./flags"
import { flipFrom, startFlips } from "./flips"
import { placeTriangles, setTwin, triangles } from "../../../../../engine/core/assembly/half-edges"
import { aligned, reachTo } from "../../../../../engine/core/assembly/reach"
import { cell, columns, firstHelper, sampleAt, taken, work } from "./memory"

const OUTSIDE: i32 = -1

export let vertexCount: i32 = 0
export let triangleCount: i32 = 0

/** The window. */
let west: i32 = 0
let south: i32 = 0
let across: i32 = 0
let up: i32 = 0
let isMarked: bool = false

/**
 * Of the lower and the upper line: its vertices without the helpers, and the half-edge south of the
 * edge that leaves a slot to the east. Slot 0 is the western helper, 1 the first vertex.
 */
let lowIds: usize = 0
let highIds: usize = 0
let lowBelow: usize = 0
let highBelow: usize = 0
let lowCount: i32 = 0
let highCount: i32 = 0
let lowWest: i32 = 0
let highWest: i32 = 0
/**
 * The chain of the strip's vertices that await triangles, and the other side of the edge to each
 * from the one before.
 */
let stack: usize = 0
let beyond: usize = 0

/**
 * Chooses the vertices of a window: all samples or, if `distance` is not 0, those that
 * {@link markNearEmpty} marks.
 *
 * @returns 1, or 0 if memory is insufficient
 */
export function prepare(fromWest: i32, fromSouth: i32, wide: i32, high: i32, half: i32, distance: i32): i32 {
  west = fromWest
  south = fromSouth
  across = wide
  up = high
  isMarked = distance !== 0
  const base = aligned(work)
  if (isMarked) {
    if (!reachTo(base + flagBytes(across, up, max(half, distance)))) return 0
    markNearEmpty(base, west, south, across, up, half, distance)
  }
  vertexCount = 0
  for (let row = 0; row < up; row++) vertexCount += countOf(row)
  return 1
}

/** Eight cells of the window, one a byte: 1 for each vertex. */
@inline
function eightFrom(row: usize, marks: usize, column: i32): u64 {
  const all = load<u64>(row + <usize>column)
  return isMarked ? all & load<u64>(marks + <usize>column) : all
}

@inline
function oneAt(row: usize, marks: usize, column: i32): i32 {
  const one = <i32>load<u8>(row + <usize>column)
  return isMarked ? one & <i32>load<u8>(marks + <usize>column) : one
}

/** Number of vertices in a row of the window. */
function countOf(row: i32): i32 {
  const cells = taken + <usize>((south + row) * columns + west)
  const marks = flags + <usize>row * <usize>across
  let count = 0
  let column = 0
  for (; column + 8 <= across; column += 8) count += <i32>popcnt<u64>(eightFrom(cells, marks, column))
  for (; column < across; column++) count += oneAt(cells, marks, column)
  return count
}

/**
 * Writes the vertices of a row of the window, and one place more, to an address.
 *
 * @returns their count
 */
function idsOf(row: i32, to: usize): i32 {
  const first = (south + row) * columns + west
  const cells = taken + <usize>first
  const marks = flags + <usize>row * <usize>across
  let at = to
  for (let column = 0; column < across; ) {
    if (column + 8 <= across && eightFrom(cells, marks, column) === 0) {
      column += 8
      continue
    }
    for (const end = min(across, column + 8); column < end; column++) {
      store<i32>(at, first + column)
      at += <usize>oneAt(cells, marks, column) << 2
    }
  }
  return <i32>((at - to) >> 2)
}

/**
 * Triangulates. No circle of half of `far` through a vertex contains a helper.
 *
 * @returns 1, 0 if memory is insufficient, −1 if the flips do not end
 */
export function triangulate(far: i32): i32 {
  if (!makeRoom()) return 0
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
    const done = startLine(helper, (south + row) * cell, far)
    if (done !== 1) return done
  }
  highCount = 0
  return startLine(helper + 2, (south + up) * cell + far, far)
}

function makeRoom(): bool {
  const line = aligned(4 * (<usize>across + 2))
  lowIds = aligned(aligned(work) + (isMarked ? <usize>across * <usize>up : 0))
  highIds = lowIds + line
  lowBelow = highIds + line
  highBelow = lowBelow + line
  stack = highBelow + line
  beyond = stack + 2 * line
  placeTriangles(beyond + 2 * line)
  // Twice the points and the helpers, which are all on the border; then the first page of the
  // flips' stack.
  const most = 2 * <usize>vertexCount + 2 * (<usize>up + 2)
  const flipStack = triangles + 32 * most
  // Among scattered points, an initial edge crosses some edges of each row: the budget grows with
  // the rows.
  startFlips(flipStack, (192 + up) * <i64>most)
  return reachTo(flipStack + 65536)
}

/**
 * Fills the strip below the upper line, which becomes the lower one of the next strip. Flips follow
 * at once, while the triangles are in the cache.
 */
function startLine(helper: i32, y: i32, far: i32): i32 {
  placeHelpers(helper, y, far)
  highWest = helper
  const first = triangleCount
  fillStrip()
  const done = flipFrom(first, triangleCount, highBelow)
  const ids = lowIds
  lowIds = highIds
  highIds = ids
  const below = lowBelow
  lowBelow = highBelow
  highBelow = below
  lowCount = highCount
  lowWest = highWest
  return done
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

/**
 * Triangulates between the lower and the upper line. Takes vertices from west to east, at equal x
 * the lower first.
 */
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
    // Slots are one more than indices in the list: the line's last vertex has the slot of the next
    // index.
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

/**
 * Adds a vertex v of the other chain, which sees the whole stack. Returns the size of the stack.
 */
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

/**
 * Adds a vertex v of the stack's own chain; it removes the vertices that it cuts off. Returns the
 * size of the stack.
 */
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

/**
 * Twice the area of the triangle, positive counter-clockwise. Exact, since all differ by less than
 * 2²⁶.
 */
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

/** Joins a new half-edge with the other side. */
@inline
function link(e: i32, other: i32): void {
  if (other >= 0) {
    setTwin(e, other)
    setTwin(other, e)
  } else if (other !== OUTSIDE) {
    setTwin(e, other)
    setEntry(highBelow, -2 - other, e)
  }
}
