import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkMeasurement } from "../../../bench/projection/measurement.js"
import { anyMeasurement, full, measurement, tile } from "./made-measurement.js"

/** A deep copy with one field set, by its path. */
const withField = (path: readonly (string | number)[], value: unknown): unknown => {
  const copy = JSON.parse(JSON.stringify({ ...full(2), scaling: [{ workers: 2, efficiency: 0.9 }] }))
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
    [["machine"], [], "machine is [], expected an object"],
    [["machine", "cpu"], "", 'machine.cpu is "", expected a text'],
    [["machine", "cores"], 0, "machine.cores is 0, expected a number above 0"],
    [["version"], 1, "version is 1, expected a text"],
    [["strata"], {}, "strata is {}, expected a list"],
    [["strata", 1, "stratum"], "beach", 'strata[1].stratum is "beach", expected one of dense-town, suburb,'],
    [["strata", 1, "stratum"], "dense-town", 'strata[1].stratum is "dense-town", expected one of'],
    [["strata", 2, "tiles"], [], "strata[2].tiles is [], expected a list of at least one tile"],
    [["strata", 2, "tiles", 1], null, "strata[2].tiles[1] is null, expected an object"],
    [["strata", 2, "tiles", 1, "km2"], 0, "strata[2].tiles[1].km2 is 0, expected a number above 0"],
    [["strata", 0, "tiles", 0, "coreSeconds"], "12", 'strata[0].tiles[0].coreSeconds is "12"'],
    [["strata", 0, "tiles", 0, "bytesOut"], -1, "strata[0].tiles[0].bytesOut is -1, expected a number of at least 0"],
    [["strata", 5, "tiles", 0, "peakBytes"], undefined, "strata[5].tiles[0].peakBytes is nothing"],
    [["scaling", 0, "efficiency"], 0, "scaling[0].efficiency is 0"],
    [["notes"], ["synthetic", 3], 'notes is ["synthetic",3], expected a list of texts, or no such field'],
    [["notes"], "synthetic", 'notes is "synthetic", expected a list of texts'],
  ])("names the field at fault: %j = %j", (path, value, message) => {
    expect(() => checkMeasurement(withField(path, value), "b.json")).toThrow(`b.json: ${message}`)
  })

  it("needs a number, not what looks like one", () => {
    const made = measurement({ forest: [tile({ coreSeconds: Number.NaN })] })
    expect(() => checkMeasurement(made, "b.json")).toThrow(/coreSeconds is null/)
  })
})
