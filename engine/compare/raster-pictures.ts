/** Draws a raster before and after a change, and its difference, for the page of a comparison. */
import { Box2 } from "../core/geometry/box.js"
import { openAny } from "../formats/raster/open/raster-mosaic.js"
import type { RasterFile } from "../formats/raster/open/types.js"
import { openSheet, type Pixels, type SheetFormat } from "../formats/raster/sheet.js"
import type { RasterPort, Rgb } from "../kernel.js"
import { cssColour, landTints, type Ramp, rampTable } from "../preview/colour-ramp.js"
import type { HeightGrid } from "../preview/height-grid.js"
import { shadeGrid } from "../preview/shade.js"
import type { RasterPair } from "./compare-rasters.js"

/** Most pixels of a side. */
const MOST_SIDE = 480
/** Cells around those that changed, and least cells of a side. */
const [AROUND, LEAST_SIDE] = [8, 64]
/** Share of the differences that the colours tell apart. */
const SHARE = 0.98
/** Rows of pixels that are read at once. */
const STRIP = 64

/** From lower to higher in B. */
export const differenceTints: Ramp = [
  [26, 82, 158],
  [120, 170, 214],
  [245, 245, 243],
  [228, 142, 110],
  [165, 28, 42],
]
export const [onlyInA, onlyInB]: readonly [Rgb, Rgb] = [
  [122, 78, 150],
  [40, 142, 84],
]
const CHANGED: Rgb = [165, 28, 42]
const SAME: Rgb = [228, 230, 231]
const GREYS: Ramp = [
  [40, 44, 48],
  [240, 240, 238],
]

/** Three pictures of one area: JPEG before and after, PNG of classes and differences. */
export interface RasterPictures {
  readonly before: Uint8Array
  readonly after: Uint8Array
  readonly difference: Uint8Array
  readonly width: number
  readonly height: number
  /** Of the pictures before and after. */
  readonly format: "png" | "jpeg"
  /** Side of a pixel, metres, and in cells: above 1, a pixel is a mean, or a cell for classes. */
  readonly pixel: number
  readonly cells: number
  /** Values of the first and the last colour; absent for classes. */
  readonly range?: readonly [low: number, high: number]
  /** Differences of this size and above have the strongest colours; absent for classes. */
  readonly most?: number
}

/**
 * Draws the area of the changed cells from the cells themselves, in strips: overviews of two
 * rasters may have other borders. Memory: the pictures and a strip.
 *
 * @param box of the changed cells, CRS
 * @throws EngineError of the readers
 */
export const drawRaster = async (
  pair: RasterPair,
  band: number,
  box: Box2,
  port: RasterPort | undefined,
): Promise<RasterPictures> => {
  const [a, b] = [await sampleRaster(pair.a, band, box), await sampleRaster(pair.b, band, box)]
  const { width, height, cell, cells } = a
  const picture = async (
    colourAt: (i: number) => Rgb | undefined,
    format: SheetFormat = "png",
  ): Promise<Uint8Array> => {
    const pixels: Pixels = { width, height, data: new Uint8ClampedArray(4 * width * height) }
    for (let i = 0; i < width * height; i++) {
      const colour = colourAt(i)
      if (colour === undefined) continue
      pixels.data.set(colour, 4 * i)
      pixels.data[4 * i + 3] = 255
    }
    const sheet = openSheet(width, height)
    sheet.blend(pixels, 0, 0)
    return sheet.encode(format)
  }
  const place = { width, height, pixel: cell, cells }
  if (a.isClass || b.isClass) {
    const classes = ({ data }: Sampled) =>
      picture((i) => (Number.isNaN(data[i]!) ? undefined : (port?.values?.[data[i]!]?.[1] ?? greyOf(data[i]! / 255))))
    const changes = (i: number): Rgb | undefined => {
      if (Number.isNaN(a.data[i]! + b.data[i]!)) return missing(a.data[i]!, b.data[i]!)
      return a.data[i] === b.data[i] ? SAME : CHANGED
    }
    return {
      before: await classes(a),
      after: await classes(b),
      difference: await picture(changes),
      ...place,
      format: "png",
    }
  }
  const range = findRange([a.data, b.data])
  const style = port?.style
  const table = rampTable(style?.ramp ?? (port?.heights === undefined ? GREYS : landTints))
  const span = Math.max(range[1] - range[0], 1e-9)
  const tints = (grid: Sampled) => {
    const isShaded = port?.heights !== undefined || style?.shaded === true
    const shades = isShaded ? shadeGrid(grid, 1 + 0.4 * Math.log2(Math.max(1, cell))) : undefined
    return picture((i) => {
      const value = grid.data[i]!
      if (Number.isNaN(value)) return undefined
      const light = shades === undefined ? 1 : 0.45 + 0.55 * Math.min(1, shades[i]!)
      return mixTable(table, (value - range[0]) / span).map((part) => part * light) as unknown as Rgb
    }, "jpeg")
  }
  const differences = a.data.map((value, i) => b.data[i]! - value)
  const most = findMost(differences)
  const differenceTable = rampTable(differenceTints)
  const difference = await picture((i) => {
    const by = differences[i]!
    return Number.isNaN(by)
      ? missing(a.data[i]!, b.data[i]!)
      : mixTable(differenceTable, most === 0 ? 0.5 : 0.5 + by / (2 * most))
  })
  return { before: await tints(a), after: await tints(b), difference, ...place, range, most, format: "jpeg" }
}

const missing = (a: number, b: number): Rgb | undefined =>
  Number.isNaN(a) ? (Number.isNaN(b) ? undefined : onlyInB) : onlyInA

const greyOf = (share: number): Rgb => [255 * share, 255 * share, 255 * share]

const mixTable = (table: Uint8Array, share: number): Rgb => {
  const at = 3 * Math.min(255, Math.max(0, Math.round(255 * share)))
  return [table[at]!, table[at + 1]!, table[at + 2]!]
}

/** Lowest and highest value; [0, 0] without any. */
const findRange = (grids: readonly Float32Array[]): [low: number, high: number] => {
  let [low, high] = [Infinity, -Infinity]
  for (const grid of grids)
    for (const value of grid) {
      if (value < low) low = value
      if (value > high) high = value
    }
  return low > high ? [0, 0] : [low, high]
}

/** The size below which most differences are, so that a few do not make all others pale. */
const findMost = (differences: Float32Array): number => {
  const sizes = differences.map(Math.abs).filter((by) => by > 0)
  return sizes.sort()[Math.floor(SHARE * (sizes.length - 1))] ?? 0
}

/** A raster in pixels of 2^k cells. */
interface Sampled extends HeightGrid {
  readonly cells: number
  readonly isClass: boolean
}

const sampleRaster = async (path: string, band: number, box: Box2): Promise<Sampled> => {
  const raster = await openAny(path)
  try {
    return await readPixels(raster, band, box)
  } finally {
    await raster.close()
  }
}

/** The box, widened by whole cells until its longer side is at most twice its shorter one. */
const atMostTwice = ([minX, minY, maxX, maxY]: Box2, cellSize: number): Box2 => {
  const [width, height] = [maxX - minX, maxY - minY]
  const lack = (long: number, short: number): number => Math.max(0, Math.ceil((long / 2 - short) / 2 / cellSize))
  const [dx, dy] = [lack(height, width) * cellSize, lack(width, height) * cellSize]
  return [minX - dx, minY - dy, maxX + dx, maxY + dy]
}

const readPixels = async (raster: RasterFile, band: number, box: Box2): Promise<Sampled> => {
  const { cellSize } = raster
  const side = Math.max(box[2] - box[0], box[3] - box[1]) / cellSize
  const shown = atMostTwice(
    Box2.grow(box, Math.ceil(Math.max(AROUND, (LEAST_SIDE - side) / 2) - 1e-6) * cellSize),
    cellSize,
  )
  const sideOf = (cells: number): number => Math.max(shown[2] - shown[0], shown[3] - shown[1]) / (cells * cellSize)
  let cells = 1
  while (sideOf(cells) > MOST_SIDE) cells *= 2
  const cell = cells * cellSize
  const [minX, maxY] = [shown[0], shown[3]]
  const [width, height] = [Math.ceil((shown[2] - minX) / cell - 1e-6), Math.ceil((maxY - shown[1]) / cell - 1e-6)]
  const [data, counts] = [new Float32Array(width * height).fill(Number.NaN), new Uint32Array(width * height)]
  let isClass = false
  for (let row = 0; row < height; row += STRIP) {
    const rows = Math.min(STRIP, height - row)
    const strip: Box2 = [minX, maxY - (row + rows) * cell, minX + width * cell, maxY - row * cell]
    if (!Box2.overlaps(strip, raster.box)) continue
    const window = await raster.read({ band, box: Box2.intersection(strip, raster.box) })
    isClass = window.data instanceof Uint8Array
    for (let i = 0; i < window.data.length; i++) {
      const value = window.data[i]!
      if (Number.isNaN(value) || value === window.noData) continue
      const x = window.minX + ((i % window.width) + 0.5) * window.cellSize
      const y = window.maxY - (Math.floor(i / window.width) + 0.5) * window.cellSize
      const [c, r] = [Math.floor((x - minX) / cell), Math.floor((maxY - y) / cell)]
      if (c < 0 || c >= width || r < row || r >= row + rows) continue
      const at = r * width + c
      const count = counts[at]!++
      if (count === 0) data[at] = value
      else if (!isClass) data[at]! += (value - data[at]!) / (count + 1)
    }
  }
  return { width, height, minX, maxY, cell, cells, isClass, data }
}

/** CSS of a ramp from left to right. */
export const gradientOf = (ramp: Ramp): string => `linear-gradient(to right,${ramp.map(cssColour).join(",")})`
