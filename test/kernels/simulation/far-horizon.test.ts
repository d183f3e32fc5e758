import { expect, it } from "vitest"
import type { Raster } from "../../../engine/kernel.js"
import { runKernel } from "../../../engine/library/kernels.js"

/** The place, CRS metres, in Lambert-93. */
const [X, Y] = [700_000, 6_600_000]

/**
 * A plain at 100 m around the place, with a ridge whose crest is level for 50 m, `y` metres north
 * in its middle.
 */
const ridge = (y: number, height: number, reach = 12_000): Raster => {
  const size = (2 * reach) / 50
  const [from, to] = [Math.round((reach - y - 75) / 50), Math.round((reach - y - 25) / 50)]
  const data = Float32Array.from({ length: size * size }, (_, i) => {
    const row = Math.floor(i / size)
    return row === from || row === to ? height : 100
  })
  return { width: size, height: size, minX: X - reach, maxY: Y + reach, cellSize: 50, data }
}
const plain = (side: number, z = 100): Raster => ({
  ...{ width: side, height: side, minX: X, maxY: Y + side, cellSize: 1 },
  data: new Float32Array(side * side).fill(z),
})
const drop = (d: number): number => (d * d * 0.87) / (2 * 6_371_000)

type Rasters = Readonly<Record<string, Raster>>
const sky = (
  dsm: Raster,
  relief: Raster | undefined,
  options: object,
  box?: readonly [number, number, number, number],
) =>
  runKernel(
    "simulation.sky-view",
    { dsm, ...(relief && { relief }) },
    { options: { reach: 20, directions: 4, far: 10_000, ...options }, ...(box && { box }) },
  ) as Promise<Rasters>

it("shows a ridge as the formula of a flat-topped wall on a round earth does, from any height", async () => {
  for (const z of [100, 160]) {
    const { horizon } = await sky(plain(20, z), ridge(5000, 600), {})
    // The cell is 9.5 m north of the place; the horizon is the mean of four azimuths.
    const d = 5000 - 9.5
    expect(horizon!.data[210]).toBeCloseTo((Math.atan((600 - drop(d) - z) / d) * 180) / Math.PI / 4, 4)
  }
  const fine = { ...ridge(5000, 600, 500), cellSize: 25, minX: X, maxY: Y }
  await expect(sky(plain(20), fine, {})).rejects.toThrow(/relief: its cells are 25 m/)
  const none = await sky(plain(20), ridge(5000, 600), { far: 4000 })
  expect(none["horizon"]!.data[210]).toBe(0)
  const without = await sky(plain(20), undefined, {})
  expect(without["sky-view"]!.data[210]).toBe(1)
})

it("casts the ridge's shadow for a low sun only, and takes light from roofs", async () => {
  const shade = async (altitude: number): Promise<number> => {
    const options = { azimuth: 0, altitude, reach: 20, far: 10_000 }
    const { shadow } = (await runKernel(
      "simulation.shadow",
      { dsm: plain(20), relief: ridge(5000, 600) },
      { options },
    )) as Rasters
    return shadow!.data[210]!
  }
  const ridgeAt = (Math.atan((600 - drop(5000) - 100) / 5000) * 180) / Math.PI
  expect([await shade(ridgeAt - 0.1), await shade(ridgeAt + 0.1)]).toEqual([1, 0])
  const dsm = plain(20)
  const roof = { ...dsm, data: new Uint8Array(400).fill(6) }
  const light = async (relief?: Raster): Promise<number> => {
    const inputs = { dsm, class: roof, ...(relief && { relief }) }
    const options = { reach: 20, overhang: 5, far: 10_000 }
    const request = { options, box: [X + 5, Y + 5, X + 15, Y + 15] as const, epsg: 2154 }
    return ((await runKernel("simulation.irradiation", inputs, request)) as Rasters)["irradiation"]!.data[0]!
  }
  const south = ridge(5000, 2500)
  south.data.reverse()
  const [open, dark] = [await light(), await light(south)]
  expect(dark / open).toBeLessThan(0.95)
  expect(dark / open).toBeGreaterThan(0.5)
})

it("is the same in tiles of any size, in any order", async () => {
  const relief = ridge(3000, 700)
  for (let i = 0; i < relief.data.length; i++) relief.data[i]! += 40 * Math.sin(i / 7)
  const dsm = plain(240)
  for (let i = 0; i < dsm.data.length; i++) dsm.data[i] = 100 + 9 * Math.sin(i / 31)
  const whole = (await sky(dsm, relief, {}))["horizon"]!
  for (const side of [120, 60]) {
    for (let x = 240 - side; x >= 0; x -= side) {
      const part = (await sky(dsm, relief, {}, [X + x, Y + 60, X + x + side, Y + 60 + side]))["horizon"]!
      for (let row = 0; row < side; row += 7)
        expect(part.data.subarray(row * side, (row + 1) * side)).toEqual(
          whole.data.subarray((180 - side + row) * 240 + x, (180 - side + row) * 240 + x + side),
        )
    }
  }
})
