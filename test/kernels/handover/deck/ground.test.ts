import { describe, expect, it } from "vitest"
import { noHeight } from "../../../../kernels/grid/cell-grid.js"
import { deckGround } from "../../../../kernels/handover/deck/ground.js"
import { uniteHeights } from "../../../../kernels/handover/deck/heights.js"

const CELL = 500
const [WEST, EAST, SOUTH, NORTH] = [100_000, 130_000, 200_000, 210_000]
const OUTLINE = [Float64Array.of(WEST, SOUTH, EAST, SOUTH, EAST, NORTH, WEST, NORTH)]
const TOP = 50_000

/**
 * Cells of a deck of 30 m by 10 m at 50 m and of the ground around it; none where the ground is not
 * known.
 */
const heightsOf = (ground: (x: number, y: number) => number): Int32Array => {
  const rows: number[] = []
  for (let y = SOUTH - 8000; y < NORTH + 8000; y += CELL) {
    for (let x = WEST - 8000; x < EAST + 8000; x += CELL) {
      const isDeck = x >= WEST && x < EAST && y >= SOUTH && y < NORTH
      const z = isDeck ? TOP : ground(x + CELL / 2, y + CELL / 2)
      if (!Number.isNaN(z)) rows.push(x / CELL, y / CELL, isDeck ? z : noHeight, isDeck ? noHeight : Math.round(z))
    }
  }
  return Int32Array.from(rows)
}
const groundOf = (ground: (x: number, y: number) => number) => deckGround(OUTLINE, heightsOf(ground), CELL, 500)

const isRoad = (x: number): boolean => x < WEST || x > EAST
/** A floor that slopes both ways. */
const floor = (x: number, y: number): number => 44_000 + 0.05 * (x - WEST) + 0.1 * (y - SOUTH)

describe("the ground at and under a deck", () => {
  it("has a line at the deck's height at each end, and the foot of a wall below it", () => {
    const { lines } = groundOf((x, y) => (isRoad(x) ? TOP : floor(x, y)))
    const [tops, feet] = [lines.filter((line) => line[2]! > 49_000), lines.filter((line) => line[2]! <= 49_000)]
    expect([tops.length, feet.length]).toEqual([2, 2])
    for (const line of tops) {
      for (let i = 0; i < line.length; i += 3) {
        expect([WEST + 100, EAST - 100]).toContain(line[i])
        expect(line[i + 2]).toBe(TOP)
      }
    }
    for (const line of feet) {
      for (let i = 0; i < line.length; i += 3) {
        expect([WEST + 400, EAST - 400]).toContain(line[i])
        // Ground beside the deck is that of cells of half a metre.
        expect(Math.abs(line[i + 2]! - floor(line[i]!, line[i + 1]!))).toBeLessThan(100)
      }
    }
  })

  it("lies on a plane where the ground on both sides does, at places of the grid of 2.5 m", () => {
    const { places } = groundOf((x, y) => (isRoad(x) ? TOP : floor(x, y)))
    // 11 by 3 places are a metre or more inside.
    expect(places.length / 3).toBe(33)
    for (let i = 0; i < places.length; i += 3) {
      expect([places[i]! % 2500, places[i + 1]! % 2500]).toEqual([0, 0])
      expect(Math.abs(places[i + 2]! - floor(places[i]!, places[i + 1]!))).toBeLessThan(100)
    }
  })

  it("has no wall where the ground falls like a bank", () => {
    const bank = (x: number): number => TOP - Math.max(0, Math.min(6000, 0.5 * Math.min(x - WEST, EAST - x)))
    const { lines } = groundOf(bank)
    expect(lines.length).toBe(2)
    for (const line of lines) for (let i = 0; i < line.length; i += 3) expect(line[i + 2]).toBe(TOP)
  })

  it("says nothing of what it does not know", () => {
    expect(groundOf(() => Number.NaN)).toEqual({ lines: [], places: [] })
    expect(deckGround(OUTLINE, new Int32Array(0), CELL, 500)).toEqual({ lines: [], places: [] })
    // A river below that sent nothing back: abutments, but no ground under the deck.
    const river = groundOf((x) => (isRoad(x) ? TOP : Number.NaN))
    expect([river.lines.length, river.places.length]).toEqual([2, 0])
  })

  it("is that of the same cells, however tiles share them out", () => {
    const heights = heightsOf((x, y) => (isRoad(x) ? TOP : floor(x, y)))
    const cut = 4 * Math.floor(heights.length / 8)
    const shared = [heights.slice(cut - 400), heights.slice(0, cut)]
    expect(uniteHeights(shared)).toEqual(heights)
  })
})
