/** Drainage of a grid in one piece or cut into tiles, as the kernels compute it. */
import { type CarvedTile, carveTile } from "../../../../kernels/simulation/drain/carve.js"
import { type FinishedFlow, finishTile } from "../../../../kernels/simulation/drain/finish.js"
import { joinNetworks } from "../../../../kernels/simulation/drain/join.js"
import { type Network, reduceToNetwork, type Ways } from "../../../../kernels/simulation/drain/network.js"
import { directionMargin, flowDirections, NO_DATA } from "../../../../kernels/simulation/ground/directions.js"
import { withRing } from "../../../../kernels/simulation/ground/window.js"

/** Heights, mm, or directions of a grid, row by row from the north. */
export interface Grid {
  readonly columns: number
  readonly rows: number
  readonly heights: Int32Array
  /** Given directions; absent: those of the heights. */
  readonly dirs?: Uint8Array
}

/** The cells of a window of a grid; `outside` where the grid ends. */
export const findWindow = <T extends Int32Array | Uint8Array>(
  values: T,
  { columns, rows }: Grid,
  [west, north, width, height]: readonly [number, number, number, number],
  outside: number,
): T => {
  const cells = new (values.constructor as new (n: number) => T)(width * height).fill(outside) as T
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const [x, y] = [west + c, north + r]
      if (x >= 0 && y >= 0 && x < columns && y < rows) cells[r * width + c] = values[y * columns + x]!
    }
  }
  return cells
}

/** Both passes over tiles of `side` cells, whose borders are at `shift` plus multiples of it. */
export const flowInTiles = (grid: Grid, side: number, least: number, reach: number, shift = 0): FinishedFlow => {
  const tiles: { own: readonly [number, number, number, number]; carved: CarvedTile; network: Network; ways: Ways }[] =
    []
  const margin = directionMargin(reach)
  for (let north = shift > 0 ? shift - side : 0; north < grid.rows; north += side) {
    for (let west = shift > 0 ? shift - side : 0; west < grid.columns; west += side) {
      const own = [west, north, side, side] as const
      const around = [west - margin, north - margin, side + 2 * margin, side + 2 * margin] as const
      const dirs =
        grid.dirs === undefined
          ? flowDirections(
              findWindow(grid.heights, grid, around, NO_DATA),
              { width: around[2], height: around[3] },
              reach,
            )
          : findWindow(grid.dirs, grid, own, 255)
      const ringed = withRing(dirs, findWindow(grid.heights, grid, own, NO_DATA), side)
      const carved = carveTile(ringed)
      tiles.push({ own, carved, ...reduceToNetwork(carved, least) })
    }
  }
  const { decisions } = joinNetworks(
    tiles.map(({ own, network }) => ({
      key: `${own}`,
      window: { column: own[0], row: own[1], columns: side, rows: side },
      network,
    })),
    least,
  )
  const size = grid.columns * grid.rows
  const whole = {
    ...{ filled: new Int32Array(size), dirs: new Uint8Array(size) },
    ...{ accumulation: new Float64Array(size), aboveDrainage: new Int32Array(size) },
    truncated: new Uint8Array(size),
  }
  for (const [t, { own, carved }] of tiles.entries()) {
    const cut = (values: Int32Array | Uint8Array): never =>
      findWindow(
        values as Uint8Array,
        { columns: side + 2, rows: side + 2, heights: carved.heights },
        [1, 1, side, side],
        0,
      ) as never
    const waysOf = (index: number) => tiles.find((tile) => `${tile.own}` === decisions[t]!.reads[index])!.ways
    const done = finishTile(
      { columns: side, dirs: cut(carved.dirs), heights: cut(carved.heights), filled: cut(carved.filled) },
      decisions[t]!,
      least,
      waysOf,
    )
    for (const name of ["filled", "dirs", "accumulation", "truncated", "aboveDrainage"] as const) {
      for (let i = 0; i < side * side; i++) {
        const [x, y] = [own[0] + (i % side), own[1] + Math.floor(i / side)]
        if (x >= 0 && y >= 0 && x < grid.columns && y < grid.rows) whole[name][y * grid.columns + x] = done[name][i]!
      }
    }
  }
  return whole
}
