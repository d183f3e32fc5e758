/** Finds the Delaunay edges that cross a tile's side, without triangulating more than it must. */
import { nextEdge } from "../../../engine/core/geometry/half-edge.js"
import { canonicalDelaunay } from "../../geometry/delaunay.js"
import { triangulateRows } from "../../geometry/row-triangulation.js"

/** Height of the rows, mm: that of the cells by which points are thinned. */
const ROW = 500
/** Circumcircles, mm across, up to which {@link triangulateNear} is sure to have all triangles. */
const REACH = 4_096_000
/** Points within this of the axis, mm, are tried alone first. */
const CLOSE = 1500

/** Triangles of points, three vertices each; beside those of the points some have helpers, with numbers from `points` on. */
export interface NearTriangles {
  readonly points: number
  readonly triangles: Uint32Array
  /** x, y of the points and the helpers. */
  readonly coordinates: Float64Array
}

/**
 * Edges of the canonical Delaunay triangulation of points that cross the axis y = 0 between x = 0 and `length`, as pairs of points, each once or twice; maybe others that cross it elsewhere.
 *
 * No edge crosses where all points lie on one side. Else the points are triangulated row by row ({@link triangulateNear}), which takes a fraction of delaunator's time and whose code V8
 * compiles once and not once a loop; at first those within 1.5 m of the axis alone, which is enough where the circumcircles of all triangles on the axis lie within that strip. Where a triangle on the axis is none
 * that the triangulation row by row is sure of, as beside a kilometre without points, all is triangulated by delaunator. The result is the same.
 *
 * @param xy x, y of each point: whole millimetres, no two equal
 */
export const edgesAcross = (xy: Float64Array, length: number): readonly number[] => {
  if (!liesOnBothSides(xy)) return []
  const close = edgesOfClose(xy, length)
  if (close !== undefined) return close
  const near = triangulateNear(xy)
  return (near && edgesOfSure(near, length)) ?? edgesOf(xy, canonicalDelaunay(xy))
}

/** Corners of a triangle of the canonical Delaunay triangulation that holds (0, 0), on its sides too; undefined outside all. Points as of {@link edgesAcross}. */
export const triangleAround = (xy: Float64Array): readonly [number, number, number] | undefined => {
  if (!liesAround(xy)) return undefined
  const near = triangulateNear(xy)
  if (near !== undefined) {
    const t = holderOf(near.triangles, near.coordinates, (t) => isSure(near, t))
    if (t >= 0) return [near.triangles[t], near.triangles[t + 1], near.triangles[t + 2]]
  }
  const triangles = canonicalDelaunay(xy)
  const t = holderOf(triangles, xy, () => true)
  return t < 0 ? undefined : [triangles[t], triangles[t + 1], triangles[t + 2]]
}

const holderOf = (triangles: Uint32Array, xy: Float64Array, accept: (t: number) => boolean): number => {
  for (let t = 0; t < triangles.length; t += 3) {
    const a = 2 * triangles[t]
    const b = 2 * triangles[t + 1]
    const c = 2 * triangles[t + 2]
    const ab = xy[a] * xy[b + 1] - xy[a + 1] * xy[b]
    const bc = xy[b] * xy[c + 1] - xy[b + 1] * xy[c]
    const ca = xy[c] * xy[a + 1] - xy[c + 1] * xy[a]
    const holds = (ab >= 0 && bc >= 0 && ca >= 0) || (ab <= 0 && bc <= 0 && ca <= 0)
    if (holds && accept(t)) return t
  }
  return -1
}

/**
 * The canonical Delaunay triangles of points whose circumcircles are at most 4 km across, among others: triangles with helpers, and larger ones. Undefined where two points of a row have one x.
 *
 * O(n log n); about 80 bytes a point.
 */
export const triangulateNear = (xy: Float64Array): NearTriangles | undefined => {
  const points = xy.length / 2
  if (points === 0) return undefined
  const west = least(xy, 0)
  const base = Math.floor(least(xy, 1) / ROW) * ROW
  const width = most(xy, 0) - west + 1
  const rows = Math.floor((most(xy, 1) - base) / ROW) + 1
  // Each pass is a function of its own: V8 compiles each once, and not all of them again behind each loop.
  const keys = new Float64Array(points)
  fillKeys(keys, xy, west, base, width)
  keys.sort()
  const coordinates = new Float64Array(2 * points)
  const numbers = new Uint32Array(points)
  const starts = new Int32Array(rows + 1)
  if (!layRows(keys, xy, west, base, width, coordinates, numbers, starts)) return undefined
  for (let row = 1; row <= rows; row++) starts[row] = Math.max(starts[row], starts[row - 1])
  const made = triangulateRows({ coordinates, starts, height: ROW, width }, REACH)
  const placed = new Float64Array(made.coordinates.length)
  placeBack(made.coordinates, numbers, west, base, placed)
  renumber(made.triangles, numbers)
  return { points, triangles: made.triangles, coordinates: placed }
}

const least = (xy: Float64Array, axis: number): number => {
  let value = Infinity
  for (let i = axis; i < xy.length; i += 2) if (xy[i] < value) value = xy[i]
  return value
}

const most = (xy: Float64Array, axis: number): number => {
  let value = -Infinity
  for (let i = axis; i < xy.length; i += 2) if (xy[i] > value) value = xy[i]
  return value
}

/** Numbers that sort by row, x and number: of a strip of some kilometres and a million points below 2^53. */
const fillKeys = (keys: Float64Array, xy: Float64Array, west: number, base: number, width: number): void => {
  const points = keys.length
  for (let i = 0; i < points; i++)
    keys[i] = (Math.floor((xy[2 * i + 1] - base) / ROW) * width + xy[2 * i] - west) * points + i
}

/** Writes the points in the order of the sorted keys, and where rows end; false where two points of a row have one x. */
const layRows = (
  keys: Float64Array,
  xy: Float64Array,
  west: number,
  base: number,
  width: number,
  coordinates: Float64Array,
  numbers: Uint32Array,
  starts: Int32Array,
): boolean => {
  const points = keys.length
  let last = -1
  for (let k = 0; k < points; k++) {
    const place = Math.floor(keys[k] / points)
    if (place === last) return false
    last = place
    const i = keys[k] - place * points
    numbers[k] = i
    coordinates[2 * k] = xy[2 * i] - west
    coordinates[2 * k + 1] = xy[2 * i + 1] - base
    starts[Math.floor(place / width) + 1] = k + 1
  }
  return true
}

const placeBack = (all: Float64Array, numbers: Uint32Array, west: number, base: number, placed: Float64Array): void => {
  for (let v = 0; 2 * v < all.length; v++) {
    const i = v < numbers.length ? numbers[v] : v
    placed[2 * i] = all[2 * v] + west
    placed[2 * i + 1] = all[2 * v + 1] + base
  }
}

const renumber = (triangles: Uint32Array, numbers: Uint32Array): void => {
  for (let k = 0; k < triangles.length; k++) if (triangles[k] < numbers.length) triangles[k] = numbers[triangles[k]]
}

/** True for a triangle (the number of its first corner) of the points' own canonical triangulation. */
export const isSure = ({ points, triangles, coordinates: c }: NearTriangles, t: number): boolean => {
  const i = triangles[t]
  const j = triangles[t + 1]
  const k = triangles[t + 2]
  if (i >= points || j >= points || k >= points) return false
  const ax = c[2 * j] - c[2 * i]
  const ay = c[2 * j + 1] - c[2 * i + 1]
  const bx = c[2 * k] - c[2 * i]
  const by = c[2 * k + 1] - c[2 * i + 1]
  const sides = Math.hypot(ax, ay) * Math.hypot(bx, by) * Math.hypot(bx - ax, by - ay)
  // The circumcircle's diameter: the sides by twice the area. A millimetre for what floating point takes off.
  return sides <= (REACH - 1) * Math.abs(ax * by - ay * bx)
}

const liesOnBothSides = (xy: Float64Array): boolean => {
  let sides = 0
  for (let i = 1; i < xy.length && sides < 3; i += 2) sides |= xy[i] > 0 ? 1 : xy[i] < 0 ? 2 : 0
  return sides === 3
}

/** False where all points lie on one side of an axis: then no triangle holds (0, 0). */
const liesAround = (xy: Float64Array): boolean => {
  let sides = 0
  for (let i = 0; i < xy.length; i += 2)
    sides |= (xy[i] >= 0 ? 1 : 0) | (xy[i] <= 0 ? 2 : 0) | (xy[i + 1] >= 0 ? 4 : 0) | (xy[i + 1] <= 0 ? 8 : 0)
  return sides === 15
}

const crosses = (xy: Float64Array, p: number, q: number): boolean =>
  (xy[2 * p + 1] < 0 && xy[2 * q + 1] > 0) || (xy[2 * p + 1] > 0 && xy[2 * q + 1] < 0)

const edgesOf = (xy: Float64Array, triangles: Uint32Array): number[] => {
  const edges: number[] = []
  for (let e = 0; e < triangles.length; e++) {
    const p = triangles[e]
    const q = triangles[nextEdge(e)]
    if (crosses(xy, p, q)) edges.push(p, q)
  }
  return edges
}

/** The edges by the points close to the axis; undefined where those do not tell them all. */
const edgesOfClose = (xy: Float64Array, length: number): number[] | undefined => {
  const numbers = new Uint32Array(xy.length / 2)
  const places = new Float64Array(xy.length)
  const count = takeClose(xy, places, numbers)
  const near = triangulateNear(places.subarray(0, 2 * count))
  if (near === undefined) return undefined
  const { triangles, coordinates } = near
  const edges: number[] = []
  const span = new Float64Array(2)
  for (
    let t = nextAcross(triangles, coordinates, 0);
    t < triangles.length;
    t = nextAcross(triangles, coordinates, t + 3)
  ) {
    const from = edges.length
    addCrossing(triangles, coordinates, t, edges, span)
    if (hasCloseCircle(near, t)) continue
    if (span[1] >= 0 && span[0] <= length) return undefined
    edges.length = from
  }
  return edges.map((v) => numbers[v])
}

const takeClose = (xy: Float64Array, places: Float64Array, numbers: Uint32Array): number => {
  let count = 0
  for (let i = 0; i < numbers.length; i++) {
    const y = xy[2 * i + 1]
    if (y > CLOSE || y < -CLOSE) continue
    places[2 * count] = xy[2 * i]
    places[2 * count + 1] = y
    numbers[count++] = i
  }
  return count
}

/** The first triangle from `from` on that has vertices on both sides of the axis, so that two of its edges or one cross it, or an edge on it, which may not stay when points are added; the end of all where none has. */
const nextAcross = (triangles: Uint32Array, xy: Float64Array, from: number): number => {
  for (let t = from; t < triangles.length; t += 3) {
    const a = xy[2 * triangles[t] + 1]
    const b = xy[2 * triangles[t + 1] + 1]
    const c = xy[2 * triangles[t + 2] + 1]
    if ((a < 0 || b < 0 || c < 0) && (a > 0 || b > 0 || c > 0)) return t
    if (a === 0 ? b === 0 || c === 0 : b === 0 && c === 0) return t
  }
  return triangles.length
}

/** Adds the edges of a triangle that cross the axis; `span` becomes where the axis enters and leaves it. */
const addCrossing = (
  triangles: Uint32Array,
  xy: Float64Array,
  t: number,
  edges: number[],
  span: Float64Array,
): void => {
  let first = Infinity
  let last = -Infinity
  for (let e = t; e < t + 3; e++) {
    const p = triangles[e]
    const q = triangles[e === t + 2 ? t : e + 1]
    if (crosses(xy, p, q)) edges.push(p, q)
    else if (xy[2 * p + 1] !== 0) continue
    const x = placeOn(xy, p, q)
    first = Math.min(first, x)
    last = Math.max(last, x)
  }
  span[0] = first
  span[1] = last
}

/** True for a triangle whose circumcircle lies within the strip of the close points: no other point can be in it. */
const hasCloseCircle = ({ points, triangles, coordinates: c }: NearTriangles, t: number): boolean => {
  const i = triangles[t]
  const j = triangles[t + 1]
  const k = triangles[t + 2]
  if (i >= points || j >= points || k >= points) return false
  const ax = c[2 * j] - c[2 * i]
  const ay = c[2 * j + 1] - c[2 * i + 1]
  const bx = c[2 * k] - c[2 * i]
  const by = c[2 * k + 1] - c[2 * i + 1]
  const a = ax * ax + ay * ay
  const b = bx * bx + by * by
  const area = 2 * (ax * by - ay * bx)
  const x = (by * a - ay * b) / area
  const y = (ax * b - bx * a) / area
  // A millimetre for what floating point takes off.
  return Math.abs(c[2 * i + 1] + y) + Math.hypot(x, y) <= CLOSE - 1
}

/** Undefined where the axis passes, between 0 and `length` and within the hull of the points, through a triangle that is not sure. */
const edgesOfSure = (near: NearTriangles, length: number): number[] | undefined => {
  const { triangles, coordinates, points } = near
  const edges: number[] = []
  // Where the axis passes through what is not sure; where it enters and leaves the hull, as far as that is known.
  const unsure: [first: number, last: number][] = []
  let entry = -Infinity
  let exit = Infinity
  const span = new Float64Array(2)
  for (
    let t = nextAcross(triangles, coordinates, 0);
    t < triangles.length;
    t = nextAcross(triangles, coordinates, t + 3)
  ) {
    const from = edges.length
    addCrossing(triangles, coordinates, t, edges, span)
    if (isSure(near, t)) continue
    const kept = edges.splice(from)
    if (span[1] >= 0 && span[0] <= length) {
      unsure.push([span[0], span[1]])
      for (let k = 0; k < kept.length; k += 2) {
        const side = sideOfAll(near, kept[k]!, kept[k + 1]!)
        const x = placeOn(coordinates, kept[k]!, kept[k + 1]!)
        if (side > 0) entry = Math.max(entry, x)
        if (side < 0) exit = Math.min(exit, x)
      }
    }
    // An edge of the hull belongs to the triangulation, whatever is beyond it.
    for (let k = 0; k < kept.length; k += 2)
      if (kept[k]! < points && kept[k + 1]! < points && sideOfAll(near, kept[k]!, kept[k + 1]!) !== 0)
        edges.push(kept[k]!, kept[k + 1]!)
  }
  return unsure.every(([first, last]) => last <= entry || first >= exit) ? edges : undefined
}

/** Where the axis crosses an edge; the place of the edge's first end where that lies on it. */
const placeOn = (xy: Float64Array, p: number, q: number): number =>
  xy[2 * p + 1] === 0
    ? xy[2 * p]
    : (xy[2 * p] * xy[2 * q + 1] - xy[2 * q] * xy[2 * p + 1]) / (xy[2 * q + 1] - xy[2 * p + 1])

/** 1 where all other points lie east of the edge, −1 where they lie west of it, 0 else and for helpers: an edge of the hull whose ends follow each other there. Exact. */
const sideOfAll = ({ points, coordinates: c }: NearTriangles, p: number, q: number): number => {
  if (p >= points || q >= points) return 0
  const upwards = c[2 * p + 1] < c[2 * q + 1]
  const sides = sidesOf(c, points, upwards ? p : q, upwards ? q : p)
  return sides === 1 ? 1 : sides === 2 ? -1 : 0
}

/** 1 where points lie east of the line from one to another north of it, 2 where they lie west of it, 3 for both, or one on it. */
const sidesOf = (c: Float64Array, points: number, low: number, high: number): number => {
  const x = c[2 * low]
  const y = c[2 * low + 1]
  const dx = c[2 * high] - x
  const dy = c[2 * high + 1] - y
  let sides = 0
  for (let i = 0; i < points && sides < 3; i++) {
    if (i === low || i === high) continue
    const turn = dx * (c[2 * i + 1] - y) - dy * (c[2 * i] - x)
    sides |= turn < 0 ? 1 : turn > 0 ? 2 : 3
  }
  return sides
}
