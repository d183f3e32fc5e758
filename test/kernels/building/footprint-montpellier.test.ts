import { describe, expect, it } from "vitest"
import { gatherPoints } from "../../../engine/formats/points/gather.js"
import { openPointFile } from "../../../engine/formats/points/point-file.js"
import building from "../../../kernels/building/footprint.js"
import join from "../../../kernels/building/footprint-join.js"
import { montpellier } from "../../scenes/montpellier.js"
import { type PointMm, runTiled, type World } from "../../scenes/tiled-world.js"
import { sharedData } from "../../shared-data.js"

const [X, Y] = [770_500, 6_277_500]

describe.skipIf(!sharedData)("vector.building on four real tiles", () => {
  it("covers what class 6 covers with regular outlines, the same in tiles of 50 m and 100 m", async () => {
    const files = await Promise.all(montpellier.points.map((path) => openPointFile(path)))
    const { points } = await gatherPoints(files, [X, Y, X + 100, Y + 100], [X, Y, 0])
    await Promise.all(files.map((file) => file.close()))
    const own: PointMm[] = []
    for (let i = 0; i < points.count; i++)
      if (points.classification?.[i] === 6) own.push([X * 1000 + points.x[i], Y * 1000 + points.y[i], points.z[i]])
    // The ground does not matter here.
    const world: World = { box: [X, Y, X + 100, Y + 100], points: own, ground: () => 50 }
    const names = { features: "building", blob: "building-part" }
    const whole = runTiled(world, 100, building, join, names)
    expect(Buffer.compare(runTiled(world, 50, building, join, names).bytes, whole.bytes)).toBe(0)
    const { features, figures } = whole
    expect(figures["unfittedRings"] + figures["joinedUnfittedRings"]).toBe(0)
    expect(figures["unsimplifiedRings"] + figures["joinedUnsimplifiedRings"]).toBe(0)
    expect(features.ids).toHaveLength(5)
    // Rings here are outer ones: an even-odd test over all of them tells inside. Outlines stand at
    // walls: points of gutters, sills and shutters lie before them, up to 0.45 m
    // (`kernels/building/outline/wall-ring.ts`).
    const { coordinates, ringEnds } = features
    let inside = 0
    let near = 0
    for (const [xMm, yMm] of own) {
      const [x, y] = [xMm / 1000, yMm / 1000]
      if (isCovered(coordinates, ringEnds, x, y)) inside++
      else if (distanceTo(coordinates, ringEnds, x, y) <= 0.45) near++
    }
    expect((inside + near) / own.length).toBeGreaterThan(0.97)
    expect(inside / own.length).toBeGreaterThan(0.93)
    // The row of houses with sheds all along it keeps its shape only with moved corners.
    expect(figures["movedRings"] + figures["joinedMovedRings"]).toBeLessThanOrEqual(1)
  })
})

const isCovered = (xy: Float64Array, ringEnds: Uint32Array, x: number, y: number): boolean => {
  let inside = false
  let from = 0
  for (const end of ringEnds) {
    for (let v = from; v + 1 < end; v++) {
      const [ax, ay, bx, by] = xy.subarray(2 * v, 2 * v + 4)
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside
    }
    from = end
  }
  return inside
}

/** Metres from a place to the nearest edge. */
const distanceTo = (xy: Float64Array, ringEnds: Uint32Array, x: number, y: number): number => {
  let least = Infinity
  let from = 0
  for (const end of ringEnds) {
    for (let v = from; v + 1 < end; v++) {
      const [ax, ay, bx, by] = xy.subarray(2 * v, 2 * v + 4)
      const along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
      const at = Math.min(1, Math.max(0, along))
      least = Math.min(least, Math.hypot(ax + at * (bx - ax) - x, ay + at * (by - ay) - y))
    }
    from = end
  }
  return least
}
