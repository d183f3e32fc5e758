import { describe, expect, it } from "vitest"
import { withRetries } from "../../../engine/run/dispatch.js"

/** An attempt that gives these results one after the other, and how often it was made. */
const attempts = (results: readonly string[]): { run: () => Promise<string>; times: () => number } => {
  let times = 0
  return { run: async () => results[times++] ?? "beyond", times: () => times }
}
const passing = (result: string): boolean => result === "EIO"

describe("withRetries", () => {
  it("tries what may pass again, three times in all, and waits longer each time", async () => {
    const { run, times } = attempts(["EIO", "EIO", "done"])
    const started = performance.now()
    expect(await withRetries(run, passing, { backOffMs: 10 })).toEqual({ result: "done", tries: 3 })
    expect(performance.now() - started).toBeGreaterThanOrEqual(49)
    expect(times()).toBe(3)
    const lasting = attempts(["EIO", "EIO", "EIO", "done"])
    expect(await withRetries(lasting.run, passing, { backOffMs: 1 })).toEqual({ result: "EIO", tries: 3 })
    expect(lasting.times()).toBe(3)
  })

  it("tries what does not pass once", async () => {
    const { run, times } = attempts(["damaged", "done"])
    expect(await withRetries(run, passing, { backOffMs: 1 })).toEqual({ result: "damaged", tries: 1 })
    expect(times()).toBe(1)
  })

  it("ends its waiting with the run", async () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 20)
    const { run, times } = attempts(["EIO", "done"])
    const started = performance.now()
    expect(await withRetries(run, passing, { backOffMs: 60_000, signal: controller.signal })).toEqual({
      result: "EIO",
      tries: 1,
    })
    expect(performance.now() - started).toBeLessThan(30_000)
    expect(times()).toBe(1)
  })
})
