import { describe, expect, test } from "vitest"
import { type BorderSide, borderDistance, seamGap } from "../../../../engine/check/edges/check-seams.js"
import { edgeKind } from "../../../../engine/check/edges/edge-kinds.js"
import { openEdges } from "../../../../engine/check/edges/open-edges.js"
import { faultyEdges, openParts } from "../../../../engine/check/edges/open-parts.js"
import { meshEdges } from "../../../../engine/core/geometry/mesh-edges.js"
import { crsByEpsg } from "../../../../engine/grid/crs.js"

/** A border along y in a frame where x, y, z are the geocentric axes: vertices (0, y, z). */
const border = (...vertices: [y: number, z: number][]): BorderSide => {
  const pairs = vertices.slice(1).map((vertex, i) => [vertices[i], vertex])
  return {
    segments: Float64Array.from(pairs.flatMap(([a, b]) => [0, ...a, 0, ...b])),
    along: Float64Array.from(pairs.flatMap(([a, b]) => [a[0], b[0]])),
  }
}

/** Both borders whole, nothing closed before. */
const gapOf = (a: BorderSide, b: BorderSide) => seamGap([a, a], [b, b], 0.05)

describe("seamGap", () => {
  test("equal borders, in any order of segments, have none", () => {
    const a = border([0, 1], [20, 3], [50, 2])
    const b = border([50, 2], [20, 3], [0, 1])
    expect(gapOf(a, b)).toEqual({ gap: 0, unequal: 0, oneSided: 0 })
  })
  test("a vertex more: its height above the straight line", () => {
    const found = gapOf(border([0, 0], [25, 1], [50, 0]), border([0, 0], [50, 0]))
    expect(found).toEqual({ gap: 1, unequal: 1, oneSided: 0 })
  })
  test("a wall on the border: the distance is to the polyline, not to a vertex", () => {
    const wall = border([0, 0], [25, 0], [25, 10], [50, 10])
    const half = border([0, 0], [25, 0], [25, 5], [25, 10], [50, 10])
    expect(gapOf(wall, half)).toEqual({ gap: 0, unequal: 1, oneSided: 0 })
  })
  test("where the neighbour ends there is nothing to compare, but a segment is one-sided", () => {
    const found = gapOf(border([0, 0], [25, 0], [50, 7]), border([0, 0], [25, 0]))
    expect(gapOf(border([0, 0], [20, 0]), border())).toEqual({ gap: 0, unequal: 0, oneSided: 1 })
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

describe("openEdges", () => {
  // Réunion, ellipsoidal height 0: a 4 × 4 grid of squares of 7 m, some left out.
  const crs = crsByEpsg(2975)
  const cell = [377000, 7655950, 377028, 7655978] as const
  const borderWithout = (...left: number[]) => {
    const squares = [...Array(16).keys()].filter((i) => !left.includes(i))
    const triangles = squares.flatMap((i) => {
      const a = Math.floor(i / 4) * 5 + (i % 4)
      return [a, a + 1, a + 6, a, a + 6, a + 5]
    })
    const positions = [...Array(25).keys()].flatMap((i) =>
      crs.geocentric(cell[0] + (i % 5) * 7, cell[1] + Math.floor(i / 5) * 7, 0),
    )
    const place = Float64Array.from(positions)
    const { open } = meshEdges(place, Uint32Array.from(triangles))
    const edges = openEdges(place, open, crs, cell, { near: 0.05, on: 0.004 })
    const sides = [0, 1, 2, 3].map((side) => edges.on.filter((bits) => (bits >> side) % 2 === 1).length)
    const faults = openParts([edges], [new Uint8Array(edges.kinds.length)]).flatMap((part) =>
      faultyEdges(
        part,
        [edges],
        () => true,
        () => false,
      ),
    )
    const holeEdges = faults.filter(([, edge]) => edges.on[edge] === 0).length
    return { sides, holeEdges, outlineEdges: edges.on.filter((bits) => bits === 0).length - holeEdges }
  }
  test("sides, holes, ends of the data and islands", () => {
    const whole = borderWithout()
    expect([whole.holeEdges, whole.outlineEdges, ...whole.sides]).toEqual([0, 0, 4, 4, 4, 4])
    expect(borderWithout(5)).toMatchObject({ holeEdges: 4, outlineEdges: 0 })
    expect(borderWithout(5, 10)).toMatchObject({ holeEdges: 8, outlineEdges: 0 })
    // 147 m²: a void of the data, no hole.
    expect(borderWithout(5, 6, 9)).toMatchObject({ holeEdges: 0, outlineEdges: 8 })
    expect(borderWithout(2, 3, 6, 7, 10, 11, 14, 15)).toMatchObject({ holeEdges: 0, outlineEdges: 4 })
    expect(borderWithout(0, 1, 2, 3, 4, 7, 8, 11, 12, 13, 14, 15)).toMatchObject({ holeEdges: 0, outlineEdges: 8 })
  })
})

describe("faultyEdges", () => {
  // The outline of an island 10 m wide, with a body's edge of 15 mm at one corner.
  const faultsOf = (rise: number): number => {
    const ring = [
      [0, 0, 0],
      [10, 0, 0],
      [10, 10, 0],
      [0, 10, 0],
      [0, 0.015, rise],
    ] as const
    const ends = Float64Array.from(ring.flatMap((place, i) => [...place, ...ring[(i + 1) % ring.length]!]))
    const places = Float64Array.from(ring.flatMap(([x, y], i) => [x, y, ...ring[(i + 1) % ring.length]!.slice(0, 2)]))
    const kinds = Uint8Array.of(edgeKind.ground, edgeKind.ground, edgeKind.ground, edgeKind.ground, edgeKind.body)
    const edges = { ends, places, kinds, near: new Uint8Array(5), on: new Uint8Array(5) }
    const no = () => false
    return openParts([edges], [new Uint8Array(5)]).flatMap((part) => faultyEdges(part, [edges], no, no)).length
  }
  test("a short level edge of a body on the outline of the data is no fault, an upright one is", () => {
    expect([faultsOf(0), faultsOf(0.003), faultsOf(0.05), faultsOf(3)]).toEqual([0, 0, 1, 1])
  })
})

describe("meshEdges", () => {
  const tetrahedron = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]
  const faces = [0, 2, 1, 0, 1, 3, 1, 2, 3, 0, 3, 2]
  test("a closed surface has no open edge, also when its vertices are doubled", () => {
    expect(meshEdges(Float64Array.from(tetrahedron), Uint32Array.from(faces))).toEqual({
      open: new Uint32Array(),
      openTriangles: new Uint32Array(),
      nonManifold: 0,
      degenerate: 0,
      duplicates: 0,
    })
    const doubled = Float64Array.from(faces.flatMap((v) => tetrahedron.slice(3 * v, 3 * v + 3)))
    const indices = Uint32Array.from(faces, (_, i) => i)
    expect(meshEdges(doubled, indices)).toMatchObject({ open: new Uint32Array(), nonManifold: 0, duplicates: 0 })
  })
  test("a missing face leaves three open edges, a face twice three bad ones, a sliver no area", () => {
    const open = meshEdges(Float64Array.from(tetrahedron), Uint32Array.from(faces.slice(3)))
    expect(open.open.length).toBe(6)
    expect([...open.openTriangles].sort()).toEqual([0, 1, 2])
    const twice = meshEdges(Float64Array.from(tetrahedron), Uint32Array.from([...faces, ...faces.slice(0, 3)]))
    expect([twice.nonManifold, twice.duplicates]).toEqual([3, 1])
    const line = Float64Array.from([0, 0, 0, 1, 1, 1, 2, 2, 2])
    expect(meshEdges(line, Uint32Array.from([0, 1, 2])).degenerate).toBe(1)
  })
})
