import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { runKernel } from "../../../../engine/library/kernels.js"
import dtm from "../../../../kernels/terrain/dtm.js"
import { arraysOf, type Shot } from "../../../scenes/kernel-run.js"

const TILE: Box2 = [10_000, 20_000, 10_500, 20_500]

/**
 * Points every two metres where `keep` says so, 100 m around the tile; class 2, or another one
 * where `of` says so.
 */
const survey = (keep: (x: number, y: number) => boolean, of = (_x: number, _y: number) => 2): Shot[] => {
  const shots: Shot[] = []
  for (let x = TILE[0] - 99; x < TILE[2] + 100; x += 2)
    for (let y = TILE[1] - 99; y < TILE[3] + 100; y += 2) {
      if (keep(x - TILE[0], y - TILE[1])) shots.push([x * 1000, y * 1000, 10_000, of(x - TILE[0], y - TILE[1])])
    }
  return shots
}

const qualityOf = async (shots: readonly Shot[], box: Box2 = TILE) => {
  const out = await runKernel(dtm, { points: arraysOf(shots) }, { box, options: { cell: 2, reach: 20, fill: 16 } })
  return out["dtm-quality"] as { voidPercent: number; surveyedPercent: number }
}

describe("void shares of the passport", () => {
  it("are of the surveyed extent: 100 m of data in a tile of 500 m have no void", async () => {
    const { voidPercent, surveyedPercent } = await qualityOf(survey((x, y) => x > 200 && x < 300 && y > 100 && y < 200))
    expect(voidPercent).toBeLessThan(2)
    expect(surveyedPercent).toBeCloseTo(4, 0)
  })

  it("are none at a coast, at a rounded bay and at the border of the data", async () => {
    const coasts = [
      (x: number) => x < 250,
      (x: number, y: number) => x + y < 500,
      (x: number, y: number) => Math.hypot(x - 500, y - 250) > 200,
      (_: number, y: number) => y < 3,
    ]
    for (const keep of coasts) expect((await qualityOf(survey(keep))).voidPercent, String(keep)).toBeLessThan(2)
  })

  it("are those of a hole that the data encloses, beyond the tile's border too, and of places with other points alone", async () => {
    const hole = (x: number, y: number): boolean => Math.abs(x - 250) >= 150 || Math.abs(y - 250) >= 150
    const { voidPercent, surveyedPercent } = await qualityOf(survey(hole))
    expect(surveyedPercent).toBe(100)
    // 300 m less what is filled from its rim, of 500 m.
    expect(voidPercent).toBeGreaterThan(20)
    // The hole lies half in the tile; the halo shows its other rim.
    const across = (x: number, y: number): boolean => Math.abs(x) >= 48 || Math.abs(y - 250) >= 200
    expect((await qualityOf(survey(across))).voidPercent).toBeGreaterThan(2)
    // Open to the east, but unclassified points are there.
    const other = survey(
      () => true,
      (x) => (x < 250 ? 2 : 1),
    )
    expect((await qualityOf(other)).voidPercent).toBeGreaterThan(40)
  })

  it("are the same in sum for tiles of another size, where no hole is larger than their halo", async () => {
    const shots = survey((x, y) => Math.hypot(x - 250, y - 250) > 48 && x + 0.3 * y < 480)
    const cells = async (cell: Box2): Promise<number> => {
      const { voidPercent, surveyedPercent } = await qualityOf(shots, cell)
      return (voidPercent * surveyedPercent * (cell[2] - cell[0]) ** 2) / 1e4
    }
    let sum = 0
    for (let x = 0; x < 500; x += 250)
      for (let y = 0; y < 500; y += 250)
        sum += await cells([TILE[0] + x, TILE[1] + y, TILE[0] + x + 250, TILE[1] + y + 250])
    const whole = await cells(TILE)
    expect(whole).toBeGreaterThan(1000)
    expect(sum / whole).toBeCloseTo(1, 2)
  })
})
