import { expect, it } from "vitest"
import { nextEdge, previousEdge } from "../../../../engine/core/geometry/triangles.js"

it("goes around the triangle of each half-edge, forth and back", () => {
  for (let e = 0; e < 30; e++) {
    const around = [e, nextEdge(e), nextEdge(nextEdge(e))]
    const first = 3 * Math.floor(e / 3)
    expect([...around].sort((a, b) => a - b)).toEqual([first, first + 1, first + 2])
    expect(nextEdge(around[2]!)).toBe(e)
    expect(previousEdge(nextEdge(e))).toBe(e)
  }
  expect([nextEdge(5), previousEdge(3)]).toEqual([3, 5])
})
