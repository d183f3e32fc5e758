import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { runKernel } from "../../../engine/library/kernels.js"
import dsm from "../../../kernels/terrain/dsm.js"
import { arraysOf, type Shot } from "../../scenes/kernel-run.js"

const CELL: Box2 = [1000, 2000, 1050, 2050]

/** Ground at 10 m at the centres of 0.5 m cells, around the tile. */
const ground = (keep = (_x: number, _y: number) => true): Shot[] => {
  const shots: Shot[] = []
  for (let y = 1_900_250; y < 2_150_000; y += 500) {
    for (let x = 900_250; x < 1_150_000; x += 500) if (keep(x / 1000, y / 1000)) shots.push([x, y, 10_000, 2])
  }
  return shots
}

describe("raster.dsm", () => {
  it("takes the highest point of each cell and its class, never noise", async () => {
    const shots: Shot[] = [
      ...ground(),
      [1_010_100, 2_010_100, 15_000, 6],
      [1_010_300, 2_010_400, 17_000, 5],
      [1_010_300, 2_010_400, 99_000, 7],
      [1_010_300, 2_010_400, 99_000, 18],
      [1_010_300, 2_010_400, 99_000, 65],
    ]
    const out = await runKernel(dsm, { points: arraysOf(shots) }, { box: CELL })
    const at = (100 - 1 - 20) * 100 + 20
    expect(out.dsm.data[at]).toBe(17)
    expect(out.class.data[at]).toBe(5)
    expect(Array.from(out.dsm.data).filter((z) => z === 10).length).toBe(9999)
    expect(Array.from(out.class.data).filter((c) => c === 2).length).toBe(9999)
  })

  it("spans empty cells by the TIN, with the nearest vertex's class; fills wider gaps with class 0", async () => {
    const around = (radius: number) => {
      const shots = ground((x, y) => Math.hypot(x - 1025, y - 2025) > radius)
      return runKernel(dsm, { points: arraysOf(shots) }, { box: CELL, options: { reach: 12, fill: 8 } })
    }
    const spanned = await around(5)
    expect(spanned.dsm.data.every((z) => z === 10)).toBe(true)
    expect(spanned.class.data.every((c) => c === 2)).toBe(true)
    const filled = await around(7)
    expect(filled.dsm.data.every((z) => Math.abs(z - 10) < 1e-5)).toBe(true)
    expect(filled.class.data[50 * 100 + 50]).toBe(0)
    expect(filled["dsm-quality"]["filledPercent"]).toBeGreaterThan(2)
  })
})
