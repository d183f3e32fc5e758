/** Compares a raster of two results cell by cell, and writes their difference. */
import { dirname } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import { openAny } from "../formats/raster/open/raster-mosaic.js"
import type { RasterFile, RasterWindow } from "../formats/raster/open/types.js"
import { encodeCog } from "../formats/raster/tiff/cog.js"
import { encodeVrt, type VrtTile } from "../formats/raster/vrt.js"
import { layout } from "../job/layout.js"

/** Side of the blocks that are read at once, and of the files of a difference, cells. */
const BLOCK = 1024
const NO_DATA = -9999

/** Upper ends of the classes of differences, in the unit of the values; both ways. */
const STEPS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, Number.POSITIVE_INFINITY] as const

/** How the cells of a raster's band differ: values of B minus those of A. Areas in m². */
export interface RasterComparison {
  readonly name: string
  /** From 1; absent where there is one. */
  readonly band?: number
  readonly cellSize: number
  /** Mosaic of B minus A, below the folder of the comparison; absent if none was written. */
  readonly difference?: string
  /** Around the changed cells, CRS; absent without any. */
  readonly box?: Box2
  /** Area where both have data, and where one of them has. */
  readonly both: number
  readonly onlyA: number
  readonly onlyB: number
  /** Area where values differ by more than the tolerance, or only one has data. */
  readonly changed: number
  /** Sums of difference × area, m³ for metres; absent for classes. */
  readonly gained?: number
  readonly lost?: number
  /** Extreme and mean difference, and root mean square; absent for classes and without cells. */
  readonly least?: number
  readonly most?: number
  readonly mean?: number
  readonly rmse?: number
  /** Area by difference, lowest first: above `from` and up to `to`; absent for classes. */
  readonly histogram?: readonly { readonly from: number | null; readonly to: number | null; readonly area: number }[]
}

/** A raster that two results have. */
export interface RasterPair {
  readonly name: string
  readonly a: string
  readonly b: string
}

/**
 * Checks that two rasters can be compared; returns the blocks that {@link compareRasters} reads.
 *
 * @throws EngineError E_INPUT where CRS, grids or numbers of bands differ
 */
export const countBlocks = async (pair: RasterPair): Promise<number> =>
  withRasters(pair, async (sides) => {
    const { columns, rows } = findArea(sides)
    return sides[0].bands * Math.ceil(columns / BLOCK) * Math.ceil(rows / BLOCK)
  })

/** How {@link compareRasters} works. */
export interface RasterChoices {
  readonly tolerance: number
  /** Folder of the comparison; absent: no difference is written. */
  readonly out?: string | undefined
  /** Called after each block. */
  readonly next: () => void
}

/**
 * Compares two rasters of one grid band by band. Bytes are classes: they are equal or not. Reads
 * blocks of 1024 × 1024 cells; memory does not grow with the rasters.
 *
 * With `out`: where cells changed, `raster/NAME.vrt` has B minus A; of several bands each has a
 * raster of its own, `raster/NAME-BAND.vrt`.
 *
 * @throws EngineError as {@link countBlocks}
 */
export const compareRasters = async (pair: RasterPair, choices: RasterChoices): Promise<RasterComparison[]> =>
  withRasters(pair, async (sides) => {
    const found: RasterComparison[] = []
    for (let band = 0; band < sides[0].bands; band++) found.push(await compareBand(pair.name, sides, band, choices))
    return found
  })

type Sides = readonly [a: RasterFile, b: RasterFile]

const withRasters = async <T>({ name, a, b }: RasterPair, use: (sides: Sides) => Promise<T>): Promise<T> => {
  const first = await openAny(a)
  try {
    const second = await openAny(b)
    try {
      requireOneGrid(name, first, second)
      return await use([first, second])
    } finally {
      await second.close()
    }
  } finally {
    await first.close()
  }
}

/** @throws EngineError E_INPUT where two rasters have no common grid */
const requireOneGrid = (name: string, a: RasterFile, b: RasterFile): void => {
  const found =
    a.epsg !== b.epsg
      ? `is in EPSG:${a.epsg} in A and in EPSG:${b.epsg} in B`
      : a.cellSize !== b.cellSize
        ? `has cells of ${a.cellSize} m in A and of ${b.cellSize} m in B`
        : isWhole((a.minX - b.minX) / a.cellSize) && isWhole((a.maxY - b.maxY) / a.cellSize)
          ? a.bands === b.bands
            ? undefined
            : `has ${a.bands} bands in A and ${b.bands} in B`
          : "has cells at other places in A than in B"
  if (found !== undefined)
    throw new EngineError("E_INPUT", `raster ${name} ${found}. Run both jobs with one CRS and the same options.`)
}

const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-6

/** The cells of both. */
const findArea = (sides: Sides) => {
  const [{ cellSize }] = sides
  const [minX, minY, maxX, maxY] = Box2.union(sides[0].box, sides[1].box)
  return { minX, maxY, columns: Math.round((maxX - minX) / cellSize), rows: Math.round((maxY - minY) / cellSize) }
}

const compareBand = async (
  name: string,
  sides: Sides,
  band: number,
  { tolerance, out, next }: RasterChoices,
): Promise<RasterComparison> => {
  const [{ cellSize, epsg = 0, bands }] = sides
  const { minX, maxY, columns, rows } = findArea(sides)
  const own = bands === 1 ? name : `${name}-${band + 1}`
  const to = out && joinInside(out, "raster")
  const tally = new Tally(tolerance)
  const files: VrtTile[] = []
  for (let row = 0; row < rows; row += BLOCK)
    for (let column = 0; column < columns; column += BLOCK, next()) {
      const [width, height] = [Math.min(BLOCK, columns - column), Math.min(BLOCK, rows - row)]
      const place = { minX: minX + column * cellSize, maxY: maxY - row * cellSize, width, height, cellSize }
      const a = await readBlock(sides[0], place, band)
      const b = await readBlock(sides[1], place, band)
      if (a === undefined && b === undefined) continue
      const before = tally.changed
      const data = tally.add(a, b, { column, row, width, height })
      if (to === undefined || tally.changed === before) continue
      const path = `${own}/${column / BLOCK}-${row / BLOCK}.tif`
      const file = joinInside(to, path)
      const facts = { epsg, metadata: { title: `${own}: B minus A` } }
      await atomicWrite(file, encodeCog({ ...place, data }, facts), dirname(file))
      files.push({ path, minX: place.minX, maxY: place.maxY, width, height })
    }
  const [left, top, right, bottom] = tally.changedCells
  const box: Box2 = [minX + left * cellSize, maxY - bottom * cellSize, minX + right * cellSize, maxY - top * cellSize]
  const figures = {
    ...{ name, ...(bands > 1 && { band: band + 1 }), cellSize, ...(tally.changed > 0 && { box }) },
    ...tally.end(cellSize * cellSize),
  }
  if (out === undefined || files.length === 0) return figures
  const vrt = encodeVrt(files, { cellSize, noData: NO_DATA, type: "float", epsg })
  await atomicWrite(joinInside(out, layout.mosaic(own)), vrt, out)
  return { ...figures, difference: layout.mosaic(own) }
}

type Place = Pick<RasterWindow, "minX" | "maxY" | "width" | "height" | "cellSize">

/** A block's values, NaN without data; undefined where the raster does not reach it. */
const readBlock = async (raster: RasterFile, place: Place, band: number): Promise<Block | undefined> => {
  const { minX, maxY, width, height, cellSize } = place
  const column = Math.round((minX - raster.minX) / cellSize)
  const row = Math.round((raster.maxY - maxY) / cellSize)
  const [left, top] = [Math.max(0, column), Math.max(0, row)]
  const [right, bottom] = [Math.min(raster.width, column + width), Math.min(raster.height, row + height)]
  if (left >= right || top >= bottom) return undefined
  const { data, noData } = await raster.read({ band, window: [left, top, right - left, bottom - top] })
  const values = new Float64Array(width * height).fill(Number.NaN)
  for (let r = top; r < bottom; r++)
    for (let c = left; c < right; c++) {
      const value = data[(r - top) * (right - left) + c - left]!
      if (value !== noData) values[(r - row) * width + c - column] = value
    }
  return { values, isClass: data instanceof Uint8Array }
}

interface Block {
  readonly values: Float64Array
  readonly isClass: boolean
}

/** Sums over cells; numbers of cells until the end. */
class Tally {
  readonly #tolerance: number
  changed = 0
  /** First and last column and row of changed cells, the last exclusive. */
  readonly changedCells: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  #both = 0
  #onlyA = 0
  #onlyB = 0
  #gained = 0
  #lost = 0
  #squares = 0
  #least = Number.POSITIVE_INFINITY
  #most = Number.NEGATIVE_INFINITY
  #isClass = false
  /** Falls by class, the largest first, then rises. */
  readonly #classes = new Float64Array(2 * STEPS.length + 1)

  constructor(tolerance: number) {
    this.#tolerance = tolerance
  }

  /** Adds a block; returns the differences, NaN where one has no data. */
  add(
    a: Block | undefined,
    b: Block | undefined,
    { column, row, width, height }: Readonly<Record<"column" | "row" | "width" | "height", number>>,
  ): Float32Array {
    const count = width * height
    const note = (i: number): void => {
      this.changed++
      const [x, y] = [column + (i % width), row + Math.floor(i / width)]
      const cells = this.changedCells
      if (x < cells[0]) cells[0] = x
      if (y < cells[1]) cells[1] = y
      if (x >= cells[2]) cells[2] = x + 1
      if (y >= cells[3]) cells[3] = y + 1
    }
    const difference = new Float32Array(count).fill(Number.NaN)
    this.#isClass ||= a?.isClass === true || b?.isClass === true
    const tolerance = this.#isClass ? 0 : this.#tolerance
    for (let i = 0; i < count; i++) {
      const from = a?.values[i] ?? Number.NaN
      const to = b?.values[i] ?? Number.NaN
      const by = to - from
      if (Number.isNaN(by)) {
        if (Number.isNaN(from) && Number.isNaN(to)) continue
        if (Number.isNaN(from)) this.#onlyB++
        else this.#onlyA++
        note(i)
        continue
      }
      difference[i] = by
      this.#both++
      if (Math.abs(by) > tolerance) note(i)
      if (by > 0) this.#gained += by
      else this.#lost -= by
      this.#squares += by * by
      if (by < this.#least) this.#least = by
      if (by > this.#most) this.#most = by
      const step = by === 0 ? 0 : STEPS.findIndex((end) => Math.abs(by) <= end) + 1
      this.#classes[STEPS.length + Math.sign(by) * step]!++
    }
    return difference
  }

  end(area: number): Omit<RasterComparison, "name" | "band" | "box" | "cellSize" | "difference"> {
    const both = this.#both
    const areas = {
      ...{ both: both * area, onlyA: this.#onlyA * area, onlyB: this.#onlyB * area, changed: this.changed * area },
    }
    if (this.#isClass || both === 0) return areas
    const ends = [...STEPS].reverse().map((end) => -end)
    const borders = [...ends, 0, 0, ...STEPS]
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
    const histogram = Array.from(this.#classes, (cells, k) => ({
      ...{ from: finite(borders[k]!), to: finite(borders[k + 1]!), area: cells * area },
    }))
    return {
      ...areas,
      gained: this.#gained * area,
      lost: this.#lost * area,
      least: this.#least,
      most: this.#most,
      mean: (this.#gained - this.#lost) / both,
      rmse: Math.sqrt(this.#squares / both),
      histogram: histogram.filter((one) => one.area > 0),
    }
  }
}
