import { describe, expect, test } from "vitest"
import { openPointFile } from "../../../engine/formats/points/point-file.js"
import { crsByEpsg, recogniseCrs } from "../../../engine/grid/crs.js"
import { betweenCrs, sourceCrs } from "../../../engine/grid/source-crs.js"
import { sharedData } from "../../shared-data.js"

const FEET = 1200 / 3937
const wktInFeet = `PROJCS["NAD83_2011_Nebraska_ft",GEOGCS["GCS_NAD_1983_2011",DATUM["D_NAD83_NATIONAL_SPATIAL_REFERENCE_SYSTEM_2011",SPHEROID["GRS_1980",6378137,298.257222101]],PRIMEM["Greenwich",0],UNIT["Degree",0.017453292519943295]],PROJECTION["Lambert_Conformal_Conic"],PARAMETER["scale_factor",1],PARAMETER["standard_parallel_1",40],PARAMETER["standard_parallel_2",43],PARAMETER["central_meridian",-100],PARAMETER["latitude_of_origin",39.83333333333334],PARAMETER["false_easting",1640416.666666667],PARAMETER["false_northing",0],UNIT["Foot_US",0.30480060960121924]]`

describe("sourceCrs", () => {
  test("a WKT in feet without a code: its own parameters, false origin in feet", () => {
    const crs = sourceCrs(recogniseCrs({ wkts: [wktInFeet] }))
    expect(crs).toMatchObject({
      kind: "projected",
      unit: expect.closeTo(FEET, 12),
      heightUnit: expect.closeTo(FEET, 12),
    })
    // cs2cs, +proj=lcc +lat_0=39.8333333333333 +lon_0=-100 +lat_1=40 +lat_2=43 +x_0=500000.00001
    // +units=us-ft.
    const [lon, lat] = crs.toGeographic(2445200, 604320)
    expect([lon, lat]).toEqual([expect.closeTo(-97.062630621, 8), expect.closeTo(41.45485462, 8)])
    const [x, y] = crs.fromGeographic(lon, lat)
    expect(Math.hypot(x - 2445200, y - 604320)).toBeLessThan(1e-3)
  })

  test("degrees are longitude, latitude; a job's CRS stays in metres", () => {
    expect(sourceCrs(4326)).toMatchObject({ kind: "geographic", unit: 1, heightUnit: 1 })
    expect(betweenCrs(sourceCrs(4326), 2154)(3, 46.5)).toEqual([expect.closeTo(700000, 3), expect.closeTo(6600000, 3)])
    expect(() => crsByEpsg(4326)).toThrow(/degrees/)
  })

  test("neither code nor parameters: refused", () => {
    expect(() => sourceCrs(recogniseCrs({ wkts: [] }))).toThrow(/states no CRS.*--crs/)
  })

  test.skipIf(!sharedData)("units of real files: heights in feet over metres, and feet by GeoTIFF keys", async () => {
    const unitsOf = async (path: string) => {
      const file = await openPointFile(`${sharedData}/lidar-other/${path}`)
      const { unit, heightUnit } = sourceCrs(file.info.crs)
      await file.close()
      return [unit, heightUnit].map((metres) => metres.toFixed(7))
    }
    expect(await unitsOf("PDAL/copc/1.2-with-color.copc.laz")).toEqual(["1.0000000", "0.3048006"])
    expect(await unitsOf("PDAL/las/mvk-thin.las")).toEqual(["0.3048006", "0.3048006"])
    expect(await unitsOf("PDAL/las/test1_4.las")).toEqual(["0.3048006", "0.3048006"])
  })
})
