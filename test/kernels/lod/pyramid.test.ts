import { describe, expect, it } from "vitest"
import type { Mesh } from "../../../engine/kernel.js"
import pyramid from "../../../kernels/lod/pyramid.js"
import surface from "../../../kernels/terrain/surface.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"
import { factsOf, heightAt, makeScene, openOn, pointsOf } from "../../scenes/mesh-scene.js"

const options = { maxError: 0.25, factor: 2, maxTriangles: 100_000 }
const scene = makeScene(11, [60, 60, 240, 240], 4)

const finest = new Map<string, Mesh>()
const leaf = (column: number, row: number): Mesh => {
  const key = `${column} ${row}`
  const known = finest.get(key)
  if (known !== undefined) return known
  const tile = tileOf([100 + 25 * column, 100 + 25 * row, 125 + 25 * column, 125 + 25 * row], 16)
  const { mesh } = surface.run(tile, { relief: pointsOf(scene, tile) }, { maxError: 0.25, cell: 0.5 }, scratch)
  finest.set(key, mesh)
  return mesh
}
const parent = (x: number, y: number, step: number, mesh: readonly Mesh[], given = options): Mesh =>
  pyramid.run(tileOf([x, y, x + 25 * step, y + 25 * step], 0, step), { mesh }, given, scratch).mesh
const four = (column: number, row: number): Mesh[] => [
  leaf(column, row),
  leaf(column + 1, row),
  leaf(column, row + 1),
  leaf(column + 1, row + 1),
]

describe("mesh.pyramid", () => {
  it("covers its children with sound triangles, fewer than theirs", () => {
    const mesh = parent(100, 100, 2, four(0, 0))
    const facts = factsOf(mesh)
    expect(facts.areaM2).toBe(2500)
    expect([facts.degenerate, facts.nonManifold, facts.unused]).toEqual([0, 0, 0])
    expect(mesh.triangles.length).toBeLessThan(four(0, 0).reduce((sum, child) => sum + child.triangles.length, 0))
  })

  it("passes within its bound of every vertex of its children", () => {
    const mesh = parent(100, 100, 2, four(0, 0))
    let largest = 0
    for (const child of four(0, 0)) {
      const dx = (child.origin[0] - 100) * 1000
      const dy = (child.origin[1] - 100) * 1000
      for (let v = 0; v < child.classes.length; v += 3) {
        const z = heightAt(mesh, child.positions[3 * v] + dx, child.positions[3 * v + 1] + dy)
        largest = Math.max(largest, Math.abs(z! - child.positions[3 * v + 2]))
      }
    }
    expect(largest).toBeLessThanOrEqual(500)
    expect(mesh.maxError).toBeGreaterThanOrEqual(largest / 1000 + 0.2)
    expect(mesh.maxError).toBeLessThanOrEqual(0.75)
  })

  it("agrees with its neighbours, also where they lack children", () => {
    const west = factsOf(parent(100, 100, 2, four(0, 0)))
    const east = factsOf(parent(150, 100, 2, [leaf(2, 0), leaf(2, 1), leaf(3, 1)]))
    const half = factsOf(parent(150, 100, 2, [leaf(2, 1)]))
    expect(openOn(west, { x: 150 })).toEqual(openOn(east, { x: 150 }))
    expect(openOn(half, { x: 150 })).toEqual(openOn(west, { x: 150 }).filter((key) => half.open.has(key)))
    expect(half.areaM2).toBe(625)
    const upper = openOn(half, { x: 150 })
    expect(upper.length).toBeGreaterThan(0)
  })

  it.each([[[0, 1, 2]], [[1, 2]], [[0, 3]], [[1, 2, 3]], [[2]]])(
    "leaves the squares of missing children open: %j",
    (which) => {
      const facts = factsOf(
        parent(
          100,
          100,
          2,
          which.map((i) => four(0, 0)[i]!),
        ),
      )
      expect(facts.areaM2).toBe(625 * which.length)
      expect([facts.degenerate, facts.nonManifold, facts.unused]).toEqual([0, 0, 0])
    },
  )

  it("climbs further levels, children with open squares among them", () => {
    const level1 = [
      parent(100, 100, 2, four(0, 0)),
      parent(150, 100, 2, [leaf(2, 0), leaf(3, 1), leaf(2, 1)]),
      parent(100, 150, 2, [leaf(0, 2), leaf(1, 3)]),
    ]
    const mesh = parent(100, 100, 4, level1)
    const facts = factsOf(mesh)
    expect(facts.areaM2).toBe(625 * 9)
    expect([facts.degenerate, facts.nonManifold, facts.unused]).toEqual([0, 0, 0])
    expect(mesh.maxError).toBeLessThanOrEqual(1.75)
  })

  it("stops at its triangles and says what error that leaves", () => {
    const mesh = parent(100, 100, 2, four(0, 0), { ...options, maxTriangles: 1000 })
    expect(mesh.triangles.length / 3).toBeLessThanOrEqual(1002)
    expect(mesh.maxError).toBeGreaterThan(0.75)
  })

  it("gives the same bytes twice", () => {
    expect(parent(100, 100, 2, four(0, 0))).toEqual(parent(100, 100, 2, four(0, 0)))
  })
})
