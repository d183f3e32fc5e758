import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Shot } from "../../../../engine/core/camera/camera.js"
import type { Mesh } from "../../../../engine/kernel.js"
import { columnMesh } from "../../../../kernels/texture/charts/column-mesh.js"
import { drawDepth, nearestAt } from "../../../../kernels/texture/visibility/view-depth.js"

/**
 * Straight down from 100 m above (1000, 2000), 100 px of focal length: a pixel a metre at height 0.
 */
const shot: Shot = {
  name: "down",
  camera: { name: "c", width: 80, height: 60, focal: 100, principal: [40, 30] },
  centre: [1000, 2000, 100],
  rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  file: "",
  line: 0,
}

const meshOf = (places: readonly (readonly [number, number, number])[], triangles: readonly number[]): Mesh => ({
  origin: [1000, 2000, 0],
  positions: Int32Array.from(places.flat().map((value) => Math.round(value * 1000))),
  triangles: Uint32Array.from(triangles),
  classes: new Uint8Array(places.length),
  maxError: 0,
})

const square = (half: number, z: (x: number, y: number) => number): Mesh =>
  meshOf(
    (
      [
        [-half, -half],
        [half, -half],
        [half, half],
        [-half, half],
      ] as const
    ).map(([x, y]) => [x, y, z(x, y)]),
    [0, 1, 2, 0, 2, 3],
  )

describe("drawDepth", () => {
  it("holds the nearest of a low and a high square, and nothing beside them", () => {
    const buffer = drawDepth([square(20, () => 0), square(5, () => 50)], shot, [0, 0, 80, 60], 2)
    // The high square of 10 m shows as one of 20 px.
    expect(1 / nearestAt(buffer, 40, 30)!).toBeCloseTo(50, 4)
    expect(1 / nearestAt(buffer, 49.7, 30)!).toBeCloseTo(50, 4)
    expect(1 / nearestAt(buffer, 50.3, 30)!).toBeCloseTo(100, 3)
    expect(nearestAt(buffer, 60.6, 30)).toBe(0)
    expect(nearestAt(buffer, 81, 30)).toBeUndefined()
  })

  it("has the plane's depth at every cell of a slanting face, whichever way it turns", () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }), (a, b) => {
        const face = square(15, (x, y) => a * x + b * y)
        const turned = { ...face, triangles: face.triangles.toReversed() }
        const buffer = drawDepth([face], shot, [30, 20, 50, 40], 1)
        expect(drawDepth([turned], shot, [30, 20, 50, 40], 1).data).toEqual(buffer.data)
        for (let line = 22; line < 38; line++) {
          for (let column = 32; column < 48; column++) {
            // Sight (x, y, −1) · depth meets z = a x + b y. Corners are rounded to millimetres.
            const [x, y] = [(column + 0.5 - 40) / 100, (30 - line - 0.5) / 100]
            const depth = 100 / (1 + a * x + b * y)
            expect(Math.abs(1 / nearestAt(buffer, column + 0.5, line + 0.5)! - depth)).toBeLessThan(0.003)
          }
        }
      }),
      { numRuns: 30, seed: 4 },
    )
  })

  it("shows columns alike whether both or the near sides of their walls are drawn, and nothing of a face that looks away", () => {
    const scatter = [
      [-20, 8, 30],
      [3, -4, 12],
      [17, 11, 60],
      [22, -19, 5],
    ] as const
    const points = {
      origin: [1000, 2000, 0],
      scale: 0.001,
      count: scatter.length,
      x: Int32Array.from(scatter, ([x]) => 1000 * x),
      y: Int32Array.from(scatter, ([, y]) => 1000 * y),
      z: Int32Array.from(scatter, ([, , z]) => 1000 * z),
    } as const
    const columns = columnMesh(points, 6, [0, 0, 0, 0], [])
    const whole = drawDepth([columns], shot, [0, 0, 80, 60], 2)
    expect(drawDepth([], shot, [0, 0, 80, 60], 2, [columns])).toEqual(whole)
    expect(whole.data.some((value) => value > 0)).toBe(true)
    const under = { ...square(20, () => 0), triangles: Uint32Array.of(0, 2, 1, 0, 3, 2) }
    expect(drawDepth([], shot, [0, 0, 80, 60], 2, [under]).data.every((value) => value === 0)).toBe(true)
  })

  it("leaves no hole along the edges of a fan", () => {
    const rim = Array.from({ length: 37 }, (_, i) => [20 * Math.cos(i / 5.7), 20 * Math.sin(i / 5.7), 3] as const)
    const fan = meshOf([[0.3, -0.2, 1], ...rim], Array.from({ length: 36 }, (_, i) => [0, i + 1, i + 2]).flat())
    const buffer = drawDepth([fan], shot, [28, 18, 52, 42], 3)
    expect(buffer.data.every((value) => value > 0)).toBe(true)
  })

  it("cuts faces that pass behind the camera", () => {
    // A wall from 40 m below the camera to 40 m above it, 10 m to the east.
    const wall = meshOf(
      [
        [10, -50, 60],
        [10, 50, 60],
        [10, 50, 140],
        [10, -50, 140],
      ],
      [0, 1, 2, 0, 2, 3],
    )
    const buffer = drawDepth([wall], shot, [0, 0, 80, 60], 1)
    // At column 65 its depth is 10 · 100 / 25 = 40 m: its foot; right of it nearer parts of it.
    expect(nearestAt(buffer, 60.5, 30.5)).toBe(0)
    expect(1 / nearestAt(buffer, 66.5, 30.5)!).toBeCloseTo(1000 / 26.5, 3)
    expect(1 / nearestAt(buffer, 79.5, 30.5)!).toBeCloseTo(1000 / 39.5, 3)
  })
})
