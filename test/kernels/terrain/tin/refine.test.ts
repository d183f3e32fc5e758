import { describe, expect, it } from "vitest"
import { ConstrainedTin } from "../../../../kernels/geometry/constrained-tin.js"
import { EdgeKind, Forced } from "../../../../kernels/geometry/half-edge-mesh.js"
import { heightIn, refineTin } from "../../../../kernels/terrain/tin/refine.js"
import type { RowPoints } from "../../../../kernels/terrain/tin/triangle-points.js"

/**
 * Flat ground of 2 m with a wall from (800, 1200) to (1000, 1000), and a vertex so that a triangle
 * of the wall reaches far beyond its end.
 */
const withWall = (): ConstrainedTin => {
  const tin = new ConstrainedTin(2000, [0, 0, 0, 0])
  const [a, b] = [
    [800, 1200],
    [1000, 1000],
    [1440, 998],
    [1010, 900],
    [1010, 1900],
  ].map(([x, y]) => tin.insert(x!, y!, 0, tin.locate(x!, y!, 0)))
  expect(tin.force(a!, b!, EdgeKind.wall)).toBe(Forced.done)
  return tin
}

const pointsOf = (...places: readonly (readonly [number, number, number])[]): RowPoints => {
  const column = (k: 0 | 1 | 2): Int32Array => Int32Array.from(places, (place) => place[k])
  return { count: places.length, x: column(0), y: column(1), z: column(2) }
}

describe("refineTin at walls", () => {
  it("gives up a step within 0.10 m of a wall", () => {
    const tin = withWall()
    const points = pointsOf([930, 1130, 450])
    const { atWall, sources, errors } = refineTin(tin, points, 150)
    expect(atWall).toBe(1)
    expect(sources.length).toBe(0)
    expect(errors).toEqual({ points: 0, max: 0, rms: 0, p95: 0 })
  })

  it("meets a step within 0.10 m of the line of a wall that lies farther from the wall itself", () => {
    const tin = withWall()
    const wall = tin.findEdge(4, 5)
    const [x, y, z] = [1130, 1000, 450]
    // In a triangle of the wall, 92 mm from its line, 130 mm from its end.
    const t = tin.locate(x, y, 0)
    expect([Math.floor(wall / 3), Math.floor(tin.twins[wall] / 3)]).toContain(t)
    expect(Math.abs(tin.side(wall, x, y)) / Math.hypot(200, 200)).toBeLessThan(100)
    const points = pointsOf([x, y, z])
    expect(refineTin(tin, points, 150).atWall).toBe(0)
    expect(heightIn(tin, tin.locate(x, y, 0), x, y)).toBe(z)
  })
})
