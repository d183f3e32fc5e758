import { describe, expect, it } from "vitest"
import { insideRings } from "../../../fixtures/roofs.js"
import { scanScene } from "../../../fixtures/scan.js"
import { makeScene } from "../../../fixtures/scene.js"
import building from "../../../kernels/vector/building.js"
import join from "../../../kernels/vector/building-join.js"
import { type PointMm, runTiled, type World } from "./tiles.js"

const names = { features: "building", blob: "building-part" }

describe("vector.building on the scene with known truth", () => {
  const scene = makeScene()
  const scan = scanScene(scene)
  const points: PointMm[] = []
  for (let i = 0; i < scan.count; i++) {
    if (scan.classification[i] !== 6) continue
    const [x, y, z] = [scan.x[i], scan.y[i], scan.z[i]].map((v, k) =>
      Math.round(v * scan.scale * 1000 + scan.origin[k] * 1000),
    )
    points.push([x, y, z])
  }
  const world: World = { box: scene.box, points, ground: (x, y) => scene.ground(x, y) }
  const whole = runTiled(world, 200, building, join, names)

  it("finds each building once, whole, with its courtyard, heights and IoU ≥ 0.85", () => {
    const { features } = whole
    expect(features.ids.length).toBe(scene.buildings.length)
    const ringAt = (r: number): Float64Array =>
      features.coordinates.subarray(2 * (r > 0 ? features.ringEnds[r - 1] : 0), 2 * features.ringEnds[r])
    const polygons = features.ids.map((_, f) =>
      Array.from({ length: features.partEnds[f] - (f > 0 ? features.partEnds[f - 1] : 0) }, (_, k) =>
        ringAt((f > 0 ? features.partEnds[f - 1] : 0) + k),
      ),
    )
    const table = scene.buildings.map((truth) => {
      const [minX, minY, maxX, maxY] = truth.box
      let best = { iou: 0, f: -1 }
      polygons.forEach((polygon, f) => {
        let both = 0
        let either = 0
        for (let x = minX - 2.1; x < maxX + 2; x += 0.25) {
          for (let y = minY - 2.1; y < maxY + 2; y += 0.25) {
            const [a, b] = [insideRings(truth.outline, x, y), insideRings(polygon, x, y)]
            if (a && b) both++
            if (a || b) either++
          }
        }
        if (both / either > best.iou) best = { iou: both / either, f }
      })
      return { name: truth.name, truth, ...best }
    })
    for (const { name, truth, iou, f } of table) {
      expect(iou, name).toBeGreaterThan(0.85)
      expect(polygons[f].length, name).toBe(truth.outline.length)
      expect(Math.abs((features.columns["roof_max"].values[f] as number) - truth.top), name).toBeLessThan(0.3)
    }
    expect(new Set(table.map(({ f }) => f)).size).toBe(table.length)
  })

  it("is the same in tiles of 50 m", () => {
    expect(Buffer.compare(runTiled(world, 50, building, join, names).bytes, whole.bytes)).toBe(0)
  })
})
