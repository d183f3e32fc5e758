/** Makes a village of a hundred buildings on level ground. */
import { seededRandom } from "../../engine/core/random.js"
import type { Tile } from "../../engine/kernel.js"
import { RoofShape, roofHeight, standBuilding } from "../../fixtures/sample/roofs.js"
import { encodeFootprints, type Footprint } from "../../kernels/handover/footprint/footprint.js"

const shapes = [
  RoofShape.flat(16, 12),
  RoofShape.gable(18, 10, 0.6),
  RoofShape.hip(16, 10, 0.5),
  RoofShape.ell(20, 8, 0.55),
  RoofShape.courtyard(26, 24, 10, 8),
]
const [SIDE, STEP, DENSITY] = [400, 40, 15] as const
const [X, Y] = [842000, 6520000] as const

/**
 * A hundred buildings of five shapes, each turned differently, on level ground; 15 points per m².
 */
export const makeVillage = () => {
  const random = seededRandom(7)
  const objects: Footprint[] = []
  const [xs, ys, zs]: [number[], number[], number[]] = [[], [], []]
  for (let k = 0; k < (SIDE / STEP) ** 2; k++) {
    const [x, y] = [X + STEP * ((k % 10) + 0.5), Y + STEP * (Math.floor(k / 10) + 0.5)]
    const one = standBuilding(`${k}`, shapes[k % 5] as RoofShape, { x, y, degrees: 7 * k, eaves: 180 })
    const rings = one.outline.map((ring) => ({
      xyz: Float64Array.from({ length: (3 * (ring.length - 2)) / 2 }, (_, i) =>
        i % 3 === 2 ? 172000 : Math.round((ring[2 * Math.floor(i / 3) + (i % 3)] as number) * 1000),
      ),
      corner: new Uint8Array(ring.length / 2 - 1).fill(1),
    }))
    const representative = [Math.round(x * 1000), Math.round(y * 1000)] as const
    const known = { kind: 6, levelMm: 172000, truncated: false, members: [], attributes: {} } as const
    objects.push({ ...known, id: one.name, representative, rings })
    const [minX, minY, maxX, maxY] = one.box
    for (let i = 0; i < DENSITY * (maxX - minX) * (maxY - minY); i++) {
      const [px, py] = [minX + random() * (maxX - minX), minY + random() * (maxY - minY)]
      const z = roofHeight(one, px, py)
      if (Number.isNaN(z)) continue
      xs.push(Math.round((px - X) * 1000))
      ys.push(Math.round((py - Y) * 1000))
      zs.push(Math.round((z + 0.06 * (random() - 0.5)) * 1000))
    }
  }
  const cell = [X, Y, X + SIDE, Y + SIDE] as const
  const origin: readonly [number, number, number] = [X, Y, 0]
  const [x, y, z] = [xs, ys, zs].map((values) => Int32Array.from(values)) as [Int32Array, Int32Array, Int32Array]
  const tile: Tile = { key: "0/0/0", cell, core: cell, extent: cell, origin, step: 1, epsg: 2154 }
  return {
    tile,
    inputs: {
      "roof-points": { count: xs.length, x, y, z, scale: 0.001, origin },
      "building-own": encodeFootprints(objects),
      "building-object": new Uint8Array(0),
      "building-points": [],
    },
  }
}
