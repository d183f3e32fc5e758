import { describe, expect, it } from "vitest"
import type { Raster } from "../../../engine/kernel.js"
import irradiation from "../../../kernels/simulation/irradiation.js"
import { clearSky, monthOf, parseLinke, solarYear } from "../../../kernels/simulation/sun/clear-sky.js"
import { lightBehind, planeLight, skyBehind, tiltOf } from "../../../kernels/simulation/sun/plane-light.js"
import { computeDirection, sunAt } from "../../../kernels/simulation/sun/sun-position.js"
import { houses, lightOn } from "../../scenes/sunny-houses.js"
import { boxOf, cut } from "../../scenes/surfaces.js"

const LINKE = parseLinke(irradiation.options.linke.default)
const SECTORS = 32
const place = { longitude: 4.8, latitude: 45.76, gridNorth: 0 }
const open = new Uint8Array(SECTORS)
const near = (value: number, expected: number, share: number): void =>
  expect(Math.abs(value / expected - 1)).toBeLessThan(share)

/** Slope and aspect, degrees. */
const PLANES = [
  [0, 0],
  [30, 180],
  [45, 90],
  [60, 0],
  [90, 200],
] as const

describe("the light of a year on a free plane", () => {
  it("is within 0.5 % of the same formula summed each minute", () => {
    const sums = PLANES.map(() => 0)
    const normals = PLANES.map(([slope, aspect]) => [slope, aspect].map((degrees) => (degrees * Math.PI) / 180))
    for (let minute = 0; minute < 365 * 1440; minute++) {
      const timeMs = Date.UTC(2025, 0, 1) + minute * 60_000
      const { declination, minutes } = sunAt(timeMs)
      const hour = ((minute % 1440) + minutes) / 4 + place.longitude - 180
      const sun = computeDirection(place.latitude, declination, hour)
      if (sun.altitude <= 0) continue
      const day = Math.floor(minute / 1440) + 1
      const { beam, diffuse } = clearSky(sun.altitude, day, LINKE[monthOf(day)]!, 200)
      const [h, a] = [(sun.altitude * Math.PI) / 180, (sun.azimuth * Math.PI) / 180]
      for (const [k, [slope, aspect]] of normals.entries()) {
        const facing = Math.cos(slope!) * Math.sin(h) + Math.sin(slope!) * Math.cos(h) * Math.cos(a - aspect!)
        const ground = (0.2 * (beam * Math.sin(h) + diffuse) * (1 - Math.cos(slope!))) / 2
        sums[k]! += (beam * Math.max(0, facing) + (diffuse * (1 + Math.cos(slope!))) / 2 + ground) / 60_000
      }
    }
    const year = solarYear(place, LINKE, 200)
    const found = PLANES.map(([slope, aspect]) => {
      const plane = planeLight(year, tiltOf(slope === 90 ? 89.999 : slope, aspect), SECTORS, 0.2)
      return lightBehind(plane, open, 0, SECTORS)
    })
    const apart = found.map((light, k) => Math.abs(light / sums[k]! - 1))
    console.log(`kWh/m²: ${found.map(Math.round).join(", ")}; at most ${(100 * Math.max(...apart)).toFixed(2)} % apart`)
    expect(Math.max(...apart)).toBeLessThan(0.005)
  })

  it("has the sky of an open plane, and loses direct light behind a horizon", () => {
    const year = solarYear(place, LINKE, 0)
    const level = planeLight(year, tiltOf(0, 0), SECTORS, 0)
    near(skyBehind(level, open, 0, SECTORS), 1, 1e-6)
    near(
      skyBehind(planeLight(year, tiltOf(40, 250), SECTORS, 0), open, 0, SECTORS),
      (1 + Math.cos(0.698132)) / 2,
      0.001,
    )
    near(skyBehind(level, new Uint8Array(SECTORS).fill(45), 0, SECTORS), 0.5, 1e-6)
    // Higher than the sun ever gets: only sky is left.
    const shaft = new Uint8Array(SECTORS).fill(70)
    near(lightBehind(level, shaft, 0, SECTORS), year.diffuse * Math.cos((70 * Math.PI) / 180) ** 2, 1e-5)
  })

  it("needs twelve months", () => {
    expect(() => parseLinke("3,3,3")).toThrow(/twelve numbers/)
  })
})

/** Light on a free plane to the south, kWh/m². */
const lightOf = (slope: number): number =>
  lightBehind(planeLight(solarYear(place, LINKE, 100), tiltOf(slope, 180), SECTORS, 0.2), open, 0, SECTORS)

const cellAt = ({ data, width, minX, maxY }: Raster, x: number, y: number): number =>
  data[Math.floor(maxY - y) * width + Math.floor(x - minX)]!

describe("simulation.irradiation", () => {
  it("gives the light of the open plane to a free roof, less behind a tower, none elsewhere", () => {
    const { raster } = lightOn(boxOf(houses().dsm))
    near(cellAt(raster, 512, 995), lightOf(30), 0.02)
    expect(cellAt(raster, 575, 992)).toBeLessThan(0.75 * lightOf(0))
    expect(cellAt(raster, 540, 995)).toBeNaN()
  })

  it("is the same in tiles of any size as on the whole", () => {
    const whole = lightOn(boxOf(houses().dsm)).raster
    for (const side of [20, 40])
      for (let x = 500; x < 620; x += side)
        for (let y = 950; y < 1030; y += side)
          expect(lightOn([x, y, x + side, y + side]).raster).toEqual(cut(whole, [x, y, x + side, y + side]))
  })
})
