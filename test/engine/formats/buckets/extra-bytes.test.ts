import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { openBucketFile } from "../../../../engine/formats/buckets/bucket-file.js"
import { writeBuckets } from "../../../../engine/formats/buckets/write-buckets.js"
import { gatherPoints, type PointSource } from "../../../../engine/formats/points/gather.js"
import { openPointFile, type PointFile } from "../../../../engine/formats/points/point-file.js"
import { writeCopcFile } from "../../../../engine/formats/points/write-copc-file.js"
import type { FullPoints } from "../../../../engine/kernel.js"
import { lasBytes, randomPoints } from "../las/las-bytes.js"

const names = ["LMA", "WD"]
/** Names of 8-byte floats, as a record of `LASF_Spec`. */
const descriptions = (): Uint8Array => {
  const data = new Uint8Array(192 * names.length)
  for (const [k, name] of names.entries()) {
    data[192 * k + 2] = 10
    data.set(new TextEncoder().encode(name), 192 * k + 4)
  }
  return data
}

let folder = ""
let path = ""
/** The least values at a place, by its coordinates, class and returns. */
const truth = new Map<string, number[]>()
const keyOf = (...values: readonly number[]): string => values.join()
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-extra-"))
  path = join(folder, "extra.las")
  const random = seededRandom(7)
  // 120 m × 120 m, some points twice.
  const drawn = randomPoints(random, 30_000, 12_000).map((one) => ({ ...one, classification: one.classification % 7 }))
  const points = [...drawn, ...drawn.slice(0, 500)]
  const bytes = lasBytes({
    extraBytes: 16,
    vlrs: [{ userId: "LASF_Spec", recordId: 4, data: descriptions() }],
    points,
  })
  const view = new DataView(bytes.buffer)
  const start = view.getUint32(96, true)
  for (const [i, { x, y, z, classification, returnNumber, numberOfReturns }] of points.entries()) {
    const key = keyOf(x * 10, y * 10, z * 10, classification, returnNumber, numberOfReturns)
    const least = truth.get(key) ?? [Infinity, Infinity]
    names.forEach((_, k) => {
      const value = i % 11 === 0 ? Number.NaN : 100 * random()
      view.setFloat64(start + i * 46 + 30 + 8 * k, value, true)
      if (value < least[k]!) least[k] = value
    })
    truth.set(key, least)
  }
  await writeFile(path, bytes)
})
afterAll(() => rm(folder, { recursive: true }))

const extent: Box2 = [10, 20, 90, 110]
const gather = async (source: PointSource, extra: readonly string[] = names): Promise<FullPoints> =>
  (await gatherPoints([source], extent, [0, 0, 0], { attributes: ["classification"], extra })).points

const bucketsOf = async (
  file: PointFile,
  extra: readonly string[],
): Promise<Awaited<ReturnType<typeof openBucketFile>>> => {
  const paths = [0, 1, 2].map((index) => join(folder, `${index}.buckets`))
  for (const [index, one] of paths.entries())
    await writeBuckets(file, one, { part: { index, of: 3 }, attributes: ["classification"], extra })
  return openBucketFile(...paths)
}

describe("extra bytes of points", () => {
  it("follow their points into canonical order, the least of duplicates", async () => {
    const file = await openPointFile(path)
    const { count, x, y, z, classification, returnNumber, numberOfReturns, extra } = await gather(file)
    await file.close()
    expect(count).toBeGreaterThan(10_000)
    for (let i = 0; i < count; i++) {
      const key = keyOf(x[i]!, y[i]!, z[i]!, classification[i]!, returnNumber[i]!, numberOfReturns[i]!)
      const values = names.map((name) => extra?.[name]?.[i] as number)
      expect(values.map((value) => (Number.isNaN(value) ? Infinity : value))).toEqual(truth.get(key))
    }
  })

  it("are the same from LAS, COPC and bucket files", async () => {
    const file = await openPointFile(path)
    const expected = await gather(file)
    const buckets = await bucketsOf(file, names)
    expect(await gather(buckets)).toEqual(expected)
    expect(await gather(buckets, ["WD"])).toMatchObject({ count: expected.count })
    await buckets.close()
    const copc = join(folder, "extra.copc.laz")
    await writeCopcFile({ path, out: copc, temporaryFolder: join(folder, "work"), epsg: 2154 })
    const tree = await openPointFile(copc)
    expect(await gather(tree)).toEqual(expected)
    const treeBuckets = await bucketsOf(tree, names)
    expect(await gather(treeBuckets)).toEqual(expected)
    await treeBuckets.close()
    await tree.close()
    await file.close()
  })

  it("that bucket files were not asked for are refused", async () => {
    const file = await openPointFile(path)
    const buckets = await bucketsOf(file, ["LMA"])
    await expect(gather(buckets)).rejects.toMatchObject({ code: "E_INTERNAL" })
    await buckets.close()
    await expect(gather(file, ["Zref"])).rejects.toMatchObject({
      code: "E_INPUT",
      message: expect.stringMatching(/extra\.las: no extra bytes "Zref".*LMA, WD.*Give files/),
    })
    await file.close()
  })
})
