import { describe, expect, it } from "vitest"
import type { Features } from "../../../engine/kernel.js"
import { decodeCells, decodePart } from "../../../kernels/simulation/drain/handover.js"
import flowTile from "../../../kernels/simulation/flow-tile.js"
import { type Box, defaults, firstPass, flowOf, type Ground } from "../../scenes/drainage-scene.js"

const box: Box = [840_000, 6_520_000, 840_120, 6_520_120]

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

  it("flows around buildings that it may not cross, in any tiles", () => {
    // A gentle valley that falls to the west, with a block across its bottom, on a border of tiles.
    const valley: Ground = (x, y) => (x - box[0]) / 20 + Math.abs(y - box[1] - 60.5) / 10
    const [west, south, east, north] = [50, 50, 70, 72]
    const corners = [west, south, east, south, east, north, west, north, west, south]
    const footprints: Features = {
      ...{ geometry: "Polygon", dimension: 2, ids: ["a"], columns: {} },
      coordinates: Float64Array.from(corners, (at, i) => box[i % 2]! + at),
      ...{ ringEnds: Uint32Array.of(5), partEnds: Uint32Array.of(1) },
    }
    const through = flowOf(valley, box, 60, {}, { footprints })
    expect(through).toEqual(flowOf(valley, box, 60))
    const around = flowOf(valley, box, 60, { buildings: "raise" }, { footprints })
    for (const side of [120, 40, 24])
      expect(flowOf(valley, box, side, { buildings: "raise" }, { footprints }), `${side} m`).toEqual(around)
    const most = ({ rasters }: typeof around): number => {
      const inside = rasters["flow-accumulation"]!.filter((_, i) => {
        const [u, v] = [i % 120, 119 - Math.floor(i / 120)]
        return u >= west && u < east && v >= south && v < north
      })
      return Math.max(...inside)
    }
    expect(most(through)).toBeGreaterThan(1000)
    // Only the rain on the roof itself.
    expect(most(around)).toBeLessThanOrEqual((east - west) * (north - south))
    const outlet = Math.max(...around.rasters["flow-accumulation"]!)
    expect(outlet).toBeGreaterThanOrEqual(Math.max(...through.rasters["flow-accumulation"]!))
    expect(() => flowTile.check?.({ ...defaults, buildings: "raise" }, { epsg: 2154, external: [] })).toThrow(
      "--footprints",
    )
  })
})
