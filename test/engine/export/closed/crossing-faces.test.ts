/** Crossing faces: pairs of known places against their names, and meshes that are moved apart. */
import { describe, expect, it } from "vitest"
import { meshEdges } from "../../../../engine/core/geometry/mesh-edges.js"
import { closeSurface } from "../../../../engine/export/closed/close-surface.js"
import { crossingFaces, sideOfPlane } from "../../../../engine/export/closed/crossing-faces.js"

import { measureVolume } from "../../../../engine/export/closed/owned-mesh.js"
import { loadSolids } from "../../../../engine/export/closed/unite.js"
import { untangle } from "../../../../engine/export/closed/untangle.js"

type Place = readonly [number, number, number]

/** Number of crossing pairs of the triangle (0,0,0), (8,0,0), (0,8,0) and another. */
const crossings = (places: readonly Place[], other: readonly number[]): number =>
  crossingFaces(
    Float64Array.from([[0, 0, 0], [8, 0, 0], [0, 8, 0], ...places].flat()),
    Uint32Array.of(0, 1, 2, ...other),
  ).length

describe("pairs of triangles", () => {
  it.each<[string, number, readonly Place[], readonly number[]]>([
    [
      "pierces it",
      1,
      [
        [1, 1, -1],
        [2, 1, 1],
        [1, 2, 1],
      ],
      [3, 4, 5],
    ],
    [
      "touches its inside with a corner",
      1,
      [
        [2, 2, 0],
        [3, 2, 4],
        [2, 3, 4],
      ],
      [3, 4, 5],
    ],
    [
      "touches an edge with an edge",
      1,
      [
        [4, -1, -1],
        [4, 1, 1],
        [5, -2, 0],
      ],
      [3, 4, 5],
    ],
    [
      "is one step above",
      0,
      [
        [2, 2, 1],
        [3, 2, 4],
        [2, 3, 4],
      ],
      [3, 4, 5],
    ],
    [
      "is inside it in its plane",
      1,
      [
        [1, 1, 0],
        [2, 1, 0],
        [1, 2, 0],
      ],
      [3, 4, 5],
    ],
    [
      "is beside it in its plane",
      0,
      [
        [5, 5, 0],
        [6, 5, 0],
        [5, 6, 0],
      ],
      [3, 4, 5],
    ],
    [
      "touches it with a corner on one line",
      1,
      [
        [9, 0, 0],
        [8, 0, 0],
        [12, -3, 0],
      ],
      [3, 4, 5],
    ],
    ["shares an edge", 0, [[0, 0, 8]], [1, 0, 3]],
    ["shares an edge in its plane", 0, [[8, 8, 0]], [2, 1, 3]],
    ["folds back on a shared edge", 1, [[4, 1, 0]], [1, 0, 3]],
    [
      "shares a corner",
      0,
      [
        [-4, 0, 1],
        [0, -4, 1],
      ],
      [0, 3, 4],
    ],
    [
      "shares a corner and pierces it",
      1,
      [
        [3, 3, -1],
        [3, 3, 1],
      ],
      [0, 3, 4],
    ],
  ])("%s: %i", (_, expected, places, other) => expect(crossings(places, other)).toBe(expected))

  it("has exact signs where doubles round", () => {
    const far = 2 ** 24
    const [a, b, c] = [
      [0, 0, 0],
      [far, far - 1, 1],
      [far - 1, far - 3, far],
    ] as const
    const sum = [0, 1, 2].map((k) => b[k]! + c[k]!) as [number, number, number]
    expect(sideOfPlane(a, b, c, sum)).toBe(0)
    expect(sideOfPlane(a, b, c, [sum[0], sum[1], sum[2] + 1])).toBe(-1)
    expect(sideOfPlane(a, b, c, [sum[0], sum[1], sum[2] - 1])).toBe(1)
  })
})

describe("a mesh with crossing faces", () => {
  it("has none after its vertices moved by millimetres; volume and edges stay", async () => {
    const { triangulate } = await loadSolids()
    const n = 12
    const positions = Float64Array.from({ length: 3 * (n + 1) ** 2 }, (_, i) => {
      const v = Math.floor(i / 3)
      return [v % (n + 1), Math.floor(v / (n + 1)), 5][i % 3]!
    })
    // Some inner vertices pass the opposite edge of a neighbouring triangle by 2 mm.
    for (const v of [30, 58, 87, 110]) positions.set([positions[3 * v]! + 1.002, positions[3 * v + 1]! + 0.1, 5], 3 * v)
    const triangles = Uint32Array.from({ length: 6 * n * n }, (_, i) => {
      const v = Math.floor(i / 6 / n) * (n + 1) + (Math.floor(i / 6) % n)
      return v + [0, 1, n + 2, 0, n + 2, n + 1][i % 6]!
    })
    const tangled = closeSurface({ positions, triangles, owners: new Uint32Array(2 * n * n) }, 0, triangulate)
    const before = crossingFaces(
      tangled.positions.map((value) => Math.round(value * 2 ** 16)),
      tangled.triangles,
    )
    expect(before.length).toBeGreaterThan(3)
    const { solid, crossings: left } = untangle(tangled)
    expect(left).toBe(0)
    expect(solid.positions.map(Math.fround)).toEqual(solid.positions)
    expect(measureVolume(solid) / measureVolume(tangled)).toBeCloseTo(1, 3)
    const { open, nonManifold, degenerate } = meshEdges(solid.positions, solid.triangles)
    expect([open.length, nonManifold, degenerate]).toEqual([0, 0, 0])
  })
})
