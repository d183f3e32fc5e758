import { describe, expect, it } from "vitest"
import { trianglesMeet } from "../../../../engine/check/solid/triangles-meet.js"

const meet = (one: readonly number[], two: readonly number[]): boolean =>
  trianglesMeet(Float64Array.from([...one, ...two]), Uint32Array.of(0, 1, 2, 3, 4, 5), 0, 3)

/** A wall over y 4.5 to 5.5 in the plane x = 13. */
const wall = [13, 5.5, 0, 13, 4.5, 2.8, 13, 4.5, 0]

describe("trianglesMeet", () => {
  it("tells triangles with edges on one line apart, unless their stretches meet", () => {
    const floor = (from: number, to: number): number[] => [13, to, 0, 13, from, 0, 12, 4.5, 0]
    expect(meet(wall, floor(8, 10))).toBe(false)
    expect(meet(floor(8, 10), wall)).toBe(false)
    expect(meet(wall, floor(5.5, 10))).toBe(true)
    expect(meet(wall, floor(5, 10))).toBe(true)
    expect(meet(wall, floor(0, 4.4))).toBe(false)
    expect(meet(wall, floor(0, 20))).toBe(true)
  })

  it("tells triangles of one plane apart, unless they overlap or touch", () => {
    const beside = (by: number): number[] => wall.map((value, i) => (i % 3 === 1 ? value + by : value))
    expect(meet(wall, beside(16))).toBe(false)
    expect(meet(wall, beside(1.001))).toBe(false)
    expect(meet(wall, beside(1))).toBe(true)
    expect(meet(wall, beside(0.3))).toBe(true)
  })

  it("finds an edge that passes through, and none that passes by", () => {
    expect(meet(wall, [12, 4.8, 0.5, 14, 4.8, 0.5, 14, 9, 0.5])).toBe(true)
    expect(meet(wall, [12, 5.4, 2, 14, 5.4, 2, 14, 9, 2])).toBe(false)
  })
})
