import { describe, expect, it } from "vitest"
import type { Raster } from "../../../engine/kernel.js"
import skyView from "../../../kernels/simulation/sky-view.js"
import {
  highestOf,
  hillyTown,
  marchedHorizon,
  readNpy,
  runOnRaster,
  solweig,
  solweigSurface,
  tiledAsWhole,
} from "./surfaces.js"

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
