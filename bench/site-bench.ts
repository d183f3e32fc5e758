import type { Box2 } from "../engine/core/geometry/box.js"
import { gatherPoints } from "../engine/formats/las/gather.js"
import type { Kernel, Tile } from "../engine/kernel.js"
import { type FullPoints, selectPoints } from "../engine/worker/points/select-points.js"
import { createArena } from "../engine/worker/scratch.js"
import { type ScanPoints, scanScene } from "../fixtures/sample/scan.js"
import { makeScene } from "../fixtures/sample/scene.js"
import { sourceTiles } from "../fixtures/sample/write-sample.js"
import type { Benchmark } from "./bench.js"
import { checksumOf } from "./checksum.js"

/** Inputs of one run, by port. */
type Values = Readonly<Record<string, unknown>>

/** The quarters of the synthetic scene that its river crosses, and what a kernel makes of one. */
export interface RiverTiles {
  /** West and east of the scene's south; the bridge lies in the second. */
  readonly cells: readonly [Box2, Box2]
  /** Runs a kernel of stage "tile" that reads points alone. */
  run(kernel: Kernel, cell: Box2): Promise<Values>
  /** Its points ports on a cell. */
  points(kernel: Kernel, cell: Box2): Promise<Values>
  tile(cell: Box2, halo?: number): Tile
}

/**
 * A benchmark of a kernel of the river and its bridge on the quarters of the synthetic scene where they are (`kernelBench` works on one without water). Options are the defaults.
 *
 * @param amount how many of the unit a run handles
 */
export const riverBench = (
  name: string,
  kernel: unknown,
  unit: string,
  prepare: (tiles: RiverTiles) => Promise<{ tile: Tile; inputs: Values }>,
  amount: (inputs: Values, outputs: Values) => number,
): Benchmark => ({
  name,
  unit,
  setup: async () => {
    const own = kernel as Kernel
    const { tile, inputs } = await prepare(riverTiles())
    const arena = createArena()
    let outputs: Values = {}
    return {
      run: () => {
        outputs = own.run(tile, inputs as never, defaultsOf(own), arena)
        arena.reset()
        return amount(inputs, outputs)
      },
      checksum: () => checksumOf(outputs),
      inputs: () => checksumOf(inputs),
    }
  },
})

const defaultsOf = ({ options }: Kernel): never =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default])) as never

const riverTiles = (): RiverTiles => {
  const scene = makeScene()
  const scan = scanScene(scene)
  const [west, east] = sourceTiles(scene) as [Box2, Box2]
  const points = async (kernel: Kernel, cell: Box2): Promise<Values> => {
    const tile = tileAt(cell, kernel.halo(defaultsOf(kernel)))
    const gathered = await gatherPoints([memorySource(scan)], tile.extent, tile.origin)
    return Object.fromEntries(
      Object.entries(kernel.inputs).flatMap(([name, port]) =>
        port.kind === "points" ? [[name, selectPoints(gathered.points as FullPoints, port, tile.extent)]] : [],
      ),
    )
  }
  return {
    cells: [west, east],
    points,
    tile: tileAt,
    run: async (kernel, cell) => {
      const inputs = await points(kernel, cell)
      const options = defaultsOf(kernel)
      return kernel.run(tileAt(cell, kernel.halo(options)), inputs as never, options, createArena())
    },
  }
}

const tileAt = (cell: Box2, halo = 0): Tile => {
  const side = cell[2] - cell[0]
  const extent: Box2 = [cell[0] - halo, cell[1] - halo, cell[2] + halo, cell[3] + halo]
  const key = `1/${cell[0] / side}/${cell[1] / side}`
  return { key, cell, core: cell, extent, origin: [cell[0], cell[1], 0], step: 1, epsg: 2154 }
}

/** Points in memory as the reader of a file gives them, relative to the asked origin. */
const memorySource = (scan: ScanPoints): Parameters<typeof gatherPoints>[0][number] => ({
  async *read({ origin }) {
    const shift = (values: Int32Array, axis: 0 | 1 | 2): Int32Array => {
      const by = Math.round((scan.origin[axis] - origin[axis]) * 1000)
      return values.map((value) => value + by)
    }
    yield { ...scan, x: shift(scan.x, 0), y: shift(scan.y, 1), z: shift(scan.z, 2) }
  },
})
