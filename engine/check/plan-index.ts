/** Looks up heights of a mesh by place in plan, with triangles sorted into the cells of a grid. */
import { MAX_PLAN_CELLS } from "../core/bounds.js"
import type { Box2 } from "../core/geometry/box.js"
import { type CellGrid, type CellLists, listCells } from "../core/geometry/triangle-cells.js"
import { EngineError } from "../errors.js"

/** Heights of a surface, looked up in plan. */
export interface PlanIndex {
  /** Height of the first triangle over the place; NaN without one. */
  height(x: number, y: number): number
  /**
   * Heights, metres, at as many places (x, y, z in millimetres) as `into` holds, from place number
   * `from`. Where triangles overlap in plan, the height is that of any of them.
   */
  heights(places: Int32Array, from: number, into: Float64Array): void
  /** First triangle over the place, borders included; −1 without one. */
  triangle(x: number, y: number): number
  /**
   * Lowest and highest point of the surface within a distance in plan, exact for its triangles;
   * [Infinity, −Infinity] without any.
   */
  range(x: number, y: number, reach: number): [low: number, high: number]
}

const CELL = 2
/**
 * How far outside a triangle a place still counts, in barycentric coordinates: the lattice of a
 * content opens hairline cracks in plan.
 */
const EDGE = 1e-6

/**
 * Builds the index. Omits triangles without area in plan (walls). About 130 bytes a triangle.
 *
 * @param places x, y, height, metres
 * @param triangles vertex indices, three a triangle
 * @param wanted true for triangles that take part
 */
export const planIndex = (
  places: Float64Array,
  triangles: Uint32Array,
  wanted: (triangle: number) => boolean = () => true,
): PlanIndex => {
  const own: number[] = []
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let t = 0; t < triangles.length / 3; t++) {
    if (!wanted(t) || doubleArea(places, triangles, t) === 0) continue
    own.push(t)
    for (let corner = 3 * t; corner < 3 * t + 3; corner++) {
      const [x, y] = [places[3 * triangles[corner]!]!, places[3 * triangles[corner]! + 1]!]
      if (x < minX) minX = x
      if (x > maxX) maxX = x
      if (y < minY) minY = y
      if (y > maxY) maxY = y
    }
  }
  if (own.length === 0)
    return {
      height: () => Number.NaN,
      heights: (_places, _from, into) => into.fill(Number.NaN),
      triangle: () => -1,
      range: () => [Infinity, -Infinity],
    }
  const grid = gridOver([minX, minY, maxX, maxY])
  const lists = listCells(places, triangles, own, grid)
  const planes = computePlanes(places, triangles, own)
  return {
    height: (x, y) => heightIn(planes, firstOver(lists, planes, grid, x, y, EDGE), x, y),
    heights: (at, from, into) => {
      // Consecutive places are mostly over one triangle, so its plane is cached (see `planesOf`);
      // NaN: none.
      let [ax, ay, az, vx, vy, wx, wy, bz, cz] = [Number.NaN, 0, 0, 0, 0, 0, 0, 0, 0]
      for (let i = 0; i < into.length; i++) {
        const px = at[3 * (from + i)]! / 1000
        const py = at[3 * (from + i) + 1]! / 1000
        const dx = px - ax
        const dy = py - ay
        const v = vx * dx + vy * dy
        const w = wx * dx + wy * dy
        if (v >= 0 && w >= 0 && v + w <= 1) {
          into[i] = az + v * bz + w * cz
          continue
        }
        const over = firstOver(lists, planes, grid, px, py, EDGE)
        into[i] = heightIn(planes, over, px, py)
        ax = over < 0 ? Number.NaN : planes[over]!
        if (over < 0) continue
        ay = planes[over + 1]!
        az = planes[over + 2]!
        vx = planes[over + 3]!
        vy = planes[over + 4]!
        wx = planes[over + 5]!
        wy = planes[over + 6]!
        bz = planes[over + 7]!
        cz = planes[over + 8]!
      }
    },
    triangle: (x, y) => {
      const i = firstOver(lists, planes, grid, x, y, 0)
      return i < 0 ? -1 : own[i / PLANE]!
    },
    range: (x, y, reach) => {
      const found: [number, number] = [Infinity, -Infinity]
      const column = (value: number): number => Math.floor((value - grid.minX) / grid.cell)
      const row = (value: number): number => Math.floor((value - grid.minY) / grid.cell)
      const lastColumn = Math.min(grid.columns - 1, column(x + reach))
      for (let r = Math.max(0, row(y - reach)); r <= Math.min(grid.rows - 1, row(y + reach)); r++) {
        for (let c = Math.max(0, column(x - reach)); c <= lastColumn; c++) {
          const cell = r * grid.columns + c
          for (let i = lists.starts[cell]!; i < lists.starts[cell + 1]!; i++)
            extendRange(found, places, triangles, own[lists.triangles[i]!]!, [x, y, reach])
        }
      }
      return found
    },
  }
}

/** Numbers a triangle in {@link computePlanes}. */
const PLANE = 9

/**
 * The plane of each triangle a b c as 9 numbers, relative to a corner, which keeps slivers exact.
 * They are x, y and z of a, gradients in x and y of the barycentric coordinates of b and c, and
 * heights of b and c above a.
 */
const computePlanes = (p: Float64Array, triangles: Uint32Array, own: readonly number[]): Float64Array => {
  const planes = new Float64Array(PLANE * own.length)
  for (const [i, t] of own.entries()) {
    const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!]
    const area = doubleArea(p, triangles, t)
    planes.set([p[a]!, p[a + 1]!, p[a + 2]!], PLANE * i)
    planes[PLANE * i + 3] = (p[c + 1]! - p[a + 1]!) / area
    planes[PLANE * i + 4] = (p[a]! - p[c]!) / area
    planes[PLANE * i + 5] = (p[a + 1]! - p[b + 1]!) / area
    planes[PLANE * i + 6] = (p[b]! - p[a]!) / area
    planes[PLANE * i + 7] = p[b + 2]! - p[a + 2]!
    planes[PLANE * i + 8] = p[c + 2]! - p[a + 2]!
  }
  return planes
}

const heightIn = (planes: Float64Array, i: number, x: number, y: number): number => {
  if (i < 0) return Number.NaN
  const dx = x - planes[i]!
  const dy = y - planes[i + 1]!
  const v = planes[i + 3]! * dx + planes[i + 4]! * dy
  const w = planes[i + 5]! * dx + planes[i + 6]! * dy
  return planes[i + 2]! + v * planes[i + 7]! + w * planes[i + 8]!
}

/**
 * Index in `planes` of the first triangle over a place, with tolerance `edge` in barycentric
 * coordinates; −1 without one.
 */
const firstOver = (
  lists: CellLists,
  planes: Float64Array,
  grid: CellGrid,
  x: number,
  y: number,
  edge: number,
): number => {
  const column = Math.floor((x - grid.minX) / grid.cell)
  const row = Math.floor((y - grid.minY) / grid.cell)
  if (column < 0 || row < 0 || column >= grid.columns || row >= grid.rows) return -1
  const cell = row * grid.columns + column
  const end = lists.starts[cell + 1]!
  for (let k = lists.starts[cell]!; k < end; k++) {
    const i = PLANE * lists.triangles[k]!
    const dx = x - planes[i]!
    const dy = y - planes[i + 1]!
    const v = planes[i + 3]! * dx + planes[i + 4]! * dy
    const w = planes[i + 5]! * dx + planes[i + 6]! * dy
    if (v >= -edge && w >= -edge && 1 - v - w >= -edge) return i
  }
  return -1
}

/**
 * Extends a range by the heights of a triangle over a disc. The extremes of a plane there are at a
 * corner in the disc, or where an edge meets the circle. They may also be at the highest and lowest
 * points of the circle, if the triangle contains them.
 */
const extendRange = (
  range: [number, number],
  p: Float64Array,
  triangles: Uint32Array,
  t: number,
  [x, y, reach]: readonly [number, number, number],
): void => {
  const corners = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!]
  const add = (z: number): void => {
    range[0] = Math.min(range[0], z)
    range[1] = Math.max(range[1], z)
  }
  for (let k = 0; k < 3; k++) {
    const [a, b] = [corners[k]!, corners[(k + 1) % 3]!]
    const [ax, ay] = [p[a]! - x, p[a + 1]! - y]
    if (ax * ax + ay * ay <= reach * reach) add(p[a + 2]!)
    const [ux, uy] = [p[b]! - p[a]!, p[b + 1]! - p[a + 1]!]
    // |a + s·u| = reach.
    const [square, half] = [ux * ux + uy * uy, ax * ux + ay * uy]
    const root = Math.sqrt(half * half - square * (ax * ax + ay * ay - reach * reach))
    for (const s of [(-half - root) / square, (-half + root) / square])
      if (s >= 0 && s <= 1) add(p[a + 2]! + s * (p[b + 2]! - p[a + 2]!))
  }
  const [a, b, c] = corners as [number, number, number]
  const area = doubleArea(p, triangles, t)
  const [bz, cz] = [p[b + 2]! - p[a + 2]!, p[c + 2]! - p[a + 2]!]
  const slopeX = (bz * (p[c + 1]! - p[a + 1]!) - cz * (p[b + 1]! - p[a + 1]!)) / area
  const slopeY = (cz * (p[b]! - p[a]!) - bz * (p[c]! - p[a]!)) / area
  const step = reach / (Math.hypot(slopeX, slopeY) || 1)
  for (const sign of [-1, 1]) {
    const z = heightOn(p, triangles, t, x + sign * step * slopeX, y + sign * step * slopeY)
    if (!Number.isNaN(z)) add(z)
  }
}

/** Cells of 2 m, doubled until a large surface has few enough. The results are the same. */
const gridOver = ([minX, minY, maxX, maxY]: Box2): CellGrid => {
  const side = Math.max(maxX - minX, maxY - minY)
  if (!Number.isFinite(side))
    throw new EngineError("E_FORMAT", "damaged: a surface has infinite coordinates. Run the job again.")
  let cell = CELL
  const along = (length: number): number => Math.floor(length / cell) + 1
  while (along(maxX - minX) * along(maxY - minY) > MAX_PLAN_CELLS) cell *= 2
  return { minX, minY, cell, columns: along(maxX - minX), rows: along(maxY - minY) }
}

const doubleArea = (p: Float64Array, triangles: Uint32Array, t: number): number => {
  const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!]
  return (p[b]! - p[a]!) * (p[c + 1]! - p[a + 1]!) - (p[b + 1]! - p[a + 1]!) * (p[c]! - p[a]!)
}

const heightOn = (p: Float64Array, triangles: Uint32Array, t: number, x: number, y: number): number => {
  const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!]
  const area = doubleArea(p, triangles, t)
  const part = (i: number, j: number): number => ((p[i]! - x) * (p[j + 1]! - y) - (p[i + 1]! - y) * (p[j]! - x)) / area
  const [u, v, w] = [part(b, c), part(c, a), part(a, b)]
  return u < -EDGE || v < -EDGE || w < -EDGE ? Number.NaN : u * p[a + 2]! + v * p[b + 2]! + w * p[c + 2]!
}
