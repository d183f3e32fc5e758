import type { Box2 } from "../engine/core/geometry/box.js"
import type { Kernel, Points, Raster, Tile } from "../engine/kernel.js"
import { createArena } from "../engine/worker/scratch.js"
import type { Benchmark } from "./bench.js"
import { checksumOf } from "./checksum.js"

const [X, Y, SIDE, COUNT] = [842000, 6520000, 500, 400_000] as const

/** A tile of 500 m, the `column`th from the west: 200 platforms and cables of classes 67 and 64, seeded, on level ground. */
export const artificialTile = (
  column: number,
  random: () => number,
): { tile: Tile; inputs: { readonly "artificial-points": Points; readonly dtm: Raster } } => {
  const cell: Box2 = [X + column * SIDE, Y, X + (column + 1) * SIDE, Y + SIDE]
  const origin: readonly [number, number, number] = [cell[0], cell[1], 0]
  const things = Array.from({ length: 200 }, (_, i) => ({
    class: i % 2 === 0 ? 67 : 64,
    x: random() * SIDE,
    y: random() * SIDE,
    length: i % 2 === 0 ? 12 : 150,
    width: i % 2 === 0 ? 9 : 0.8,
  }))
  const [x, y, z] = [new Int32Array(COUNT), new Int32Array(COUNT), new Int32Array(COUNT)]
  const classification = new Uint8Array(COUNT)
  for (let i = 0; i < COUNT; i++) {
    const thing = things[Math.floor(random() * things.length)] as (typeof things)[number]
    x[i] = Math.round(1000 * (thing.x + thing.length * (random() - 0.5)))
    y[i] = Math.round(1000 * (thing.y + thing.width * (random() - 0.5)))
    z[i] = Math.round(1000 * (thing.class === 64 ? 195 + random() : 182))
    classification[i] = thing.class
  }
  const cells = 2 * SIDE + 40
  return {
    tile: { key: `1/${column}/0`, cell, core: cell, extent: cell, origin, step: 1, epsg: 2154 },
    inputs: {
      "artificial-points": { count: COUNT, x, y, z, classification, scale: 0.001, origin },
      dtm: {
        width: cells,
        height: cells,
        minX: cell[0] - 10,
        maxY: cell[3] + 10,
        cellSize: 0.5,
        data: new Float32Array(cells * cells).fill(180),
      },
    },
  }
}

/** A benchmark of one of the kernels of classes 64 and 67, with its default options. */
export const artificialBench = (
  name: string,
  kernel: Kernel,
  unit: string,
  prepare: () => { readonly tile: Tile; readonly inputs: Readonly<Record<string, unknown>>; readonly amount: number },
): Benchmark => ({
  name,
  unit,
  setup: async () => {
    const { tile, inputs, amount } = prepare()
    const options = Object.fromEntries(Object.entries(kernel.options).map(([key, option]) => [key, option.default]))
    const arena = createArena()
    let outputs: Readonly<Record<string, unknown>> = {}
    return {
      run: () => {
        outputs = kernel.run(tile, inputs as never, options as never, arena)
        arena.reset()
        return amount
      },
      checksum: () => checksumOf(outputs),
      inputs: () => checksumOf([inputs, options]),
    }
  },
})
