import { describe, expect, it } from "vitest"
import { hasWkt, verticalPart, writeWkt } from "../../../../../engine/formats/las/write/wkt.js"
import { crsByEpsg, recogniseCrs } from "../../../../../engine/grid/crs.js"
import { sourceCrs } from "../../../../../engine/grid/source-crs.js"

describe("wktOf", () => {
  it.each([
    2154, 5490, 2972, 2975, 4471, 3942, 3950, 32601, 32660, 32740, 25828, 25838, 26910, 28992, 3005, 2991, 2949,
  ])("EPSG:%i is known again, by name, unit and parameters", (epsg) => {
    expect(hasWkt(epsg)).toBe(true)
    const { name, area, toGeographic } = crsByEpsg(epsg)
    const read = recogniseCrs({ wkts: [writeWkt(epsg)] })
    expect(read).toMatchObject({ epsg, name, unit: "metre", from: "wkt" })
    expect(read.note).toBeUndefined()
    const { epsg: _, ...parameters } = read
    const [lon, lat] = toGeographic((area[0] + area[2]) / 2, (area[1] + area[3]) / 2)
    const [x, y] = sourceCrs(parameters).fromGeographic(lon, lat)
    expect(Math.hypot(x - (area[0] + area[2]) / 2, y - (area[1] + area[3]) / 2)).toBeLessThan(0.001)
  })

  it("refuses what it has no text for", () => {
    for (const epsg of [4326, 32600, 25839]) {
      expect(hasWkt(epsg)).toBe(false)
      expect(() => writeWkt(epsg)).toThrow(/no built-in WKT/)
    }
  })

  it("adds the vertical CRS of a file, in metres", () => {
    const feet =
      'VERT_CS["NAVD88 height (ftUS)",VERT_DATUM["North American Vertical Datum 1988",2005],UNIT["US survey foot",0.304800609601219],AUTHORITY["EPSG","6360"]]'
    const wkt = writeWkt(26910, verticalPart(["", `COMPD_CS["both",${writeWkt(2991)},${feet}]`], false))
    expect(wkt).toMatch(/^COMPD_CS\["NAD83 \/ UTM zone 10N \+ NAVD88 height",PROJCS\[.+VERT_CS\["NAVD88 height",/)
    expect(wkt).not.toContain("6360")
    expect(recogniseCrs({ wkts: [wkt] })).toMatchObject({ epsg: 26910, unit: "metre", heightUnit: 1 })
    const metres = 'COMPD_CS["b",X["x"],VERT_CS["NN2000 height",VERT_DATUM["NN2000",2005],AUTHORITY["EPSG","5941"]]]'
    expect(verticalPart([metres], true)?.text).toContain('AUTHORITY["EPSG","5941"]')
    expect(verticalPart([writeWkt(2154)], true)).toBeUndefined()
  })
})
