/** Keys of the tasks that run a kernel in a region or over the whole job. */
import type { Box2 } from "../core/geometry/box.js"
import { taskId } from "../core/stages.js"
import { regionSide } from "../kernel.js"
import type { Grid } from "./tile-key.js"
import { TileKey } from "./tile-key.js"

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
