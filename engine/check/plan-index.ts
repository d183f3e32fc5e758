/** Heights of a surface that has one at a place: triangles by the cells of a grid in plan. */
export interface PlanIndex {
  /** Height of the first triangle over the place; NaN where there is none. */
  height(x: number, y: number): number
  /** Lowest and highest place of the surface within a distance in plan, exact for its triangles; [Infinity, −Infinity] where there is none. */
  range(x: number, y: number, reach: number): [low: number, high: number]
}

const CELL = 2
/** How far outside a triangle a place still counts, in barycentric parts: the lattice of a content opens hair cracks in plan. */
const EDGE = 1e-6

/**
 * Builds the index. Triangles without area in plan (walls) are left out. About 50 bytes a triangle.
 *
 * @param places x, y, height, metres
 * @param triangles vertex indices, three a triangle
 * @param wanted whether triangle t takes part
 */
export const planIndex = (
  places: Float64Array,
  triangles: Uint32Array,
  wanted: (triangle: number) => boolean = () => true,
): PlanIndex => {
  const own: number[] = []
  const bounds = [Infinity, Infinity, -Infinity, -Infinity] as [number, number, number, number]
  for (let t = 0; t < triangles.length / 3; t++) {
    if (!wanted(t) || doubleArea(places, triangles, t) === 0) continue
    own.push(t)
    for (let corner = 3 * t; corner < 3 * t + 3; corner++) {
      const vertex = 3 * triangles[corner]!
      bounds[0] = Math.min(bounds[0], places[vertex]!)
      bounds[1] = Math.min(bounds[1], places[vertex + 1]!)
      bounds[2] = Math.max(bounds[2], places[vertex]!)
      bounds[3] = Math.max(bounds[3], places[vertex + 1]!)
    }
  }
  if (own.length === 0) return { height: () => Number.NaN, range: () => [Infinity, -Infinity] }
  const grid = {
    minX: bounds[0],
    minY: bounds[1],
    columns: Math.floor((bounds[2] - bounds[0]) / CELL) + 1,
    rows: Math.floor((bounds[3] - bounds[1]) / CELL) + 1,
  }
  const lists = listCells(places, triangles, own, grid)
  return {
    height: (x, y) => {
      const column = Math.floor((x - grid.minX) / CELL)
      const row = Math.floor((y - grid.minY) / CELL)
      if (column < 0 || row < 0 || column >= grid.columns || row >= grid.rows) return Number.NaN
      const cell = row * grid.columns + column
      for (let i = lists.starts[cell]!; i < lists.starts[cell + 1]!; i++) {
        const height = heightOn(places, triangles, lists.triangles[i]!, x, y)
        if (!Number.isNaN(height)) return height
      }
      return Number.NaN
    },
    range: (x, y, reach) => {
      const found: [number, number] = [Infinity, -Infinity]
      const column = (value: number): number => Math.floor((value - grid.minX) / CELL)
      const row = (value: number): number => Math.floor((value - grid.minY) / CELL)
      const lastColumn = Math.min(grid.columns - 1, column(x + reach))
      for (let r = Math.max(0, row(y - reach)); r <= Math.min(grid.rows - 1, row(y + reach)); r++) {
        for (let c = Math.max(0, column(x - reach)); c <= lastColumn; c++) {
          const cell = r * grid.columns + c
          for (let i = lists.starts[cell]!; i < lists.starts[cell + 1]!; i++)
            extendRange(found, places, triangles, lists.triangles[i]!, [x, y, reach])
        }
      }
      return found
    },
  }
}

/**
 * Widens a range by the heights of a triangle over a disc. A plane has its extremes over what they share at a corner in the disc, where an edge meets the circle, or where the
 * circle's place up or down the slope lies in the triangle.
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

interface CellGrid {
  readonly minX: number
  readonly minY: number
  readonly columns: number
  readonly rows: number
}

/** Triangles of each cell that their boxes meet, cell after cell. */
const listCells = (
  places: Float64Array,
  triangles: Uint32Array,
  own: readonly number[],
  grid: CellGrid,
): { starts: Uint32Array; triangles: Uint32Array } => {
  const starts = new Uint32Array(grid.columns * grid.rows + 1)
  const each = (t: number, visit: (cell: number) => void): void => {
    const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!]
    const cellOf = (value: number, k: 0 | 1): number => Math.floor((value - (k === 0 ? grid.minX : grid.minY)) / CELL)
    const first = [0, 1].map((k) => cellOf(Math.min(places[a + k]!, places[b + k]!, places[c + k]!), k as 0 | 1))
    const last = [0, 1].map((k) => cellOf(Math.max(places[a + k]!, places[b + k]!, places[c + k]!), k as 0 | 1))
    for (let row = first[1]!; row <= last[1]!; row++)
      for (let column = first[0]!; column <= last[0]!; column++) visit(row * grid.columns + column)
  }
  for (const t of own) each(t, (cell) => starts[cell + 1]!++)
  for (let cell = 1; cell < starts.length; cell++) starts[cell] = starts[cell]! + starts[cell - 1]!
  const next = starts.slice()
  const listed = new Uint32Array(starts.at(-1)!)
  for (const t of own) {
    each(t, (cell) => {
      listed[next[cell]!++] = t
    })
  }
  return { starts, triangles: listed }
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
