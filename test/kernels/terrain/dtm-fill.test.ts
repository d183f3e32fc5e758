import { describe, expect, it } from "vitest"
import { encodeBlob } from "../../../engine/core/blob.js"
import { runKernel } from "../../../engine/library/kernels.js"
import type { CellRuns } from "../../../kernels/grid/cell-runs.js"
import { noRuns } from "../../../kernels/handover/patch/part.js"
import fill from "../../../kernels/terrain/dtm-fill.js"
import { encodeFilledVoids, RESTING, type VoidKind } from "../../../kernels/terrain/void/void-part.js"

const none = new Uint8Array(0)

/** A plane z = 100 + x / 10 over cells of 1 m, void (0) or filled with 90 (2) from 10 to 30 m. */
const restOf = (kind: 0 | 2, outside: CellRuns = noRuns): Uint8Array => {
  const isInside = (i: number): boolean => [i % 40, Math.floor(i / 40)].every((at) => at >= 10 && at < 30)
  const source = Uint8Array.from({ length: 1600 }, (_, i) => (isInside(i) ? kind : 1))
  const values = Float32Array.from(source, (one, i) =>
    one === 1 ? 100 + ((i % 40) + 0.5) / 10 : one === 2 ? 90 : Number.NaN,
  )
  const survey = { surveyedPercent: 100, voidPercent: kind === 0 ? 25 : 0 }
  const grid = { cell: 1000, column: 0, row: 0, columns: 40, rows: 40 }
  return encodeBlob(RESTING, { grid, values, source, survey, outside })
}

const holeRuns = (): CellRuns => {
  const rows = Int32Array.from({ length: 20 }, (_, k) => 10 + k)
  return { rows, starts: rows.map(() => 10), ends: rows.map(() => 30) }
}

const filledOf = (...kinds: readonly VoidKind[]): Uint8Array => {
  const runs = holeRuns()
  const places = Array.from({ length: 25 }, (_, k) => [2 + (k % 5), 2 + Math.floor(k / 5)] as const)
  const nodes = Int32Array.from(places.flatMap(([column, row]) => [column, row, 100_000 + 500 * column, 1]))
  return encodeFilledVoids(kinds.map((kind) => ({ kind, runs, nodes })))
}

const run = (rest: Uint8Array, voids: Uint8Array) =>
  runKernel(fill, { "dtm-rest": rest, "void-filled": voids }, { box: [0, 0, 40, 40] })

describe("raster.dtm-fill", () => {
  it("gives void cells the heights of the void, between its places, marked as filled", async () => {
    const { dtm, "dtm-source": source, "dtm-fill-quality": quality } = await run(restOf(0), filledOf("bare"))
    expect([...dtm!.data]).toEqual(Array.from({ length: 1600 }, (_, i) => Math.fround(100 + ((i % 40) + 0.5) / 10)))
    expect(source!.data.filter((one) => one === 2).length).toBe(400)
    expect(quality).toEqual({ enclosedPercent: 25, voidPercent: 0 })
  })

  it("replaces filled cells only where there is no return at all", async () => {
    expect((await run(restOf(2), filledOf("bare")))["dtm-fill-quality"]["enclosedPercent"]).toBe(0)
    expect((await run(restOf(2), filledOf("open")))["dtm-fill-quality"]["enclosedPercent"]).toBe(25)
  })

  it("counts a cell once where two voids meet, and none that the end of the data cuts", async () => {
    expect((await run(restOf(2), filledOf("open", "open")))["dtm-fill-quality"]["enclosedPercent"]).toBe(25)
    const cut = await run(restOf(0, holeRuns()), filledOf("bare"))
    const remaining = cut["dtm-source"]!.data.filter((one) => one === 2).length
    expect(remaining).toBeLessThan(40)
    expect(cut["dtm-fill-quality"]["enclosedPercent"]).toBeCloseTo((100 * remaining) / 1600, 2)
  })

  it("leaves voids that are not enclosed, and makes nothing of a tile that is finished", async () => {
    expect((await run(restOf(0), none)).dtm!.data.filter(Number.isNaN).length).toBe(400)
    expect((await run(none, none)).dtm).toBeUndefined()
  })
})
