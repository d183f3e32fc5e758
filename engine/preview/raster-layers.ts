/** Opens and draws rasters: as shaded relief, or as colours over it. */
import { Box2 } from "../core/geometry/box.js"
import type { Pixels, Sheet } from "../formats/raster/sheet.js"
import { readRaster } from "../formats/raster/tiff/read-raster.js"
import type { RasterStyle } from "../kernel.js"
import { cssColour, landTints, rampTable } from "./colour-ramp.js"
import { type HeightGrid, heightRange, type PlacedFile, readHeightGrid } from "./height-grid.js"
import type { LegendEntry, MapLayout } from "./map-layout.js"
import { paintGrid, shadeGrid } from "./shade.js"

/** Files of a raster product that meet a map, and the range of their values there. */
export interface Heights {
  readonly files: readonly PlacedFile[]
  readonly range: readonly [min: number, max: number]
  /** Side of the finest cells, metres. */
  readonly cell: number
  /** All cells of the map, if they fit in memory: each file is then read once. */
  readonly grid?: HeightGrid
}

/** Rows of the picture painted at once, which bounds the cells in memory. */
const BAND = 256
/** Cells beyond a band that slopes and interpolation need. */
const AROUND = 3
/**
 * Most cells to keep in memory, enough for a sheet of 1600 pixels: 12 bytes each for heights,
 * weights and shading.
 */
const MOST_CACHED = 12_000_000
/** Share of a map that margins and rounding may add to the requested box. */
const SLACK = 0.02

/**
 * The files that meet `box` with the range of their values, read at `pixel` metres; undefined
 * without any.
 */
export const openHeights = async (
  all: readonly PlacedFile[],
  box: Box2,
  pixel: number,
): Promise<Heights | undefined> => {
  const files = all.filter((file) => Box2.overlaps(file.box, box))
  const [first] = files
  if (first === undefined) return undefined
  const [minX, minY] = first.box
  const { cellSize } = await readRaster(first.path, { window: [minX, minY, minX + 0.01, minY + 0.01] })
  const cell = cellFor(cellSize, pixel)
  const reach = Box2.grow(box, AROUND * cell + SLACK * Math.max(box[2] - box[0], box[3] - box[1]))
  if (Box2.area(reach) / (cell * cell) > MOST_CACHED) {
    const range = await heightRange(files, box, pixel)
    return range && { files, range, cell: cellSize }
  }
  const grid = await readHeightGrid(all, reach, cell)
  const range = measureRange(grid, box)
  return range && { files, range, cell: cellSize, grid }
}

/** Lowest and highest value of the cells in a box. */
const measureRange = (grid: HeightGrid, box: Box2): Heights["range"] | undefined => {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let row = 0; row < grid.height; row++) {
    const y = grid.maxY - (row + 0.5) * grid.cell
    if (y < box[1] || y > box[3]) continue
    for (let column = 0; column < grid.width; column++) {
      const x = grid.minX + (column + 0.5) * grid.cell
      const value = grid.data[row * grid.width + column]!
      if (x < box[0] || x > box[2]) continue
      if (value < min) min = value
      if (value > max) max = value
    }
  }
  return min <= max ? [min, max] : undefined
}

/** The part of a raster's style that drawing needs. */
type Look = Pick<RasterStyle, "label" | "unit" | "ramp" | "low" | "least" | "span" | "shaded">

/** Paints shaded, tinted heights; returns the number of files. */
export const drawRelief = async (sheet: Sheet, layout: MapLayout, heights: Heights, style: Look): Promise<number> => {
  const table = rampTable(style.ramp ?? landTints)
  const [low, high] = heights.range
  const factor = 255 / Math.max(1e-3, high - low)
  await inBands(sheet, layout, heights, (data, at, value, shade) => {
    const tint = 3 * Math.min(255, Math.max(0, Math.round((value - low) * factor)))
    // Shadows retain some light; slopes that face the light turn towards white.
    const light = shade <= 1 ? 0.3 + 0.7 * shade : 1
    const glow = shade <= 1 ? 0 : Math.min(0.5, 0.9 * (shade - 1))
    for (let band = 0; band < 3; band++) {
      const colour = table[tint + band]! * light
      data[at + band] = colour + (255 - colour) * glow
    }
    data[at + 3] = 255
  })
  return heights.files.length
}

/** Values of the first and the last colour of {@link drawTints}. */
export const tintRange = ({ low, span = 1e-3 }: Look, { range }: Heights): [low: number, high: number] => {
  const first = low ?? range[0]
  return [first, Math.max(first + span, range[1])]
}

/** Paints values in colours over the map; returns the number of files. */
export const drawTints = async (sheet: Sheet, layout: MapLayout, heights: Heights, style: Look): Promise<number> => {
  const { ramp = landTints, least = Number.NEGATIVE_INFINITY, shaded: isShaded } = style
  const table = rampTable(ramp)
  const [low, high] = tintRange(style, heights)
  const factor = 255 / (high - low)
  await inBands(sheet, layout, heights, (data, at, value, shade) => {
    if (value < least) return
    const tint = 3 * Math.min(255, Math.max(0, Math.round((value - low) * factor)))
    const light = isShaded ? 0.55 + 0.45 * Math.min(1, shade) : 1
    for (let band = 0; band < 3; band++) data[at + band] = table[tint + band]! * light
    data[at + 3] = 235
  })
  return heights.files.length
}

/**
 * Side of the cells for a map of `metresPerPixel`: the files' own, doubled while at least two cells
 * fit into a pixel.
 */
const cellFor = (finest: number, metresPerPixel: number): number =>
  finest * 2 ** Math.max(0, Math.floor(Math.log2(metresPerPixel / finest) + 1e-9))

const inBands = async (
  sheet: Sheet,
  { map, box, metresPerPixel }: MapLayout,
  { files, cell: finest, grid: cached }: Heights,
  colour: Parameters<typeof paintGrid>[4],
): Promise<void> => {
  const whole = cached !== undefined && covers(cached, box) ? { grid: cached, shades: shaded(cached) } : undefined
  const cell = cellFor(finest, metresPerPixel)
  for (let row = 0; row < map.height; row += BAND) {
    const rows = Math.min(BAND, map.height - row)
    const north = box[3] - row * metresPerPixel
    const band: Box2 = [box[0], north - rows * metresPerPixel, box[0] + map.width * metresPerPixel, north]
    const reach = Box2.grow(band, AROUND * cell)
    if (whole === undefined && !files.some((file) => Box2.overlaps(file.box, reach))) continue
    const grid = whole?.grid ?? (await readHeightGrid(files, reach, cell))
    const pixels: Pixels = paintGrid(grid, whole?.shades ?? shaded(grid), band, metresPerPixel, colour)
    sheet.blend(pixels, map.left, map.top + row)
  }
}

const covers = ({ minX, maxY, cell, width, height }: HeightGrid, box: Box2): boolean =>
  minX <= box[0] && maxY >= box[3] && minX + width * cell >= box[2] && maxY - height * cell <= box[1]

// Relief that is clear at a metre a pixel is flat at fifty, so slopes are exaggerated more for
// larger cells.
const shaded = (grid: HeightGrid): Float32Array => shadeGrid(grid, 1 + 0.4 * Math.log2(Math.max(1, grid.cell)))

/** The legend entry for colours between two values. */
export const rampEntry = (
  { label, ramp = landTints, unit }: Look,
  [low, high]: readonly [number, number],
): LegendEntry => {
  const end = (value: number): string => `${rounded(value, high - low)} ${unit}`.trimEnd()
  return { kind: "ramp", label, colours: ramp.map(cssColour), ends: [end(low), end(high)] }
}

/** Rounded to the metre, or to the decimetre where the ramp spans only some metres. */
const rounded = (value: number, span: number): string => value.toFixed(span < 10 ? 1 : 0)
