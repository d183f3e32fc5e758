import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { STRATA } from "../../../../bench/e2e/strata.js"
import { computeRates } from "../../../../bench/lab/projection/rates.js"
import { anyMeasurement, measurement, tile } from "./made-measurement.js"

describe("ratesOf", () => {
  it("takes all tiles together as best, the extremes as bounds", () => {
    const tiles = [tile({ coreSeconds: 10 }), tile({ coreSeconds: 40, km2: 2 }), tile({ coreSeconds: 30 })]
    expect(computeRates(measurement({ forest: tiles })).forest.coreSeconds).toEqual({ low: 10, best: 20, high: 30 })
  })

  it("keeps at least ± 10 % with three tiles, ± 30 % with fewer", () => {
    const three = computeRates(measurement({ forest: [tile(), tile(), tile()] })).forest.coreSeconds
    expect(three).toEqual({ low: 36, best: 40, high: 44 })
    const two = computeRates(measurement({ forest: [tile(), tile()] })).forest.coreSeconds
    expect(two).toEqual({ low: 28, best: 40, high: 52 })
  })

  it("lets the nearest measured stratum stand in, with a wider interval, and says so", () => {
    const rates = computeRates(measurement({ suburb: [tile()], mountain: [tile({ coreSeconds: 60 })] }))
    expect(rates.forest).toMatchObject({
      takenFrom: "mountain",
      tiles: 0,
      coreSeconds: { low: 21, best: 60, high: 156 },
    })
    expect(rates["dense-town"].takenFrom).toBe("suburb")
    expect(rates.suburb.takenFrom).toBeUndefined()
  })

  it("orders its bounds, whatever was measured", () => {
    fc.assert(
      fc.property(anyMeasurement, (made) => {
        const rates = computeRates(made)
        for (const stratum of STRATA) {
          for (const { low, best, high } of [
            rates[stratum].coreSeconds,
            rates[stratum].bytesIn,
            rates[stratum].bytesOut,
          ]) {
            expect(low).toBeLessThanOrEqual(best)
            expect(best).toBeLessThanOrEqual(high)
          }
        }
      }),
    )
  })
})
