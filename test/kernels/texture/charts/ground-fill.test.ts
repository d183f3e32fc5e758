import { describe, expect, it } from "vitest"
import { fillTexels, groundFill } from "../../../../kernels/texture/charts/ground-fill.js"
import { GROUND_CELL } from "../../../../kernels/texture/charts/plain-colours.js"

const SIZE = 128
const [GROUND, CROWN] = [180, 40]

/**
 * Mean of the fill under a disc that hides the ground, on ground of one grey. The image shows the
 * crown, darker, as far as `rim` texels beyond the disc.
 */
const fillUnderDisc = (radius: number, rim: number): number => {
  const cells = SIZE / GROUND_CELL
  const sums = new Float64Array(4 * cells * cells)
  const beyond = (column: number, row: number) => Math.hypot(column + 0.5 - 67, row + 0.5 - 61) - radius
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      const distance = beyond(column, row)
      if (distance < 0) continue
      const at = 4 * (Math.floor(row / GROUND_CELL) * cells + Math.floor(column / GROUND_CELL))
      for (let k = 0; k < 3; k++) sums[at + k]! += distance < rim ? CROWN : GROUND
      sums[at + 3]!++
    }
  }
  const fill = groundFill({ left: 0, top: 0, texel: 0.2, width: SIZE, height: SIZE }, sums)
  if (!fill) throw new Error("ground is visible")
  const line = new Uint8Array(4 * SIZE)
  let [sum, count] = [0, 0]
  for (let row = 0; row < SIZE; row++) {
    fillTexels(fill, 0, row, SIZE, line, 0)
    for (let column = 0; column < SIZE; column++) {
      if (beyond(column, row) >= 0) continue
      sum += line[4 * column]!
      count++
    }
  }
  return sum / count
}

describe("groundFill", () => {
  it.each([
    [8, 2],
    [14, 2],
    [20, 3],
    [30, 4],
  ])("shows ground under a crown of %i texels whose image reaches %i further", (radius, rim) => {
    expect(fillUnderDisc(radius, rim)).toBeGreaterThan(145)
  })

  it("keeps the only colour there is where no cell shows ground alone", () => {
    const sums = new Float64Array(4 * 4)
    sums.set([300, 600, 630, 3], 4)
    const fill = groundFill({ left: 0, top: 0, texel: 0.2, width: 16, height: 16 }, sums)
    expect([...(fill?.data ?? [])]).toEqual(Array.from({ length: 4 }, () => [100, 200, 210, 255]).flat())
  })
})
