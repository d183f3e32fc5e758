/** Measures the work of tiles: points, areas, images. */
import { Box2 } from "../../core/geometry/box.js"
import { type Grid, TileKey } from "../../grid/tile-key.js"
import type { CatalogueSource } from "../../spatial/catalogue.js"

/** The figures of a {@link Work}, in a fixed order. */
export const workFields = [
  "tiles",
  // In the tile's extent, as if a file's points were spread evenly over its box.
  "points",
  // Those from COPC read by ranges, which are decoded with the tile.
  "copcPoints",
  // In the tile, from files that are decoded before the tiles; and those that are compressed.
  "plainPoints",
  "lazPoints",
  // m² of the tile, and of the part of its extent that point files cover.
  "areaM2",
  "coveredM2",
  // m² of the tile that images cover.
  "imagesM2",
] as const

/**
 * The figures that the cost of one or many tiles depends on. Whole numbers: sums are exact in any
 * order.
 */
export type Work = Readonly<Record<(typeof workFields)[number], number>>

const workOf = (figure: (field: keyof Work) => number): Work =>
  Object.fromEntries(workFields.map((field) => [field, figure(field)])) as unknown as Work

export const noWork: Work = workOf(() => 0)

/** Adds the work of two sets of tiles. */
export const addWork = (a: Work, b: Work): Work => workOf((field) => a[field] + b[field])

type CountedSource = Pick<CatalogueSource, "box" | "count" | "format">

// Columns of a tile's row.
const [POINTS, COPC, PLAIN, LAZ, COVERED, IMAGES, WIDTH] = [0, 1, 2, 3, 4, 5, 6]

/**
 * The work of all tiles of a job. Point files and images are added one at a time: a country has
 * half a million of each.
 */
export class TileWorks {
  readonly #grid: Grid
  readonly #reach: number
  readonly #rows = new Map<number, number>()
  #values = new Float64Array(1024 * WIDTH)

  /** @param reach distance beyond a tile within which its kernels read points, metres */
  constructor(grid: Grid, reach: number) {
    this.#grid = grid
    this.#reach = reach
  }

  /** @param bucketed true if the source is decoded into bucket files; a plain one always is */
  addSource({ box, count, format }: CountedSource, bucketed = format !== "copc"): void {
    const area = Box2.area(box)
    for (const key of TileKey.covering(this.#grid, this.#grid.leafLevel, Box2.grow(box, this.#reach))) {
      const cell = TileKey.box(this.#grid, key)
      const common = Box2.area(Box2.intersection(Box2.grow(cell, this.#reach), box))
      const own = Box2.area(Box2.intersection(cell, box))
      const countOf = (part: number): number => Math.round(area > 0 ? (part / area) * count : count)
      const at = this.#findRow(key)
      this.#add(at + POINTS, countOf(common))
      if (bucketed) this.#add(at + PLAIN, countOf(own))
      else this.#add(at + COPC, countOf(common))
      if (bucketed && format !== "las") this.#add(at + LAZ, countOf(own))
      this.#add(at + COVERED, Math.round(common))
    }
  }

  addImage(box: Box2): void {
    for (const key of TileKey.covering(this.#grid, this.#grid.leafLevel, box)) {
      const common = Box2.area(Box2.intersection(TileKey.box(this.#grid, key), box))
      this.#add(this.#findRow(key) + IMAGES, Math.round(common))
    }
  }

  /** Returns the work of a tile. Overlapping files and images count at most its whole area. */
  of(key: TileKey): Work {
    const { leafSide } = this.#grid
    const row = this.#rows.get(idOf(key))
    const value = (column: number): number => (row === undefined ? 0 : this.#values[row * WIDTH + column]!)
    return {
      tiles: 1,
      points: value(POINTS),
      copcPoints: value(COPC),
      plainPoints: value(PLAIN),
      lazPoints: value(LAZ),
      areaM2: leafSide ** 2,
      coveredM2: Math.min(value(COVERED), Math.round((leafSide + 2 * this.#reach) ** 2)),
      imagesM2: Math.min(value(IMAGES), leafSide ** 2),
    }
  }

  #add(at: number, value: number): void {
    this.#values[at] = this.#values[at]! + value
  }

  /** Returns the offset of a tile's row, adding the row if needed. */
  #findRow(key: TileKey): number {
    const id = idOf(key)
    const known = this.#rows.get(id)
    if (known !== undefined) return known * WIDTH
    const row = this.#rows.size
    this.#rows.set(id, row)
    if ((row + 1) * WIDTH > this.#values.length) {
      const longer = new Float64Array(2 * this.#values.length)
      longer.set(this.#values)
      this.#values = longer
    }
    return row * WIDTH
  }
}

// Exact: levels are at most 26.
const idOf = ({ x, y }: TileKey): number => x * 2 ** 26 + y
