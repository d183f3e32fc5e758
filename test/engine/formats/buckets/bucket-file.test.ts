import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { openBucketFile } from "../../../../engine/formats/buckets/bucket-file.js"
import { writeBuckets } from "../../../../engine/formats/buckets/write-buckets.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { sharedData } from "../../../shared-data.js"
import { collect, lasBytes, randomPoints, rowsOf } from "../las/las-bytes.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-buckets-"))
})
afterAll(() => rm(folder, { recursive: true }))

const bucketFileOf = async (source: string, name: string): Promise<string> => {
  const path = join(folder, name)
  const file = await openPointFile(source)
  const { points } = await writeBuckets(file, path)
  expect(points).toBe(file.info.count)
  await file.close()
  return path
}

const sorted = (rows: number[][]): string[] => rows.map((row) => row.join(" ")).sort()

const sameAnswers = async (source: string, name: string): Promise<void> => {
  const [file, bucketFile] = [await openPointFile(source), await openBucketFile(await bucketFileOf(source, name))]
  expect(bucketFile.count).toBe(file.info.count)
  const { box } = file.info
  const origin = [Math.floor(box[0]) + 3, Math.floor(box[1]) - 7, 11] as const
  const random = seededRandom(2)
  const [width, height] = [box[2] - box[0], box[3] - box[1]]
  for (let i = 0; i < 5; i++) {
    const [minX, minY] = [box[0] + random() * width * 0.7 - 1, box[1] + random() * height * 0.7 - 1]
    const query = { origin, ...(i === 0 ? {} : { box: [minX, minY, minX + width / 3, minY + height / 3] as const }) }
    const expected = rowsOf(await collect(file.read(query)))
    expect(expected.length).toBeGreaterThan(0)
    const chunks = await collect(bucketFile.read(query))
    expect(chunks.every((chunk) => chunk.count <= 65536)).toBe(true)
    expect(sorted(rowsOf(chunks))).toEqual(sorted(expected))
  }
  await file.close()
  await bucketFile.close()
}

describe("a bucket file", () => {
  const las = async (): Promise<string> => {
    const path = join(folder, "some.las")
    // 300 m around the CRS origin, so that cells have negative numbers too.
    await writeFile(path, lasBytes({ points: randomPoints(seededRandom(1), 60000, 30000), offset: [-123.45, -60, -5] }))
    return path
  }

  test("answers as the file does", async () => {
    await sameAnswers(await las(), "some.buckets")
  })

  test("of the same file has the same bytes", async () => {
    const [one, two] = [await bucketFileOf(await las(), "one.buckets"), await bucketFileOf(await las(), "two.buckets")]
    expect(Buffer.compare(await readFile(one), await readFile(two))).toBe(0)
  })

  test("that is cut or damaged is recognised", async () => {
    const path = await bucketFileOf(await las(), "whole.buckets")
    const bytes = await readFile(path)
    const broken = join(folder, "broken.buckets")
    for (const cut of [0, 10, 1000, bytes.length - 1]) {
      await writeFile(broken, bytes.subarray(0, cut))
      await expect(openBucketFile(broken)).rejects.toMatchObject({
        code: "E_FORMAT",
        message: expect.stringContaining("Delete this"),
      })
    }
    bytes[5000] = bytes[5000]! ^ 1
    await writeFile(broken, bytes)
    const bucketFile = await openBucketFile(broken)
    await expect(collect(bucketFile.read({ origin: [0, 0, 0] }))).rejects.toMatchObject({ code: "E_FORMAT" })
    await bucketFile.close()
  })

  test("that cannot be written is reported", async () => {
    const file = await openPointFile(await las())
    await expect(writeBuckets(file, join(folder, "no", "where"))).rejects.toMatchObject({ code: "E_OUTPUT" })
    await file.close()
  })

  test.skipIf(!sharedData)("of a real tile answers as the file does", async () => {
    await sameAnswers(
      `${sharedData}/lidar-hd/lidar-for-fuel/test_semis_2022_0897_6577_LA93_IGN69_decimation.laz`,
      "real.buckets",
    )
  })
})
