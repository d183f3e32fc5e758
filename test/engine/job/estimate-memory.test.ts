import { describe, expect, it } from "vitest"
import { memoryOfCounted } from "../../../engine/job/weigh-memory.js"
import { countClasses } from "../../../engine/pool/count-classes.js"

const step = (id: string, inputGrowth: number, spacing?: number) => ({
  id,
  inputGrowth,
  outputGrowth: 0,
  options: {},
  ...(spacing === undefined ? {} : { spacing: { points: spacing } }),
})

/** A kernel that takes points of classes, and 300 bytes for each of class 6 that is known, else for each point. */
const kernel = (id: string, classes: readonly number[]) => ({
  id,
  inputs: { points: { kind: "points", classes } },
  outputs: {},
  memory: ({ points, classes: known }: { points: number; classes?: Record<number, number> }) =>
    300 * (known?.[6] ?? points),
})

describe("the second stage of a tile", () => {
  const grid = { leafSide: 500, leafLevel: 13 }
  const laying = {
    context: { grid, images: [], chains: { tile: [], model: [step("mesh.roofs", 20)], parent: [] } },
    kernels: [{ kernel: kernel("mesh.roofs", [6]) }],
  } as unknown as Parameters<typeof memoryOfCounted>[0]
  const task = { scope: "model", key: "13/1/1", points: 8e6, bytes: 4e9, sources: [] } as const

  it("is estimated by the points of the classes that its first stage counted", () => {
    const of = (classes: Record<number, number> | undefined): number => memoryOfCounted(laying, task, classes)
    expect(of(undefined)).toBe(4e9)
    expect(of({ 6: 2e6 }) - of({ 6: 1e6 })).toBe(300e6)
    expect(of({ 6: 1e6 })).toBeLessThan(1.2e9)
  })

  it("is never estimated above what was planned, and no other stage is by it", () => {
    expect(memoryOfCounted(laying, task, { 6: 1e9 })).toBe(4e9)
    expect(memoryOfCounted(laying, { ...task, scope: "tile" }, { 6: 1 })).toBe(4e9)
  })
})

describe("the first stage of a tile", () => {
  const points = { count: 5, classification: Uint8Array.of(2, 6, 6, 17, 2, 6) }
  const counted = (tile: object[], model: object[], tileClasses: readonly number[]) => {
    const kernels = new Map(
      Object.entries({ t: kernel("t", tileClasses), m: kernel("m", [17, 6]) } as Record<string, unknown>),
    )
    const state = { context: { chains: { tile, model } }, kernels }
    return countClasses(...([state, tile, points] as unknown as Parameters<typeof countClasses>))
  }

  it("counts the classes that the second one takes", () => {
    expect(counted([step("t", 60)], [step("m", 20)], [2, 6, 17])).toEqual({ 6: 2, 17: 1 })
  })

  it("counts none that it did not read, thinned, or not as far around the tile", () => {
    expect(counted([step("t", 60)], [step("m", 20)], [2, 6])).toEqual({ 6: 2 })
    expect(counted([step("t", 60)], [step("m", 20)], [2])).toBeUndefined()
    expect(counted([step("t", 60, 0.5)], [step("m", 20)], [6])).toBeUndefined()
    expect(counted([step("t", 10)], [step("m", 20)], [6])).toBeUndefined()
  })
})
