import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { StoredSpec } from "../../../../engine/formats/las/write/stored-spec.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { upgradeRecords } from "../../../../engine/formats/points/upgrade-records.js"
import { writeCopcFile } from "../../../../engine/formats/points/write-copc-file.js"
import { sharedData } from "../../../shared-data.js"
import { inFolder, multiset, readAllRecords, readByCopcJs, readByLazPerf } from "../copc/copc-file.js"

const none = { name: "", unit: "unknown", from: "none" } as const
const lambert = { epsg: 2154, name: "RGF93 v1 / Lambert-93", unit: "metre", from: "geokeys" } as const

const storedOf = (pointFormat: number, recordLength: number, vlrs: StoredSpec["vlrs"] = []): StoredSpec => ({
  pointFormat,
  recordLength,
  scale: [0.01, 0.01, 0.01],
  offset: [0, 0, 0],
  vlrs,
  evlrs: [],
  globalEncoding: 1,
})

describe("upgradeRecords", () => {
  it.each([
    [0, 20, 6, 30],
    [1, 28, 6, 30],
    [2, 26, 7, 36],
    [3, 34, 7, 36],
  ] as const)("brings format %i field by field to its new one", (from, base, to, newBase) => {
    const random = seededRandom(from + 1)
    const [count, extra] = [500, 3]
    const old = new Uint8Array(count * (base + extra)).map(() => Math.floor(random() * 256))
    const { spec, convert, notes } = upgradeRecords({
      path: "a.las",
      stored: storedOf(from, base + extra),
      crs: lambert,
    })
    expect(spec).toMatchObject({ pointFormat: to, recordLength: newBase + extra, globalEncoding: 17 })
    expect(notes[0]).toContain(`point format ${from} became ${to}`)
    const { bytes } = convert({ bytes: old, count })
    const [a, b] = [new DataView(old.buffer), new DataView(bytes.buffer, bytes.byteOffset)]
    const hasTime = from === 1 || from === 3
    for (let i = 0; i < count; i++) {
      const [p, q] = [i * (base + extra), i * (newBase + extra)]
      expect([...bytes.subarray(q, q + 14)]).toEqual([...old.subarray(p, p + 14)])
      const [returns, code] = [a.getUint8(p + 14), a.getUint8(p + 15)]
      const flags = b.getUint8(q + 15)
      expect(b.getUint8(q + 14) & 15).toBe(returns & 7)
      expect(b.getUint8(q + 14) >> 4).toBe((returns >> 3) & 7)
      // Scan direction and edge of flight line, synthetic, key-point, withheld; overlap by class
      // 12; channel 0.
      expect(flags >> 6).toBe(returns >> 6)
      expect(flags & 7).toBe(code >> 5)
      expect((flags >> 3) & 1).toBe((code & 31) === 12 ? 1 : 0)
      expect((flags >> 4) & 3).toBe(0)
      expect(b.getUint8(q + 16)).toBe(code & 31)
      expect(b.getUint8(q + 17)).toBe(a.getUint8(p + 17))
      expect(Math.abs(b.getInt16(q + 18, true) * 0.006 - a.getInt8(p + 16))).toBeLessThanOrEqual(0.003)
      expect(b.getUint16(q + 20, true)).toBe(a.getUint16(p + 18, true))
      expect(b.getBigUint64(q + 22, true)).toBe(hasTime ? a.getBigUint64(p + 20, true) : 0n)
      const colour = from === 2 ? 20 : 28
      if (to === 7) expect([...bytes.subarray(q + 30, q + 36)]).toEqual([...old.subarray(p + colour, p + colour + 6)])
      expect([...bytes.subarray(q + newBase, q + newBase + extra)]).toEqual([
        ...old.subarray(p + base, p + base + extra),
      ])
    }
  })

  it("refuses wave packets, with the remedy", () => {
    for (const format of [4, 5, 9, 10]) {
      expect(() => upgradeRecords({ path: "w.las", stored: storedOf(format, 80), crs: none })).toThrow(
        /wave packets.*pdal/,
      )
    }
  })

  it("makes the WKT of GeoTIFF keys or of a given code, and tells when there is none", () => {
    const keys = [34735, 34736].map((recordId) => ({ userId: "LASF_Projection", recordId, data: new Uint8Array(8) }))
    const other = { userId: "somebody", recordId: 1, data: new Uint8Array(3) }
    const wktOf = (crs: Parameters<typeof upgradeRecords>[0]["crs"], epsg?: number) => {
      const { spec, notes } = upgradeRecords({ path: "a.las", stored: storedOf(1, 28, [...keys, other]), crs, epsg })
      const wkt = spec.vlrs.find(({ recordId }) => recordId === 2112)
      const text = wkt === undefined ? "" : new TextDecoder().decode(wkt.data)
      return { text, notes: notes.join("\n"), records: spec.vlrs.map(({ recordId }) => recordId) }
    }
    expect(wktOf(lambert)).toMatchObject({ text: expect.stringContaining('"EPSG","2154"]]\0'), records: [2112, 1] })
    expect(wktOf(none, 32631).text).toContain("UTM zone 31N")
    expect(wktOf(none)).toMatchObject({
      text: "",
      notes: expect.stringContaining("--crs EPSG:n"),
      records: [34735, 34736, 1],
    })
    expect(wktOf({ ...lambert, unit: "foot" }).text).toBe("")
    expect(wktOf(lambert, 3946).notes).toContain("EPSG:2154 is retained")
    expect(() => wktOf(none, 4326)).toThrow(/no built-in WKT for EPSG:4326/)
  })
})

describe.skipIf(!sharedData)("real files become COPC with every record", () => {
  it.each([
    "lidar-hd/patchwork/recipient_test.laz",
    "lidar-hd/lidar-prod/870000_6618000.subset.postCompletion.laz",
    "lidar-hd/lidar-prod/bridges/prio4_two_bridges_with_probas.las",
    "lidar-hd/ctview/classee/test_data_77050_627755_LA93_IGN69_buildings.copc.laz",
    "lidar-hd/patchwork/donor_more_fields_test.las",
    "lidar-hd/lidaRtRee/las_chablais3.laz",
    "lidar-hd/ctview/test_data_multiclass_65to66.las",
    "lidar-hd/ctview/test_data_empty.las",
  ])("%s", (name) =>
    inFolder(async (folder) => {
      const path = `${sharedData}/${name}`
      const out = `${folder}/a.copc.laz`
      await writeCopcFile({ path, out, temporaryFolder: `${folder}/t` })
      const [before, after] = [await openPointFile(path), await openPointFile(out)]
      const stored = await before.stored()
      await before.close()
      await after.close()
      const { pointFormat, recordLength, count } = after.info
      expect(count).toBe(before.info.count)
      expect(after.info.extraBytes).toEqual(before.info.extraBytes)
      expect(after.info.crs.epsg).toBe(before.info.crs.epsg)
      let expected = await readAllRecords(path)
      if (name.endsWith(".laz")) expect(Buffer.compare(await readByLazPerf(path), expected)).toBe(0)
      if (before.info.pointFormat < 6) {
        const { convert } = upgradeRecords({ path, stored, crs: before.info.crs })
        expected = convert({ bytes: expected, count }).bytes
      }
      expect(multiset(await readAllRecords(out), recordLength) === multiset(expected, recordLength)).toBe(true)
      const { nodes, copc } = await readByCopcJs(out)
      const found = Buffer.concat(nodes.map((node) => node.records))
      expect(multiset(found, recordLength) === multiset(expected, recordLength)).toBe(true)
      expect(copc.header.pointDataRecordFormat).toBe(pointFormat)
    }),
  )
})
