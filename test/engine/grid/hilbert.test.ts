import { describe, expect, it } from "vitest"
import { hilbertIndex } from "../../../engine/grid/hilbert.js"

describe("hilbertIndex", () => {
  it.each([1, 2, 3, 5])("visits each cell of a 2^%i grid once, moving one cell at a time", (level) => {
    const side = 2 ** level
    const place: [number, number][] = []
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) place[hilbertIndex(level, x, y)] = [x, y]
    expect(place.filter(Boolean)).toHaveLength(side * side)
    for (let i = 1; i < place.length; i++) {
      expect(Math.abs(place[i][0] - place[i - 1][0]) + Math.abs(place[i][1] - place[i - 1][1])).toBe(1)
    }
  })

  it("stays an exact integer at the finest level of the national grid", () => {
    const far = hilbertIndex(18, 2 ** 18 - 1, 0)
    expect(Number.isSafeInteger(far)).toBe(true)
    expect(far).toBe(4 ** 18 - 1)
  })
})
