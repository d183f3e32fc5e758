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

/**
 * Trees over sloping ground beside a house of two storeys, with one tree that touches it, a hedge
 * below `crown`, and a cell without ground; 120 m wide, across four square kilometres.
 */
const orchard = (): { dsm: Raster; others: { dtm: Raster; class: Raster } } => {
  const [width, height] = [120, 120]
  const place = { width, height, minX: 980, maxY: 2060, cellSize: 1 }
  const [dsm, dtm] = [new Float32Array(width * height), new Float32Array(width * height)]
  const classes = new Uint8Array(width * height).fill(2)
  for (let i = 0; i < dsm.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)]
    dtm[i] = 50 + x / 17 - y / 23 + Math.sin(i * 7.3) / 100
    dsm[i] = dtm[i]!
    const fromTree = Math.min(...[0, 1, 2, 3].map((k) => Math.hypot(x - 24 - 27 * k, y - 60 + 9 * (k % 2))))
    if (fromTree < 6) [dsm[i], classes[i]] = [dtm[i]! + 9 - fromTree / 2 + Math.sin(i * 3.1), 3 + (i % 3)]
    if (y > 95 && y < 99) [dsm[i], classes[i]] = [dtm[i]! + 0.4, 3]
    if (x >= 44 && x < 58 && y >= 50 && y < 62) [dsm[i], classes[i]] = [58 + Math.abs(x - 51) / -3, 6]
  }
  dtm[60 * width + 78] = Number.NaN
  dsm[30 * width + 30] = Number.NaN
  return { dsm: { ...place, data: dsm }, others: { dtm: { ...place, data: dtm }, class: { ...place, data: classes } } }
}
type Orchard = ReturnType<typeof orchard>

/** Whether a crown covers each cell, and heights without the crowns. */
const takenOff = ({ dsm, others }: Orchard): { isCrown: boolean[]; solid: Raster["data"] } => {
  const isCrown = Array.from(others.class.data, (kind, i) => {
    return kind >= 3 && kind <= 5 && !(dsm.data[i]! - others.dtm.data[i]! < 0.5)
  })
  return { isCrown, solid: dsm.data.map((z, i) => (isCrown[i] ? others.dtm.data[i]! : z)) }
}

/** Light on the ground of one cell by a ray of its own, without any of the kernel's code. */
const lightOf = (
  { dsm, others }: Orchard,
  { isCrown, solid }: ReturnType<typeof takenOff>,
  [column, row]: readonly [number, number],
  { azimuth, altitude, transmittance }: { azimuth: number; altitude: number; transmittance: number },
): number => {
  const { width, height } = dsm
  const start = row * width + column
  if (others.class.data[start] === 6 || Number.isNaN(solid[start])) return Number.NaN
  const [east, south] = [Math.sin((azimuth * Math.PI) / 180), -Math.cos((azimuth * Math.PI) / 180)]
  const isMet = (heights: Raster["data"], axis: 0 | 1): boolean => {
    const [step, across] = axis === 0 ? [east, south] : [south, east]
    if (Math.abs(step) < 1e-12) return false
    for (let k = 1; k < width; k++) {
      const distance = k / Math.abs(step)
      const along = (axis === 0 ? column : row) + k * Math.sign(step)
      const other = (axis === 0 ? row : column) + (Math.abs(across) < 1e-12 ? 0 : across * distance)
      const low = Math.floor(other + 1e-9)
      const share = other - low < 1e-9 ? 0 : other - low
      const at = (o: number): number => {
        const [x, y] = axis === 0 ? [along, o] : [o, along]
        return x < 0 || y < 0 || x >= width || y >= height ? Number.NaN : heights[y * width + x]!
      }
      const [a, b] = [at(low), share === 0 ? 0 : at(low + 1)]
      const surface =
        share === 0 ? a : (Number.isNaN(a) ? -1e6 : a) * (1 - share) + (Number.isNaN(b) ? -1e6 : b) * share
      if (surface > solid[start]! + distance * tangent(altitude)) return true
    }
    return false
  }
  if (isMet(solid, 0) || isMet(solid, 1)) return 0
  return isCrown[start] || isMet(dsm.data, 0) || isMet(dsm.data, 1) ? transmittance : 1
}

describe("simulation.shadow of the ground under crowns", () => {
  const scene = orchard()
  const bare = takenOff(scene)
  const shadeOf = (options: Readonly<Record<string, unknown>>): Raster =>
    runOnRaster(shadow as never, scene.dsm, { under: "ground", reach: 400, ...options }, undefined, scene.others)[
      "shadow"
    ]!

  it.each([
    [135, 35, 0.03],
    [270, 20, 0.5],
    [33, 61, 0],
    [201, 12, 1],
  ])("equals one ray for each cell, sun at %d°, %d°, transmittance %d", (azimuth, altitude, transmittance) => {
    const out = shadeOf({ azimuth, altitude, transmittance }).data
    const expected = Float32Array.from(out, (_, i) =>
      Math.fround(1 - lightOf(scene, bare, [i % 120, Math.floor(i / 120)], { azimuth, altitude, transmittance })),
    )
    const wrong = [...out.keys()].filter(
      (i) => !(Object.is(out[i], expected[i]) || Math.abs(out[i]! - expected[i]!) < 1e-6),
    )
    expect(wrong).toEqual([])
    const counted = (value: number): number => out.filter((share) => Math.abs(share - value) < 1e-6).length
    expect(Math.min(counted(0), counted(1), counted(1 - transmittance))).toBeGreaterThan(50)
    expect(out.filter(Number.isNaN).length).toBe(14 * 12 + 2)
  })

  it("weights the times, is full at night, and the same in tiles of any size", () => {
    const time = "2026-03-01T09:00Z,2026-06-21T18:30Z,2026-06-21T00:00Z"
    const given = { under: "ground", time, transmittance: 0.25, reach: 50 }
    tiledAsWhole(shadow as never, scene.dsm, given, "shadow", scene.others)
    tiledAsWhole(shadow as never, scene.dsm, { ...given, specks: 4 }, "shadow", scene.others)
    // Below a crown: once in the shadow of the night, twice in that of the crown at least.
    expect(shadeOf(given).data[60 * 120 + 24]).toBeCloseTo((2 * 0.75 + 1) / 3, 6)
  })

  it("takes the ground from cells of another size", () => {
    // Every second cell of the ground, 2 m wide, is 10 m below the crowns; the others touch them.
    const isDeep = (x: number, y: number): boolean => (Math.floor(x / 2) + Math.floor(y / 2)) % 2 === 1
    const deep = Float32Array.from({ length: 3600 }, (_, i) => (isDeep(2 * (i % 60), 2 * Math.floor(i / 60)) ? 40 : 50))
    const dtm = { ...scene.dsm, width: 60, height: 60, cellSize: 2, data: deep }
    const dsm = { ...scene.dsm, data: scene.dsm.data.map(() => 50) }
    const others = { dtm, class: { ...scene.others.class, data: new Uint8Array(14400).fill(5) } }
    const given = { under: "ground", altitude: 89, azimuth: 0, transmittance: 0.4 }
    const out = runOnRaster(shadow as never, dsm, given, [1000, 1980, 1060, 2020], others)["shadow"]!
    const expected = out.data.map((_, i) => (isDeep(20 + (i % 60), 40 + Math.floor(i / 60)) ? 0.6 : 0))
    expect(out.data).toEqual(expected)
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

  it.each([
    ["morning", 90, 30],
    ["noon", 180, 60],
  ])("has its shadows of trees on the ground, but for trunks, %s", (name, azimuth, altitude) => {
    const [dtm, canopy] = [solweigSurface(), readNpy(`${solweig}/input_cdsm.npy`).data]
    const dsm = { ...dtm, data: dtm.data.map((z, i) => Math.max(z, canopy[i]!)) }
    const others = { dtm, class: { ...dtm, data: Uint8Array.from(canopy, (z) => (z > 0 ? 5 : 2)) } }
    const options = { under: "ground", transmittance: 0.5, azimuth, altitude, reach: 400 }
    const out = runOnRaster(shadow as never, dsm, options, undefined, others)["shadow"]!.data
    const solid = readNpy(`${solweig}/shadow_${name}_bldg_sh.npy`).data
    const crowns = readNpy(`${solweig}/shadow_${name}_veg_sh.npy`).data
    expect(solid.filter((sun, i) => (sun === 0) !== (out[i] === 1)).length).toBe(0)
    const differing = [...out.keys()].filter((i) => (out[i] === 0.5) !== (crowns[i] === 0))
    // The sun reaches below its crowns, which end 1.5 m above the ground. They are columns of
    // cells, whose shadows end up to one cell farther.
    const elsewhere = differing.filter((i) => !(canopy[i]! > 0 && crowns[i] === 1))
    console.log(`${name}: ${differing.length} of 160,000 cells differ, ${elsewhere.length} not below a crown`)
    expect(elsewhere.length).toBeLessThan(160)
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
