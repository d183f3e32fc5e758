import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { convertToCopc } from "../../../../engine/export/copc.js"
import { addToTotals, emptyTotals, type RecordSpec } from "../../../../engine/formats/las/write/record-spec.js"
import { wktVlr, writeWkt } from "../../../../engine/formats/las/write/wkt.js"
import { encodeVlr, HEADER_BYTES, writeLasHeader } from "../../../../engine/formats/las/write/write-header.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { recogniseCrs } from "../../../../engine/grid/crs.js"
import { sourceCrs } from "../../../../engine/grid/source-crs.js"
import { sharedData } from "../../../shared-data.js"
import { inFolder, readAllRecords } from "../copc/copc-file.js"

const degrees =
  'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'
const feet =
  'PROJCS["NAD83 / Oregon",GEOGCS["NAD83",DATUM["North_American_Datum_1983",SPHEROID["GRS 1980",6378137,298.257222101]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic_2SP"],PARAMETER["standard_parallel_1",43],PARAMETER["standard_parallel_2",45.5],PARAMETER["latitude_of_origin",41.75],PARAMETER["central_meridian",-120.5],PARAMETER["false_easting",1312335.958005249],PARAMETER["false_northing",0],UNIT["foot",0.3048]]'
const surveyFeet =
  'VERT_CS["NAVD88 height (ftUS)",VERT_DATUM["North American Vertical Datum 1988",2005],UNIT["US survey foot",0.3048006096012192],AUTHORITY["EPSG","6360"]]'

/** A file of `count` points over a box; the GPS time of each is its number. */
const writeLas = (path: string, wkt: string, scale: readonly number[], box: readonly number[], count = 500): void => {
  const random = seededRandom(3)
  const [minX = 0, minY = 0, maxX = 0, maxY = 0] = box
  const spec: RecordSpec = {
    pointFormat: 6,
    recordLength: 30,
    scale: scale as unknown as [number, number, number],
    offset: [minX, minY, 0],
    vlrs: wkt === "" ? [] : [wktVlr(wkt)],
    evlrs: [],
    globalEncoding: 17,
  }
  const records = new Uint8Array(count * 30)
  const view = new DataView(records.buffer)
  for (let i = 0, at = 0; i < count; i++, at += 30) {
    view.setInt32(at, Math.round(((maxX - minX) * random()) / scale[0]!), true)
    view.setInt32(at + 4, Math.round(((maxY - minY) * random()) / scale[1]!), true)
    view.setInt32(at + 8, Math.round((100 * random()) / scale[2]!), true)
    records.fill(0x11, at + 14, at + 15)
    view.setFloat64(at + 22, i, true)
  }
  const totals = emptyTotals()
  addToTotals(totals, records, count, 30)
  const vlrs = spec.vlrs.map(encodeVlr)
  const pointOffset = HEADER_BYTES + vlrs.reduce((sum, vlr) => sum + vlr.length, 0)
  const layout = { totals, compressed: false, pointOffset, vlrCount: vlrs.length, evlrOffset: 0, evlrCount: 0 }
  writeFileSync(path, Buffer.concat([writeLasHeader(spec, layout), ...vlrs, records]))
}

/** Coordinates by GPS time. */
const placesOf = async (path: string): Promise<[x: number, y: number, z: number][]> => {
  const file = await openPointFile(path)
  const { scale, offset, recordLength } = file.info
  await file.close()
  const records = path.endsWith(".copc.laz") ? await readAllRecords(path) : await rawRecords(path)
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  const places: [number, number, number][] = []
  for (let at = 0; at < records.length; at += recordLength) {
    const stored = (axis: 0 | 1 | 2): number => view.getInt32(at + 4 * axis, true) * scale[axis] + offset[axis]
    places[view.getFloat64(at + 22, true)] = [stored(0), stored(1), stored(2)]
  }
  return places
}

const rawRecords = async (path: string): Promise<Uint8Array> => {
  const file = await openPointFile(path)
  const parts: Uint8Array[] = []
  for await (const { bytes } of file.records()) parts.push(bytes.slice())
  await file.close()
  return Buffer.concat(parts)
}

const cases = [
  ["degrees", degrees, [1e-7, 1e-7, 0.01], [2.35, 48.85, 2.36, 48.86], 2154, 1],
  ["feet", feet, [0.01, 0.01, 0.01], [636000, 848900, 637200, 849500], 26910, 0.3048],
  [
    "metres, heights in feet",
    `COMPD_CS["both",${writeWkt(2154)},${surveyFeet}]`,
    [0.01, 0.01, 0.01],
    [652000, 6862000, 652300, 6862300],
    32631,
    1200 / 3937,
  ],
  ["steps of 0.1 mm, datum shift", writeWkt(32631), [1e-4, 1e-4, 1e-4], [600000, 5760000, 600900, 5760900], 28992, 1],
] as const

describe("copc --to", () => {
  it.each(cases)("places every point within 1 mm of proj4: %s", (_, wkt, scale, box, to, heightUnit) =>
    inFolder(async (folder) => {
      const path = join(folder, "a.las")
      writeLas(path, wkt, scale, box)
      const out = join(folder, "out")
      const { files } = await convertToCopc({ inputs: [path], out, to, workers: 1 })
      expect(files).toMatchObject([{ outcome: "done", points: 500 }])
      const [before, after] = [await placesOf(path), await placesOf(join(out, "a.copc.laz"))]
      const { toGeographic } = sourceCrs(recogniseCrs({ wkts: [wkt] }))
      const { fromGeographic } = sourceCrs(to)
      for (const [i, [x, y, z]] of before.entries()) {
        const [ownX, ownY] = fromGeographic(...toGeographic(x, y))
        const [newX, newY, newZ] = after[i]!
        expect(Math.hypot(newX - ownX, newY - ownY)).toBeLessThan(0.001)
        expect(Math.abs(newZ - z * heightUnit)).toBeLessThan(0.00051)
      }
      const file = await openPointFile(join(out, "a.copc.laz"))
      await file.close()
      expect(file.info.crs).toMatchObject({ epsg: to, unit: "metre", from: "wkt" })
      expect(file.info.scale[0]).toBe(Math.min(0.001, scale[0] < 1e-6 ? 1 : scale[0]))
      expect(file.info.offset.every((value) => value % 1000 === 0)).toBe(true)
    }),
  )

  it("gives equal bytes with one thread or two, and rewrites for another target only", () =>
    inFolder(async (folder) => {
      const [path, out] = [join(folder, "a.las"), join(folder, "out")]
      writeLas(path, degrees, [1e-7, 1e-7, 0.01], [2.35, 48.85, 2.36, 48.86], 20000)
      const convert = (to: number, workers: number, more = {}) =>
        convertToCopc({ inputs: [path], out, to, workers, ...more })
      expect((await convert(2154, 1)).files).toMatchObject([{ outcome: "done" }])
      const bytes = readFileSync(join(out, "a.copc.laz"))
      expect((await convert(2154, 2)).files).toMatchObject([{ outcome: "unchanged" }])
      await convert(2154, 2, { force: true })
      expect(readFileSync(join(out, "a.copc.laz")).equals(bytes)).toBe(true)
      expect((await convert(32631, 1)).files).toMatchObject([{ outcome: "done" }])
      // Points that are there already are copied unchanged.
      const again = { inputs: [join(out, "a.copc.laz")], out: join(folder, "again"), to: 32631, workers: 1 }
      await convertToCopc(again)
      expect(await placesOf(join(folder, "again", "a.copc.laz"))).toEqual(await placesOf(join(out, "a.copc.laz")))
    }))

  it("refuses metres stated as degrees, no CRS, and a target that is not in metres", () =>
    inFolder(async (folder) => {
      const [metres, bare] = [join(folder, "metres.las"), join(folder, "bare.las")]
      writeLas(metres, degrees, [0.01, 0.01, 0.01], [652000, 6862000, 652300, 6862300])
      writeLas(bare, "", [0.01, 0.01, 0.01], [652000, 6862000, 652300, 6862300])
      const out = join(folder, "out")
      const { files } = await convertToCopc({ inputs: [bare, metres], out, to: 32631, workers: 1 })
      expect(files.map(({ reason }) => reason)).toEqual([
        expect.stringMatching(/bare\.las: .*--crs EPSG:n/),
        expect.stringMatching(/metres\.las: EPSG:4326 is in degrees, but the coordinates are not/),
      ])
      await expect(convertToCopc({ inputs: [bare], out, to: 4326 })).rejects.toThrow(/degrees/)
      // A stated code also replaces a wrong one, and says so.
      const right = await convertToCopc({ inputs: [bare, metres], out, to: 32631, epsg: 2154, workers: 1 })
      expect(right).toMatchObject({ done: 2 })
      expect(right.files[1]?.notes?.join()).toMatch(/it states EPSG:4326; read as EPSG:2154/)
    }))

  it.skipIf(sharedData === undefined || spawnSync("cs2cs", ["-lp"]).status !== 0)(
    "agrees with PROJ's cs2cs on a file of Oregon in feet",
    () =>
      inFolder(async (folder) => {
        const path = `${sharedData}/lidar-other/PDAL/laz/autzen_trim.laz`
        await convertToCopc({ inputs: [path], out: folder, to: 26910, workers: 1 })
        const [file, made] = [await openPointFile(path), await openPointFile(join(folder, "autzen_trim.copc.laz"))]
        await Promise.all([file.close(), made.close()])
        const [minX, minY, maxX, maxY] = file.info.box
        const lcc = "+proj=lcc +lat_0=41.75 +lon_0=-120.5 +lat_1=43 +lat_2=45.5 +x_0=400000 +y_0=0"
        const from = `${lcc} +ellps=GRS80 +units=ft`
        const corners = [minX, maxX].flatMap((x) => [minY, maxY].map((y) => `${x} ${y}\n`)).join("")
        const found = execFileSync("cs2cs", ["-f", "%.4f", from, "+to", "+proj=utm +zone=10 +ellps=GRS80"], {
          input: corners,
          encoding: "utf8",
        })
        const [xs, ys] = [0, 1].map((k) =>
          found
            .trim()
            .split("\n")
            .map((line) => Number(line.split(/\s+/)[k])),
        ) as [number[], number[]]
        const { box, zRange } = made.info
        // Points touch each side of the box of the source, and its corners bound them here.
        expect(box[0]).toBeGreaterThan(Math.min(...xs) - 0.001)
        expect(box[1]).toBeGreaterThan(Math.min(...ys) - 0.001)
        expect(box[2]).toBeLessThan(Math.max(...xs) + 0.001)
        expect(box[3]).toBeLessThan(Math.max(...ys) + 0.001)
        expect(box[2] - box[0]).toBeGreaterThan(0.98 * (maxX - minX) * 0.3048)
        expect(zRange[0]).toBeCloseTo(406.26 * 0.3048, 3)
        expect(made.info.count).toBe(110000)
      }),
  )
})
