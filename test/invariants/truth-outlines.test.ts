/**
 * Outlines of the main job against the scene's truth: a table of what was measured, and the bounds
 * that hold.
 */
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { textTable } from "../../bench/text-table.js"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import type { Scene } from "../../fixtures/sample/scene.js"
import { boxAround, paintRings, type Rings, ringsOfFeatures, sharedOfBoth } from "../painted.js"
import { sceneFiles, sceneInHundreds } from "../scenes/sample-runs.js"

/** Metres. */
const STEP = 0.1

/** Places of a ring's corners and the angle inside them, degrees. */
const cornersOf = (ring: Float64Array): { x: number; y: number; angle: number }[] => {
  const n = ring.length / 2 - 1
  return Array.from({ length: n }, (_, i) => {
    const [before, after] = [(i + n - 1) % n, (i + 1) % n]
    const [x, y] = [ring[2 * i]!, ring[2 * i + 1]!]
    const direction = (k: number): number => Math.atan2(ring[2 * k + 1]! - y, ring[2 * k]! - x)
    const angle = ((direction(before) - direction(after)) * 180) / Math.PI
    return { x, y, angle: ((angle % 360) + 360) % 360 }
  })
}

/**
 * Largest difference between the angle at a corner of ours and at the truth's corner next to it.
 */
const angleError = (ours: Rings, truth: Rings): number => {
  const known = truth.flatMap(cornersOf)
  return Math.max(
    ...ours.flatMap(cornersOf).map((corner) => {
      const away = (other: { x: number; y: number }): number => Math.hypot(other.x - corner.x, other.y - corner.y)
      const nearest = known.reduce((best, other) => (away(other) < away(best) ? other : best))
      return Math.abs(nearest.angle - corner.angle)
    }),
  )
}

const verticesOf = (rings: Rings): number => rings.reduce((sum, ring) => sum + ring.length / 2 - 1, 0)

describe("outlines against the scene's truth, 4 pulses a m²", () => {
  let out = ""
  let scene: Scene
  const layer = async (name: string): Promise<Rings[]> =>
    ringsOfFeatures((await readFlatGeobuf(join(out, "vector", `${name}.fgb`))).features)

  beforeAll(async () => {
    scene = (await sceneFiles()).scene
    out = await sceneInHundreds()
  })

  it("buildings: none missing, none extra, IoU ≥ 0.95, angles within 3°, at most 1.3 times the vertices", async () => {
    const found = await layer("building")
    const { buildings } = scene
    expect(found).toHaveLength(buildings.length)
    const taken = new Set<Rings>()
    const table = buildings.map(({ name, outline }) => {
      const box = boxAround([outline], 3)
      const truth = paintRings(outline, box, STEP)
      const ious = found.map((rings) => sharedOfBoth(truth, paintRings(rings, box, STEP)))
      const ours = found[ious.indexOf(Math.max(...ious))]!
      taken.add(ours)
      return { name, iou: Math.max(...ious), angle: angleError(ours, outline), ours, outline }
    })
    const rows = table.map(({ name, iou, angle, ours, outline }) => {
      return [name, iou.toFixed(3), angle.toFixed(2), `${verticesOf(ours)}`, `${verticesOf(outline)}`]
    })
    process.stdout.write(`${textTable([["building", "IoU", "angle °", "vertices", "truth"], ...rows], false)}\n`)
    expect(taken.size).toBe(buildings.length)
    for (const { name, iou, angle, ours, outline } of table) {
      expect(iou, name).toBeGreaterThanOrEqual(0.95)
      expect(angle, name).toBeLessThan(3)
      expect(verticesOf(ours), name).toBeLessThanOrEqual(1.3 * verticesOf(outline))
    }
  })

  it("water and bridge: one each, IoU ≥ 0.95, the river closed under the deck", async () => {
    const [x0, y0, x1, y1] = scene.box
    const truth = new Uint8Array(((x1 - x0) / STEP) * ((y1 - y0) / STEP))
    const width = (x1 - x0) / STEP
    for (let i = 0; i < truth.length; i++)
      truth[i] = scene.isWater(x0 + ((i % width) + 0.5) * STEP, y0 + (Math.floor(i / width) + 0.5) * STEP) ? 1 : 0
    const water = await layer("water")
    const iou = sharedOfBoth(truth, paintRings(water.flat(), scene.box, STEP))
    const [west, south, east, north] = scene.bridge.box
    const deck = [Float64Array.of(west, south, east, south, east, north, west, north)]
    const around = boxAround([deck], 3)
    const bridges = await layer("bridge")
    const ofDeck = sharedOfBoth(paintRings(deck, around, STEP), paintRings(bridges.flat(), around, STEP))
    process.stdout.write(`water ${iou.toFixed(3)}, bridge ${ofDeck.toFixed(3)}\n`)
    expect([water.length, bridges.length]).toEqual([1, 1])
    expect(iou).toBeGreaterThanOrEqual(0.95)
    expect(ofDeck).toBeGreaterThanOrEqual(0.95)
  })
})
