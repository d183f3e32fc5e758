import { describe, expect, it } from "vitest"
import { decodeFloodPart } from "../../../kernels/simulation/flood/handover.js"
import { firstFlood } from "../../scenes/drainage-scene.js"

describe("simulation.flood-tile", () => {
  it("hands on connected low ground with its depths and sources", () => {
    // Trenches at 1 m, with ground of 3 m between; one has a deeper cell.
    const trenches = (x: number, y: number): number =>
      Math.floor(x) % 5 === 0 ? (Math.floor(x) === 840_010 && Math.floor(y) === 6_520_007 ? 0 : 1) : 3
    const made = firstFlood(trenches, [840_000, 6_520_000, 840_020, 6_520_020], 2, "840010.5,6520001 1,1")
    const low = decodeFloodPart(made["flood-part"]).rise!
    expect([...low.cells]).toEqual([20, 20, 20, 20])
    expect([...low.depths]).toEqual([20_000, 20_000, 21_000, 20_000])
    expect([...low.sources]).toEqual([0, 0, 1, 0])
    expect(low.places[2]).toBe(12 * 20 + 10)
    expect([...low.border.slice(0, 11)]).toEqual([1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3])
  })

  it("refuses a place that is none", () => {
    expect(() => firstFlood(() => 0, [0, 0, 10, 10], 1, "12")).toThrow('"12" is not valid')
    expect(() => firstFlood(() => 0, [0, 0, 10, 10], 1, "", 5)).toThrow("volume needs places")
  })
})
