import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { crsByEpsg, recogniseCrs } from "../../../engine/grid/crs.js"
import { sharedData } from "../../shared-data.js"

type Keys = Map<number, number | string | readonly number[]>

/** The CRS records of a LAS header, read independently of the readers. */
const crsRecords = (path: string): { wkts: string[]; geoKeys?: Keys } => {
  const bytes = readFileSync(path)
  const wkts: string[] = []
  const blocks = new Map<number, Buffer>()
  let at = bytes.readUInt16LE(94)
  for (let i = 0; i < bytes.readUInt32LE(100); i++) {
    const id = bytes.readUInt16LE(at + 18)
    const data = bytes.subarray(at + 54, at + 54 + bytes.readUInt16LE(at + 20))
    if (id === 2112) wkts.push(data.toString("utf8"))
    if (id >= 34735 && id <= 34737) blocks.set(id, data)
    at += 54 + data.length
  }
  const directory = blocks.get(34735)
  return directory === undefined ? { wkts } : { wkts, geoKeys: keysOf(directory, blocks) }
}

const keysOf = (directory: Buffer, blocks: Map<number, Buffer>): Keys => {
  const keys: Keys = new Map()
  for (let i = 1; i <= directory.readUInt16LE(6); i++) {
    const [key, place, count, value] = [0, 2, 4, 6].map((o) => directory.readUInt16LE(i * 8 + o))
    if (place === 0) keys.set(key, value)
    else if (place === 34736) keys.set(key, blocks.get(34736)!.readDoubleLE(value * 8))
    else keys.set(key, blocks.get(34737)!.toString("latin1", value, value + count))
  }
  return keys
}

const LAMBERT_93_KEYS: Keys = new Map<number, number | string>([
  [1024, 1],
  [1026, "EPSG:2154"],
  [2048, 32767],
  [3072, 32767],
  [3074, 32767],
  [3075, 8],
  [3076, 9001],
  [3078, 49],
  [3079, 44],
  [3084, 3],
  [3085, 46.5],
  [3086, 700000],
  [3087, 6600000],
])

describe("recogniseCrs", () => {
  test("Lambert-93 by GeoTIFF parameters without a code, whatever the citation", () => {
    expect(recogniseCrs({ wkts: [], geoKeys: LAMBERT_93_KEYS })).toMatchObject({
      epsg: 2154,
      unit: "metre",
      from: "geokeys",
    })
    const renamed: Keys = new Map([...LAMBERT_93_KEYS, [1026, "unnamed"]])
    expect(recogniseCrs({ wkts: [], geoKeys: renamed }).epsg).toBe(2154)
    const moved: Keys = new Map<number, number | string>([...renamed, [3086, 600000]] as [number, number | string][])
    expect(recogniseCrs({ wkts: [], geoKeys: moved }).epsg).toBeUndefined()
  })

  test("Lambert-93 and a CC zone by WKT parameters, in the notation of ESRI and of WKT 2", () => {
    const esri = (y0: number, a: number, b: number, lat: number, x0: number): string =>
      `PROJCS["Custom",GEOGCS["GCS_RGF_1993",DATUM["D_RGF_1993",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],PARAMETER["False_Easting",${x0}],PARAMETER["False_Northing",${y0}],PARAMETER["Central_Meridian",3.0],PARAMETER["Standard_Parallel_1",${a}],PARAMETER["Standard_Parallel_2",${b}],PARAMETER["Latitude_Of_Origin",${lat}],UNIT["Meter",1.0]]`
    expect(recogniseCrs({ wkts: [esri(6600000, 44, 49, 46.5, 700000)] })).toMatchObject({ epsg: 2154, unit: "metre" })
    expect(recogniseCrs({ wkts: [esri(5200000, 45.25, 46.75, 46, 1700000)] }).epsg).toBe(3946)
    expect(recogniseCrs({ wkts: [esri(5200000, 45.25, 46.75, 46.1, 1700000)] }).epsg).toBeUndefined()
    const wkt2 = `PROJCRS["x",BASEGEOGCRS["RGF93",DATUM["RGF93",ELLIPSOID["GRS 1980",6378137,298.257222101]]],CONVERSION["c",METHOD["Lambert Conic Conformal (2SP)"],PARAMETER["Latitude of false origin",46.5],PARAMETER["Longitude of false origin",3],PARAMETER["Latitude of 1st standard parallel",49],PARAMETER["Latitude of 2nd standard parallel",44],PARAMETER["Easting at false origin",700000],PARAMETER["Northing at false origin",6600000]],CS[Cartesian,2],AXIS["E",east,ORDER[1],LENGTHUNIT["metre",1]],AXIS["N",north,ORDER[2],LENGTHUNIT["metre",1]]]`
    expect(recogniseCrs({ wkts: [wkt2] })).toMatchObject({ epsg: 2154, unit: "metre", from: "wkt" })
  })

  test("the horizontal part of compound and bound systems, never the height's code", () => {
    const l93 = `PROJCRS["RGF93 v1 / Lambert-93",BASEGEOGCRS["RGF93 v1",DATUM["x",ELLIPSOID["GRS 1980",6378137,298.257222101]],ID["EPSG",4171]],CONVERSION["c",METHOD["m"]],CS[Cartesian,2],LENGTHUNIT["metre",1],ID["EPSG",2154]]`
    const height = `VERTCRS["NGF-IGN69 height",VDATUM["x"],CS[vertical,1],AXIS["H",up,LENGTHUNIT["metre",1]],ID["EPSG",5720]]`
    expect(recogniseCrs({ wkts: [`COMPOUNDCRS["a + b",${l93},${height},ID["EPSG",5698]]`] }).epsg).toBe(2154)
    expect(
      recogniseCrs({
        wkts: [`BOUNDCRS[SOURCECRS[${l93}],TARGETCRS[GEOGCRS["WGS 84",ID["EPSG",4326]]],ABRIDGEDTRANSFORMATION["x"]]`],
      }),
    ).toMatchObject({ epsg: 2154, unit: "metre" })
    expect(recogniseCrs({ wkts: [height] }).epsg).toBeUndefined()
  })

  test("codes where vendors put them: in a name, on the compound alone, in the key of a compound", () => {
    const named = `PROJCS["ETRS89 / UTM zone 32N (EPSG::25832)",GEOGCS["x",DATUM["x",SPHEROID["GRS 1980",6378137,298.257222096]]],PROJECTION["Transverse_Mercator"],UNIT["metres",1]]`
    expect(recogniseCrs({ wkts: [named] })).toMatchObject({ epsg: 25832, unit: "metre" })
    for (const [compound, horizontal, vertical] of [
      [7415, 28992, 5709],
      [5555, 25832, 5783],
      [5972, 25832, 5941],
      [5698, 2154, 5720],
    ] as const) {
      const wkt = `COMPD_CS["x",PROJCS["y",UNIT["metre",1]],VERT_CS["z",UNIT["metre",1]],AUTHORITY["EPSG","${compound}"]]`
      expect(recogniseCrs({ wkts: [wkt] })).toMatchObject({ epsg: horizontal, vertical })
      expect(recogniseCrs({ wkts: [], geoKeys: new Map([[3072, compound]]) }).epsg).toBe(horizontal)
    }
  })

  test("parameters without a code, in the notation of ESRI; the datum decides between equal UTM zones", () => {
    const rd = `PROJCS["RD_New",GEOGCS["GCS_Amersfoort",DATUM["D_Amersfoort",SPHEROID["Bessel_1841",6377397.155,299.1528128]],PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]],PROJECTION["Double_Stereographic"],PARAMETER["False_Easting",155000],PARAMETER["False_Northing",463000],PARAMETER["Central_Meridian",5.38763888888889],PARAMETER["Scale_Factor",0.9999079],PARAMETER["Latitude_Of_Origin",52.1561605555556],UNIT["Meter",1]]`
    expect(recogniseCrs({ wkts: [rd] })).toMatchObject({ epsg: 28992, note: expect.stringMatching(/parameters/) })
    const utm = (datum: string): string =>
      `PROJCS["unnamed",GEOGCS["x",DATUM["${datum}",SPHEROID["GRS 1980",6378137,298.257222101]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",-123],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]`
    expect(recogniseCrs({ wkts: [utm("North_American_Datum_1983")] }).epsg).toBe(26910)
    expect(recogniseCrs({ wkts: [utm("NAD_1983_2011")] }).epsg).toBe(6339)
    expect(recogniseCrs({ wkts: [utm("WGS_1984")] }).epsg).toBe(32610)
    expect(recogniseCrs({ wkts: [utm("unknown")] }).epsg).toBeUndefined()
  })

  test("feet in the heights alone are told as feet", () => {
    const wkt = `COMPD_CS["x",PROJCS["p",GEOGCS["g",DATUM["d",SPHEROID["GRS 1980",6378137,298.257222101]]],PROJECTION["Transverse_Mercator"],UNIT["metre",1],AUTHORITY["EPSG","26917"]],VERT_CS["NAVD88 (ftUS)",VERT_DATUM["n",2005],UNIT["US survey foot",0.3048006096]]]`
    expect(recogniseCrs({ wkts: [wkt] })).toMatchObject({ epsg: 26917, unit: "foot", note: "heights in feet" })
  })

  test("none, empty, broken and user-defined sources name no code and say why", () => {
    expect(recogniseCrs({ wkts: [] })).toMatchObject({ name: "", unit: "unknown", from: "none" })
    expect(recogniseCrs({ wkts: ["", "\0\0"] }).note).toMatch(/empty/)
    for (const code of [0, 32767, 65535]) {
      expect(recogniseCrs({ wkts: [], geoKeys: new Map([[3072, code]]) }).epsg).toBeUndefined()
    }
    expect(recogniseCrs({ wkts: ["((((", "PROJCS", "]]]]", `PROJCS["x"`] }).epsg).toBeUndefined()
    expect(recogniseCrs({ wkts: ["[".repeat(100000)] }).epsg).toBeUndefined()
  })

  test("the first source with a code wins, and a difference is told", () => {
    const wkt = `PROJCS["RGR92 / UTM zone 40S",UNIT["metre",1],AUTHORITY["EPSG","2975"]]`
    const both = recogniseCrs({ wkts: ["", wkt], geoKeys: new Map([[3072, 2154]]) })
    expect(both).toMatchObject({ epsg: 2975, from: "wkt" })
    expect(both.note).toMatch(/EPSG:2154/)
  })
})

describe.skipIf(!sharedData)("recogniseCrs on real headers", () => {
  test.each([
    ["lidar-hd/pdal-ign-plugin/input/crop_2.laz", 2154, "metre", "wkt"],
    ["lidar-hd/pdal-ign-plugin/input/bat.laz", 2154, "metre", "wkt"],
    ["lidar-hd/pdal-ign-plugin/input/corse.laz", 2154, "metre", "wkt"],
    ["lidar-hd/ign-pdal-tools/classified_laz/test_data_77050_627755_LA93_IGN69.laz", 2154, "metre", "geokeys"],
    ["lidar-hd/ign-pdal-tools/sample_lareunion_epsg2975.laz", 2975, "metre", "wkt"],
    ["lidar-hd/ign-pdal-tools/test_noepsg_043500_629205_IGN69.laz", undefined, "metre", "geokeys"],
    ["lidar-hd/ign-pdal-tools/test_pdalfail_0643_6319_LA93_IGN69.laz", undefined, "unknown", "geokeys"],
    ["lidar-hd/ign-pdal-tools/test_data_0436_6384_LA93_IGN69_single_point.laz", undefined, "unknown", "none"],
    ["lidar-hd/ctview/test_data_multiclass_65to66.las", 2154, "metre", "geokeys"],
    ["lidar-hd/ctview/test_data_class_6.las", 2154, "metre", "wkt"],
    ["bench/t02.laz", 2154, "metre", "wkt"],
    ["lidar-other/PDAL/copc/lone-star.copc.laz", undefined, "metre", "wkt"],
    ["lidar-other/PDAL/copc/1.2-with-color.copc.laz", 2991, "foot", "wkt"],
    ["lidar-other/PDAL/tindex/autzen_clip_4326.copc.laz", 4326, "degree", "wkt"],
    ["lidar-other/PDAL/las/mvk-thin.las", 26995, "foot", "geokeys"],
    ["lidar-other/PDAL/las/test1_4.las", 2903, "foot", "wkt"],
    ["lidar-other/lasR/las14_pdrf6.laz", 32610, "metre", "wkt"],
    ["lidar-other/lasR/extra_byte.las", 32622, "metre", "geokeys"],
    ["lidar-other/lasR/bcts/bcts_1.laz", 3005, "metre", "wkt"],
    ["lidar-other/laspy/file_with_both_wkt_and_geotiff_vlrs.las", 6880, "foot", "wkt"],
    ["foreign/hamburg_IM2023.laz", 25832, "metre", "wkt"],
    ["foreign/nz_pycrown.laz", 2193, "metre", "geokeys"],
    ["foreign/startinpy_small.laz", 28992, "metre", "wkt"],
    ["foreign/us_silvi.copc.laz", 5070, "metre", "wkt"],
    ["lidar-other/laspy/fullwave.laz", 32723, "metre", "wkt"],
    ["lidar-other/LASzip/5points_14.las", undefined, "unknown", "none"],
  ] as const)("%s", (path, epsg, unit, from) => {
    const crs = recogniseCrs(crsRecords(`${sharedData}/${path}`))
    expect([crs.epsg, crs.unit, crs.from]).toEqual([epsg, unit, from])
  })
})

const MODERN = [
  2154, 9794, 5490, 2975, 2972, 4471, 3942, 3946, 3950, 32631, 32740, 25832, 26917, 3005, 2991, 2949, 28992,
]

/** Points spread over the area of use. */
const pointsOf = (epsg: number): [number, number][] => {
  const [x0, y0, x1, y1] = crsByEpsg(epsg).area
  return [0.15, 0.4, 0.5, 0.85].flatMap((u) =>
    [0.2, 0.55, 0.8].map((v): [number, number] => [x0 + (x1 - x0) * u, y0 + (y1 - y0) * v]),
  )
}

describe("crsByEpsg", () => {
  test("Lambert-93 at the origin of the projection and at IGN's published example", () => {
    const crs = crsByEpsg(2154)
    expect(crs.toGeographic(700000, 6600000)).toEqual([expect.closeTo(3, 10), expect.closeTo(46.5, 10)])
    // EPSG guidance note 7-2 has no example on GRS 80; the constants n, C and Ys of IGN's note NT/G
    // 71 (ALG0019) give these.
    const n = 0.725607765053267
    const c = 11754255.4261
    const ys = 12655612.0499
    const phi = (43.62 * Math.PI) / 180
    const e = Math.sqrt((2 - 1 / 298.257222101) / 298.257222101)
    const iso = Math.atanh(Math.sin(phi)) - e * Math.atanh(e * Math.sin(phi))
    const angle = (n * (7.1 - 3) * Math.PI) / 180
    const [x, y] = crs.fromGeographic(7.1, 43.62)
    expect(x).toBeCloseTo(700000 + c * Math.exp(-n * iso) * Math.sin(angle), 3)
    expect(y).toBeCloseTo(ys - c * Math.exp(-n * iso) * Math.cos(angle), 3)
  })

  test("areas hold their places; those of France and of UTM zones are in the positive quadrant", () => {
    for (const epsg of MODERN) {
      const { area } = crsByEpsg(epsg)
      expect(Math.min(...area), `EPSG:${epsg}`).toBeGreaterThanOrEqual(0)
    }
    expect(crsByEpsg(6677).area[0]).toBeLessThan(0)
    const corsica = [1216477, 6051706]
    const { area } = crsByEpsg(2154)
    expect(corsica[0] > area[0] && corsica[0] < area[2] && corsica[1] > area[1] && corsica[1] < area[3]).toBe(true)
  })

  test("round trips close within 0.1 mm (1 mm where the datum is shifted), through degrees and through the geocentric frame", () => {
    for (const epsg of MODERN) {
      const crs = crsByEpsg(epsg)
      const bound = crsByEpsg(epsg).definition.includes("towgs84=0,0,0,0,0,0,0") ? 1e-4 : 1e-3
      for (const [x, y] of pointsOf(epsg)) {
        const back = crs.fromGeographic(...crs.toGeographic(x, y))
        expect(Math.hypot(back[0] - x, back[1] - y), `EPSG:${epsg} ${x} ${y}`).toBeLessThan(bound)
        const [u, v, h] = crs.fromGeocentric(...crs.geocentric(x, y, 123.456))
        expect(Math.hypot(u - x, v - y, h - 123.456), `EPSG:${epsg} geocentric`).toBeLessThan(bound)
      }
    }
  })

  test("degrees, feet and unknown codes are refused with the remedy", () => {
    for (const [epsg, text] of [
      [4326, /degrees.*maille copc FILE --to EPSG/],
      [2903, /feet.*maille copc FILE --to EPSG/],
      [3857, /1\/cos φ.*maille copc FILE --to EPSG/],
      [3395, /1\/cos φ/],
      [0, /--crs/],
      [3948.5, /--crs/],
    ] as const) {
      expect(() => crsByEpsg(epsg)).toThrowError(
        expect.objectContaining({ code: "E_INPUT", message: expect.stringMatching(text) }),
      )
    }
  })
})
