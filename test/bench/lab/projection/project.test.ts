import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { BenchMeasurement } from "../../../../bench/e2e/measurement.js"
import { STRATA, type Stratum } from "../../../../bench/e2e/strata.js"
import type { Projection } from "../../../../bench/lab/projection/basis.js"
import { DEPARTMENTS } from "../../../../bench/lab/projection/departments.js"
import type { Interval } from "../../../../bench/lab/projection/interval.js"
import type { Cost } from "../../../../bench/lab/projection/project.js"
import { projectMeasurement } from "../../../../bench/lab/projection/run-projection.js"
import { anyMeasurement, changed, full, measurement, tile } from "./made-measurement.js"

const project = (made: BenchMeasurement, departements = "4", machine = "memory=1T"): Projection =>
  projectMeasurement(made, { departements, machine })

const FIGURES = ["coreHours", "wallHours", "eur", "kWh", "tbIn", "tbOut"] as const
const BOUNDS = ["low", "best", "high"] as const
const near = (a: number, b: number): void =>
  expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * Math.max(Math.abs(a), Math.abs(b)))

const anyChoice = fc
  .uniqueArray(fc.constantFrom(...DEPARTMENTS.map(({ code }) => code)), { minLength: 1, maxLength: 6 })
  .map((codes) => codes.join(","))

describe("a projection", () => {
  it("is worked out by hand for one département", () => {
    // The same 40 core-seconds everywhere: land cover has no say.
    const same = measurement(Object.fromEntries(STRATA.map((stratum) => [stratum, [tile(), tile(), tile()]])))
    const machine = "cores=10,eurPerHour=2,watts=500,memory=1T,diskMBs=1000,speed=2,efficiency=0.5"
    const [gers] = project(same, "32", machine).departements
    expect(gers).toMatchObject({ km2: 6257, binding: "cores" })
    const coreHours = (6257 * 40) / 3600 / 2
    near(gers!.coreHours.best, coreHours)
    near(gers!.coreHours.low, coreHours * 0.9)
    near(gers!.wallHours.best, coreHours / 10 / 0.5)
    near(gers!.eur.best, (2 * coreHours) / 5)
    near(gers!.kWh.high, (1.1 * 0.5 * coreHours) / 5)
    near(gers!.tbIn.best, 6257 * 150e-6)
    near(gers!.tbOut.best, 6257 * 80e-6)
  })

  it("halves a stratum's part when the stratum's cost is halved, and no other's", () => {
    fc.assert(
      fc.property(fc.constantFrom(...STRATA), anyChoice, fc.integer({ min: 1, max: 4 }), (stratum, choice, tiles) => {
        const before = project(full(tiles), choice)
        const half = changed(full(tiles), stratum, (facts) => ({ ...facts, coreSeconds: facts.coreSeconds / 2 }))
        const after = project(half, choice)
        const part = ({ total }: Projection, of: Stratum): Interval => total.strata[of].coreHours
        for (const other of STRATA) {
          const factor = other === stratum ? 2 : 1
          for (const bound of BOUNDS) near(part(after, other)[bound] * factor, part(before, other)[bound])
        }
        near(before.total.coreHours.best - after.total.coreHours.best, part(after, stratum).best)
      }),
    )
  })

  it("adds up: strata to a département, départements to the total", () => {
    fc.assert(
      fc.property(anyMeasurement, anyChoice, (made, choice) => {
        const { departements, total } = project(made, choice)
        for (const figure of FIGURES) {
          for (const bound of BOUNDS) {
            near(
              total[figure][bound],
              departements.reduce((sum, cost) => sum + cost[figure][bound], 0),
            )
          }
        }
        for (const cost of [...departements, total] as Cost[]) {
          const strata = STRATA.map((stratum) => cost.strata[stratum])
          near(
            cost.km2,
            strata.reduce((sum, { km2 }) => sum + km2, 0),
          )
          near(
            1,
            strata.reduce((sum, { costShare }) => sum + costShare, 0),
          )
          for (const bound of BOUNDS) {
            near(
              cost.coreHours[bound],
              strata.reduce((sum, { coreHours }) => sum + coreHours[bound], 0),
            )
          }
        }
      }),
    )
  })

  it("has ordered bounds, and more tiles of ground never cost less", () => {
    fc.assert(
      fc.property(anyMeasurement, anyChoice, fc.constantFrom(...STRATA), (made, choice, stratum) => {
        const cheap = project(made, choice).total
        const dear = project(
          changed(made, stratum, (facts) => ({
            ...facts,
            coreSeconds: facts.coreSeconds * 1.5,
            bytesIn: facts.bytesIn * 2,
            peakBytes: facts.peakBytes * 2,
          })),
          choice,
        ).total
        for (const figure of FIGURES) {
          expect(cheap[figure].low).toBeLessThanOrEqual(cheap[figure].best)
          expect(cheap[figure].best).toBeLessThanOrEqual(cheap[figure].high)
          for (const bound of BOUNDS) expect(dear[figure][bound]).toBeGreaterThanOrEqual(cheap[figure][bound])
        }
      }),
    )
  })

  it("is faster on a better machine, never slower", () => {
    const parts = { cores: 8, memory: 16, diskMBs: 100, speed: 1, efficiency: 0.5 }
    const text = (machine: typeof parts): string =>
      Object.entries(machine)
        .map(([key, value]) => `${key}=${value}${key === "memory" ? "G" : ""}`)
        .join(",")
    fc.assert(
      fc.property(anyMeasurement, fc.constantFrom(...(Object.keys(parts) as (keyof typeof parts)[])), (made, key) => {
        const before = project(made, "4", text(parts)).total.wallHours
        const after = project(made, "4", text({ ...parts, [key]: parts[key] * 2 })).total.wallHours
        for (const bound of BOUNDS) expect(after[bound]).toBeLessThanOrEqual(before[bound])
      }),
    )
  })

  it("names what binds", () => {
    const binding = (machine: string): string => project(full(), "73", machine).total.binding
    expect(binding("cores=8,memory=64G")).toBe("cores")
    expect(binding("cores=64,memory=4G")).toBe("memory")
    expect(binding("cores=64,memory=256G,diskMBs=1")).toBe("disk")
    expect(project(full(), "73", "cores=64,memory=4G").workers).toBe(4)
    expect(() => project(full(), "73", "memory=512M")).toThrow(/took 1\.0 GB at its peak, the machine has 0\.54 GB/)
  })

  it("says what was measured, and each thing that was assumed", () => {
    const { measured, assumed } = project(measurement({ farmland: [tile()], forest: [tile(), tile(), tile()] }), "4")
    expect(measured[0]).toMatch(/4 tiles, 4 km² in all \(farmland 1, forest 3\), by maille 0\.1\.0 on Made/)
    const text = assumed.join("\n")
    expect(text).toContain("no tile of suburb, water was measured: the figures of farmland stand in")
    expect(text).toContain("no tile of dense town, mountain was measured: the figures of forest stand in")
    const noted = { ...measurement({ farmland: [tile()] }), notes: ["synthetic ground."] }
    expect(project(noted, "4").measured).toContain("synthetic ground.")
    expect(text).not.toContain("no tile of forest")
    expect(text).toMatch(/± 30 % of farmland with fewer than 3 tiles/)
    expect(text).toMatch(/examples and no facts: cores, eurPerHour, watts, diskMBs\./)
    expect(text).toMatch(/one core of the machine is as fast/)
    expect(text).toMatch(/parallel efficiency 0\.9 /)
    expect(text).toMatch(/four départements of contrast/)
    expect(text).not.toMatch(/Guyane/)
    expect(project(full(), "973").assumed.join("\n")).toMatch(/Guyane a coastal strip of 7 000 km²/)
    expect(project(full(), "all").assumed.join("\n")).not.toMatch(/four départements|no tile of/)
  })
})
