import { setTimeout as wait } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { StepClock } from "../../../engine/worker/thread-use.js"

const spin = (milliseconds: number): void => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

describe("StepClock", { retry: 2 }, () => {
  it("books each moment under the innermost step, and all of them once", async () => {
    const clock = new StepClock()
    const started = performance.now()
    clock.begin("start")
    spin(10)
    const answer = await clock.during("read", async () => {
      spin(10)
      clock.during("decode", () => spin(20))
      await wait(30)
      return 42
    })
    spin(5)
    const steps = clock.end()
    const whole = performance.now() - started
    expect(answer).toBe(42)
    expect(Object.keys(steps).sort()).toEqual(["decode", "read", "start"])
    expect(steps["decode"]?.timeMs).toBeGreaterThanOrEqual(19.9)
    expect(steps["read"]?.timeMs).toBeGreaterThanOrEqual(38)
    expect(steps["start"]?.timeMs).toBeGreaterThanOrEqual(14.9)
    const sum = Object.values(steps).reduce((total, { timeMs }) => total + timeMs, 0)
    expect(Math.abs(sum - whole)).toBeLessThan(20)
  })

  it("tells work from waiting, where the system tells the time of a thread", async () => {
    const clock = new StepClock()
    clock.begin("other")
    clock.during("work", () => spin(60))
    await clock.during("wait", () => wait(120))
    const { work, wait: waited } = clock.end()
    if (work?.cpuMs === undefined) return
    expect(work.cpuMs).toBeLessThanOrEqual(work.timeMs + 5)
    expect(work.cpuMs).toBeGreaterThan(0)
    expect(waited?.cpuMs).toBeLessThan(30)
  })

  it("goes back to the outer step after an error, thrown or rejected, and forgets the last task", async () => {
    const clock = new StepClock()
    clock.begin("outer")
    const fail = (): never => {
      throw new Error("no")
    }
    expect(() => clock.during("kernel", fail)).toThrow("no")
    await expect(clock.during("read", async () => fail())).rejects.toThrow("no")
    expect(clock.enter("next")).toBe("outer")
    clock.begin("second")
    expect(Object.keys(clock.end())).toEqual(["second"])
  })
})
