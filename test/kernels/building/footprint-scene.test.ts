import { describe, expect, it } from "vitest"
import { isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import type { Features } from "../../../engine/kernel.js"
import { roofHeight } from "../../../fixtures/sample/roofs.js"
import { scanScene } from "../../../fixtures/sample/scan.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import building from "../../../kernels/building/footprint.js"
import join from "../../../kernels/building/footprint-join.js"
import { type PointMm, runTiled, type World } from "../../scenes/tiled-world.js"

const names = { features: "building", blob: "building-part" }

const sceneOf = (seed: number, pulsesPerM2: number) => {
  const scene = makeScene({ seed })
  const scan = scanScene(scene, { seed, pulsesPerM2 })
  const points: PointMm[] = []
  for (let i = 0; i < scan.count; i++) {
    if (scan.classification[i] !== 6) continue
    const [x, y, z] = [scan.x[i], scan.y[i], scan.z[i]].map((v, k) =>
      Math.round(v * scan.scale * 1000 + scan.origin[k] * 1000),
    )
    points.push([x, y, z])
  }
  const world: World = { box: scene.box, points, ground: (x, y) => scene.ground(x, y) }
  return { scene, world }
}

/** Rings of each feature, closed, CRS metres. */
const polygonsOf = (features: Features): Float64Array[][] =>
  features.ids.map((_, f) => {
    const first = f > 0 ? features.partEnds[f - 1] : 0
    return Array.from({ length: features.partEnds[f] - first }, (_, k) =>
      features.coordinates.subarray(
        2 * (first + k > 0 ? features.ringEnds[first + k - 1] : 0),
        2 * features.ringEnds[first + k],
      ),
    )
  })

const toSegment = (x: number, y: number, ring: Float64Array, i: number): number => {
  const [ax, ay] = [ring[i] - x, ring[i + 1] - y]
  const [dx, dy] = [ring[i + 2] - ring[i], ring[i + 3] - ring[i + 1]]
  const t = Math.min(1, Math.max(0, -(ax * dx + ay * dy) / (dx * dx + dy * dy)))
  return Math.hypot(ax + t * dx, ay + t * dy)
}

/** Farthest distance of places every 1/50 of an edge of `from` to the rings of `to`. */
const farthest = (from: readonly Float64Array[], to: readonly Float64Array[]): number => {
  let most = 0
  for (const ring of from) {
    for (let i = 0; i + 3 < ring.length; i += 2) {
      for (let s = 0; s < 50; s++) {
        const x = ring[i] + ((ring[i + 2] - ring[i]) * s) / 50
        const y = ring[i + 1] + ((ring[i + 3] - ring[i + 1]) * s) / 50
        let nearest = Number.POSITIVE_INFINITY
        for (const other of to)
          for (let j = 0; j + 3 < other.length; j += 2) nearest = Math.min(nearest, toSegment(x, y, other, j))
        most = Math.max(most, nearest)
      }
    }
  }
  return most
}

const overlap = (truth: readonly Float64Array[], polygon: readonly Float64Array[], box: readonly number[]): number => {
  let [both, either] = [0, 0]
  for (let x = box[0] - 2.1; x < box[2] + 2; x += 0.25) {
    for (let y = box[1] - 2.1; y < box[3] + 2; y += 0.25) {
      const [a, b] = [isInsideHalfOpen(truth, x, y), isInsideHalfOpen(polygon, x, y)]
      if (a && b) both++
      if (a || b) either++
    }
  }
  return both / either
}

/** Turns at the corners of a closed ring, degrees. */
const turns = (ring: Float64Array): number[] => {
  const n = ring.length / 2 - 1
  const direction = (i: number): number =>
    Math.atan2(ring[2 * i + 3] - ring[2 * i + 1], ring[2 * i + 2] - ring[2 * i]) * (180 / Math.PI)
  return Array.from({ length: n }, (_, i) => ((((direction(i) - direction((i + n - 1) % n)) % 360) + 540) % 360) - 180)
}

describe("vector.building on the scene with known truth", () => {
  it.each([
    [1, 8],
    [3, 5],
    [4, 12],
  ])(
    "seed %i, %i pulses/m²: every building once, outline within 0.25 m, area within 1.5 percent, right corners only",
    (seed, density) => {
      const { scene, world } = sceneOf(seed, density)
      const { features, figures } = runTiled(world, 200, building, join, names)
      expect(features.ids.length).toBe(scene.buildings.length)
      expect(figures["movedRings"] + figures["unfittedRings"] + figures["unsimplifiedRings"]).toBe(0)
      const polygons = polygonsOf(features)
      const taken = new Set<number>()
      for (const { name, outline, area, box, top } of scene.buildings) {
        const ious = polygons.map((polygon) => overlap(outline, polygon, box))
        const f = ious.indexOf(Math.max(...ious))
        taken.add(f)
        expect(ious[f], name).toBeGreaterThan(0.97)
        const polygon = polygons[f]
        expect(farthest(polygon, outline), name).toBeLessThan(0.25)
        expect(farthest(outline, polygon), name).toBeLessThan(0.25)
        expect(Math.abs((features.columns["area"].values[f] as number) / area - 1), name).toBeLessThan(0.015)
        expect(Math.abs((features.columns["roof_max"].values[f] as number) - top), name).toBeLessThan(0.3)
        // Every corner of the scene is a right one, and none is made up.
        expect(
          polygon.map((ring) => ring.length),
          name,
        ).toEqual(outline.map((ring) => ring.length))
        for (const turn of polygon.flatMap(turns)) expect(Math.abs(Math.abs(turn) - 90), name).toBeLessThan(0.5)
      }
      expect(taken.size).toBe(scene.buildings.length)
    },
  )

  it("eaves within 0.35 m, ridge within 0.4 m, volume within 3 % of the truth; every cell covered, days told", () => {
    const { scene, world } = sceneOf(1, 12)
    const { features } = runTiled(world, 200, building, join, names)
    const polygons = polygonsOf(features)
    for (const truth of scene.buildings) {
      const f = polygons.findIndex((polygon) => overlap(truth.outline, polygon, truth.box) > 0.9)
      const value = (name: string): number => features.columns[name].values[f] as number
      expect(Math.abs(value("dsm_eaves") - truth.eaves), truth.name).toBeLessThan(0.35)
      expect(Math.abs(value("dsm_ridge") - truth.top), truth.name).toBeLessThan(0.4)
      let [volume, low, high] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      for (let x = truth.box[0] + 0.1; x < truth.box[2]; x += 0.2) {
        for (let y = truth.box[1] + 0.1; y < truth.box[3]; y += 0.2) {
          const z = roofHeight(truth, x, y)
          if (Number.isNaN(z)) continue
          const ground = scene.ground(x, y)
          volume += 0.04 * (z - ground)
          ;[low, high] = [Math.min(low, ground), Math.max(high, ground)]
        }
      }
      expect(Math.abs(value("dsm_volume") / volume - 1), truth.name).toBeLessThan(0.03)
      expect(Math.abs(value("ground_min") - low), truth.name).toBeLessThan(0.1)
      expect(Math.abs(value("ground_max") - high), truth.name).toBeLessThan(0.1)
      expect(value("density"), truth.name).toBeCloseTo(value("points") / value("area"), 1)
      expect(value("confidence"), truth.name).toBeGreaterThan(0.9)
      expect(features.columns["acquired_first"].values[f]).toMatch(/^2023-04-0[56]$/)
      expect(features.columns["acquired_last"].values[f]).toMatch(/^2023-04-0[56]$/)
    }
  })

  it("is the same in tiles of 50 m", () => {
    const { world } = sceneOf(1, 8)
    const whole = runTiled(world, 200, building, join, names)
    expect(Buffer.compare(runTiled(world, 50, building, join, names).bytes, whole.bytes)).toBe(0)
  })
})
