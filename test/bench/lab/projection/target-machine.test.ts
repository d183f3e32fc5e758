import { describe, expect, it } from "vitest"
import { parseMachine } from "../../../../bench/lab/projection/target-machine.js"
import { full } from "./made-measurement.js"

describe("parseMachine", () => {
  it("takes what is given and says what it assumed", () => {
    const machine = parseMachine("cores=8, eurPerHour=0.5,memory=32G,speed=1.3", full())
    expect(machine).toMatchObject({ cores: 8, eurPerHour: 0.5, memoryBytes: 32 * 1024 ** 3, diskMBs: 500 })
    expect(machine.speed).toEqual({ low: 1.3, best: 1.3, high: 1.3 })
    expect(machine.assumed).toEqual(["watts", "diskMBs", "efficiency"])
    expect(parseMachine("", full()).assumed.length).toBe(7)
  })

  it("prefers a stated efficiency to a measured one, and a measured one to an assumed one", () => {
    const scaling = [
      { workers: 2, efficiency: 0.97 },
      { workers: 8, efficiency: 0.8 },
    ]
    const measured = parseMachine("cores=8", { ...full(), scaling })
    expect(measured).toMatchObject({ efficiency: { low: 0.8, best: 0.8, high: 0.8 }, scaledTo: 8 })
    expect(measured.assumed).not.toContain("efficiency")
    expect(parseMachine("cores=64", { ...full(), scaling }).efficiency.low).toBeCloseTo(0.6, 9)
    expect(parseMachine("efficiency=0.5", { ...full(), scaling }).efficiency.best).toBe(0.5)
    expect(parseMachine("", full()).efficiency.best).toBe(0.9)
  })

  it.each([
    ["colour=red", /"colour".*one of cores, eurPerHour/],
    ["cores=2,cores=3", /cores twice/],
    ["cores=2.5", /cores: "2.5".*whole number/],
    ["watts=-1", /watts.*at least 0/],
    ["speed=0", /speed.*above 0/],
    ["efficiency=1.2", /efficiency.*at most 1/],
    ["diskMBs=", /diskMBs: ""/],
    ["memory=lots", /memory: "lots"/],
  ])("refuses %s", (text, message) => {
    expect(() => parseMachine(text, full())).toThrow(message)
  })
})
