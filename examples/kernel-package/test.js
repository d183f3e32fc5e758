/** Run with `npm test`. Truth that is easy to compute by hand, and independence of the tile. */
import assert from "node:assert/strict"
import { test } from "node:test"
import kernel from "./kernel.js"
import { canopyBase, fuelProfile } from "./profile.js"

const means = { cosine: 1, WD: 500, LMA: 140 }

test("the densities follow from the share of returns that end in a stratum", () => {
  const { plantArea, bulkDensity } = fuelProfile([50, 50, 0, 100], means, { G: 0.5, omega: 1, d: 1 })
  const expected = [Math.log(2) / 0.5, -Math.log(1 - 1 / 102) / 0.5, Math.log(2) / 0.5]
  for (const [i, value] of expected.entries()) assert.ok(Math.abs(plantArea[i] - value) < 1e-12)
  const perArea = 1 / (0.51 / (0.002 * 500) + 0.49 / 0.14)
  assert.ok(Math.abs(bulkDensity[0] - expected[0] * perArea) < 1e-12)
})

test("the canopy begins at the base of the highest dense run of strata", () => {
  assert.equal(canopyBase([0.1, 0, 0, 0.02, 0.05, 0.001], 0.012, 1), 3)
  assert.equal(canopyBase([0.1, 0.2], 0.012, 0.5), 0)
  assert.ok(Number.isNaN(canopyBase([0, 0], 0.012, 1)))
})

/** Points of a grid of 0.5 m over 40 m × 40 m, seen from 1000 m above its middle. */
const returnsOf = (origin) => {
  const count = 6400
  const column = (value) => Float64Array.from({ length: count }, typeof value === "function" ? value : () => value)
  const at = (i) => [(i % 80) / 2 + 0.25, Math.floor(i / 80) / 2 + 0.25]
  return {
    count,
    scale: 0.001,
    origin,
    x: Int32Array.from({ length: count }, (_, i) => Math.round((at(i)[0] - origin[0]) * 1000)),
    y: Int32Array.from({ length: count }, (_, i) => Math.round((at(i)[1] - origin[1]) * 1000)),
    z: Int32Array.from({ length: count }, (_, i) => (i % 3) * ((i * 37) % 900) * 10),
    extra: {
      Easting: column(20),
      Northing: column(20),
      Elevation: column(1000),
      Zref: column(0),
      WD: column((_, i) => 500 + (i % 7)),
      LMA: column((_, i) => 120 + (i % 5)),
    },
  }
}

/** The rasters of one tile. */
const run = (box, cell = 10) => {
  const origin = [box[0], box[1], 0]
  const options = Object.fromEntries(Object.entries(kernel.options).map(([name, { default: value }]) => [name, value]))
  const tile = { key: "", cell: box, core: box, extent: box, origin, step: 1, epsg: 2154 }
  return kernel.run(tile, { returns: returnsOf(origin) }, { ...options, cell }, {})
}

test("a cell has the same values in any tile", () => {
  const whole = run([0, 0, 40, 40])["bulk-density"]
  const part = run([10, 10, 30, 30])["bulk-density"]
  assert.equal(whole.data.length, 40 * 16)
  for (let band = 0; band < 40; band++)
    for (const [row, column] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ])
      assert.equal(part.data[band * 4 + row * 2 + column], whole.data[band * 16 + (row + 1) * 4 + column + 1])
})
