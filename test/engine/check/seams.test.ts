import { describe, expect, test } from "vitest"
import { meshEdges } from "../../../engine/check/mesh-edges.js"
import { borderDistance, seamGap } from "../../../engine/check/seams.js"
import type { BorderSide } from "../../../engine/check/tile-border.js"

/** A border along y in a frame where x, y, z are the geocentric axes: vertices (0, y, z). */
const border = (...vertices: [y: number, z: number][]): BorderSide => {
  const pairs = vertices.slice(1).map((vertex, i) => [vertices[i], vertex])
  return {
    segments: Float64Array.from(pairs.flatMap(([a, b]) => [0, ...a, 0, ...b])),
    along: Float64Array.from(pairs.flatMap(([a, b]) => [a[0], b[0]])),
  }
}

describe("seamGap", () => {
  test("equal borders, in any order of segments, have none", () => {
    const a = border([0, 1], [20, 3], [50, 2])
    const b = border([50, 2], [20, 3], [0, 1])
    expect(seamGap(a, b, 0.05)).toEqual({ gap: 0, unequal: 0, oneSided: 0 })
  })
  test("a vertex more: its height above the straight line", () => {
    const found = seamGap(border([0, 0], [25, 1], [50, 0]), border([0, 0], [50, 0]), 0.05)
    expect(found).toEqual({ gap: 1, unequal: 1, oneSided: 0 })
  })
  test("a wall on the border: the distance is to the polyline, not to a vertex", () => {
    const wall = border([0, 0], [25, 0], [25, 10], [50, 10])
    const half = border([0, 0], [25, 0], [25, 5], [25, 10], [50, 10])
    expect(seamGap(wall, half, 0.05)).toEqual({ gap: 0, unequal: 1, oneSided: 0 })
  })
  test("where the neighbour ends there is nothing to compare", () => {
    const found = seamGap(border([0, 0], [25, 0], [50, 7]), border([0, 0], [25, 0]), 0.05)
    expect(found).toEqual({ gap: 0, unequal: 0, oneSided: 1 })
  })
  test("one way: a fine border against a longer, coarser one", () => {
    const coarse = border([-50, 0], [50, 0], [150, 0])
    expect(borderDistance(border([0, 0.25], [25, -0.5], [50, 0]), coarse, 0.05)).toEqual({
      gap: 0.5,
      unequal: 2,
      oneSided: 0,
    })
  })
})

describe("meshEdges", () => {
  const tetrahedron = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]
  const faces = [0, 2, 1, 0, 1, 3, 1, 2, 3, 0, 3, 2]
  test("a closed surface has no open edge, also when its vertices are doubled", () => {
    expect(meshEdges(Float64Array.from(tetrahedron), Uint32Array.from(faces))).toEqual({
      open: new Uint32Array(),
      nonManifold: 0,
      degenerate: 0,
    })
    const doubled = Float64Array.from(faces.flatMap((v) => tetrahedron.slice(3 * v, 3 * v + 3)))
    const indices = Uint32Array.from(faces, (_, i) => i)
    expect(meshEdges(doubled, indices)).toEqual({ open: new Uint32Array(), nonManifold: 0, degenerate: 0 })
  })
  test("a missing face leaves three open edges, a face twice three bad ones, a sliver no area", () => {
    expect(meshEdges(Float64Array.from(tetrahedron), Uint32Array.from(faces.slice(3))).open.length).toBe(6)
    expect(
      meshEdges(Float64Array.from(tetrahedron), Uint32Array.from([...faces, ...faces.slice(0, 3)])).nonManifold,
    ).toBe(3)
    const line = Float64Array.from([0, 0, 0, 1, 1, 1, 2, 2, 2])
    expect(meshEdges(line, Uint32Array.from([0, 1, 2])).degenerate).toBe(1)
  })
})
