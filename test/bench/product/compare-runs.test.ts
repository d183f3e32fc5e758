import { describe, expect, it } from "vitest"
import type { BenchDocument, BenchRow } from "../../../bench/product/bench-tile.js"
import { compareRuns } from "../../../bench/product/compare-runs.js"

const row = (name: string, median: number, more: Partial<BenchRow> = {}): BenchRow => ({
  name,
  unit: "points/s",
  median,
  spread: 4,
  checksum: "a",
  version: "1",
  ...more,
})
const document = (...rows: BenchRow[]): BenchDocument => ({
  maille: "1.0.0",
  node: "20.0.0",
  cpu: "Some CPU × 2",
  tile: { files: [], tileSize: 100, points: 1 },
  peakBytes: 1,
  rows,
  skipped: [],
})
const compared = (before: BenchRow, now: BenchRow, threshold = 15) =>
  compareRuns(document(before), document(now), threshold)[0]

describe("compareRuns", () => {
  it("finds a rate that is lower by the threshold and by more than both spreads", () => {
    expect(compared(row("k", 100), row("k", 85))).toEqual({ name: "k", ratio: 0.85, fault: "slower by 15.0 %" })
    expect(compared(row("k", 100), row("k", 86))).toEqual({ name: "k", ratio: 0.86 })
    expect(compared(row("k", 100), row("k", 86), 10)?.fault).toBe("slower by 14.0 %")
    expect(compared(row("k", 100), row("k", 85, { spread: 40 }))?.fault).toBeUndefined()
    expect(compared(row("k", 100), row("k", 200))).toEqual({ name: "k", ratio: 2 })
  })

  it("notes another output, with the version that it belongs to", () => {
    expect(compared(row("k", 100), row("k", 100, { checksum: "b" }))?.note).toBe("output changed")
    const raised = compared(row("k", 100), row("k", 100, { checksum: "b", version: "2" }))
    expect(raised).toEqual({ name: "k", ratio: 1, note: "output changed, version 1 → 2" })
  })

  it("takes a row that is gone for a regression, a new one for none", () => {
    const now = { ...document(row("new", 1)), skipped: [{ name: "old", reason: "it needs orthophotos" }] }
    expect(compareRuns(document(row("old", 1)), now, 15)).toEqual([
      { name: "new", note: "not measured before" },
      { name: "old", fault: "measured before, not now: it needs orthophotos" },
    ])
  })
})
