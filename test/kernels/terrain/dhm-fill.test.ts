import { describe, expect, it } from "vitest"
import { encodeBlob } from "../../../engine/core/blob.js"
import { cutRaster } from "../../../kernels/grid/cell-grid.js"
import { noRuns } from "../../../kernels/handover/patch/part.js"
import dhm from "../../../kernels/terrain/dhm.js"
import fill from "../../../kernels/terrain/dhm-fill.js"
import { encodeFilledVoids, RESTING } from "../../../kernels/terrain/void/void-part.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"

const tile = tileOf([0, 0, 40, 40], 0)
const grid = { cell: 1000, column: 0, row: 0, columns: 40, rows: 40 }
const none = new Uint8Array(0)

/**
 * Ground z = 100 + x / 10 with a void from 10 to 30 m, and canopies 5 m above, all but one cell.
 */
const isVoid = (i: number): boolean => [i % 40, Math.floor(i / 40)].every((at) => at >= 10 && at < 30)
const groundAt = (i: number): number => 100 + ((i % 40) + 0.5) / 10
const source = Uint8Array.from({ length: 1600 }, (_, i) => (isVoid(i) ? 0 : 1))
const ground = Float32Array.from(source, (one, i) => (one === 1 ? groundAt(i) : Number.NaN))
const HOLE = 20 * 40 + 20
const top = Float32Array.from(source, (_, i) => (i === HOLE ? Number.NaN : groundAt(i) + 5))
const survey = { surveyedPercent: 100, voidPercent: 25 }
const model = encodeBlob(RESTING, { grid, values: ground, source, survey, outside: noRuns })

const rows = Int32Array.from({ length: 20 }, (_, k) => 10 + k)
const places = Array.from({ length: 25 }, (_, k) => [2 + (k % 5), 2 + Math.floor(k / 5)] as const)
const voids = encodeFilledVoids([
  {
    kind: "bare",
    runs: { rows, starts: rows.map(() => 10), ends: rows.map(() => 30) },
    nodes: Int32Array.from(places.flatMap(([column, row]) => [column, row, 100_000 + 500 * column, 1])),
  },
])

const first = (heights: Float32Array, rest: Uint8Array) =>
  dhm.run(
    tile,
    { dsm: cutRaster(heights, grid, grid), dtm: cutRaster(ground, grid, grid), "dtm-rest": rest },
    {},
    scratch,
  )

describe("raster.dhm-fill", () => {
  it("gives heights above the filled ground, and none without a surface", () => {
    const made = first(top, model)
    expect(made.dhm.data.filter(Number.isNaN).length).toBe(400)
    expect(made["dhm-quality"]).toEqual({})
    const later = fill.run(tile, { "dhm-rest": made["dhm-rest"], "void-filled": voids }, {}, scratch)
    const expected = cutRaster(
      Float32Array.from(top, (_, i) => (i === HOLE ? Number.NaN : 5)),
      grid,
      grid,
    )
    expect(later.dhm!.data.map((height) => Math.fround(Math.round(1000 * height) / 1000))).toEqual(expected.data)
    expect([later.dhm!.minX, later.dhm!.maxY, later.dhm!.cellSize]).toEqual([0, 40, 1])
    expect(later["dhm-fill-quality"]).toEqual({ belowGroundPercent: 0 })
  })

  it("leaves the heights where the data do not enclose the void", () => {
    const made = first(top, model)
    const later = fill.run(tile, { "dhm-rest": made["dhm-rest"], "void-filled": none }, {}, scratch)
    expect(later.dhm!.data).toEqual(made.dhm.data)
  })

  it("takes no tile whose terrain is finished, or without a surface over its voids", () => {
    const bare = top.map((height, i) => (isVoid(i) ? Number.NaN : height))
    for (const made of [first(top, none), first(bare, model)]) {
      expect(made["dhm-rest"].length).toBe(0)
      expect(made["dhm-quality"]).toEqual({ belowGroundPercent: 0 })
      expect(fill.run(tile, { "dhm-rest": none, "void-filled": voids }, {}, scratch).dhm).toBeUndefined()
    }
  })
})
