import { EngineError } from "../../errors.js"
import type { Mesh, TextureChart } from "../../kernel.js"
import { packRectangles } from "./pack-rectangles.js"

/** Levels of a mipmap, beside the full size, down to which no chart shows in another. */
const LEVELS = 4
/** Charts begin and end at whole texels of the coarsest of these levels: those of one chart are then mixed of no other's. */
const UNIT = 2 ** LEVELS
/** Texels around what a chart's faces need: half a texel of the coarsest level, which bilinear sampling reaches, and one for places rounded to 16 bits. */
const MARGIN = UNIT / 2 + 1

/** An opaque texel where no chart lies, four bytes as one number. */
const GREY = new Uint32Array(Uint8Array.of(128, 128, 128, 255).buffer)[0]!

/** The chart number of faces that no chart paints. */
export const NO_CHART = 0xffffffff

/** Charts of some faces in one image. */
export interface TextureAtlas {
  readonly width: number
  readonly height: number
  /** RGBA. */
  readonly data: Uint8Array
  /** The same in near infrared, red and green, where the charts have it. */
  readonly infrared?: Uint8Array
  /** (u, v) of the three corners of each triangle, 0 to 1 from the image's upper left corner; 0 of those without a chart. */
  readonly uv: Float32Array
}

/** Of a chart the texels `[left, left + width)` by `[top, top + height)`, which may reach beyond it, and their place in the atlas. */
interface Window {
  readonly chart: TextureChart
  readonly left: number
  readonly top: number
  /** Units; x and y are where it is packed. */
  readonly w: number
  readonly h: number
  x: number
  y: number
}

/**
 * One image of the parts of charts that a mesh needs, texel by texel: none is resampled.
 *
 * Each part has a margin of 9 texels, which repeats the chart's own edge where the chart ends, and its sides are multiples of 16, as its place is. So a
 * place on a face, sampled between four texels, meets texels of its own chart alone on the full image and on its first four halvings (the sides of the image
 * are multiples of 16 too, so each halving is exact), and no block of a JPEG, with colours halved or not, holds two charts. Beyond those levels charts
 * mix; a coarser content has taken the place of this one by then.
 *
 * @param chartOf number of the chart of each triangle of the mesh, or `NO_CHART`
 * @returns undefined where no triangle has a chart
 */
export const packAtlas = (
  mesh: Mesh,
  charts: readonly TextureChart[],
  chartOf: Uint32Array,
): TextureAtlas | undefined => {
  const places = placesOf(mesh, charts, chartOf)
  const windows = windowsOf(charts, chartOf, places)
  if (windows.size === 0) return undefined
  const { w, h } = packRectangles([...windows.values()])
  const [width, height] = [w * UNIT, h * UNIT]
  const used = [...windows.values()]
  const data = imageOf(used, width, height, ({ data: texels }) => texels)
  const hasInfrared = used.every(({ chart }) => chart.infrared !== undefined)
  const second = hasInfrared ? { infrared: imageOf(used, width, height, ({ infrared }) => infrared!) } : {}
  const uv = new Float32Array(places.length)
  for (let t = 0; t < chartOf.length; t++) {
    const window = windows.get(chartOf[t]!)
    if (window === undefined) continue
    for (let i = 6 * t; i < 6 * t + 6; i += 2) {
      uv[i] = (places[i]! - window.left + window.x * UNIT) / width
      uv[i + 1] = (places[i + 1]! - window.top + window.y * UNIT) / height
    }
  }
  return { width, height, data, ...second, uv }
}

const imageOf = (
  windows: readonly Window[],
  width: number,
  height: number,
  texelsOf: (chart: TextureChart) => Uint8Array,
): Uint8Array => {
  const data = new Uint8Array(new Uint32Array(width * height).fill(GREY).buffer)
  for (const window of windows) copyWindow(window, texelsOf(window.chart), data, width)
  return data
}

/** Columns and rows of the corners of the triangles on their charts, whole numbers at the edges of texels. */
const placesOf = (
  { positions: p, triangles }: Mesh,
  charts: readonly TextureChart[],
  chartOf: Uint32Array,
): Float64Array => {
  const places = new Float64Array(2 * triangles.length)
  for (let i = 0; i < triangles.length; i++) {
    const number = chartOf[(i / 3) | 0]!
    if (number === NO_CHART) continue
    const chart = charts[number]
    if (chart === undefined)
      throw new EngineError("E_INTERNAL", `chart ${number} of a texture of ${charts.length} charts`)
    const { origin, u, v, texel } = chart
    const at = 3 * triangles[i]!
    const x = p[at]! / 1000 - origin[0]
    const y = p[at + 1]! / 1000 - origin[1]
    const z = p[at + 2]! / 1000 - origin[2]
    places[2 * i] = (x * u[0] + y * u[1] + z * u[2]) / texel
    places[2 * i + 1] = (x * v[0] + y * v[1] + z * v[2]) / texel
  }
  return places
}

const windowsOf = (
  charts: readonly TextureChart[],
  chartOf: Uint32Array,
  places: Float64Array,
): ReadonlyMap<number, Window> => {
  const boxes = new Map<number, [left: number, top: number, right: number, bottom: number]>()
  for (let t = 0; t < chartOf.length; t++) {
    if (chartOf[t] === NO_CHART) continue
    const box = boxes.get(chartOf[t]!) ?? [Infinity, Infinity, -Infinity, -Infinity]
    boxes.set(chartOf[t]!, box)
    for (let i = 6 * t; i < 6 * t + 6; i += 2) {
      box[0] = Math.min(box[0], places[i]!)
      box[1] = Math.min(box[1], places[i + 1]!)
      box[2] = Math.max(box[2], places[i]!)
      box[3] = Math.max(box[3], places[i + 1]!)
    }
  }
  const windows = new Map<number, Window>()
  for (const [number, box] of [...boxes].sort(([a], [b]) => a - b)) {
    const [left, top] = [Math.floor(box[0]) - MARGIN, Math.floor(box[1]) - MARGIN]
    const w = Math.ceil((Math.ceil(box[2]) + MARGIN - left) / UNIT)
    const h = Math.ceil((Math.ceil(box[3]) + MARGIN - top) / UNIT)
    windows.set(number, { chart: charts[number]!, left, top, w, h, x: 0, y: 0 })
  }
  return windows
}

const copyWindow = (
  { chart, left, top, w, h, x, y }: Window,
  from: Uint8Array,
  data: Uint8Array,
  across: number,
): void => {
  const { width, height } = chart
  const [columns, rows] = [w * UNIT, h * UNIT]
  // Columns of the window that the chart has; beside them its edge is repeated.
  const first = Math.min(columns, Math.max(0, -left))
  const last = Math.max(first, Math.min(columns, width - left))
  for (let row = 0; row < rows; row++) {
    const line = Math.min(height - 1, Math.max(0, top + row)) * width
    const to = (y * UNIT + row) * across + x * UNIT
    data.set(from.subarray(4 * (line + left + first), 4 * (line + left + last)), 4 * (to + first))
    for (let column = 0; column < columns; column++) {
      if (column === first && last > first) column = last
      if (column >= columns) break
      const at = 4 * (line + Math.min(width - 1, Math.max(0, left + column)))
      data.set(from.subarray(at, at + 4), 4 * (to + column))
    }
  }
}
