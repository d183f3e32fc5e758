import { describe, expect, it } from "vitest"
import { type At, place, runArtificial } from "../../scenes/artificial-scene.js"

describe("vector.artificial-join", () => {
  it("tiles of 50, 25 and 20 m, in other orders: the same features, ids and bytes as untiled", async () => {
    for (const layer of ["artificial", "artificial-spot"]) {
      const whole = await runArtificial(place, 100, layer)
      expect(whole.features.ids.length).toBe(layer === "artificial" ? 2 : 1)
      for (const side of [50, 25, 20]) {
        const tiled = await runArtificial(place, side, layer)
        expect(tiled.features).toEqual(whole.features)
        expect(Buffer.compare(tiled.bytes, whole.bytes)).toBe(0)
      }
    }
  })

  it("what leaves the job's tiles is marked", async () => {
    const at: At = (x, y) =>
      x > 60 && y > 30 && y < 40 ? [67, 23] : x < 30 && x > 10 && y > 70 && y < 80 ? [67, 23] : undefined
    for (const side of [100, 25]) {
      const { features } = await runArtificial(at, side, "artificial")
      const marks = features.columns["truncated"]!.values
      const areas = features.columns["area"]!.values
      expect(areas.length).toBe(2)
      // 40 × 10 m at the border, 20 × 10 m inside.
      for (let f = 0; f < 2; f++) expect(marks[f]).toBe(areas[f] === 400 ? 1 : 0)
      expect([...areas].sort()).toEqual([200, 400])
    }
  })
})
