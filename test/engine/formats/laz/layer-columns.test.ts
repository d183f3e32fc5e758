import { describe, expect, test } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import type { PointColumns, PointQuery } from "../../../../engine/formats/las/columns.js"
import { extraDimensions } from "../../../../engine/formats/las/extra-bytes.js"
import { parseHeader, parseVlrs, readPreamble } from "../../../../engine/formats/las/header.js"
import { layerReader } from "../../../../engine/formats/laz/layer-columns.js"
import { lazDecoder } from "../../../../engine/formats/laz/wasm/decoder.js"
import { pointChoice } from "../../../../engine/formats/points/class-schemes.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { recordReader } from "../../../../engine/formats/points/record-columns.js"
import { openBytes } from "../../../../engine/io/bytes.js"
import { sharedData } from "../../../shared-data.js"
import { collect } from "../las/las-bytes.js"
import { readLazFile, recordsByLazPerf } from "./laz-file.js"

const names = ["x", "y", "z", "classification", "returnNumber", "numberOfReturns", "intensity", "gpsTime"] as const

/**
 * Columns of several blocks as those of one, in one class of array, which are compared by their
 * bytes; none without points.
 */
const whole = (blocks: readonly PointColumns[]): Record<string, Float64Array> => {
  const filled = blocks.filter(({ count }) => count > 0)
  const joined = (columnOf: (block: PointColumns) => ArrayLike<number>): Float64Array =>
    Float64Array.from(filled.flatMap((block) => Array.from({ length: block.count }, (_, i) => columnOf(block)[i]!)))
  const [first] = filled
  if (first === undefined) return {}
  const extra = Object.keys(first.extra ?? {})
  return Object.fromEntries([
    ...names.map((name) => [name, joined((block) => block[name])] as const),
    ...extra.map((name) => [`extra ${name}`, joined((block) => block.extra![name]!)] as const),
  ])
}

describe.skipIf(!sharedData)("points by layers are those by records", () => {
  test.each([
    "lidar-hd/ign-pdal-tools/test_data_77055_627755_LA93_IGN69_extra_dims.laz",
    "lidar-hd/lidar-for-fuel/test_semis_2022_0897_6577_LA93_IGN69_decimation.laz",
    "lidar-other/las-rs/autzen.copc.laz",
    "lidar-hd/ign-pdal-tools/test_data_0436_6384_LA93_IGN69_single_point.laz",
  ])("%s: whole, in a box, of some classes, with extra dimensions", async (path) => {
    const file = await readLazFile(`${sharedData}/${path}`)
    const source = await openBytes(file.path)
    const head = await source.read(0, Math.min(65536, source.size))
    const header = parseHeader(head, source, [])
    const vlrs = parseVlrs(await readPreamble(source, header, head), header, [])
    await source.close()
    const dimensions = extraDimensions(vlrs, header, [])
    const { box } = header
    const origin = [Math.floor(box[0]), Math.floor(box[1]), -1] as const
    const part: Box2 = [box[0], box[1], (box[0] + box[2]) / 2, (2 * box[1] + box[3]) / 3]
    const queries: PointQuery[] = [
      { origin },
      { origin, lent: true },
      { origin, lent: true, box: part },
      { origin, extra: dimensions.map(({ name }) => name) },
      { origin, box: part },
      { origin, classes: [2, 6] },
      { origin, box: part, classes: [3, 4, 5] },
      { origin, box: [0, 0, 1, 1] },
      { origin, lent: true, choice: pointChoice({ scheme: { 2: 6, 5: null }, dropOverlap: true }, 6) },
    ]
    const chunks = file.chunks.slice(0, 2)
    const records = await Promise.all(chunks.map((_, index) => recordsByLazPerf(file, index)))
    for (const query of queries) {
      const byLayers = layerReader(await lazDecoder(), header, query, dimensions, path)
      const byRecords = recordReader(header, query, dimensions, path)
      for (const [index, chunk] of chunks.entries()) {
        const expected = byRecords(records[index]!, chunk.count)
        // The next chunk is named for the first one alone: the second comes with part of it done.
        const next = file.chunks[1]
        const ahead = index === 0 && next !== undefined ? ([next, next.bytes] as const) : undefined
        expect(whole(byLayers(chunk.bytes, chunk, ahead))).toEqual(whole([expected]))
      }
    }
  })

  test("attributes that are not asked for come empty, the others as ever", async () => {
    const file = await openPointFile(`${sharedData}/lidar-hd/patchwork/recipient_test.laz`)
    const origin = [file.info.box[0], file.info.box[1], 0] as const
    const all = await collect(file.read({ origin }))
    const some = await collect(file.read({ origin, attributes: ["returnNumber", "intensity"] }))
    for (const [i, block] of some.entries()) {
      expect(block.classification.length + block.gpsTime.length + block.numberOfReturns.length).toBe(0)
      for (const name of ["x", "y", "z", "returnNumber", "intensity"] as const)
        expect(block[name]).toEqual(all[i]![name])
    }
    await file.close()
  })
})
