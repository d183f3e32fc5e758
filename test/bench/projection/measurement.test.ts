import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkMeasurement } from "../../../bench/projection/measurement.js"
import { anyMeasurement, full, measurement, tile } from "./made-measurement.js"

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
      fc.property(anyMeasurement, (made) => checkMeasurement({ ...made, stages: {} }, "b.json").strata === made.strata),
    )
  })

  it.each([
    [["machine"], undefined, "machine"],
    [["version"], undefined, "version"],
    [["strata"], {}, "strata"],
    [["strata", 1, "stratum"], "beach", "strata[1].stratum"],
    [["strata", 1, "stratum"], "dense-town", "strata[1].stratum"],
    [["strata", 2, "tiles"], [], "strata[2].tiles"],
    [["strata", 2, "tiles", 1], null, "strata[2].tiles[1].km2"],
    [["strata", 2, "tiles", 1, "km2"], 0, "strata[2].tiles[1].km2"],
    [["strata", 0, "tiles", 0, "coreSeconds"], "12", "strata[0].tiles[0].coreSeconds"],
    [["strata", 0, "tiles", 0, "bytesOut"], -1, "strata[0].tiles[0].bytesOut"],
    [["strata", 5, "tiles", 0, "peakBytes"], undefined, "strata[5].tiles[0].peakBytes"],
  ])("names the field at fault: %j = %j", (path, value, field) => {
    expect(() => checkMeasurement(withField(path, value), "b.json")).toThrow(`b.json: ${field} is missing or of no use`)
  })

  it("needs a number, not what looks like one", () => {
    const made = measurement({ forest: [tile({ coreSeconds: Number.NaN })] })
    expect(() => checkMeasurement(made, "b.json")).toThrow(/coreSeconds is missing/)
  })
})
