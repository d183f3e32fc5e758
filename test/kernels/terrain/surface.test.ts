import { describe, expect, it } from "vitest"
import surface from "../../../kernels/terrain/surface.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"
import { factsOf, heightAt, type MeshFacts, makeScene, openOn, pointsOf, type Scene } from "../../scenes/mesh-scene.js"

const options = { maxError: 0.25, cell: 0.5 }
const halo = surface.halo(options)
const run = (scene: Scene, cell: readonly [number, number, number, number], given = options) => {
  const tile = tileOf(cell, halo)
  return surface.run(tile, { relief: pointsOf(scene, tile) }, given, scratch)
}

describe("mesh.surface", () => {
  const scene = makeScene(1, [60, 60, 200, 200], 6)

  it("covers its cell with sound triangles", () => {
    const { mesh } = run(scene, [100, 100, 150, 150])
    const facts = factsOf(mesh)
    expect(facts.areaM2).toBe(2500)
    expect([facts.degenerate, facts.nonManifold, facts.unused]).toEqual([0, 0, 0])
    const sides = [{ x: 100 }, { x: 150 }, { y: 100 }, { y: 150 }].flatMap((line) => openOn(facts, line))
    expect(sides.length).toBe(facts.open.size)
  })

  it.each([0.1, 0.25, 1, 5])(
    "passes within %f m of the highest point of every cell, and needs fewer triangles for it",
    (maxError) => {
      const cell = [100, 100, 125, 125] as const
      const given = { ...options, maxError }
      const { mesh, "mesh-quality": quality } = run(scene, cell, given)
      const points = pointsOf(scene, tileOf(cell, halo))
      const highest = new Map<string, number>()
      for (let i = 0; i < points.count; i++) {
        const [x, y] = [points.x[i], points.y[i]]
        if (x < 250 || y < 250 || x > 24750 || y > 24750) continue
        const key = `${Math.floor(x / 500)} ${Math.floor(y / 500)}`
        const known = highest.get(key)
        if (known === undefined || points.z[i] > points.z[known]) highest.set(key, i)
      }
      let largest = 0
      for (const i of highest.values()) {
        largest = Math.max(largest, Math.abs(heightAt(mesh, points.x[i], points.y[i])! - points.z[i]))
      }
      expect(highest.size).toBe(quality["candidates"])
      expect(largest).toBeLessThanOrEqual(maxError * 1000 + 1e-6)
      expect(mesh.maxError).toBeCloseTo(largest / 1000, 9)
      expect(mesh.triangles.length / 3).toBeLessThan(2 * highest.size)
    },
  )

  it("agrees with its neighbours on every side and corner to the millimetre", () => {
    for (const seed of [2, 3, 4]) {
      const other = makeScene(seed, [60, 60, 190, 190], seed)
      const at = (column: number, row: number) =>
        factsOf(run(other, [100 + 25 * column, 100 + 25 * row, 125 + 25 * column, 125 + 25 * row]).mesh)
      const [a, b, c, d] = [at(0, 0), at(1, 0), at(0, 1), at(1, 1)]
      expect(openOn(a, { x: 125 })).toEqual(openOn(b, { x: 125 }))
      expect(openOn(c, { x: 125 })).toEqual(openOn(d, { x: 125 }))
      expect(openOn(a, { y: 125 })).toEqual(openOn(c, { y: 125 }))
      expect(openOn(b, { y: 125 })).toEqual(openOn(d, { y: 125 }))
      expect(openOn(a, { x: 125 }).length).toBeGreaterThan(5)
    }
  })

  it("keeps the border whole over a part without points", () => {
    const gap = makeScene(5, [60, 60, 190, 190], 4, (x) => x > 118 && x < 131)
    const west = run(gap, [100, 100, 125, 125])
    const east = run(gap, [125, 100, 150, 125])
    expect(factsOf(west.mesh).areaM2).toBe(625)
    expect(openOn(factsOf(west.mesh), { x: 125 })).toEqual(openOn(factsOf(east.mesh), { x: 125 }))
    expect(west["mesh-quality"]["emptyM2"]).toBeGreaterThan(100)
    expect(west["mesh-quality"]["uncoveredM2"]).toBe(0)
  })

  it("counts as uncovered only places inside the files", () => {
    const cut = makeScene(5, [60, 60, 190, 190], 4, (x) => x > 112)
    const tile = { ...tileOf([100, 100, 125, 125], halo), sources: [[60, 60, 112, 190]] as const }
    const { mesh, "mesh-quality": quality } = surface.run(tile, { relief: pointsOf(cut, tile) }, options, scratch)
    expect(factsOf(mesh).areaM2).toBeLessThan(25 * 14)
    expect(quality["uncoveredM2"]).toBe(0)
    expect(run(cut, [100, 100, 125, 125])["mesh-quality"]["uncoveredM2"]).toBeGreaterThan(250)
  })

  it.each([
    ["around a corner", (x: number, y: number) => Math.hypot(x - 125, y - 125) < 18],
    ["on one side of a border", (x: number) => x > 125.01 && x < 146],
    ["oblique over all of them", (x: number, y: number) => x + 0.7 * y > 205 && x + 0.7 * y < 236],
    ["inside one tile", (x: number, y: number) => Math.hypot(x - 112, y - 112) < 10.5],
  ])("ends with the data at a void %s, alike in all tiles", (_, hole) => {
    const gap = makeScene(6, [50, 50, 200, 200], 4, hole)
    const at = (x: number, y: number) => run(gap, [x, y, x + 25, y + 25])
    const made = [at(100, 100), at(125, 100), at(100, 125), at(125, 125)]
    const facts = made.map(({ mesh }) => factsOf(mesh))
    for (const one of facts) expect([one.degenerate, one.nonManifold, one.unused]).toEqual([0, 0, 0])
    const [a, b, c, d] = facts as [MeshFacts, MeshFacts, MeshFacts, MeshFacts]
    expect(openOn(a, { x: 125 })).toEqual(openOn(b, { x: 125 }))
    expect(openOn(c, { x: 125 })).toEqual(openOn(d, { x: 125 }))
    expect(openOn(a, { y: 125 })).toEqual(openOn(c, { y: 125 }))
    expect(openOn(b, { y: 125 })).toEqual(openOn(d, { y: 125 }))
    // The outline is 1.5 m from the middle of cells with a point, or less.
    const isDeep = (x: number, y: number): boolean =>
      [0, 1, 2, 3, 4, 5, 6, 7].every((k) =>
        hole(x + 2.21 * Math.cos((k * Math.PI) / 4), y + 2.21 * Math.sin((k * Math.PI) / 4)),
      )
    const wrong: string[] = []
    for (const [i, { mesh }] of made.entries()) {
      for (let x = 500; x < 25000; x += 500) {
        for (let y = 500; y < 25000; y += 500) {
          const [east, north] = [mesh.origin[0] + x / 1000, mesh.origin[1] + y / 1000]
          const isCovered = heightAt(mesh, x, y) !== undefined
          if (isCovered ? isDeep(east, north) : !hole(east, north)) wrong.push(`${east} ${north}`)
        }
      }
      const uncovered = made[i]!["mesh-quality"]["uncoveredM2"]!
      expect(Math.abs(625 - facts[i]!.areaM2 - uncovered)).toBeLessThanOrEqual(0.5)
    }
    expect(wrong).toEqual([])
  })

  it("makes a small level patch of a lone point", () => {
    const one: Scene = {
      x: Float64Array.of(112000),
      y: Float64Array.of(112000),
      z: Float64Array.of(1000),
      classes: Uint8Array.of(3),
    }
    const { positions, triangles } = run(one, [100, 100, 150, 150]).mesh
    expect(triangles.length).toBeGreaterThan(0)
    for (let v = 0; v < positions.length; v += 3) {
      expect(Math.hypot(positions[v]! - 12_000, positions[v + 1]! - 12_000)).toBeLessThan(2500)
      expect(positions[v + 2]).toBe(1000)
    }
  })

  it("gives the same bytes twice, and does not hang on points of one height", () => {
    const flat: Scene = { ...scene, z: scene.z.map(() => 5000) }
    const first = run(scene, [100, 100, 125, 125])
    const again = run(scene, [100, 100, 125, 125])
    expect(again).toEqual(first)
    expect(factsOf(run(flat, [100, 100, 125, 125]).mesh).areaM2).toBe(625)
    expect(run(flat, [100, 100, 125, 125]).mesh.triangles.length).toBe(6)
  })

  it("depends on nothing beyond its halo", () => {
    const cell = [100, 100, 125, 125] as const
    const near = makeScene(1, [60, 60, 200, 200], 6, (x, y) => x < 84 || y < 84 || x >= 141 || y >= 141)
    expect(run(near, cell).mesh).toEqual(run(scene, cell).mesh)
  })
})
