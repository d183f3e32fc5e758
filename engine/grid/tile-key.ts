/** The quadtree of work tiles: keys and boxes of its cells, and of regions and the whole job. */
import type { Box2 } from "../core/geometry/box.js"
import { taskId } from "../core/stages.js"
import { EngineError } from "../errors.js"
import { regionSide } from "../kernel.js"

/** Allowed sides of a work tile, metres. */
export const tileSizes = [1000, 500, 250, 200, 125, 100, 50] as const

/**
 * The quadtree of work tiles. The finest cells have side `leafSide` metres at level `leafLevel`; a
 * parent doubles the side. Level 0 is one root cell that contains the CRS's area of use.
 */
export interface Grid {
  readonly leafSide: number
  readonly leafLevel: number
  /** South-west corner of the root, CRS metres; (0, 0) where absent. */
  readonly origin?: readonly [x: number, y: number]
}

/** Address of a cell: level (0 = root), column from the west, row from the south. */
export interface TileKey {
  readonly level: number
  readonly x: number
  readonly y: number
}

/**
 * Step of the origin, metres: a multiple of a region's side and of all tile sides. Keys are then
 * never negative, and cells begin at multiples of their side in the CRS.
 */
const ORIGIN_STEP = 1_000_000

const originOf = ({ origin = [0, 0] }: Grid): readonly [x: number, y: number] => origin

/**
 * Makes the grid whose root is the smallest `leafSide · 2^k` that contains `area` (CRS metres). It
 * starts at (0, 0), or where the area has negative coordinates, at the largest multiples of
 * 1,000 km at or below the area's corner.
 */
export const coverArea = (area: Box2, leafSide: number): Grid => {
  const below = (value: number): number => Math.floor(value / ORIGIN_STEP) * ORIGIN_STEP
  const shifted = area[0] < 0 || area[1] < 0
  const origin = shifted ? ([below(area[0]), below(area[1])] as const) : ([0, 0] as const)
  const reach = Math.max(area[2] - origin[0], area[3] - origin[1])
  let leafLevel = 0
  while (leafSide * 2 ** leafLevel < reach) leafLevel++
  return { leafSide, leafLevel, ...(shifted ? { origin } : {}) }
}

export const TileKey = {
  format: (key: TileKey): string => `${key.level}/${key.x}/${key.y}`,
  fileName: (key: TileKey): string => `${key.level}-${key.x}-${key.y}`,
  /** Parses the text form; throws E_USAGE on anything else. */
  parse: (text: string): TileKey => {
    const match = /^(\d+)\/(\d+)\/(\d+)$/.exec(text)
    if (!match)
      throw new EngineError("E_USAGE", `tile key: "${text}" is not valid; expected level/x/y, such as 13/770/6277`)
    return { level: Number(match[1]), x: Number(match[2]), y: Number(match[3]) }
  },
  /** Side of the cell, metres. */
  side: (grid: Grid, level: number): number => grid.leafSide * 2 ** (grid.leafLevel - level),
  /** The cell, CRS metres; exact, since sides are multiples of 1/8 m and stay below 2⁵³. */
  box: (grid: Grid, key: TileKey): Box2 => {
    const side = TileKey.side(grid, key.level)
    const [x, y] = originOf(grid)
    return [x + key.x * side, y + key.y * side, x + (key.x + 1) * side, y + (key.y + 1) * side]
  },
  /** The cell at `level` that owns a place: half-open, with its western and southern border. */
  at: (grid: Grid, level: number, x: number, y: number): TileKey => {
    const side = TileKey.side(grid, level)
    const [west, south] = originOf(grid)
    return { level, x: Math.floor((x - west) / side), y: Math.floor((y - south) / side) }
  },
  parent: (key: TileKey): TileKey => ({ level: key.level - 1, x: Math.floor(key.x / 2), y: Math.floor(key.y / 2) }),
  /**
   * The cells at `level` whose interior meets the box. A box without area gets the cell that owns
   * it.
   */
  covering: (grid: Grid, level: number, box: Box2): TileKey[] => {
    const side = TileKey.side(grid, level)
    const [west, south] = originOf(grid)
    const [minX, minY, maxX, maxY] = [box[0] - west, box[1] - south, box[2] - west, box[3] - south]
    const keys: TileKey[] = []
    const last = (min: number, max: number): number => Math.max(Math.floor(min / side), Math.ceil(max / side) - 1)
    for (let y = Math.floor(minY / side); y <= last(minY, maxY); y++) {
      for (let x = Math.floor(minX / side); x <= last(minX, maxX); x++) keys.push({ level, x, y })
    }
    return keys
  },
  /** The eight neighbours of a cell, row by row, without those west or south of the grid. */
  around: (key: TileKey): TileKey[] => {
    const keys: TileKey[] = []
    for (let y = key.y - 1; y <= key.y + 1; y++) {
      for (let x = key.x - 1; x <= key.x + 1; x++) {
        if (x >= 0 && y >= 0 && (x !== key.x || y !== key.y)) keys.push({ level: key.level, x, y })
      }
    }
    return keys
  },
  /** Total order: level, then row, then column. */
  compare: (a: TileKey, b: TileKey): number => a.level - b.level || a.y - b.y || a.x - b.x,
} as const

const placeOf = (grid: Grid, key: TileKey): [column: number, row: number] => {
  const [west, south] = TileKey.box(grid, key)
  return [Math.floor(west / regionSide), Math.floor(south / regionSide)]
}

/**
 * Keys of kernel tasks: `id` for the whole job, `id@column_row` for a region of 10 km, counted from
 * the CRS origin.
 */
export const RegionKey = {
  format: (kernel: string, region: string): string => `${kernel}@${region}`,
  /** The kernel of a task and its region, if it has one. */
  parse: (key: string): { kernel: string; region?: string } => {
    const [kernel = "", region] = key.split("@")
    return region === undefined ? { kernel } : { kernel, region }
  },
  stage: (key: string): "region" | "job" => (key.includes("@") ? "region" : "job"),
  taskId: (key: string): string => taskId({ stage: RegionKey.stage(key), key }),
  /** The region that contains a tile. */
  of: (grid: Grid, key: TileKey): string => placeOf(grid, key).join("_"),
  /** The cell of a region, CRS metres. */
  box: (region: string): Box2 => {
    const [west = 0, south = 0] = region.split("_").map((place) => regionSide * Number(place))
    return [west, south, west + regionSide, south + regionSide]
  },
  /**
   * Groups tiles by region, from south to north and west to east. The side of a region is a
   * multiple of that of a tile.
   */
  group: (grid: Grid, keys: readonly TileKey[]): { region: string; tiles: TileKey[] }[] => {
    const regions = new Map<string, { column: number; row: number; tiles: TileKey[] }>()
    for (const key of keys) {
      const [column, row] = placeOf(grid, key)
      const known = regions.get(`${column}_${row}`) ?? { column, row, tiles: [] }
      regions.set(`${column}_${row}`, known)
      known.tiles.push(key)
    }
    return [...regions]
      .sort(([, a], [, b]) => a.row - b.row || a.column - b.column)
      .map(([region, { tiles }]) => ({ region, tiles }))
  },
} as const
