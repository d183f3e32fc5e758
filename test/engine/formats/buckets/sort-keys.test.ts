import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { sortKeys } from "../../../../engine/formats/buckets/sort-keys.js"

describe("sortKeys", () => {
  test.each([
    ["few", 5, 1e6],
    ["some, many of them equal", 250, 20],
    ["many", 3000, 1e6],
    ["many, nearly in order", 3000, 3],
  ])("orders %s and moves their places along, and nothing beside them", (name, count, spread) => {
    const random = seededRandom(count)
    const nearly = name.includes("nearly")
    const keys = Float64Array.from({ length: count + 2 }, (_, i) => Math.floor(random() * spread) + (nearly ? i : 0))
    const [start, end] = [1, count + 1]
    const sorted = keys.slice()
    sorted.subarray(start, end).sort()
    const [alone, beside] = [keys.slice(), keys.slice()]
    const places = Uint32Array.from(keys.keys())
    sortKeys(alone, undefined, start, end)
    sortKeys(beside, places, start, end)
    expect(alone).toEqual(sorted)
    expect(beside).toEqual(sorted)
    expect(Float64Array.from(places, (place) => keys[place]!)).toEqual(sorted)
    expect([...places].sort((a, b) => a - b)).toEqual([...places.keys()])
  })
})
