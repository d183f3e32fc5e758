import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import type { Chart } from "../../../../engine/kernel.js"
import { viewWeights } from "../../../../kernels/texture/visibility/view-weights.js"

const origin = [842_000, 6_520_000, 0] as const
/** A wall of 100 m to the east, across the line between two squares of 64 m. */
const chart: Chart = {
  faces: new Uint32Array(0),
  origin: [14, 20, 10],
  u: [1, 0, 0],
  v: [0, 0, -1],
  width: 400,
  height: 40,
  texel: 0.25,
}
const squareAt = (column: number, row: number): Box2 => [
  origin[0] + 64 * column,
  origin[1] + 64 * row,
  origin[0] + 64 * (column + 1),
  origin[1] + 64 * (row + 1),
]
const weightsOf = (...squares: readonly Box2[]): Float32Array | undefined => viewWeights(chart, origin, { squares })

describe("viewWeights", () => {
  it("are whole within a square and fall across its line, an eighth of its side wide", () => {
    const weights = weightsOf(squareAt(0, 0))!
    // The line lies at 50 m along the wall: 4 m of each side belong to the band.
    expect(weights[45 * 4]).toBe(1)
    expect(weights[50 * 4]).toBeCloseTo(0.5, 1)
    expect(weights[55 * 4]).toBe(0)
    for (let i = 1; i < weights.length; i++) expect(weights[i - 1]! - weights[i]!).toBeLessThan(0.04)
  })

  it("add up to 1 over the squares of a grid", () => {
    const [west, east] = [weightsOf(squareAt(0, 0))!, weightsOf(squareAt(1, 0))!]
    for (const [i, weight] of west.entries()) expect(weight + east[i]!).toBeCloseTo(1, 5)
    expect(weightsOf(squareAt(0, 0), squareAt(1, 0))!.every((weight) => weight > 0.9999)).toBe(true)
  })

  it("hang on the place alone, not on the frame of the mesh", () => {
    const moved = viewWeights({ ...chart, origin: [-86, -80, 10] }, [origin[0] + 100, origin[1] + 100, 0], {
      squares: [squareAt(0, 0)],
    })
    expect(moved).toEqual(weightsOf(squareAt(0, 0)))
  })

  it("are none where the view was chosen for other squares, and 1 where it was chosen for all", () => {
    expect(weightsOf(squareAt(0, 1))).toBeUndefined()
    expect(viewWeights(chart, origin, {})).toEqual(new Float32Array(400).fill(1))
  })
})
