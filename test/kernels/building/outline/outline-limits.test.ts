import { describe, expect, it } from "vitest"
import { cellLookUp, foreignReach, outlineLimits } from "../../../../kernels/building/outline/outline-limits.js"

/** 20 × 10 cells of 0.5 m from the CRS origin (100, 200). */
const runs = {
  rows: Int32Array.from({ length: 10 }, (_, r) => 200 + r),
  starts: new Int32Array(10).fill(100),
  ends: new Int32Array(10).fill(120),
}
const box = (out: number) => Int32Array.of(-out, -out, 10_000 + out, -out, 10_000 + out, 5000 + out, -out, 5000 + out)
const limits = (...foreign: number[]) => outlineLimits(runs, 500, [100, 200], Int32Array.from(foreign))

describe("outlineLimits", () => {
  it("holds an outline within 0.6 m outside and 1.0 m inside the cells", () => {
    for (const out of [0, 400, -900]) expect(limits()(box(out)), String(out)).toHaveLength(0)
    for (const out of [610, -1010]) expect(limits()(box(out)), String(out)).not.toHaveLength(0)
  })

  it("lets a corner out by less: its distance counts", () => {
    expect(limits()(box(424))).toHaveLength(0)
    expect(limits()(box(426))).not.toHaveLength(0)
  })

  it("gives way to cells of other objects: 0.2 m beside them, all of it elsewhere", () => {
    // A cell one cell east of the object.
    const beside = [121, 204]
    expect(limits(...beside)(box(190))).toHaveLength(0)
    expect(limits(...beside)(box(210))).not.toHaveLength(0)
    // The same on the west side only where that side is not the one.
    const bulged = Int32Array.of(-400, 0, 10_000, 0, 10_000, 5000, -400, 5000)
    expect(limits(...beside)(bulged)).toHaveLength(0)
    expect(foreignReach(500)).toBe(3)
  })

  it("holds the border of the cells itself wherever others are", () => {
    expect(limits(121, 204, 98, 199, 110, 211)(box(0))).toHaveLength(0)
  })
})

describe("cellLookUp", () => {
  it("finds cells of runs, several in a row", () => {
    const isOwn = cellLookUp({
      rows: Int32Array.of(5, 5, 7),
      starts: Int32Array.of(1, 6, 2),
      ends: Int32Array.of(4, 7, 3),
    })
    const found: string[] = []
    for (let row = 4; row < 9; row++) for (let c = 0; c < 9; c++) if (isOwn(c, row)) found.push(`${c} ${row}`)
    expect(found).toEqual(["1 5", "2 5", "3 5", "6 5", "2 7"])
  })
})
