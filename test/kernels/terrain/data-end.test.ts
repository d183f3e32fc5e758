import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../engine/core/random.js"
import type { Mesh } from "../../../engine/kernel.js"
import { factsOf, openOn } from "../../scenes/mesh-scene.js"
import {
  footprintOf,
  groundShots,
  type Height,
  heightsOf,
  isInside,
  ringOf,
  runTerrain,
  type Shot,
} from "../../scenes/terrain-scene.js"

/** A hillside of 0.6 to the east and 0.3 to the north, mm from mm. */
const hillside: Height = (x, y) => 0.6 * x + 0.3 * y + 300 * Math.sin(x / 4000)
const shots = groundShots(5, [80, 80, 220, 220], 3, hillside)
const cells: readonly Box2[] = [
  [100, 100, 150, 150],
  [150, 100, 200, 150],
  [100, 150, 150, 200],
  [150, 150, 200, 200],
]

/** Sides of the triangles of ground, as places in the CRS, mm. */
const groundSides = ({ origin, positions: p, triangles, owners }: Mesh): Set<string> => {
  const at = (v: number): string => `${1000 * origin[0] + p[3 * v]!},${1000 * origin[1] + p[3 * v + 1]!}`
  const found = new Set<string>()
  for (let t = 0; t < triangles.length; t++) {
    if (owners![Math.floor(t / 3)] !== 0) continue
    const [a, b] = [triangles[t]!, triangles[t % 3 === 2 ? t - 2 : t + 1]!]
    found.add(`${at(a)} ${at(b)}`)
  }
  return found
}

describe("the ground where the data end", () => {
  it.each([
    ["short of a tile line", -1500, 0],
    ["just beyond it", 800, 0],
    ["a few metres beyond it", 2500, 0],
    ["oblique over it", 2000, 0.08],
    ["oblique over the tiles", 0, 0.7],
  ])("is neither higher nor wider than the data: %s", (_, offset, slant) => {
    const beyond: Height = (x, y) => (x - 150_000 - offset + slant * (y - 150_000)) / Math.hypot(1, slant)
    const seen = shots.filter(([x, y]) => beyond(x, y) <= 0)
    const meshes = cells.map((cell) => runTerrain(seen, cell).ground)
    const facts = meshes.map(factsOf)
    expect(openOn(facts[0]!, { x: 150 })).toEqual(openOn(facts[1]!, { x: 150 }))
    expect(openOn(facts[2]!, { x: 150 })).toEqual(openOn(facts[3]!, { x: 150 }))
    expect(openOn(facts[0]!, { y: 150 })).toEqual(openOn(facts[2]!, { y: 150 }))
    expect(openOn(facts[1]!, { y: 150 })).toEqual(openOn(facts[3]!, { y: 150 }))
    const worst = { far: 0, off: 0 }
    for (const mesh of meshes) {
      const [west, south] = [1000 * mesh.origin[0], 1000 * mesh.origin[1]]
      for (let v = 0; v < mesh.positions.length; v += 3) {
        const [x, y] = [west + mesh.positions[v]!, south + mesh.positions[v + 1]!]
        worst.far = Math.max(worst.far, beyond(x, y))
        worst.off = Math.max(worst.off, Math.abs(mesh.positions[v + 2]! - hillside(x, y)))
      }
      const heightAt = heightsOf(mesh)
      for (let x = 500; x < 50_000; x += 1000)
        for (let y = 500; y < 50_000; y += 1000)
          if (beyond(west + x, south + y) > 2210) expect(heightAt(x, y), `${west + x}, ${south + y}`).toBeUndefined()
    }
    // The outline is 1.5 m from the middle of cells with a point, or less.
    expect(worst.far).toBeLessThan(2210)
    expect(worst.off).toBeLessThan(500)
  })

  it("counts as uncovered only places inside the files, to their ends", () => {
    const hole = (x: number, y: number): boolean => Math.hypot(x - 115_000, y - 125_000) < 12_000
    const seen = shots.filter(([x, y]) => x <= 130_400 && !hole(x, y))
    const sources: Box2[] = [
      [80, 80, 130.4, 120],
      [80, 120, 130.4, 220],
    ]
    const { ground, "ground-quality": quality } = runTerrain(seen, cells[0]!, { sources })
    const heightAt = heightsOf(ground)
    let uncovered = 0
    for (let x = 100; x < 30_400; x += 200)
      for (let y = 100; y < 50_000; y += 200) if (heightAt(x, y) === undefined) uncovered += 0.04
    expect(uncovered).toBeGreaterThan(150)
    expect(Math.abs(quality["uncoveredM2"]! - uncovered)).toBeLessThan(3)
    const nothing = runTerrain([], cells[0]!, { sources })["ground-quality"]
    expect(nothing["uncoveredM2"]).toBe(30.4 * 50)
    // A tile beyond the files has none.
    expect(runTerrain(seen, cells[1]!, { sources })["ground-quality"]["uncoveredM2"]).toBe(0)
  })

  it("lies along the whole foot of a block whose corner is just beyond them", () => {
    const bare: string[] = []
    for (let beyond = 0; beyond <= 400; beyond += 40) {
      for (const degrees of [10, 25, 40]) {
        const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
        const [x, y] = [140_000 + beyond, 120_000]
        const corners = [
          [x, y],
          [x - 8000 * cos, y + 8000 * sin],
          [x - 8000 * cos - 6000 * sin, y + 8000 * sin - 6000 * cos],
          [x - 6000 * sin, y - 6000 * cos],
        ].map(([px, py]) => [Math.round(px!), Math.round(py!)] as const)
        const seen = shots
          .filter(([px]) => px <= 140_000)
          .map((shot): Shot => (isInside(corners, shot[0], shot[1]) ? [shot[0], shot[1], shot[2] + 5000, 6] : shot))
        const block = footprintOf(6, "b", [ringOf(corners, 50_000, hillside)], 0)
        const { ground } = runTerrain(seen, cells[0]!, { blocks: [block], sources: [[80, 80, 140, 220]] })
        const sides = groundSides(ground)
        // The sides that face the data: the first two.
        const { xyz } = block.rings[0]!
        const last = xyz.findIndex(
          (value, i) => i % 3 === 0 && value === corners[2]![0] && xyz[i + 1] === corners[2]![1],
        )
        for (let i = 0; i < last; i += 3)
          if (
            !sides.has(`${[...xyz.slice(i, i + 2)]} ${[...xyz.slice(i + 3, i + 5)]}`) &&
            !sides.has(`${[...xyz.slice(i + 3, i + 5)]} ${[...xyz.slice(i, i + 2)]}`)
          )
            bare.push(`${beyond} mm, ${degrees}°: ${i / 3} of ${last / 3}`)
      }
    }
    expect(bare).toEqual([])
  })

  it("is whole behind the gaps between few points at the end, where it is flat", () => {
    // A point in each square of 7 m, at most 2 m from its middle: gaps at the end are up to 11 m
    // wide.
    const random = seededRandom(8)
    const near = (middle: number): number => middle + Math.round(4000 * random()) - 2000
    const flat = Array.from({ length: 144 }, (_, i): Shot => {
      return [near(10_000 + 7000 * (i % 12)), near(10_000 + 7000 * Math.floor(i / 12)), 5000, 2]
    })
    const heightAt = heightsOf(runTerrain(flat, [0, 0, 100, 100]).ground)
    const missing: string[] = []
    for (let x = 18_500; x < 80_000; x += 1000)
      for (let y = 18_500; y < 80_000; y += 1000) if (heightAt(x, y) === undefined) missing.push(`${x}, ${y}`)
    expect(missing).toEqual([])
  })
})
