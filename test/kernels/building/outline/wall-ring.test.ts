import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { indexEdgePoints } from "../../../../kernels/building/outline/edge-points.js"
import { ringAtWalls } from "../../../../kernels/building/outline/wall-ring.js"

/** A roof of 20 × 10 m as its outermost points tell it, mm. */
const ring = Int32Array.from([0, 0, 20000, 0, 20000, 10000, 0, 10000])
const free = () => []

/**
 * Points of the south wall, `inside` mm from the ring's edge, 1 to 6 m under the roof, and of the
 * roof's edge at `eaves` mm.
 */
const points = (count: number, inside: number, eaves: number) => {
  const random = seededRandom(5)
  const xyz: number[] = []
  for (let i = 0; i < count; i++)
    xyz.push(Math.round(20000 * random()), Math.round(inside + 60 * random() - 30), Math.round(1000 + 5000 * random()))
  for (let x = 200; x < 20000; x += 400) xyz.push(x, eaves, 7500)
  return indexEdgePoints(Float64Array.from(xyz), [0, 0])
}

describe("ringAtWalls", () => {
  it("moves an edge to the wall under it, and the corners along the edges beside it", () => {
    const moved = ringAtWalls(ring, points(100, 300, 350), free)
    expect(Math.abs(moved[1]! - 300)).toBeLessThanOrEqual(20)
    expect(moved[3]).toBe(moved[1])
    expect([moved[0], moved[2], ...moved.subarray(4)]).toEqual([0, 20000, 20000, 10000, 0, 10000])
  })

  it("leaves eaves, deep porches and walls that too few points tell of", () => {
    expect(ringAtWalls(ring, points(100, 300, 0), free)).toEqual(ring)
    expect(ringAtWalls(ring, points(100, 600, 650), free)).toEqual(ring)
    expect(ringAtWalls(ring, points(15, 300, 350), free)).toEqual(ring)
  })

  it("takes back what leaves the limits", () => {
    const limits = (of: Int32Array) => (of[1]! > 100 ? [[10000, of[1]!] as const] : [])
    expect(ringAtWalls(ring, points(100, 300, 350), limits)).toEqual(ring)
  })
})
