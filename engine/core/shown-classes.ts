/** Chooses the class that colours each vertex of a mesh, by the surface around the vertex. */
import { nextEdge, previousEdge, triangleNormal } from "./geometry/triangles.js"

/**
 * A mesh for {@link shownClasses}: 3·n integers with z up, counter-clockwise triples, one class a
 * vertex.
 */
export interface ClassedSurface {
  readonly positions: Int32Array
  readonly triangles: Uint32Array
  readonly classes: Uint8Array
}

/**
 * The class that colours each vertex: its own, or that of most of the surface around it.
 *
 * A single tuft of grass, as the corner of wide triangles on a road, would otherwise tint all of
 * them.
 *
 * Each triangle at the vertex counts by its area in plan, split between the classes of its two
 * other corners. Triangles of 45 degrees and more count nothing.
 *
 * A tile sees only half of the surface around a vertex on its border. There the two neighbours
 * along a straight border decide, if they are of one class and the border rises less than 45
 * degrees.
 *
 * O(triangles + 256 · vertices of mixed surroundings) time, 4 bytes a triangle corner.
 */
export const shownClasses = (mesh: ClassedSurface): Uint8Array => {
  const shownOf = chooseShownClass(mesh)
  const shown = new Uint8Array(mesh.classes.length)
  for (let v = 0; v < shown.length; v++) shown[v] = shownOf(v)
  return shown
}

/** The same for single vertices. */
export const chooseShownClass = (mesh: ClassedSurface): ((vertex: number) => number) => {
  const { triangles, classes } = mesh
  const first = new Int32Array(classes.length + 1)
  const corners = new Uint32Array(triangles.length)
  sortCorners(triangles, first, corners)
  const areas = new Float64Array(256)
  return (v) =>
    isMixed(triangles, classes, corners, v, first[v]!, first[v + 1]!)
      ? shownClass(mesh, v, corners, first[v]!, first[v + 1]!, areas)
      : classes[v]!
}

/**
 * Sorts triangle corners by vertex; `first` gets the start of each vertex. Each loop has its own
 * function, because V8 then compiles it separately and once.
 */
const sortCorners = (triangles: Uint32Array, first: Int32Array, corners: Uint32Array): void => {
  for (let e = 0; e < triangles.length; e++) first[triangles[e]! + 1]!++
  for (let v = 0; v + 1 < first.length; v++) first[v + 1]! += first[v]!
  placeCorners(triangles, first.slice(), corners)
}

const placeCorners = (triangles: Uint32Array, fill: Int32Array, corners: Uint32Array): void => {
  for (let e = 0; e < triangles.length; e++) corners[fill[triangles[e]!]!++] = e
}

const nextOf = (triangles: Uint32Array, e: number): number => triangles[nextEdge(e)]!
const previousOf = (triangles: Uint32Array, e: number): number => triangles[previousEdge(e)]!

/** True where a vertex has neighbours of another class; most have none. */
const isMixed = (
  triangles: Uint32Array,
  classes: Uint8Array,
  corners: Uint32Array,
  v: number,
  from: number,
  to: number,
): boolean => {
  const own = classes[v]!
  for (let k = from; k < to; k++) {
    const e = corners[k]!
    if (classes[nextOf(triangles, e)] !== own || classes[previousOf(triangles, e)] !== own) return true
  }
  return false
}

/** The class that colours a vertex of mixed surroundings; `areas`: 256 numbers of scratch space. */
const shownClass = (
  mesh: ClassedSurface,
  v: number,
  corners: Uint32Array,
  from: number,
  to: number,
  areas: Float64Array,
): number => {
  const { positions, triangles, classes } = mesh
  const own = classes[v]!
  // Around an inner vertex, each neighbour is once the next and once the previous corner: the sum
  // is 0.
  let ring = 0
  areas.fill(0)
  for (let k = from; k < to; k++) {
    const b = nextOf(triangles, corners[k]!)
    const c = previousOf(triangles, corners[k]!)
    ring += b - c
    const area = gentleArea(positions, v, b, c)
    if (classes[b] === own && classes[c] === own) {
      areas[own]! += 2 * area
      continue
    }
    areas[classes[b]!]! += area
    areas[classes[c]!]! += area
  }
  if (ring !== 0) return borderClass(mesh, v, corners.subarray(from, to))
  let best = own
  for (let code = 0; code < 256; code++) if (areas[code]! > areas[best]!) best = code
  return best
}

/**
 * The class of a border vertex, by its neighbours along the border; `around`: its corners in
 * triangles.
 */
const borderClass = ({ positions: p, triangles, classes }: ClassedSurface, v: number, around: Uint32Array): number => {
  const after = Array.from(around, (e) => nextOf(triangles, e))
  const before = Array.from(around, (e) => previousOf(triangles, e))
  const ends = [...after.filter((b) => !before.includes(b)), ...before.filter((c) => !after.includes(c))]
  const [a, b] = ends
  if (ends.length !== 2 || a === undefined || b === undefined || classes[a] !== classes[b]) return classes[v]!
  const isStraight = [0, 1].some((axis) => p[3 * a + axis] === p[3 * v + axis] && p[3 * v + axis] === p[3 * b + axis])
  const isGentle = [a, b].every((end) => {
    const [dx, dy] = [p[3 * end]! - p[3 * v]!, p[3 * end + 1]! - p[3 * v + 1]!]
    return Math.abs(p[3 * end + 2]! - p[3 * v + 2]!) < Math.hypot(dx, dy)
  })
  return isStraight && isGentle ? classes[a]! : classes[v]!
}

/** Twice the area in plan of a triangle; 0 where it is steeper than 45 degrees. */
const gentleArea = (p: Int32Array, a: number, b: number, c: number): number => {
  const [x, y, plan] = triangleNormal(p, a, b, c)
  return plan > Math.hypot(x, y) ? plan : 0
}
