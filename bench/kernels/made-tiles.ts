/** Makes seeded tiles of points and of coverage. */
import type { Box2 } from "../../engine/core/geometry/box.js"
import { seededRandom } from "../../engine/core/random.js"
import type { Points, Raster, Tile } from "../../engine/kernel.js"
import { labelRuns } from "../../kernels/vegetation/coverage/class-runs.js"
import { type CoverPartRules, encodeCoverTile, noCover } from "../../kernels/vegetation/coverage/part.js"

const [X, Y, SIDE, COUNT] = [842000, 6520000, 500, 400_000] as const

/**
 * A tile of 500 m, the `column`th from the west: 200 seeded platforms and cables of classes 67 and
 * 64 on level ground.
 */
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

const rules: CoverPartRules = {
  cellMm: 1000,
  minArea: 40,
  minHole: 40,
  tolerance: 1.5,
  woodArea: 5000,
  hedgeWidth: 12,
  hedgeLength: 25,
}

/**
 * Coverage of tiles of 250 m in five classes, from waves and noise that are seeded by place.
 *
 * @param corners south-west corners, metres
 */
export const noisyTiles = (corners: readonly (readonly [x: number, y: number])[]): Uint8Array[] =>
  corners.map(([column, row]) => {
    const random = seededRandom(1 + column + 7919 * row)
    const classes = new Uint8Array(250 * 250)
    for (let i = 0; i < classes.length; i++) {
      const [x, y] = [column + (i % 250), row + Math.floor(i / 250)]
      const value = Math.sin(x / 11) + Math.sin(y / 13 + x / 29) + 0.3 * random()
      classes[i] = Math.max(0, Math.min(4, Math.floor(2.2 * value)))
    }
    const runs = labelRuns({ column, row, columns: 250, rows: 250, classes })
    return encodeCoverTile({ rules, runs, sums: Array.from(runs.classes, noCover) })
  })

/** Terrain of a tile of 1 km in cells of 1 m, and of 100 m around: seeded noise on waves. */
export const drainedTile = (): { tile: Tile; inputs: Readonly<Record<string, Points | Raster>> } => {
  const random = seededRandom(7)
  const [side, margin] = [1000, 100]
  const cells = side + 2 * margin
  const data = new Float32Array(cells * cells)
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [i % cells, Math.floor(i / cells)]
    data[i] = 200 + 20 * Math.sin(y / 90) * Math.cos(x / 70) + x / 300 + 5 * Math.sin((x + y) / 37) + 0.1 * random()
  }
  const cell: Box2 = [X, Y, X + side, Y + side]
  const origin: Points["origin"] = [X, Y, 0]
  const none = new Int32Array(0)
  return {
    tile: { key: "0/0/0", cell, core: cell, extent: cell, origin, step: 1, epsg: 2154 },
    inputs: {
      dtm: { width: cells, height: cells, minX: X - margin, maxY: Y + side + margin, cellSize: 1, data },
      "flow-deck-points": { count: 0, x: none, y: none, z: none, scale: 0.001, origin },
    },
  }
}
