import { describe, expect, it } from "vitest"
import type { HeightGrid } from "../../../engine/preview/height-grid.js"
import { paintGrid, shadeGrid } from "../../../engine/preview/shade.js"

const grid = (heightAt: (x: number, y: number) => number): HeightGrid => {
  const size = 12
  const data = Float32Array.from({ length: size * size }, (_, i) =>
    heightAt((i % size) + 0.5, size - Math.floor(i / size) - 0.5),
  )
  return { minX: 0, maxY: size, cell: 1, width: size, height: size, data }
}
const middle = (one: HeightGrid, exaggeration = 1): number => shadeGrid(one, exaggeration)[6 * 12 + 6] ?? Number.NaN

describe("shadeGrid", () => {
  it("is 1 on flat ground, brighter towards the north-west, darker away from it", () => {
    expect(middle(grid(() => 7))).toBeCloseTo(1, 6)
    const [towards, away] = [middle(grid((x, y) => 0.3 * (x - y))), middle(grid((x, y) => 0.3 * (y - x)))]
    expect(towards).toBeGreaterThan(1.1)
    expect(away).toBeLessThan(0.8)
    // Rising to the east alone means facing west, half towards the light; to the north alone,
    // facing south.
    expect(middle(grid((x) => 0.3 * x))).toBeGreaterThan(1)
    expect(middle(grid((_, y) => 0.3 * y))).toBeLessThan(1)
  })

  it("does not depend on the height itself, and grows with the exaggeration", () => {
    const slope = (base: number): HeightGrid => grid((x, y) => base + 0.1 * (y - x))
    expect(middle(slope(0))).toBeCloseTo(middle(slope(2000)), 3)
    expect(middle(slope(0), 3)).toBeLessThan(middle(slope(0)) - 0.1)
  })

  it("takes a void neighbour as flat, and is void in the void", () => {
    const holed = grid((x) => (x > 6 && x < 7 ? Number.NaN : 5))
    const shades = shadeGrid(holed, 1)
    expect(shades[5 * 12 + 6]).toBeNaN()
    expect(shades[5 * 12 + 5]).toBeCloseTo(1, 6)
  })
})

describe("paintGrid", () => {
  it("gives each pixel the value at its centre and leaves voids transparent", () => {
    const one = grid((x, y) => (x < 3 ? Number.NaN : 10 * x + y))
    const values: number[] = []
    const pixels = paintGrid(one, shadeGrid(one, 1), [2, 4, 8, 8], 0.5, (data, at, value) => {
      data[at + 3] = 255
      values[at / 4] = value
    })
    expect([pixels.width, pixels.height]).toEqual([12, 8])
    expect(pixels.data[3]).toBe(0)
    // Pixel (6, 3): centre 5.25, 6.25.
    expect(values[3 * 12 + 6]).toBeCloseTo(52.5 + 6.25, 4)
    expect(pixels.data[4 * (3 * 12 + 6) + 3]).toBe(255)
  })
})
