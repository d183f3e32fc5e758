import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../engine/core/random.js"
import { runKernel } from "../../../engine/library/kernels.js"
import dtm from "../../../kernels/terrain/dtm.js"
import { arraysOf, runOn, type Shot } from "../../scenes/kernel-run.js"

const CELL: Box2 = [1000, 2000, 1050, 2050]

/** Ground points at random on a 1 mm grid, 4 a square metre, 100 m around the tile. */
const groundOf = (height: (x: number, y: number) => number, keep = (_x: number, _y: number) => true): Shot[] => {
  const random = seededRandom(3)
  const shots: Shot[] = []
  for (let i = 0; i < 250_000; i++) {
    const x = 900_000 + Math.floor(random() * 250_000)
    const y = 1_900_000 + Math.floor(random() * 250_000)
    if (keep(x / 1000, y / 1000)) shots.push([x, y, Math.round(1000 * height(x / 1000, y / 1000)), 2])
  }
  return shots
}

describe("raster.dtm", () => {
  it("reproduces a plane", async () => {
    // On multiples of 10 mm the plane's heights are whole millimetres.
    const random = seededRandom(5)
    const shots: Shot[] = Array.from({ length: 60_000 }, () => {
      const [x, y] = [90_000 + Math.floor(random() * 25_000), 190_000 + Math.floor(random() * 25_000)]
      return [x * 10, y * 10, x * 3 - y + 5, 2]
    })
    const out = await runKernel(dtm, { points: arraysOf(shots) }, { box: CELL })
    expect([out.dtm.width, out.dtm.height, out.dtm.minX, out.dtm.maxY]).toEqual([100, 100, 1000, 2050])
    for (let row = 0; row < 100; row++) {
      for (let column = 0; column < 100; column++) {
        const [x, y] = [1000.25 + column / 2, 2049.75 - row / 2]
        expect(Math.abs(out.dtm.data[row * 100 + column] - Math.fround(0.3 * x - 0.1 * y + 0.005))).toBeLessThan(1e-5)
      }
    }
    expect(out["dtm-quality"]).toEqual({
      voidPercent: 0,
      interpolatedPercent: 100,
      filledPercent: 0,
      surveyedPercent: 100,
    })
  })

  it("follows a cone within its chords", async () => {
    const cone = (x: number, y: number): number => 50 - 0.5 * Math.hypot(x - 1025, y - 2025)
    const out = await runKernel(dtm, { points: arraysOf(groundOf(cone)) }, { box: CELL })
    let squares = 0
    for (let i = 0; i < 10_000; i++) {
      squares += (out.dtm.data[i] - cone(1000.25 + (i % 100) / 2, 2049.75 - Math.floor(i / 100) / 2)) ** 2
    }
    expect(Math.sqrt(squares / 10_000)).toBeLessThan(0.01)
  })

  it("spans a gap within reach, fills one beyond, leaves the far ones void, and says which", async () => {
    const slope = (x: number): number => 10 + 0.1 * (x - 1000)
    const hole = (radius: number) => {
      const shots = groundOf(slope, (x, y) => Math.hypot(x - 1025, y - 2025) > radius)
      return runKernel(dtm, { points: arraysOf(shots) }, { box: CELL, options: { reach: 20, fill: 8 } })
    }
    const at = 50 * 100 + 50
    const spanned = await hole(8)
    expect(spanned["dtm-source"].data[at]).toBe(1)
    expect(spanned.dtm.data[at]).toBeCloseTo(slope(1025.25), 1)
    const filled = await hole(11)
    expect(filled["dtm-source"].data[at]).toBe(2)
    expect(Math.abs(filled.dtm.data[at] - slope(1025.25))).toBeLessThan(1.5)
    const void_ = await hole(24)
    expect(void_["dtm-source"].data[at]).toBe(0)
    expect(void_.dtm.data[at]).toBeNaN()
    // Fillings stay within the heights around them: no spike.
    for (const out of [filled, void_]) {
      expect(out.dtm.data.every((z) => Number.isNaN(z) || (z > slope(990) && z < slope(1060)))).toBe(true)
      expect(out.dtm.data.every((z, i) => Number.isNaN(z) === (out["dtm-source"].data[i] === 0))).toBe(true)
    }
  })

  it("takes the lowest of points at one place", async () => {
    const shots = groundOf(() => 5)
    const both = [...shots.map((p): Shot => [p[0], p[1], 9000, 2]), ...shots]
    const out = await runKernel(dtm, { points: arraysOf(both) }, { box: CELL })
    expect(out.dtm.data.every((z) => z === 5)).toBe(true)
  })

  it("covers a core larger than the cell, and cells that do not divide the tile", () => {
    const shots = groundOf(() => 5)
    const { out } = runOn(dtm, shots, CELL, { cell: 0.7 }, 1)
    expect(out.dtm.minX).toBeCloseTo(Math.floor(999 / 0.7) * 0.7, 9)
    expect(out.dtm.minX + out.dtm.width * 0.7).toBeGreaterThanOrEqual(1051)
    expect(out.dtm.data.every((z) => z === 5)).toBe(true)
  })

  it("refuses cells that are no whole millimetres", async () => {
    const request = { box: CELL, options: { cell: 0.3333 } }
    await expect(runKernel(dtm, { points: arraysOf(groundOf(() => 5)) }, request)).rejects.toThrow(/whole millimetres/)
  })

  it("makes no height of two points", async () => {
    const two = { x: [1010, 1011], y: [2010, 2010], z: [0, 0], classification: [2, 2] }
    const out = await runKernel(dtm, { points: two }, { box: CELL, options: { fill: 0 } })
    expect(out.dtm.data.every(Number.isNaN)).toBe(true)
  })
})
