import { describe, expect, it } from "vitest"
import { loadKernels } from "../../../engine/job/kernels/load-kernels.js"
import type { Raster, Tile } from "../../../engine/kernel.js"
import { estimateMemory } from "../../../engine/plan/admission/estimate-memory.js"
import { buildChains } from "../../../engine/plan/chains/build-chains.js"
import skyView from "../../../kernels/simulation/sky-view.js"
import { surfaceWindow } from "../../../kernels/simulation/sun/surface-window.js"
import {
  highestOf,
  hillyTown,
  marchedHorizon,
  readNpy,
  runOnRaster,
  solweig,
  solweigSurface,
  tiledAsWhole,
} from "../../scenes/surfaces.js"

const viewOf = (raster: Raster, options: Readonly<Record<string, unknown>>): Readonly<Record<string, Raster>> =>
  runOnRaster(skyView as never, raster, options)

describe("simulation.sky-view", () => {
  it("is 1 on a plain, and cos² of the horizon in the middle of a round hollow", () => {
    const size = 121
    const data = Float32Array.from({ length: size * size }, (_, i) =>
      Math.hypot((i % size) - 60, Math.floor(i / size) - 60) > 40 ? 40 : 0,
    )
    const hollow = { width: size, height: size, minX: 0, maxY: size, cellSize: 1, data }
    const out = viewOf(hollow, { reach: 60 })
    expect(out["sky-view"]!.data[60 * size + 60]).toBeCloseTo(0.5, 1)
    expect(Math.abs(out["horizon"]!.data[60 * size + 60]! - 45)).toBeLessThan(1)
    expect(out["sky-view"]!.data[2]).toBe(1)
  })

  it("is the same in tiles of any size as on the whole", () => {
    tiledAsWhole(skyView as never, hillyTown(), { reach: 30, directions: 8 }, "sky-view")
  })

  it.each([1, 0.5, 0.25])("is planned with the memory of its cells of %s m", async (cell) => {
    const kernels = await loadKernels(["simulation.sky-view"])
    const options = { "raster.dsm": { cell }, "simulation.sky-view": { reach: 40 } }
    const chains = buildChains(kernels, ["dsm"], options)
    const [box, grid] = [[0, 0, 120, 120] as const, { leafSide: 120, leafLevel: 13 }]
    const bytesOf = (tile: typeof chains.tile): number => {
      const planning = { context: { grid, images: [], chains: { ...chains, tile } }, kernels } as never
      return estimateMemory(planning, "tile", { points: 0, bucketed: true }, box)
    }
    const width = 200 / cell
    const surface = { width, height: width, minX: -40, maxY: 160, cellSize: cell, data: new Float32Array(width ** 2) }
    const tile = { cell: box, core: box, extent: [-40, -40, 160, 160] } as unknown as Tile
    const { heights, highest, core } = surfaceWindow(tile, surface, 40)
    // Heights, maxima, a copy while these are made; three sums, two results, and the rasters of the
    // chain.
    const held = heights.byteLength * (2 + highest.length) + 40 * core.columns * core.rows
    const known = bytesOf(chains.tile.filter(({ id }) => id === skyView.id)) - bytesOf([])
    expect(known / held).toBeGreaterThan(0.99)
    expect(known / held).toBeLessThan(1.1)
  })

  it.skipIf(solweig === undefined)("is close to solweig, and to rays in small steps to 90 azimuths", () => {
    const dsm = solweigSurface()
    const sky = viewOf(dsm, { reach: 400 })["sky-view"]!.data
    const theirs = readNpy(`${solweig}/svf_total.npy`).data
    const rmse = (squares: readonly number[]): number =>
      Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)
    const apart = rmse(Array.from(theirs, (value, i) => (value - sky[i]!) ** 2))
    const highest = highestOf(dsm)
    const brute: number[] = []
    for (let row = 13; row < 400; row += 53) {
      for (let column = 13; column < 400; column += 53) {
        let seen = 0
        for (let azimuth = 0.5; azimuth < 360; azimuth += 4)
          seen += 1 / (1 + marchedHorizon(dsm, [column, row], azimuth, { reach: 400, step: 0.1, highest }) ** 2)
        brute.push((seen / 90 - sky[row * 400 + column]!) ** 2)
      }
    }
    console.log(`sky view: RMSE ${apart.toFixed(4)} to solweig, ${rmse(brute).toFixed(4)} to rays`)
    expect(apart).toBeLessThanOrEqual(0.02)
    expect(rmse(brute)).toBeLessThanOrEqual(0.005)
  })
})
