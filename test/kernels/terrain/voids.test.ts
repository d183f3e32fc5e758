import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import type { Mesh } from "../../../engine/kernel.js"
import pyramid from "../../../kernels/lod/pyramid.js"
import surface from "../../../kernels/terrain/surface.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"
import { factsOf, makeScene, openOn, pointsOf } from "../../scenes/mesh-scene.js"

const options = { maxError: 0.5, cell: 1 }

/** Discs and bands without points, at random places: some on borders, some at corners. */
const randomHole = (seed: number): ((x: number, y: number) => boolean) => {
  const random = seededRandom(seed)
  const discs = Array.from({ length: 5 }, () => [100 + 100 * random(), 100 + 50 * random(), 6 + 14 * random()] as const)
  const [a, b, c] = [random() - 0.5, random() - 0.5, 30 * random()]
  return (x, y) =>
    discs.some(([u, v, r]) => Math.hypot(x - u, y - v) < r) ||
    Math.abs(a * (x - 150) + b * (y - 125)) < c * Math.abs(a * b)
}

describe("meshes around voids", () => {
  it.each([1, 2, 3, 4])("agree at all borders, of tiles and of parents (seed %i)", (seed) => {
    const scene = makeScene(seed, [80, 80, 220, 170], 2, randomHole(seed))
    const leafAt = (x: number, y: number): Mesh => {
      const tile = tileOf([x, y, x + 25, y + 25], surface.halo(options))
      return surface.run(tile, { relief: pointsOf(scene, tile) }, options, scratch).mesh
    }
    const parentAt = (x: number) => {
      const children = [leafAt(x, 100), leafAt(x + 25, 100), leafAt(x, 125), leafAt(x + 25, 125)]
      const facts = children.map(factsOf)
      expect(openOn(facts[0]!, { x: x + 25 })).toEqual(openOn(facts[1]!, { x: x + 25 }))
      expect(openOn(facts[2]!, { x: x + 25 })).toEqual(openOn(facts[3]!, { x: x + 25 }))
      expect(openOn(facts[0]!, { y: 125 })).toEqual(openOn(facts[2]!, { y: 125 }))
      expect(openOn(facts[1]!, { y: 125 })).toEqual(openOn(facts[3]!, { y: 125 }))
      for (const one of facts) expect([one.degenerate, one.nonManifold, one.unused]).toEqual([0, 0, 0])
      const given = { maxError: 0.5, factor: 2, maxTriangles: 200_000 }
      const { mesh } = pyramid.run(tileOf([x, 100, x + 50, 150], 0, 2), { mesh: children }, given, scratch)
      const own = factsOf(mesh)
      expect([own.degenerate, own.nonManifold, own.unused]).toEqual([0, 0, 0])
      expect(own.areaM2).toBeCloseTo(
        facts.reduce((sum, one) => sum + one.areaM2, 0),
        3,
      )
      return own
    }
    const [west, east] = [parentAt(100), parentAt(150)]
    expect(openOn(west, { x: 150 })).toEqual(openOn(east, { x: 150 }))
    expect(west.areaM2 + east.areaM2).toBeLessThan(4990)
  })
})
