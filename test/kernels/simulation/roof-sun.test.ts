import { describe, expect, it } from "vitest"
import type { Features } from "../../../engine/kernel.js"
import irradiation from "../../../kernels/simulation/irradiation.js"
import roofSun from "../../../kernels/simulation/roof-sun.js"
import { parseLinke, solarYear } from "../../../kernels/simulation/sun/clear-sky.js"
import { lightBehind, planeLight, tiltOf } from "../../../kernels/simulation/sun/plane-light.js"
import { scratch } from "../../scenes/kernel-run.js"
import { houses, lightOn } from "../../scenes/sunny-houses.js"
import { boxOf } from "../../scenes/surfaces.js"

const polygon = (minX: number, minY: number): number[] => [
  minX,
  minY,
  minX + 20,
  minY,
  minX + 20,
  minY + 10,
  minX,
  minY + 10,
  minX,
  minY,
]

const roofs: Features = {
  geometry: "Polygon",
  dimension: 2,
  coordinates: Float64Array.from([...polygon(510, 990), ...polygon(570, 990), ...polygon(700, 990)]),
  ringEnds: Uint32Array.of(5, 10, 15),
  partEnds: Uint32Array.of(1, 2, 3),
  ids: ["slope", "level", "far"],
  columns: {
    building: { type: "string", values: ["a", "b", "c"] },
    slope: { type: "number", values: Float64Array.of(30, 0, 0) },
    aspect: { type: "number", values: Float64Array.of(180, Number.NaN, Number.NaN) },
    area: { type: "number", values: Float64Array.of(231, 200, 200) },
    height_min: { type: "number", values: Float64Array.of(110, 110, 110) },
    height_max: { type: "number", values: Float64Array.of(115, 110, 110) },
  },
}

const layerOn = (cell: [number, number, number, number]): Features => {
  const { tile, horizon } = lightOn(cell)
  return roofSun.run(tile, { roof: roofs, "roof-horizon": horizon }, {}, scratch)["roof-sun"]
}

const numbers = ({ columns }: Features, name: string): Float64Array => columns[name]!.values as Float64Array

describe("simulation.roof-sun", () => {
  it("gives each plane the mean light of its cells, and none to one beyond the overhang", () => {
    const year = solarYear(
      { longitude: 4.8, latitude: 45.76, gridNorth: 0 },
      parseLinke(irradiation.options.linke.default),
      100,
    )
    const light = (slope: number): number =>
      lightBehind(planeLight(year, tiltOf(slope, 180), 32, 0.2), new Uint8Array(32), 0, 32)
    const layer = layerOn(boxOf(houses().dsm))
    const [free, behind, far] = numbers(layer, "irradiation")
    expect(Math.abs(free! / light(30) - 1)).toBeLessThan(0.02)
    expect(behind).toBeLessThan(0.8 * light(0))
    expect(far).toBeNaN()
    expect([...numbers(layer, "cells")]).toEqual([200, 200, 0])
    expect(numbers(layer, "energy")[0]).toBeCloseTo((free! * 231) / 1000, 6)
    expect(numbers(layer, "sky_view")[0]).toBeCloseTo((1 + Math.cos(Math.PI / 6)) / 2, 2)
  })

  it("is the same from tiles of any size, on either side of a border", () => {
    const [whole] = numbers(layerOn(boxOf(houses().dsm)), "irradiation")
    for (const cell of [
      [500, 990, 520, 1010],
      [520, 970, 560, 1010],
    ] as const)
      expect(numbers(layerOn([...cell]), "irradiation")[0]).toBe(whole)
  })
})
