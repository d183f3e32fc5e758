import { describe, expect, it } from "vitest"
import type { Chart } from "../../../../engine/kernel.js"
import { paintChart } from "../../../../kernels/texture/charts/choose-views.js"
import { findConsensus, findLift } from "../../../../kernels/texture/charts/level-views.js"
import type { ChartSamples } from "../../../../kernels/texture/charts/samples.js"

const [width, height, texel] = [80, 40, 0.25]
const size = width * height
const chart: Chart = {
  faces: new Uint32Array(0),
  origin: [0, 0, 10],
  u: [1, 0, 0],
  v: [0, 0, -1],
  width,
  height,
  texel,
}

/** Bays of a wall, four metres wide and high. */
const truth = (i: number): number =>
  120 + 40 * Math.sin((Math.PI * (i % width)) / 8) * Math.cos((Math.PI * Math.floor(i / width)) / 8)

/** A view whose correction is off by `bias`, and what it sees. */
const viewOf = (view: number, bias: number, score: number, sees = (_: number): boolean => true): ChartSamples => {
  const seen = Uint8Array.from({ length: size }, (_, i) => (sees(i) ? 1 : 0))
  const colour = Float32Array.from({ length: 3 * size }, (_, k) => {
    const i = Math.floor(k / 3)
    return seen[i] === 1 ? truth(i) + bias : 0
  })
  const weight = new Float32Array(width).fill(1)
  return { view, seen, colour, weight, seenCount: seen.reduce((sum, one) => sum + one, 0), score }
}
const isWest = (i: number): boolean => i % width < 44
const isEast = (i: number): boolean => i % width >= 36
/** Two views side by side, and a worse one that sees all. */
const views = [viewOf(0, 3, 0.9, isWest), viewOf(1, -3, 0.9, isEast), viewOf(2, 0, 0.5)]

/** Means over square metres of what was painted less what is true, by column of the square. */
const columnsOf = (data: Uint8Array): number[] =>
  Array.from({ length: width / 4 }, (_, column) => {
    let sum = 0
    for (let row = 0; row < height; row++)
      for (let c = 4 * column; c < 4 * column + 4; c++) sum += data[4 * (row * width + c)]! - truth(row * width + c)
    return sum / (4 * height)
  })
const worstStep = (means: readonly number[]): number =>
  Math.max(...means.slice(1).map((mean, i) => Math.abs(mean - means[i]!)))

describe("seams between views whose corrections are 6 apart", () => {
  it("have no step of more than 2 of 255 between square metres, 3 and more without levelling", () => {
    const levelled = paintChart(chart, views)
    expect(new Set(levelled.view)).toEqual(new Set([0, 1]))
    expect(worstStep(columnsOf(levelled.data))).toBeLessThanOrEqual(2)
    expect(worstStep(columnsOf(paintChart(chart, views, { level: -1 }).data))).toBeGreaterThan(3)
  })
})

describe("consensusOf", () => {
  const all = views.map(({ seen }) => seen)

  it("is the mean by score of those that see a texel", () => {
    const { mean, sure } = findConsensus(views, all, size, 24)
    expect(Math.min(...sure)).toBe(1)
    for (const [i, of] of [
      [0, (0.9 * 3) / 1.4],
      [40, 0],
      [79, (0.9 * -3) / 1.4],
    ] as const)
      expect(mean[3 * i + 1]).toBeCloseTo(truth(i) + of, 3)
  })

  it("tells nothing where one view is alone or two contradict each other", () => {
    const pair = [viewOf(0, 60, 1, isWest), viewOf(1, 0, 1)]
    const { sure } = findConsensus(
      pair,
      pair.map(({ seen }) => seen),
      size,
      24,
    )
    expect(Math.max(...sure)).toBe(0)
  })
})

describe("liftOf", () => {
  it("keeps details, and depends on texels within its radius alone", () => {
    const usable = views.map(({ seen }) => seen)
    const grid = { width, height, radius: 6 }
    const [lift, other] = [new Float32Array(3 * size), new Float32Array(3 * size)]
    findLift(views[0]!, usable[0]!, findConsensus(views, usable, size, 24), grid, lift)
    // A view of the wall's east end alone.
    const more = [...views, viewOf(3, 20, 1, (i) => i % width >= 30)]
    const moreUsable = more.map(({ seen }) => seen)
    findLift(more[0]!, moreUsable[0]!, findConsensus(more, moreUsable, size, 24), grid, other)
    const [near, far] = [3 * (20 * width + 30), 3 * (20 * width + 23)]
    expect(lift[far]).toBe(other[far])
    expect(lift[near]).not.toBe(other[near])
    // Patterns of the wall leave no trace: the same lift all over what the same views see.
    for (let i = 0; i < size; i++) if (i % width < 29) expect(lift[3 * i]).toBeCloseTo((0.9 * 3) / 1.4 - 3, 3)
  })
})
