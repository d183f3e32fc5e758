import { canonicalDelaunay } from "./delaunay.js"
import { triangulateRows } from "./row-triangulation.js"

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
    const [a, b, c] = [2 * triangles[t], 2 * triangles[t + 1], 2 * triangles[t + 2]]
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
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let i = 0; i < points; i++) {
    west = Math.min(west, xy[2 * i])
    east = Math.max(east, xy[2 * i])
    south = Math.min(south, xy[2 * i + 1])
    north = Math.max(north, xy[2 * i + 1])
  }
  if (points === 0) return undefined
  const base = Math.floor(south / ROW) * ROW
  const width = east - west + 1
  const rows = Math.floor((north - base) / ROW) + 1
  // By row, x and number: of a strip of some kilometres and a million points below 2^53.
  const keys = new Float64Array(points)
  for (let i = 0; i < points; i++)
    keys[i] = (Math.floor((xy[2 * i + 1] - base) / ROW) * width + xy[2 * i] - west) * points + i
  keys.sort()
  const coordinates = new Float64Array(2 * points)
  const numbers = new Uint32Array(points)
  const starts = new Int32Array(rows + 1)
  let last = -1
  for (let k = 0; k < points; k++) {
    const place = Math.floor(keys[k] / points)
    if (place === last) return undefined
    last = place
    const i = keys[k] - place * points
    numbers[k] = i
    coordinates[2 * k] = xy[2 * i] - west
    coordinates[2 * k + 1] = xy[2 * i + 1] - base
    starts[Math.floor(place / width) + 1] = k + 1
  }
  for (let row = 1; row <= rows; row++) starts[row] = Math.max(starts[row], starts[row - 1])
  const made = triangulateRows({ coordinates, starts, height: ROW, width }, REACH)
  const all = made.coordinates
  const placed = new Float64Array(all.length)
  for (let v = 0; v < all.length / 2; v++) {
    const i = v < points ? numbers[v] : v
    placed[2 * i] = all[2 * v] + west
    placed[2 * i + 1] = all[2 * v + 1] + base
  }
  return { points, triangles: made.triangles.map((v) => (v < points ? numbers[v] : v)), coordinates: placed }
}

/** True for a triangle (the number of its first corner) of the points' own canonical triangulation. */
export const isSure = ({ points, triangles, coordinates: c }: NearTriangles, t: number): boolean => {
  const [i, j, k] = [triangles[t], triangles[t + 1], triangles[t + 2]]
  if (i >= points || j >= points || k >= points) return false
  const [ax, ay] = [c[2 * j] - c[2 * i], c[2 * j + 1] - c[2 * i + 1]]
  const [bx, by] = [c[2 * k] - c[2 * i], c[2 * k + 1] - c[2 * i + 1]]
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
    const q = triangles[e % 3 === 2 ? e - 2 : e + 1]
    if (crosses(xy, p, q)) edges.push(p, q)
  }
  return edges
}

/** The edges by the points close to the axis; undefined where those do not tell them all. */
const edgesOfClose = (xy: Float64Array, length: number): number[] | undefined => {
  const numbers = new Uint32Array(xy.length / 2)
  const places = new Float64Array(xy.length)
  let count = 0
  for (let i = 0; i < numbers.length; i++) {
    const y = xy[2 * i + 1]
    if (y > CLOSE || y < -CLOSE) continue
    places[2 * count] = xy[2 * i]
    places[2 * count + 1] = y
    numbers[count++] = i
  }
  const near = triangulateNear(places.subarray(0, 2 * count))
  if (near === undefined) return undefined
  const { triangles, coordinates } = near
  const edges: number[] = []
  for (let t = 0; t < triangles.length; t += 3) {
    let first = Infinity
    let last = -Infinity
    const from = edges.length
    for (let k = 0; k < 3; k++) {
      const p = triangles[t + k]
      const q = triangles[k === 2 ? t : t + k + 1]
      if (crosses(coordinates, p, q)) edges.push(p, q)
      else if (coordinates[2 * p + 1] !== 0) continue
      const x = placeOn(coordinates, p, q)
      first = Math.min(first, x)
      last = Math.max(last, x)
    }
    // No edge crosses: the axis passes by, along a side or through a corner.
    if (edges.length === from) continue
    if (hasCloseCircle(near, t)) continue
    if (last >= 0 && first <= length) return undefined
    edges.length = from
  }
  return edges.map((v) => numbers[v])
}

/** True for a triangle whose circumcircle lies within the strip of the close points: no other point can be in it. */
const hasCloseCircle = ({ points, triangles, coordinates: c }: NearTriangles, t: number): boolean => {
  const [i, j, k] = [triangles[t], triangles[t + 1], triangles[t + 2]]
  if (i >= points || j >= points || k >= points) return false
  const [ax, ay] = [c[2 * j] - c[2 * i], c[2 * j + 1] - c[2 * i + 1]]
  const [bx, by] = [c[2 * k] - c[2 * i], c[2 * k + 1] - c[2 * i + 1]]
  const [a, b, area] = [ax * ax + ay * ay, bx * bx + by * by, 2 * (ax * by - ay * bx)]
  const [x, y] = [(by * a - ay * b) / area, (ax * b - bx * a) / area]
  // A millimetre for what floating point takes off.
  return Math.abs(c[2 * i + 1] + y) + Math.hypot(x, y) <= CLOSE - 1
}

/** Undefined where the axis passes, between 0 and `length` and within the hull of the points, through a triangle that is not sure. */
const edgesOfSure = (near: NearTriangles, length: number): number[] | undefined => {
  const { triangles, coordinates, points } = near
  const edges: number[] = []
  // Where the axis passes through what is not sure; where it enters and leaves the hull, as far as that is known.
  const unsure: [first: number, last: number][] = []
  let [entry, exit] = [-Infinity, Infinity]
  for (let t = 0; t < triangles.length; t += 3) {
    let [first, last] = [Infinity, -Infinity]
    const from = edges.length
    for (let e = t; e < t + 3; e++) {
      const p = triangles[e]
      const q = triangles[e === t + 2 ? t : e + 1]
      if (crosses(coordinates, p, q)) edges.push(p, q)
      else if (coordinates[2 * p + 1] !== 0) continue
      const x = placeOn(coordinates, p, q)
      first = Math.min(first, x)
      last = Math.max(last, x)
    }
    // No edge crosses: the axis passes by, along a side or through a corner.
    if (edges.length === from || isSure(near, t)) continue
    if (last >= 0 && first <= length) {
      unsure.push([first, last])
      for (let k = from; k < edges.length; k += 2) {
        const side = sideOfAll(near, edges[k]!, edges[k + 1]!)
        const x = placeOn(coordinates, edges[k]!, edges[k + 1]!)
        if (side > 0) entry = Math.max(entry, x)
        if (side < 0) exit = Math.min(exit, x)
      }
    }
    const kept = edges.splice(from)
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
  const [low, high] = c[2 * p + 1] < c[2 * q + 1] ? [p, q] : [q, p]
  const [x, y] = [c[2 * low], c[2 * low + 1]]
  const [dx, dy] = [c[2 * high] - x, c[2 * high + 1] - y]
  let sides = 0
  for (let i = 0; i < points && sides < 3; i++) {
    if (i === p || i === q) continue
    const turn = dx * (c[2 * i + 1] - y) - dy * (c[2 * i] - x)
    sides |= turn < 0 ? 1 : turn > 0 ? 2 : 3
  }
  return sides === 1 ? 1 : sides === 2 ? -1 : 0
}
