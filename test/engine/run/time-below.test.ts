import { describe, expect, it } from "vitest"
import { timeBelow } from "../../../engine/run/task-reads.js"

const ends = new Map([
  ["tile a", { time: [20, 30] as const }],
  ["tile b", { time: [10, 25] as const }],
  ["tile c", {}],
])

describe("the times below a layer or a parent", () => {
  it("span the tiles' own", () => {
    expect(timeBelow({ stage: "layer", key: "l", dependsOn: ["tile a", "tile b", "tile c"] }, ends)).toEqual([10, 30])
    expect(timeBelow({ stage: "parent", key: "14/1/1", dependsOn: ["tile a", "tile missing"] }, ends)).toEqual([20, 30])
  })

  it("are unknown where no tile has one", () => {
    expect(timeBelow({ stage: "layer", key: "l", dependsOn: ["tile c"] }, ends)).toBeUndefined()
    expect(timeBelow({ stage: "layer", key: "l", dependsOn: [] }, ends)).toBeUndefined()
  })

  it("are those of the tile for its model", () => {
    expect(timeBelow({ stage: "model", key: "a", dependsOn: ["tile a", "tile b"] }, ends)).toEqual([20, 30])
  })

  it("are not asked for a tile", () => {
    expect(timeBelow({ stage: "tile", key: "17/1/1", dependsOn: ["tile a"] }, ends)).toBeUndefined()
  })
})
