import { describe, expect, it } from "vitest"
import { objectId } from "../../../engine/core/hash.js"
import { type At, box, place, runArtificial } from "../../scenes/artificial-scene.js"

describe("vector.artificial", () => {
  it("a cable, a platform: outlines with class, exact area, heights above ground", async () => {
    const { features } = await runArtificial(place, 100, "artificial")
    const values = (name: string): unknown[] => [...features.columns[name]!.values]
    // In the order of the ids.
    expect(values("class")).toEqual([67, 64])
    expect(values("area")).toEqual([96, 92])
    expect(values("points")).toEqual([384, 368])
    expect(values("density")).toEqual([4, 4])
    // The middle of the bin of 0.1 m.
    expect(values("height")).toEqual([2.25, 15.05])
    expect(values("clearance")).toEqual([2.25, 15.05])
    expect(values("height_min")).toEqual([22.25, 35.05])
    expect(values("height_max")).toEqual([22.25, 35.05])
    expect(values("truncated")).toEqual([0, 0])
  })

  it("what is too small for an outline is a point; two returns alone are nothing", async () => {
    const { features, figures } = await runArtificial(place, 100, "artificial-spot")
    expect(features.ids).toEqual([objectId("artificial-64", box[0] + 50, box[1] + 89.75)])
    expect([...features.coordinates]).toEqual([box[0] + 50, box[1] + 89.75])
    expect([...features.columns["height"]!.values]).toEqual([11.05])
    expect([...features.columns["points"]!.values]).toEqual([4])
    expect(figures["dropped"]).toBe(1)
  })

  it("things of both classes over one another are two, with ids of their own", async () => {
    const at: At = (x, y) => {
      if (x < 10 || x > 20 || y < 10 || y > 20) return undefined
      return (Math.floor(2 * x) + Math.floor(2 * y)) % 2 === 0 ? [64, 30] : [67, 22]
    }
    const { features } = await runArtificial(at, 100, "artificial")
    expect([...features.columns["class"]!.values].sort()).toEqual([64, 67])
    expect(new Set(features.ids).size).toBe(2)
  })

  it("without DTM heights above ground are not known, altitudes are", async () => {
    const at: At = (x, y) => (x > 40 && x < 50 && y > 40 && y < 50 ? [67, 22] : undefined)
    const { features } = await runArtificial(at, 100, "artificial", Number.NaN)
    const values = (name: string): unknown => features.columns[name]!.values[0]
    expect([values("height"), values("clearance")]).toEqual([Number.NaN, Number.NaN])
    expect([values("height_min"), values("height_max")]).toEqual([22, 22])
  })
})
