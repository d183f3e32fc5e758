/** Compares a raster of two results cell by cell, and writes their difference. */
import { mkdir } from "node:fs/promises"
import { dirname } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import { openAny } from "../formats/raster/open/raster-mosaic.js"
import type { RasterFile, RasterWindow } from "../formats/raster/open/types.js"
import { encodeCog } from "../formats/raster/tiff/cog.js"
import { encodeVrt, type VrtTile } from "../formats/raster/vrt.js"

/** Side of the blocks that are read at once, and of the files of a difference, cells. */
const BLOCK = 1024
const NO_DATA = -9999

/** Upper ends of the classes of differences, in the unit of the values; both ways. */
const STEPS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, Number.POSITIVE_INFINITY] as const

/** How the cells of a raster differ: values of B minus those of A. Areas in m². */
export interface RasterComparison {
  readonly name: string
  readonly cellSize: number
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

export interface RasterPaths {
  readonly name: string
  readonly a: string
  readonly b: string
}

/**
 * Compares two rasters of one grid. Bytes are classes: they are equal or not. Reads blocks of 1024
 * × 1024 cells; memory does not grow with the rasters.
 *
 * @param to folder for the difference, B minus A: `NAME.vrt` and its files, where cells changed
 * @throws EngineError E_INPUT where CRS or grids differ
 */
export const compareRasters = async (
  { name, a, b }: RasterPaths,
  tolerance: number,
  to: string | undefined,
): Promise<RasterComparison> => {
  const first = await openAny(a)
  try {
    const second = await openAny(b)
    try {
      requireOneGrid(name, first, second)
      return await compareCells(name, [first, second], tolerance, to)
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
          ? undefined
          : "has cells at other places in A than in B"
  if (found !== undefined)
    throw new EngineError("E_INPUT", `raster ${name} ${found}. Run both jobs with one CRS and one --cell.`)
}

const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-6

const compareCells = async (
  name: string,
  sides: readonly [a: RasterFile, b: RasterFile],
  tolerance: number,
  to: string | undefined,
): Promise<RasterComparison> => {
  const [{ cellSize, epsg = 0 }] = sides
  const [minX, minY, maxX, maxY] = Box2.union(sides[0].box, sides[1].box)
  const columns = Math.round((maxX - minX) / cellSize)
  const rows = Math.round((maxY - minY) / cellSize)
  const tally = new Tally(tolerance)
  const files: VrtTile[] = []
  for (let row = 0; row < rows; row += BLOCK)
    for (let column = 0; column < columns; column += BLOCK) {
      const [width, height] = [Math.min(BLOCK, columns - column), Math.min(BLOCK, rows - row)]
      const place = { minX: minX + column * cellSize, maxY: maxY - row * cellSize, width, height, cellSize }
      const a = await readBlock(sides[0], place)
      const b = await readBlock(sides[1], place)
      if (a === undefined && b === undefined) continue
      const before = tally.changed
      const data = tally.add(a, b, width * height)
      if (to === undefined || tally.changed === before) continue
      const path = `${name}/${column / BLOCK}-${row / BLOCK}.tif`
      const facts = { epsg, metadata: { title: `${name}: B minus A` } }
      const file = joinInside(to, path)
      await mkdir(dirname(file), { recursive: true })
      await atomicWrite(file, encodeCog({ ...place, data }, facts), dirname(file))
      files.push({ path, minX: place.minX, maxY: place.maxY, width, height })
    }
  if (to !== undefined && files.length > 0) {
    const vrt = encodeVrt(files, { cellSize, noData: NO_DATA, type: "float", epsg })
    await atomicWrite(joinInside(to, `${name}.vrt`), new TextEncoder().encode(vrt), to)
  }
  return { name, cellSize, ...tally.end(cellSize * cellSize) }
}

type Place = Pick<RasterWindow, "minX" | "maxY" | "width" | "height" | "cellSize">

/** A block's values, NaN without data; undefined where the raster does not reach it. */
const readBlock = async (raster: RasterFile, place: Place): Promise<Block | undefined> => {
  const { minX, maxY, width, height, cellSize } = place
  const column = Math.round((minX - raster.minX) / cellSize)
  const row = Math.round((raster.maxY - maxY) / cellSize)
  const [left, top] = [Math.max(0, column), Math.max(0, row)]
  const [right, bottom] = [Math.min(raster.width, column + width), Math.min(raster.height, row + height)]
  if (left >= right || top >= bottom) return undefined
  const { data, noData } = await raster.read({ window: [left, top, right - left, bottom - top] })
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
  add(a: Block | undefined, b: Block | undefined, count: number): Float32Array {
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
        this.changed++
        continue
      }
      difference[i] = by
      this.#both++
      if (Math.abs(by) > tolerance) this.changed++
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

  end(area: number): Omit<RasterComparison, "name" | "cellSize"> {
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
