import type { Grid } from "../grid/tile-key.js"
import { TileKey } from "../grid/tile-key.js"
import { squareSide } from "../kernel.js"

/** Keys of the tasks that run a kernel: `id` for the whole job, `id@column_row` for a square of 10 km, counted from the CRS origin. */
export const SquareKey = {
  /** The key of a kernel's task in a square. */
  format: (kernel: string, square: string): string => `${kernel}@${square}`,
  /** Which kernel a task runs, and in which square; of the whole job: in none. */
  parse: (key: string): { kernel: string; square?: string } => {
    const [kernel = "", square] = key.split("@")
    return square === undefined ? { kernel } : { kernel, square }
  },
  /** The squares that tiles lie in, from south to north and west to east, with their tiles. Sides of tiles divide the square's. */
  group: (grid: Grid, keys: readonly TileKey[]): { square: string; tiles: TileKey[] }[] => {
    const squares = new Map<string, { column: number; row: number; tiles: TileKey[] }>()
    for (const key of keys) {
      const [west, south] = TileKey.box(grid, key)
      const [column, row] = [Math.floor(west / squareSide), Math.floor(south / squareSide)]
      const known = squares.get(`${column}_${row}`) ?? { column, row, tiles: [] }
      squares.set(`${column}_${row}`, known)
      known.tiles.push(key)
    }
    return [...squares]
      .sort(([, a], [, b]) => a.row - b.row || a.column - b.column)
      .map(([square, { tiles }]) => ({ square, tiles }))
  },
} as const
