import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import bridge from "../../../kernels/bridge/deck.js"
import join from "../../../kernels/bridge/deck-join.js"
import { decodePointSet } from "../../../kernels/handover/point-set.js"
import { fromMemory, objectsOf, runStages, type Stages } from "../../scenes/footprint-stages.js"
import { scanOf } from "../../scenes/made-scan.js"

const box: Box2 = [770000, 6277000, 770100, 6277100]
const names = { layer: "bridge", part: "deck-part", shards: "deck-object" }
type At = (x: number, y: number) => readonly [number, number] | undefined
const run = (at: At, side: number, given = {}, step = 0.5): Promise<Stages> =>
  runStages(fromMemory(scanOf(box, step, at)), box, side, { tile: bridge, join }, names, given, side)

/** A deck 10 m wide from x = 20 to 80 over a valley; its ends lie on the ground. */
const valley: At = (x, y) => {
  if (y > 45 && y < 55 && x > 20 && x < 80) return [17, 30]
  return [2, x < 20 || x > 80 ? 30 : 22]
}

describe("vector.bridge on exact scenes", () => {
  it("one deck with exact area and heights, in any tiling; its body goes on over the ground at both ends alone", async () => {
    const whole = await run(valley, 100)
    expect(whole.features.columns["area"].values[0]).toBe(600)
    expect(whole.features.columns["points"].values[0]).toBe(2400)
    expect(["height_min", "height_max"].map((name) => whole.features.columns[name].values[0])).toEqual([30, 30])
    expect(whole.features.columns["truncated"].values[0]).toBe(0)
    for (const side of [50, 25]) {
      const tiled = await run(valley, side)
      expect(tiled.features).toEqual(whole.features)
      expect([...objectsOf(tiled, "deck-own").values()]).toEqual([...objectsOf(whole, "deck-own").values()])
    }
    const [deck] = [...objectsOf(whole, "deck-own").values()]
    const [body] = deck.members[0].rings
    const [xs, ys] = [0, 1].map((axis) => Array.from(body).filter((_, i) => i % 2 === axis))
    const from = (v: number, k: number): number => v / 1000 - box[k]
    expect([from(Math.min(...xs), 0), from(Math.max(...xs), 0)]).toEqual([18, 82])
    // Ground of the deck's height beside its ends is no part of it.
    expect(from(Math.min(...ys), 1)).toBeGreaterThanOrEqual(44)
    expect(from(Math.max(...ys), 1)).toBeLessThanOrEqual(56)
    const middle = Array.from({ length: body.length / 2 }, (_, v) => [from(body[2 * v], 0), from(body[2 * v + 1], 1)])
    for (const [x, y] of middle) if (x > 22 && x < 78) expect(y === 45 || y === 55).toBe(true)
  })

  it("gaps close and two decks 8 m apart stay two; specks are dropped", async () => {
    const at: At = (x, y) => {
      const gap = x > 40 && x < 45
      if (x > 20 && x < 80 && !gap && ((y > 30 && y < 40) || (y > 48 && y < 58))) return [17, 30]
      return x > 5 && x < 7 && y > 5 && y < 7 ? [17, 30] : [2, 22]
    }
    for (const side of [100, 50]) {
      const { features, figures } = await run(at, side)
      expect([...features.columns["area"].values]).toEqual([600, 600])
      expect(figures["dropped"]).toBe(1)
    }
  })

  it("keeps the points of cut decks alone, each in the tile that owns it", async () => {
    const { tiles, made } = await run(valley, 50)
    let count = 0
    for (const tile of tiles) {
      const { origin, x, y } = decodePointSet(made.get(tile.key)!["deck-points"] as Uint8Array)
      count += x.length
      const [minX, minY, maxX, maxY] = tile.cell.map((value) => 1000 * value)
      for (let i = 0; i < x.length; i++) {
        expect(origin[0] + x[i] >= minX && origin[0] + x[i] < maxX).toBe(true)
        expect(origin[1] + y[i] >= minY && origin[1] + y[i] < maxY).toBe(true)
      }
    }
    expect(count).toBe(2400)
    const whole = await run(valley, 100)
    expect(decodePointSet([...whole.made.values()][0]["deck-points"] as Uint8Array).x.length).toBe(0)
  })
})
