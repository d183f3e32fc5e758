import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { borderLevel, cutShards } from "../../../engine/distributed/cut-shards.js"

const tilesOf = (count: number, seed: number): { place: Float64Array; cost: Float64Array } => {
  const random = seededRandom(seed)
  const place = new Float64Array(count)
  let at = 0
  for (let i = 0; i < count; i++) {
    at += 1 + Math.floor(3 * random() ** 4)
    place[i] = at
  }
  return { place, cost: Float64Array.from({ length: count }, () => 20 + 60 * random()) }
}

describe("shards of a plan", () => {
  it("hold each tile once, in the order of the curve, and their costs", () => {
    for (const [count, parallel] of [
      [1, 4],
      [7, 3],
      [500, 8],
      [20_000, 40],
    ] as const) {
      const tiles = tilesOf(count, count)
      const shards = cutShards(tiles, parallel)
      let next = 0
      for (const { first, count: own, cost, place } of shards) {
        expect(first).toBe(next)
        expect(own).toBeGreaterThan(0)
        expect(place).toBe(first === 0 ? 0 : tiles.place[first])
        expect(cost).toBeCloseTo(
          tiles.cost.slice(first, first + own).reduce((a, b) => a + b, 0),
          3,
        )
        next = first + own
      }
      expect(next).toBe(count)
    }
  })

  it("get shorter round by round, about seven times as many as tasks that run at one time", () => {
    const tiles = tilesOf(100_000, 3)
    const parallel = 40
    const shards = cutShards(tiles, parallel)
    const total = tiles.cost.reduce((a, b) => a + b, 0)
    expect(shards.length).toBeGreaterThan(5 * parallel)
    expect(shards.length).toBeLessThan(10 * parallel)
    const round = (n: number): number =>
      shards.slice(n * parallel, (n + 1) * parallel).reduce((sum, { cost }) => sum + cost, 0)
    expect(round(0) / total).toBeGreaterThan(0.42)
    expect(round(0) / total).toBeLessThan(0.58)
    expect(round(2)).toBeLessThan(0.6 * round(1))
    const longest = Math.max(...shards.map(({ cost }) => cost))
    expect(longest).toBeLessThan((1.3 * total) / (2 * parallel))
    const least = total / parallel / 64
    expect(shards.slice(0, -1).every(({ cost }) => cost > 0.6 * least)).toBe(true)
  })

  it("are cut between large cells of the pyramid", () => {
    const place = Float64Array.from({ length: 65_536 }, (_, i) => i)
    const shards = cutShards({ place, cost: new Float64Array(65_536).fill(1) }, 8)
    const levels = shards.slice(1).map(({ first }) => borderLevel(first - 1, first))
    // A cut that falls anywhere meets a border of 4 tiles once in four times, of 16 once in
    // sixteen.
    expect(levels.filter((level) => level >= 2).length / levels.length).toBeGreaterThan(0.9)
  })

  it("are the same each time, and do not depend on what comes after a change of costs elsewhere", () => {
    const tiles = tilesOf(5_000, 9)
    expect(cutShards(tiles, 6)).toEqual(cutShards({ place: tiles.place.slice(), cost: tiles.cost.slice() }, 6))
  })
})

describe("border of cells", () => {
  it("is that of the largest cell between two places", () => {
    expect(borderLevel(5, 5)).toBe(-1)
    expect(borderLevel(4, 5)).toBe(0)
    expect(borderLevel(3, 4)).toBe(1)
    expect(borderLevel(15, 16)).toBe(2)
    expect(borderLevel(63, 64)).toBe(3)
  })
})
