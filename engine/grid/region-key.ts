import type { Box2 } from "../core/geometry/box.js"
import { squareSide } from "../kernel.js"
import type { Grid } from "./tile-key.js"
import { TileKey } from "./tile-key.js"

const placeOf = (grid: Grid, key: TileKey): [column: number, row: number] => {
  const [west, south] = TileKey.box(grid, key)
  return [Math.floor(west / squareSide), Math.floor(south / squareSide)]
}

/** Keys of the tasks that run a kernel: `id` for the whole job, `id@column_row` for a square of 10 km, counted from the CRS origin. */
export const SquareKey = {
  /** The key of a kernel's task in a square. */
  format: (kernel: string, square: string): string => `${kernel}@${square}`,
  /** Which kernel a task runs, and in which square; of the whole job: in none. */
  parse: (key: string): { kernel: string; square?: string } => {
    const [kernel = "", square] = key.split("@")
    return square === undefined ? { kernel } : { kernel, square }
  },
  /** The square that a tile lies in. */
  of: (grid: Grid, key: TileKey): string => placeOf(grid, key).join("_"),
  /** The square itself, metres of the CRS. */
  box: (square: string): Box2 => {
    const [west = 0, south = 0] = square.split("_").map((place) => squareSide * Number(place))
    return [west, south, west + squareSide, south + squareSide]
  },
  /** The squares that tiles lie in, from south to north and west to east, with their tiles. Sides of tiles divide the square's. */
  group: (grid: Grid, keys: readonly TileKey[]): { square: string; tiles: TileKey[] }[] => {
    const squares = new Map<string, { column: number; row: number; tiles: TileKey[] }>()
    for (const key of keys) {
      const [column, row] = placeOf(grid, key)
      const known = squares.get(`${column}_${row}`) ?? { column, row, tiles: [] }
      squares.set(`${column}_${row}`, known)
      known.tiles.push(key)
    }
    return [...squares]
      .sort(([, a], [, b]) => a.row - b.row || a.column - b.column)
      .map(([square, { tiles }]) => ({ square, tiles }))
  },
} as const
