import { describe, expect, it } from "vitest"
import type { Raster } from "../../../engine/kernel.js"
import shadow from "../../../kernels/simulation/shadow.js"
import { sunPosition } from "../../../kernels/simulation/sun/sun-position.js"
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

const shadowOf = (raster: Raster, options: Readonly<Record<string, unknown>>): Raster =>
  runOnRaster(shadow as never, raster, options)["shadow"]!

const tangent = (degrees: number): number => Math.tan((degrees * Math.PI) / 180)

describe("simulation.shadow", () => {
  it("is as long as the height of the wall over the tangent of the altitude", () => {
    const data = new Float32Array(60 * 20)
    for (let row = 0; row < 20; row++) data[row * 60 + 40] = 10.5
    const wall = { width: 60, height: 20, minX: 0, maxY: 20, cellSize: 1, data }
    const out = shadowOf(wall, { azimuth: 90, altitude: 45, reach: 100 })
    // 10 cells west of the wall; its top is in the sun.
    expect([...out.data.subarray(600, 660)]).toEqual(
      [...data.keys()].slice(0, 60).map((x) => (x >= 30 && x < 40 ? 1 : 0)),
    )
    expect(shadowOf(wall, { azimuth: 270, altitude: 45, reach: 100 }).data[600 + 50]).toBe(1)
    expect(shadowOf(wall, { azimuth: 90, altitude: 45, reach: 5 }).data[600 + 32]).toBe(0)
  })

  it("counts the times of a list, with night as shadow; void stays void", () => {
    const data = new Float32Array(400).fill(5)
    data[7] = Number.NaN
    const flat = { width: 20, height: 20, minX: 0, maxY: 20, cellSize: 1, data }
    const out = shadowOf(flat, { time: "2026-06-21T12:00Z, 2026-06-21T01:00+02:00" })
    expect([out.data[0], out.data[7]]).toEqual([0.5, Number.NaN])
    expect(() => shadowOf(flat, { time: "2026-06-21 12:00" })).toThrow(/2026-06-21T12:00Z/)
  })

  it("is the same in tiles of any size as on the whole, across squares of a kilometre", () => {
    const given = { time: "2026-03-01T09:00Z,2026-06-21T18:30Z", reach: 50 }
    tiledAsWhole(shadow as never, hillyTown(), given, "shadow")
  })

  it("takes specks up to an area out, and nothing else, the same in tiles of any size", () => {
    // A post and a fence of 3 m, each with a shadow of 1 m; a wall, with a lit post in its shadow.
    const data = new Float32Array(60 * 20)
    for (const [x, y, height] of [
      [10, 5, 1.5],
      [20, 10, 1.5],
      [20, 11, 1.5],
      [20, 12, 1.5],
    ] as const)
      data[y * 60 + x] = height
    for (let y = 0; y < 20; y++) data[y * 60 + 40] = 8.5
    data[9 * 60 + 36] = 4.9
    const scene = { width: 60, height: 20, minX: 0, maxY: 20, cellSize: 1, data }
    const shaded = (specks: number): string[] => {
      const out = shadowOf(scene, { azimuth: 90, altitude: 45, reach: 20, specks }).data
      const isWall = (i: number): boolean => i % 60 >= 32 && i % 60 < 40
      return [...out.keys()].filter((i) => (out[i] === 1) !== isWall(i)).map((i) => `${i % 60},${Math.floor(i / 60)}`)
    }
    expect(shaded(0)).toEqual(["9,5", "36,9", "19,10", "19,11", "19,12"])
    expect(shaded(1)).toEqual(["19,10", "19,11", "19,12"])
    expect(shaded(2.9)).toEqual(["19,10", "19,11", "19,12"])
    expect(shaded(3)).toEqual([])
    const given = { time: "2026-03-01T09:00Z,2026-06-21T18:30Z", reach: 50, specks: 6 }
    tiledAsWhole(shadow as never, hillyTown(), given, "shadow")
    const [plain, filtered] = [0, 6].map((specks) => shadowOf(hillyTown(), { ...given, specks }).data)
    expect(filtered!.filter((value, i) => value !== plain![i] && !Number.isNaN(value)).length).toBeGreaterThan(20)
  })

  it("finds the sun where published tables have it", () => {
    // Reda and Andreas (2008), NREL/TP-560-34302, appendix A.5: zenith 50.11162°, azimuth
    // 194.34024°.
    const sun = sunPosition(Date.UTC(2003, 9, 17, 19, 30, 30), -105.1786, 39.742476)
    expect(Math.abs(90 - sun.altitude - 50.11162)).toBeLessThan(0.01)
    expect(Math.abs(sun.azimuth - 194.34024)).toBeLessThan(0.01)
  })
})

describe.skipIf(solweig === undefined)("simulation.shadow on the surface of solweig", () => {
  it.each([
    ["morning", 90, 30],
    ["noon", 180, 60],
  ])("equals its building shadows, %s", (name, azimuth, altitude) => {
    const expected = readNpy(`${solweig}/shadow_${name}_bldg_sh.npy`)
    const out = shadowOf(solweigSurface(), { azimuth, altitude, reach: 400 })
    expect(expected.data.filter((sun, i) => sun !== 1 - out.data[i]!).length).toBe(0)
  })

  it("equals rays that are followed in steps of 5 cm, on the axes and off them", () => {
    const dsm = solweigSurface()
    const highest = highestOf(dsm)
    const share = (azimuth: number, altitude: number, every: number): number => {
      const out = shadowOf(dsm, { azimuth, altitude, reach: 400 })
      let [equal, all] = [0, 0]
      for (let row = 3; row < 400; row += every) {
        for (let column = 3; column < 400; column += every, all++) {
          const horizon = marchedHorizon(dsm, [column, row], azimuth, { reach: 400, step: 0.05, highest })
          if (Number(horizon > tangent(altitude)) === out.data[row * 400 + column]) equal++
        }
      }
      return equal / all
    }
    expect(share(270, 45, 10)).toBe(1)
    const off = [17, 45, 71, 123, 200, 290].flatMap((azimuth) =>
      [20, 45].map((altitude) => share(azimuth, altitude, 18)),
    )
    console.log(`12 positions off the axes: ${(100 * Math.min(...off)).toFixed(2)} % equal at least`)
    expect(Math.min(...off)).toBeGreaterThanOrEqual(0.99)
  })
})
