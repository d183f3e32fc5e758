/** Packs the charts that a content needs into one image that is safe for mipmaps. */
import { EngineError } from "../../errors.js"
import type { Mesh, TextureChart } from "../../kernel.js"
import { packRectangles, type Rectangle } from "./pack-rectangles.js"

/** Mipmap levels, besides the full size, at which no chart bleeds into another. */
const LEVELS = 4
/**
 * Charts are aligned to whole texels of the coarsest of these levels, so none of these texels mixes
 * charts.
 */
const UNIT = 2 ** LEVELS
/**
 * Texels around a chart's faces: half a texel of the coarsest level, for bilinear sampling, and one
 * for coordinates rounded to 16 bits.
 */
const MARGIN = UNIT / 2 + 1

/** An opaque grey texel for gaps, four bytes as one number. */
const GREY = new Uint32Array(Uint8Array.of(128, 128, 128, 255).buffer)[0]!

/** The chart index of faces without a chart. */
export const NO_CHART = 0xffffffff

/** The charts of some faces in one image. */
export interface TextureAtlas {
  readonly width: number
  readonly height: number
  /** RGBA. */
  readonly data: Uint8Array
  /** Near infrared, red and green, if the charts have them. */
  readonly infrared?: Uint8Array
  /**
   * (u, v) of the three corners of each triangle, 0 to 1 from the image's upper left corner; 0
   * without a chart.
   */
  readonly uv: Float32Array
}

/**
 * Memory that successive atlases reuse, so the system need not clear pages for each. An earlier
 * atlas is overwritten.
 */
export interface AtlasMemory {
  /** Memory for so many texels: number 0 is the image, 1 the infrared image. */
  take(number: 0 | 1, texels: number): Uint32Array<ArrayBuffer>
}

/** Allocates more than requested, since the contents of a tile differ in size. */
const GROWTH = 1.25

export const atlasMemory = (): AtlasMemory => {
  const memory: [ArrayBuffer, ArrayBuffer] = [new ArrayBuffer(0), new ArrayBuffer(0)]
  return {
    take: (number, texels) => {
      if (memory[number].byteLength < 4 * texels) memory[number] = new ArrayBuffer(4 * Math.ceil(GROWTH * texels))
      return new Uint32Array(memory[number], 0, texels)
    },
  }
}

/**
 * The texels `[left, left + width)` × `[top, top + height)` of a chart, and their place in the
 * atlas. They may extend beyond the chart.
 */
interface Window extends Rectangle {
  readonly chart: TextureChart
  readonly left: number
  readonly top: number
}

/**
 * Packs the parts of charts that a mesh needs into one image, without resampling.
 *
 * Each part has a margin of 9 texels, which repeats the chart's edge where the chart ends. Sides
 * and places are multiples of 16. Bilinear sampling on a face therefore mixes only texels of its
 * own chart, on the full image and its first four halvings. The image's sides are multiples of 16
 * too, so each halving is exact. No JPEG block, with subsampled colours or not, mixes charts.
 * Charts mix at coarser levels, but a coarser content has replaced this one by then.
 *
 * @param chartOf chart index of each triangle of the mesh, or `NO_CHART`
 * @param memory for the images, which are valid until it is reused
 * @returns undefined if no triangle has a chart
 */
export const packAtlas = (
  mesh: Mesh,
  charts: readonly TextureChart[],
  chartOf: Uint32Array,
  memory: AtlasMemory = atlasMemory(),
): TextureAtlas | undefined => {
  const places = measureCharts(mesh, charts, chartOf)
  const windows = cutWindows(charts, chartOf, places)
  if (windows.size === 0) return undefined
  const { w, h } = packRectangles([...windows.values()])
  const [width, height] = [w * UNIT, h * UNIT]
  const used = [...windows.values()]
  const texels = width * height
  const data = paintImage(used, memory.take(0, texels), width, (chart) => chart.data)
  const hasInfrared = used.every(({ chart }) => chart.infrared !== undefined)
  const second = hasInfrared
    ? { infrared: paintImage(used, memory.take(1, texels), width, ({ data, infrared = data }) => infrared) }
    : {}
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

const paintImage = (
  windows: readonly Window[],
  words: Uint32Array<ArrayBuffer>,
  width: number,
  texelsOf: (chart: TextureChart) => Uint8Array,
): Uint8Array => {
  words.fill(GREY)
  for (const window of windows) copyWindow(window, wordsOf(texelsOf(window.chart)), words, width)
  return new Uint8Array(words.buffer, 0, 4 * words.length)
}

/** The texels as one number each, in native byte order: they are only copied. */
const wordsOf = (data: Uint8Array): Uint32Array => {
  const { buffer, byteOffset } = data.byteOffset % 4 === 0 ? data : data.slice()
  return new Uint32Array(buffer, byteOffset, data.length >> 2)
}

/**
 * Columns and rows of the triangles' corners on their charts; whole numbers are edges of texels.
 */
const measureCharts = (
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

const cutWindows = (
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
  from: Uint32Array,
  words: Uint32Array,
  across: number,
): void => {
  const { width, height } = chart
  const [columns, rows] = [w * UNIT, h * UNIT]
  // The window's columns within the chart; beside them the chart's edge is repeated.
  const first = Math.min(columns, Math.max(0, -left))
  const last = Math.max(first, Math.min(columns, width - left))
  for (let row = 0; row < rows; row++) {
    const line = Math.min(height - 1, Math.max(0, top + row)) * width
    const to = (y * UNIT + row) * across + x * UNIT
    if (last > first) words.set(from.subarray(line + left + first, line + left + last), to + first)
    words.fill(from[line]!, to, to + first)
    words.fill(from[line + width - 1]!, to + last, to + columns)
  }
}
