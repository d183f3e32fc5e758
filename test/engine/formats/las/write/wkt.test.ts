import { describe, expect, it } from "vitest"
import { hasWkt, wktOf } from "../../../../../engine/formats/las/write/wkt.js"
import { crsByEpsg, recogniseCrs } from "../../../../../engine/grid/crs.js"

describe("wktOf", () => {
  it.each([2154, 5490, 2972, 2975, 4471, 3942, 3950, 32601, 32660, 32740, 25828, 25838, 26910])(
    "EPSG:%i is known again, by name and unit",
    (epsg) => {
      expect(hasWkt(epsg)).toBe(true)
      const { name } = crsByEpsg(epsg)
      expect(recogniseCrs({ wkts: [wktOf(epsg)] })).toEqual({ epsg, name, unit: "metre", from: "wkt" })
    },
  )

  it("refuses what it has no text for", () => {
    for (const epsg of [4326, 32600, 32661, 25839, 27572]) {
      expect(hasWkt(epsg)).toBe(false)
      expect(() => wktOf(epsg)).toThrow(/no built-in WKT/)
    }
  })
})
