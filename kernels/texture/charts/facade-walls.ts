/**
 * Transfers painted walls from a level to the next: halves them, indexes them and paints coarser
 * walls from them.
 */
import { addToList } from "../../../engine/core/lists.js"
import type { Chart, Mesh, Texture, TextureChart } from "../../../engine/kernel.js"
import { chartNormal, placeOnChart } from "./charts.js"
import { fillBeside } from "./fill-image-holes.js"
import { NO_COLOUR } from "./plain-colours.js"

type Vector = readonly [x: number, y: number, z: number]

/** Cosine of the maximum angle between walls of two levels: blocks have cut corners. */
const TURN = 0.7
/**
 * Rings of texels around known ones that take the colours beside them; the rest of a wall has its
 * mean.
 */
const RINGS = 4
/** Minimum share of known texels; below it the wall is treated as one without images. */
const LEAST_SHARE = 0.05
/** Side of the cells that index the walls, metres. */
const CELL = 32

/**
 * Painted walls as textures: for the mesh itself, and at half their size for the parent's walls.
 */
export const wallTextures = (
  mesh: Mesh,
  painted: readonly TextureChart[],
): { readonly oriented: Texture; readonly facade: Texture } => ({
  oriented: { charts: painted, colours: new Uint32Array(mesh.triangles.length / 3).fill(NO_COLOUR) },
  facade: { charts: halvedWalls(mesh, painted), colours: new Uint32Array(0) },
})

/**
 * Painted walls at half their size, as a source for the parent's walls.
 *
 * Texels have twice the side. Each is the mean of those among its four that are known and on a face
 * of the wall; without any, its alpha is 0. Charts are in the CRS and have no faces, since the
 * parent has another mesh. Walls without known texels are left out. O(texels).
 * @param charts of faces of the mesh, in its frame
 */
export const halvedWalls = (mesh: Mesh, charts: readonly TextureChart[]): TextureChart[] =>
  charts.flatMap((chart) => {
    const onWall = texelsOnFaces(mesh, chart)
    const [width, height] = [Math.ceil(chart.width / 2), Math.ceil(chart.height / 2)]
    const data = new Uint8Array(4 * width * height)
    let known = 0
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        let [red, green, blue, count] = [0, 0, 0, 0]
        for (let k = 0; k < 4; k++) {
          const [x, y] = [2 * column + (k & 1), 2 * row + (k >> 1)]
          const from = y * chart.width + x
          if (x >= chart.width || y >= chart.height || onWall[from] === 0 || chart.data[4 * from + 3] === 0) continue
          red += chart.data[4 * from]
          green += chart.data[4 * from + 1]
          blue += chart.data[4 * from + 2]
          count++
        }
        if (count === 0) continue
        known++
        const at = 4 * (row * width + column)
        data[at] = Math.round(red / count)
        data[at + 1] = Math.round(green / count)
        data[at + 2] = Math.round(blue / count)
        data[at + 3] = 255
      }
    }
    if (known === 0) return []
    const origin = [0, 1, 2].map((k) => chart.origin[k] + mesh.origin[k]) as [number, number, number]
    const { u, v, texel } = chart
    return [{ faces: new Uint32Array(0), origin, u, v, width, height, texel: 2 * texel, data }]
  })

/** 1 for the texels of a chart whose middle is on one of its faces. */
const texelsOnFaces = ({ positions: p, triangles }: Mesh, chart: TextureChart): Uint8Array => {
  const { width, height, faces } = chart
  const out = new Uint8Array(width * height)
  const [x, y] = [new Float64Array(3), new Float64Array(3)]
  for (const t of faces) {
    for (let k = 0; k < 3; k++) {
      const at = 3 * triangles[3 * t + k]
      const place = placeOnChart(chart, p[at] / 1000, p[at + 1] / 1000, p[at + 2] / 1000)
      x[k] = place[0]
      y[k] = place[1]
    }
    const area = (x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0])
    if (area === 0) continue
    const first = Math.max(0, Math.floor(Math.min(y[0], y[1], y[2])))
    const last = Math.min(height, Math.ceil(Math.max(y[0], y[1], y[2])))
    const left = Math.max(0, Math.floor(Math.min(x[0], x[1], x[2])))
    const right = Math.min(width, Math.ceil(Math.max(x[0], x[1], x[2])))
    for (let row = first; row < last; row++) {
      for (let column = left; column < right; column++) {
        const [cx, cy] = [column + 0.5, row + 0.5]
        const b = ((cx - x[0]) * (y[2] - y[0]) - (cy - y[0]) * (x[2] - x[0])) / area
        const c = ((x[1] - x[0]) * (cy - y[0]) - (y[1] - y[0]) * (cx - x[0])) / area
        // A small tolerance: texels between two faces are not lost.
        if (b >= -1e-6 && c >= -1e-6 && b + c <= 1 + 1e-6) out[row * width + column] = 1
      }
    }
  }
  return out
}

/** Painted walls, indexed by place. */
export interface WallIndex {
  readonly charts: readonly TextureChart[]
  readonly cells: ReadonlyMap<string, readonly number[]>
}

/**
 * Indexes painted walls, in the CRS, by the cells that they meet in plan. O(walls · cells of each).
 */
export const indexWalls = (charts: readonly TextureChart[]): WallIndex => {
  const cells = new Map<string, number[]>()
  for (const [number, chart] of charts.entries())
    for (const key of listCells(boxOf(chart, [0, 0, 0], 0))) addToList(cells, key, number)
  return { charts, cells }
}

const listCells = ([minX, minY, maxX, maxY]: readonly [number, number, number, number]): string[] => {
  const keys: string[] = []
  for (let y = Math.floor(minY / CELL); y <= Math.floor(maxY / CELL); y++)
    for (let x = Math.floor(minX / CELL); x <= Math.floor(maxX / CELL); x++) keys.push(`${x} ${y}`)
  return keys
}

/** Box of a chart in plan, moved by `shift` and grown. */
const boxOf = (chart: Chart, shift: Vector, grow: number): readonly [number, number, number, number] => {
  const [xs, ys] = [0, 1].map((axis) => listCorners(chart, shift).map((corner) => corner[axis])) as [number[], number[]]
  return [Math.min(...xs) - grow, Math.min(...ys) - grow, Math.max(...xs) + grow, Math.max(...ys) + grow]
}

const listCorners = ({ origin, u, v, width, height, texel }: Chart, shift: Vector): Vector[] =>
  [0, 1, 2, 3].map((k) => {
    const [a, b] = [(k & 1) * width * texel, (k >> 1) * height * texel]
    const along = (axis: 0 | 1 | 2): number => origin[axis] + shift[axis] + a * u[axis] + b * v[axis]
    return [along(0), along(1), along(2)]
  })

/**
 * Paints a wall from those of the finer level.
 *
 * Each texel has the colour of the nearest place before or behind it, within `reach`, on a wall
 * that faces the same way (within 45 degrees). Up to four texels around known ones take the colours
 * beside them. The rest has the mean of the known ones; a block may be higher than its house.
 * O(texels of the walls that it meets).
 * @param chart in the frame of a mesh at `origin`, CRS metres
 * @returns its texels; undefined where less than a twentieth of them is known
 */
export const paintFromWalls = (
  chart: Chart,
  origin: Vector,
  { charts, cells }: WallIndex,
  reach: number,
): { readonly data: Uint8Array; readonly known: number } | undefined => {
  const normal = chartNormal(chart)
  const numbers = new Set(listCells(boxOf(chart, origin, reach)).flatMap((key) => cells.get(key) ?? []))
  const data = new Uint8Array(4 * chart.width * chart.height)
  const nearest = new Float32Array(chart.width * chart.height).fill(reach)
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const other = chartNormal(charts[number])
    if (normal[0] * other[0] + normal[1] * other[1] + normal[2] * other[2] >= TURN)
      paintFrom(chart, origin, charts[number], other, data, nearest)
  }
  let known = 0
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 0) known++
  if (known === 0 || known < LEAST_SHARE * chart.width * chart.height) return undefined
  spread(data, chart.width, chart.height)
  return { data, known }
}

/** Paints from one wall of the finer level, where it is the nearest so far. */
const paintFrom = (
  chart: Chart,
  shift: Vector,
  from: TextureChart,
  normal: Vector,
  data: Uint8Array,
  nearest: Float32Array,
): void => {
  const local = (at: Vector): Vector => [at[0] - shift[0], at[1] - shift[1], at[2] - shift[2]]
  const places = listCorners(from, [0, 0, 0]).map((corner) => placeOnChart(chart, ...local(corner)))
  const range = (axis: 0 | 1, most: number): [number, number] => {
    const values = places.map((place) => place[axis])
    return [Math.max(0, Math.floor(Math.min(...values))), Math.min(most, Math.ceil(Math.max(...values)))]
  }
  const [left, right] = range(0, chart.width)
  const [top, bottom] = range(1, chart.height)
  const base = local(from.origin)
  const step = chart.texel / from.texel
  /** Projection of texel centres onto an axis of the finer wall. */
  const along = (axis: Vector): readonly [start: number, perColumn: number, perRow: number] => {
    const dot = (a: Vector): number => a[0] * axis[0] + a[1] * axis[1] + a[2] * axis[2]
    const start = dot([chart.origin[0] - base[0], chart.origin[1] - base[1], chart.origin[2] - base[2]])
    return [start, dot(chart.u), dot(chart.v)]
  }
  const [toX, toY, off] = [along(from.u), along(from.v), along(normal)]
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const [c, r] = [column + 0.5, row + 0.5]
      const x = toX[0] / from.texel + step * (c * toX[1] + r * toX[2])
      const y = toY[0] / from.texel + step * (c * toY[1] + r * toY[2])
      if (!(x >= 0 && y >= 0 && x < from.width && y < from.height)) continue
      if (from.data[4 * (Math.floor(y) * from.width + Math.floor(x)) + 3] === 0) continue
      const distance = Math.abs(off[0] + chart.texel * (c * off[1] + r * off[2]))
      const at = row * chart.width + column
      // The first of equally near ones remains.
      if (distance > nearest[at] || (distance === nearest[at] && data[4 * at + 3] !== 0)) continue
      nearest[at] = distance
      sample(from, x - 0.5, y - 0.5, data, 4 * at)
    }
  }
}

/**
 * The colour at a place between texels, whole numbers at their middles. Cubic (Catmull and Rom
 * 1974): a bilinear mean would lose contrast at each level. Near unknown texels, the mean of the
 * known ones.
 */
const sample = (from: TextureChart, x: number, y: number, out: Uint8Array, at: number): void => {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const around = { across: cubic(x - left), down: cubic(y - top), all: true }
  if (addWeighted(from, left - 1, top - 1, around, out, at)) return
  const near = { across: [1 - x + left, x - left], down: [1 - y + top, y - top], all: false }
  addWeighted(from, left, top, near, out, at)
}

const cubic = (t: number): number[] => [
  t * (-0.5 + t * (1 - 0.5 * t)),
  1 + t * t * (-2.5 + 1.5 * t),
  t * (0.5 + t * (2 - 1.5 * t)),
  t * t * (-0.5 + 0.5 * t),
]

/**
 * Writes the weighted mean of the texels from (left, top) on. With `all`, returns false and writes
 * nothing where one is unknown.
 */
const addWeighted = (
  { width, height, data: from }: TextureChart,
  left: number,
  top: number,
  {
    across,
    down,
    all,
  }: { readonly across: readonly number[]; readonly down: readonly number[]; readonly all: boolean },
  out: Uint8Array,
  at: number,
): boolean => {
  let [red, green, blue, total] = [0, 0, 0, 0]
  for (let j = 0; j < down.length; j++) {
    const row = Math.min(height - 1, Math.max(0, top + j))
    for (let i = 0; i < across.length; i++) {
      const k = 4 * (row * width + Math.min(width - 1, Math.max(0, left + i)))
      const weight = across[i] * down[j]
      if (from[k + 3] === 0) {
        if (all) return false
        continue
      }
      red += weight * from[k]
      green += weight * from[k + 1]
      blue += weight * from[k + 2]
      total += weight
    }
  }
  const byteOf = (sum: number): number => Math.min(255, Math.max(0, Math.round(sum / total)))
  out[at] = byteOf(red)
  out[at + 1] = byteOf(green)
  out[at + 2] = byteOf(blue)
  out[at + 3] = 255
  return true
}

/**
 * Fills unknown texels: rings by the mean of the known texels beside them, the rest by the mean of
 * all.
 */
const spread = (data: Uint8Array, width: number, height: number): void => {
  const mean = averageColour(data)
  let left: readonly number[] = Array.from({ length: width * height }, (_, i) => i).filter((i) => data[4 * i + 3] === 0)
  for (let ring = 0; ring < RINGS; ring++) left = fillBeside(data, width, height, left)
  for (const i of left) data.set(mean, 4 * i)
}

const averageColour = (data: Uint8Array): [number, number, number, number] => {
  const sums: [number, number, number, number] = [0, 0, 0, 0]
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] === 0) continue
    for (let k = 0; k < 3; k++) sums[k] += data[i + k]
    sums[3]++
  }
  return [Math.round(sums[0] / sums[3]), Math.round(sums[1] / sums[3]), Math.round(sums[2] / sums[3]), 255]
}
