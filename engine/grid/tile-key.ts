/** The quadtree of work tiles, and the keys and boxes of its cells. */
import type { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"

/** Allowed sides of a work tile, metres. */
export const tileSizes = [1000, 500, 250, 200, 125, 100, 50] as const

/**
 * The quadtree of work tiles, with origin (0, 0) of the CRS. The finest cells have side `leafSide`
 * metres at level `leafLevel`; a parent doubles the side. Level 0 is one root cell that contains
 * the CRS's area of use.
 */
export interface Grid {
  readonly leafSide: number
  readonly leafLevel: number
}

/** Address of a cell: level (0 = root), column from the west, row from the south. */
export interface TileKey {
  readonly level: number
  readonly x: number
  readonly y: number
}

/**
 * Makes the grid whose root is the smallest `leafSide · 2^k` that contains `area` (CRS metres, from
 * (0, 0)).
 */
export const gridOf = (area: Box2, leafSide: number): Grid => {
  if (area[0] < 0 || area[1] < 0) {
    const found = `area of the CRS: ${area.join(" ")}`
    throw new EngineError("E_INPUT", `${found}. Negative coordinates are not supported: the grid starts at (0, 0).`)
  }
  const reach = Math.max(area[2], area[3])
  let leafLevel = 0
  while (leafSide * 2 ** leafLevel < reach) leafLevel++
  return { leafSide, leafLevel }
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
    return [key.x * side, key.y * side, (key.x + 1) * side, (key.y + 1) * side]
  },
  parent: (key: TileKey): TileKey => ({ level: key.level - 1, x: Math.floor(key.x / 2), y: Math.floor(key.y / 2) }),
  /**
   * The cells at `level` whose interior meets the box. A box without area gets the cell that owns
   * it.
   */
  covering: (grid: Grid, level: number, box: Box2): TileKey[] => {
    const side = TileKey.side(grid, level)
    const keys: TileKey[] = []
    const last = (min: number, max: number): number => Math.max(Math.floor(min / side), Math.ceil(max / side) - 1)
    for (let y = Math.floor(box[1] / side); y <= last(box[1], box[3]); y++) {
      for (let x = Math.floor(box[0] / side); x <= last(box[0], box[2]); x++) keys.push({ level, x, y })
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
