import { describe, expect, it, vi } from "vitest"
import { type MemorySample, runHistory, sampleMemory } from "../../../engine/report/run-history.js"
import type { TileOutcome } from "../../../engine/report/tile-outcome.js"

const START = Date.parse("2026-03-01T10:00:00Z")
const task = (
  stage: TileOutcome["stage"],
  worker: number,
  beginMs: number,
  timeMs: number,
  points = 0,
): TileOutcome => ({
  key: `${stage} ${beginMs}`,
  stage,
  outcome: "done",
  timeMs,
  points,
  peakBytes: 0,
  startedAt: START + beginMs,
  worker,
})

describe("runHistory", () => {
  const outcomes = [
    task("source", 1, 0, 500, 9),
    task("tile", 1, 500, 1000, 100),
    task("tile", 2, 250, 750, 50),
    task("parent", 2, 1500, 500),
  ]
  const memory: MemorySample[] = [
    { at: START - 100, rssBytes: 9e9 },
    { at: START + 10, rssBytes: 5 },
    { at: START + 20, rssBytes: 7 },
    { at: START + 1950, rssBytes: 6 },
  ]
  const history = runHistory(outcomes, memory)

  it("starts with the first task and covers the last", () => {
    expect(history?.start).toBe("2026-03-01T10:00:00.000Z")
    expect(history?.stepMs).toBe(100)
    expect(history?.tiles).toHaveLength(20)
  })

  it("loses no tile, point or moment of work", () => {
    const sum = (row: readonly number[] = []): number => row.reduce((a, b) => a + b, 0)
    expect(sum(history?.tiles)).toBe(2)
    expect(sum(history?.points)).toBe(150)
    for (const stage of ["source", "tile", "parent", "job"] as const) {
      const workedMs = outcomes.filter((one) => one.stage === stage).reduce((total, one) => total + one.timeMs, 0)
      expect(sum(history?.busy[stage]) * 100, stage).toBeCloseTo(workedMs, 6)
    }
  })

  it("places ends in their steps", () => {
    expect(history?.tiles[10]).toBe(1)
    expect(history?.tiles[15]).toBe(1)
    expect(history?.busy.tile.slice(2, 6)).toEqual([0.5, 1, 1, 2])
  })

  it("tells the largest memory of each step that was looked at", () => {
    expect(history?.memoryBytes[0]).toBe(7)
    expect(history?.memoryBytes[1]).toBeNull()
    expect(history?.memoryBytes[19]).toBe(6)
  })

  it("tells the use of each thread", () => {
    expect(history?.workers).toEqual([
      { worker: 1, tasks: 2, busyShare: 0.75 },
      { worker: 2, tasks: 2, busyShare: 0.625 },
    ])
  })

  it("stays small for a run of days, and is absent where nothing was run", () => {
    const days = runHistory(Array.from({ length: 5000 }, (_, i) => task("tile", i % 8, i * 60_000, 300_000, 1)))
    expect(days?.tiles.length).toBeLessThanOrEqual(120)
    expect(days?.tiles.length).toBeGreaterThan(40)
    expect(days?.tiles.reduce((a, b) => a + b, 0)).toBe(5000)
    const { startedAt: _, ...kept } = task("tile", 1, 0, 0)
    expect(runHistory([{ ...kept, outcome: "unchanged" }])).toBeUndefined()
  })
})

describe("sampleMemory", () => {
  it("looks at once and at the end", () => {
    const samples = sampleMemory().stop()
    expect(samples).toHaveLength(2)
    expect(samples[0]?.rssBytes).toBeGreaterThan(1e7)
    expect(samples[1]?.at).toBeGreaterThanOrEqual(samples[0]?.at ?? Number.POSITIVE_INFINITY)
  })
  it("is not moved by a jump of the system's clock", () => {
    const sampling = sampleMemory()
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 86_400_000)
    const [first, last] = sampling.stop()
    clock.mockRestore()
    expect(last!.at - first!.at).toBeLessThan(60_000)
  })
})
