import { describe, expect, it } from "vitest"
import { decodeCells, decodePart } from "../../../kernels/simulation/drain/handover.js"
import { firstPass } from "../../scenes/drainage-scene.js"

describe("simulation.flow-tile", () => {
  it("drains the depressions inside a tile, and leaves those at its border to the join", () => {
    const hollow = (x: number, y: number): number => {
      const peak = Math.hypot(x - 840_015.5, y - 6_520_015.5)
      const cut = Math.hypot(x - 840_030, y - 6_520_015.5) < 3
      return peak < 3 ? 5 : 20 - peak - (cut ? 8 : 0)
    }
    const made = firstPass(hollow, [840_000, 6_520_000, 840_030, 6_520_030])
    const { window, cells } = decodeCells(made["flow-cells"])
    expect([window.columns, window.rows, window.column]).toEqual([30, 30, 840_000])
    const at = (u: number, v: number): number => (29 - v) * 30 + u
    expect(cells.filled[at(15, 15)]! - cells.heights[at(15, 15)]!).toBeGreaterThan(2000)
    expect(cells.filled[at(28, 15)]).toBe(cells.heights[at(28, 15)])
    const { network } = decodePart(made["flow-part"])
    // The border's cells, the pit at the border, and a few cells where ways meet.
    expect(network.cells.length).toBeGreaterThanOrEqual(116)
    expect(network.cells.length).toBeLessThan(140)
  })
})
