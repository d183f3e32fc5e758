import { describe, expect, test } from "vitest"
import { measureRun } from "../../../bench/e2e/run-measurement.js"
import { doneTile, runFacts, summary } from "./made-run.js"

describe("a measured run", () => {
  test("has known figures of a known summary", () => {
    expect(measureRun(runFacts, summary())).toMatchObject({
      ...runFacts,
      km2: 1,
      points: 20_000_000,
      timeMs: 12_000,
      coreSeconds: 20,
      coreSecondsPerKm2: 20,
      km2PerHour: 300,
      // 18 s of tasks in 2 × 12 s.
      workerUse: 0.75,
      peakBytes: 1.5e9,
      clock: "processor",
      // 22.4 s busy, 20 of them its own, in 12 s.
      othersCores: 0.2,
      latency: { tiles: 4, p50: 4200, p90: 5000, p99: 5000, max: 5000 },
    })
  })

  test("counts tiles without points neither as ground nor as time", () => {
    const skipped = doneTile(3, { outcome: "skipped", points: 0 })
    const run = measureRun(runFacts, summary({ tiles: [doneTile(4000), skipped], done: 1, skipped: 1 }))
    expect(run).toMatchObject({ km2: 0.25, coreSecondsPerKm2: 80, latency: { tiles: 1, max: 4000 } })
  })

  test("says when stages are told in wall time", () => {
    const steps = [{ stage: "tile", step: "read", tasks: 1, timeMs: 6000 }] as const
    expect(measureRun(runFacts, summary({ steps })).clock).toBe("wall")
  })

  test("is refused when a tile failed, was there before, or none was made", () => {
    const failed = doneTile(10, { outcome: "failed", reason: "broken file" })
    expect(() => measureRun(runFacts, summary({ failed: 1, tiles: [doneTile(10), failed] }))).toThrow("broken file")
    expect(() => measureRun(runFacts, summary({ unchanged: 1 }))).toThrow("not every tile")
    expect(() => measureRun(runFacts, summary({ tiles: [] }))).toThrow("none was")
  })
})
