import { describe, expect, it } from "vitest"
import { doubledArea } from "../../../../engine/core/geometry/rings.js"
import { loadGdal } from "../../../../engine/formats/raster/load-gdal.js"
import { type ClassGrid, labelRuns } from "../../../../kernels/vegetation/coverage/class-runs.js"
import { coverageGraph } from "../../../../kernels/vegetation/coverage/graph.js"
import { simplifyCoverage } from "../../../../kernels/vegetation/coverage/simplify.js"
import { traceCoverage } from "../../../../kernels/vegetation/coverage/trace.js"
import { crossBadly, edgesOf, randomGrid, ringsOf } from "../../../reference/coverage.js"

const simplify = (grid: ClassGrid, tolerance: number) => {
  const runs = labelRuns(grid)
  const graph = coverageGraph(runs)
  const exact = traceCoverage(runs, graph)
  const simple = traceCoverage(runs, graph, simplifyCoverage(graph, tolerance))
  const patches = Array.from(runs.classes, (_, g) => g)
  return {
    runs,
    exact: patches.map((g) => ringsOf(exact, g)),
    simple: patches.map((g) => ringsOf(simple, g)),
  }
}

const distanceToEdges = (edges: readonly (readonly number[])[], px: number, py: number): number =>
  Math.min(
    ...edges.map(([x, y, u, v]) => {
      const [dx, dy] = [u! - x!, v! - y!]
      const share = Math.min(1, Math.max(0, ((px - x!) * dx + (py - y!) * dy) / (dx * dx + dy * dy)))
      return Math.hypot(px - x! - share * dx, py - y! - share * dy)
    }),
  )

const cases = Array.from({ length: 40 }, (_, seed) => [seed, [0.75, 1, 2, 6][seed % 4]!] as const)

describe("simplifyCoverage", () => {
  it.each(cases)(
    "grid %i, tolerance %d: shared edges on both sides, no crossing, as many rings, near the exact ones",
    (seed, tolerance) => {
      const grid = randomGrid(seed, 16 + (seed % 21), 14 + (seed % 17), 2 + (seed % 4))
      const { runs, exact, simple } = simplify(grid, tolerance)
      const edges = simple.flatMap(edgesOf)
      const directed = new Set(edges.map(String))
      // No edge twice in one direction; what has no twin in the other direction borders on nodata
      // or the window's outside.
      expect(directed.size).toBe(edges.length)
      const open = edges.filter(([x, y, u, v]) => !directed.has(String([u, v, x, y])))
      const lines = edges.filter(([x, y, u, v]) => x < u || (x === u && y < v) || !directed.has(String([u, v, x, y])))
      expect(lines.flatMap((a, i) => lines.slice(i + 1).filter((b) => crossBadly(a, b)))).toEqual([])
      // Each area is there once: what the patches cover is what the open edges enclose.
      const enclosed = open.reduce((sum, [x, y, u, v]) => sum + x * v - u * y, 0)
      const areas = simple.map((rings) => rings.reduce((sum, ring) => sum + doubledArea(ring.flat()), 0))
      expect(areas.reduce((sum, area) => sum + area, 0)).toBe(enclosed)
      if (grid.nodata === undefined) expect(enclosed).toBe(2 * grid.columns * grid.rows)
      simple.forEach((rings, g) => {
        expect(rings.length).toBe(exact[g]!.length)
        expect(areas[g]).toBeGreaterThan(0)
        const own = edgesOf(rings)
        rings.forEach((ring, r) => {
          expect(Math.sign(doubledArea(ring.flat()))).toBe(r === 0 ? 1 : -1)
          expect(ring.length).toBeGreaterThanOrEqual(3)
        })
        const far = exact[g]!.flat().filter(([x, y]) => distanceToEdges(own, x, y) > tolerance + 1e-9)
        expect(far).toEqual([])
      })
      expect(runs.classes.length).toBe(simple.length)
    },
  )

  it("leaves a third of the vertices of blobs, at most", () => {
    const { exact, simple } = simplify(randomGrid(75, 300, 300, 4), 1)
    const count = (patches: typeof exact): number => patches.flat(2).length
    expect(count(exact)).toBeGreaterThan(1000)
    expect(count(simple)).toBeLessThan(count(exact) / 3)
  })

  it("a boundary that was straight has one edge for every 1,024 vertices of its steps", () => {
    const side = 3000
    const classes = Uint8Array.from({ length: side * side }, (_, i) => (i % side > Math.floor(i / side) * 0.83 ? 1 : 2))
    const graph = coverageGraph(labelRuns({ column: 0, row: 0, columns: side, rows: side, classes }))
    const kept = simplifyCoverage(graph, 1.5).filter((gone) => gone === 0).length
    expect(graph.x.length).toBeGreaterThan(4000)
    expect(kept).toBeLessThan(16)
  })

  it("below the least distance of a corner nothing goes", () => {
    const grid = randomGrid(7, 20, 20, 3)
    const graph = coverageGraph(labelRuns(grid))
    expect(simplifyCoverage(graph, 0.69).includes(1)).toBe(false)
    expect(simplifyCoverage(graph, 0.8).includes(1)).toBe(true)
  })

  it("keeps the window's border in place: windows cut at a line meet there", () => {
    const grid: ClassGrid = { ...randomGrid(12, 40, 40, 3), nodata: 0 }
    const { exact, simple } = simplify(grid, 3)
    const onBorder = ([x, y]: readonly [number, number]): boolean =>
      x === grid.column || y === grid.row || x === grid.column + 40 || y === grid.row + 40
    const kept = new Set(simple.flat(2).map(String))
    const border = exact.flat(2).filter(onBorder)
    expect(border.length).toBeGreaterThan(4)
    for (const place of border) expect(kept.has(String(place))).toBe(true)
  })
})

interface Geometry {
  isValid(): boolean
  getArea(): number
}

const gdal = (await loadGdal()) as unknown as { Geometry: { fromWKT(text: string): Geometry } } | undefined

const polygonText = (rings: readonly (readonly (readonly [number, number])[])[]): string =>
  `POLYGON (${rings.map((ring) => `(${[...ring, ring[0]!].map(([x, y]) => `${x} ${y}`).join(", ")})`).join(", ")})`

describe.skipIf(gdal === undefined)("validity by GEOS", () => {
  it.each(cases)("grid %i, tolerance %d: exact and simplified polygons are valid", (seed, tolerance) => {
    const grid = randomGrid(seed, 50 + (seed % 21), 40 + (seed % 17), 2 + (seed % 4))
    const { exact, simple } = simplify(grid, tolerance)
    for (const rings of [...exact, ...simple]) expect(gdal!.Geometry.fromWKT(polygonText(rings)).isValid()).toBe(true)
  })
})
