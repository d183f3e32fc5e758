import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkMeasurement } from "../../../bench/e2e/measurement.js"
import { anyMeasurement, full, measurement, tile } from "../lab/projection/made-measurement.js"

/** A deep copy with one field set, by its path. */
const withField = (path: readonly (string | number)[], value: unknown): unknown => {
  const copy = JSON.parse(JSON.stringify(full(2)))
  let place = copy
  for (const step of path.slice(0, -1)) place = place[step]
  place[path.at(-1)!] = value
  return copy
}

describe("checkMeasurement", () => {
  it("passes what it is meant for, fields it does not know with it", () => {
    fc.assert(
      fc.property(anyMeasurement, (made) => checkMeasurement({ ...made, stages: {} }, "b.json").runs === made.runs),
    )
  })

  it.each([
    [["machine"], undefined, "machine"],
    [["version"], undefined, "version"],
    [["runs"], {}, "runs, or the stratum of one"],
    [["runs"], [], "runs, or the stratum of one"],
    [["runs", 1, "stratum"], "beach", "runs[1].stratum"],
    [["runs", 2, "km2"], 0, "runs[2].km2"],
    [["runs", 0, "coreSeconds"], "12", "runs[0].coreSeconds"],
    [["runs", 0, "bytesOut"], -1, "runs[0].bytesOut"],
    [["runs", 5, "peakBytes"], undefined, "runs[5].peakBytes"],
  ])("names the field at fault: %j = %j", (path, value, field) => {
    expect(() => checkMeasurement(withField(path, value), "b.json")).toThrow(`b.json: ${field} is missing or of no use`)
  })

  it("needs a number, not what looks like one", () => {
    const made = measurement({ forest: [tile({ coreSeconds: Number.NaN })] })
    expect(() => checkMeasurement(made, "b.json")).toThrow(/coreSeconds is missing/)
  })
})
