import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { openBucketFile } from "../../../../engine/formats/buckets/bucket-file.js"
import { areOrderable, type BucketFile } from "../../../../engine/formats/buckets/format.js"
import { gatherBuckets } from "../../../../engine/formats/buckets/gather-buckets.js"
import { writeBuckets } from "../../../../engine/formats/buckets/write-buckets.js"
import { encodeLas } from "../../../../engine/formats/las/write/las-writer.js"
import { gatherPoints } from "../../../../engine/formats/points/gather.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { thinPoints } from "../../../../engine/formats/points/thin.js"
import type { FullPoints } from "../../../../engine/kernel.js"
import { countInside } from "../../../../engine/worker/points/gather-sources.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-gather-buckets-"))
})
afterAll(() => rm(folder, { recursive: true }))

/**
 * Points over 200 m around the CRS origin: half of them spread, half crowded into a few places,
 * with ties, equal points and noise.
 */
const pointsOf = (seed: number, count: number): FullPoints => {
  const random = seededRandom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const place = (crowded: boolean): number => (crowded ? below(3) * 49_999 : below(200_000) - 100_000)
  const crowds = Array.from({ length: count }, () => random() < 0.5)
  return {
    count,
    scale: 0.001,
    origin: [0, 0, 0],
    x: Int32Array.from(crowds, place),
    y: Int32Array.from(crowds, place),
    z: Int32Array.from(crowds, () => below(3) - 1),
    classification: Uint8Array.from(crowds, () => [2, 2, 6, 7, 18, 66][below(6)]!),
    returnNumber: Uint8Array.from(crowds, () => 1 + below(2)),
    numberOfReturns: Uint8Array.from(crowds, () => 1 + below(2)),
    intensity: Uint16Array.from(crowds, () => below(2)),
    gpsTime: Float64Array.from(crowds, () => [0, Number.NaN, 3, 5][below(4)]!),
  }
}

/** Bucket files of two parts of a file with these points. */
const bucketFileOf = async (points: FullPoints, name: string): Promise<BucketFile> => {
  const path = join(folder, `${name}.las`)
  await writeFile(path, encodeLas(points, { pointFormat: 6, epsg: 2154, scale: 0.001 }))
  const file = await openPointFile(path)
  const paths = [0, 1].map((index) => join(folder, `${name}-${index}.buckets`))
  for (const [index, bucketFile] of paths.entries()) await writeBuckets(file, bucketFile, { part: { index, of: 2 } })
  await file.close()
  return openBucketFile(...paths)
}

/** Points of each class. */
/** What both give: bucket files do not count classes, as the tasks that wrote them did. */
const gather = async (...args: Parameters<typeof gatherPoints>) => {
  const { byClass: _, ...both } = await gatherPoints(...args)
  return both
}

const byClass = (classification: ArrayLike<number>): Uint32Array => {
  const counts = new Uint32Array(256)
  for (const code of Array.from(classification)) counts[code]!++
  return counts
}

const ALL = ["returnNumber", "numberOfReturns", "intensity", "gpsTime"] as const

describe("gatherBuckets", () => {
  const extents: readonly Box2[] = [
    [-100, -100, 101, 101],
    [-33.333, -0.001, 62.5, 50],
    [0, 0, 0.002, 0.002],
  ]
  const cell: Box2 = [-25, -50, 50, 25]

  test.each([
    [1, 4000],
    [2, 9000],
    [3, 20],
  ])("gives what gatherPoints gives, seed %i", async (seed, count) => {
    // The second overlaps the first: half of its points are the same.
    const [one, two] = [pointsOf(seed, count), pointsOf(seed + 10, count)]
    for (let i = 0; i < count; i += 2)
      for (const name of ["x", "y", "z", "classification", ...ALL] as const) two[name][i] = one[name][i]!
    const bucketFiles = [await bucketFileOf(one, `one-${seed}`), await bucketFileOf(two, `two-${seed}`)]
    for (const extent of extents) {
      for (const origin of [
        [0, 0, 0],
        [-7.003, 12.5, 0.5],
      ] as const) {
        const files = [`one-${seed}`, `two-${seed}`].map((name) => openPointFile(join(folder, `${name}.las`)))
        const sources = await Promise.all(files)
        // Times of the cell, whatever of it is in the extent.
        const { time } = await gather(sources, cell, origin)
        const plain = await gather(sources, extent, origin)
        expect(await gather(bucketFiles, extent, origin, { cell })).toEqual({ ...plain, time })
        await Promise.all(sources.map((source) => source.close()))
        const summary = { count: countInside(plain.points, cell), time }
        const query = { extent, origin, cell, attributes: ALL, classes: undefined }
        const counts = { count: plain.points.count, duplicates: plain.duplicates, noise: plain.noise, inCell: summary }
        expect(await gatherBuckets(bucketFiles, query)).toEqual({
          points: plain.points,
          classes: byClass(plain.points.classification),
          ...counts,
        })
        const kept = [...plain.points.classification.keys()].filter((i) => plain.points.classification[i] === 6)
        const timed = new Uint8Array(256)
        timed[6] = 1
        const { gpsTime } = plain.points
        expect((await gatherBuckets(bucketFiles, { ...query, timed })).points).toEqual({
          ...plain.points,
          gpsTime: Float64Array.from(kept, (i) => gpsTime[i]!),
        })
        const few = await gatherBuckets(bucketFiles, { ...query, attributes: ["intensity"], classes: [6] })
        const { x, y, z, classification, intensity } = plain.points
        expect(few).toEqual({
          points: {
            count: kept.length,
            scale: 0.001,
            origin,
            x: Int32Array.from(kept, (i) => x[i]!),
            y: Int32Array.from(kept, (i) => y[i]!),
            z: Int32Array.from(kept, (i) => z[i]!),
            classification: Uint8Array.from(kept, (i) => classification[i]!),
            intensity: Uint16Array.from(kept, (i) => intensity[i]!),
          },
          classes: byClass(kept.map(() => 6)),
          ...counts,
        })
        if (count > 1000 && extent[0] === -100) {
          expect(plain.duplicates).toBeGreaterThan(count / 4)
          expect(plain.noise).toBeGreaterThan(count / 4)
        }
      }
    }
    await Promise.all(bucketFiles.map((bucketFile) => bucketFile.close()))
  })

  test("gives nothing of no bucket file, and nothing beside the points", async () => {
    const [extent, cell] = [[5000, 5000, 5050, 5050] as const, [5000, 5000, 5025, 5025] as const]
    const query = { extent, origin: [0, 0, 0], cell, attributes: [], classes: [2] } as const
    const bucketFile = await bucketFileOf(pointsOf(9, 50), "beside")
    for (const bucketFiles of [[], [bucketFile]]) {
      const { points, ...counts } = await gatherBuckets(bucketFiles, query)
      expect(counts).toEqual({ count: 0, duplicates: 0, noise: 0, inCell: { count: 0 }, classes: byClass([]) })
      expect(points.count).toBe(0)
    }
    await bucketFile.close()
  })

  test("of bucket files without GPS time and intensity gives the same, days too, and no column that they lack", async () => {
    const points = pointsOf(5, 3000)
    const whole = await bucketFileOf(points, "whole")
    const file = await openPointFile(join(folder, "whole.las"))
    const path = join(folder, "without.buckets")
    await writeBuckets(file, path, { attributes: ["returnNumber"] })
    const without = await openBucketFile(path)
    const query = { extent: extents[0]!, origin: [0, 0, 0], cell, classes: undefined } as const
    for (const attributes of [[], ["returnNumber", "numberOfReturns"]] as const)
      expect(await gatherBuckets([without], { ...query, attributes })).toEqual(
        await gatherBuckets([whole], { ...query, attributes }),
      )
    const asked = { attributes: ["numberOfReturns"], cell } as const
    expect(await gather([without], query.extent, [0, 0, 0], asked)).toEqual(
      await gather([file], query.extent, [0, 0, 0], asked),
    )
    for (const name of ["gpsTime", "intensity"] as const) {
      await expect(gatherBuckets([without], { ...query, attributes: [name] })).rejects.toThrow(name)
      await expect(gather([without], query.extent, [0, 0, 0], { attributes: [name] })).rejects.toThrow(name)
    }
    await Promise.all([whole.close(), without.close(), file.close()])
  })

  test("of bucket files of some classes gives what files give of these, the others counted, days of all", async () => {
    const points = pointsOf(12, 6000)
    // Nothing of these classes in the west: cells without a point tell of the others all the same.
    for (let i = 0; i < points.count; i++) if (points.x[i]! < -50_000) points.classification[i] = [6, 7][i % 2]!
    const whole = await bucketFileOf(points, "classes")
    const file = await openPointFile(join(folder, "classes.las"))
    const path = join(folder, "some-classes.buckets")
    const classes = [2, 66]
    expect(await writeBuckets(file, path, { classes })).toEqual({
      points: points.count,
      classes: Object.fromEntries([...byClass(points.classification).entries()].filter(([, found]) => found > 0)),
    })
    const some = await openBucketFile(path)
    expect(some.count).toBeLessThan((whole.count * 5) / 6)
    for (const extent of [[-100, -100, 125, 125] as const, cell]) {
      const query = { extent, origin: [0, 0, 0], cell, attributes: ALL } as const
      const found = await gatherBuckets([some], { ...query, classes })
      expect(found.points).toEqual((await gatherBuckets([whole], { ...query, classes })).points)
      const plain = await gather([file], extent, [0, 0, 0], { cell, classes })
      expect(plain.others.inCell).toBeGreaterThan(0)
      expect(plain.others.count).toBeGreaterThanOrEqual(plain.others.inCell)
      expect(await gather([some], extent, [0, 0, 0], { cell, classes })).toEqual(plain)
      const { duplicates, noise, time } = plain
      const count = plain.points.count + plain.others.count
      const inCell = { count: countInside(plain.points, cell) + plain.others.inCell, time }
      const counts = byClass(plain.points.classification)
      expect(found).toEqual({ points: plain.points, count, duplicates, noise, inCell, classes: counts })
      // No class more or less changes noise and days.
      const all = await gather([file], extent, [0, 0, 0], { cell })
      expect({ noise: all.noise, time: all.time }).toEqual({ noise, time })
      expect(all.others).toEqual({ count: 0, inCell: 0 })
    }
    await Promise.all([whole.close(), some.close(), file.close()])
  })

  test("leaves heights that no ground has to the plain way", async () => {
    const points = pointsOf(6, 20)
    const high = await bucketFileOf(points, "high")
    points.z[3] = -(2 ** 22)
    const lowest = await bucketFileOf(points, "lowest")
    points.z[3] = -(2 ** 22) - 1
    const low = await bucketFileOf(points, "low")
    expect([high, lowest, low].map((bucketFile) => areOrderable([high, bucketFile]))).toEqual([true, true, false])
    const query = { extent: extents[0]!, origin: [0, 0, 0], cell, classes: undefined, attributes: ALL } as const
    const { points: gathered } = await gatherBuckets([lowest], query)
    expect(gathered).toEqual((await gather([lowest], query.extent, query.origin)).points)
    await Promise.all([high, lowest, low].map((bucketFile) => bucketFile.close()))
  })

  test("refuses points that 32 bits do not reach", async () => {
    const bucketFile = await bucketFileOf(pointsOf(8, 50), "far")
    const query = {
      extent: [-1000, -1000, 3e6, 1000],
      origin: [2_500_000, 0, 0],
      cell,
      attributes: [],
      classes: [2],
    } as const
    await expect(gatherBuckets([bucketFile], query)).rejects.toMatchObject({ code: "E_INPUT" })
    await bucketFile.close()
  })
})

describe("selections that gatherBuckets thins", () => {
  test("are those that thinPoints keeps, beside the others", async () => {
    const bucketFile = await bucketFileOf(pointsOf(4, 9000), "thinned")
    const query = { extent: [-100, -100, 101, 101], origin: [-7.003, 12.5, 0.5], cell: [-25, -50, 50, 25] } as const
    const whole = await gatherBuckets([bucketFile], { ...query, attributes: ALL, classes: undefined })
    const { x, z, classification, gpsTime } = whole.points
    // Cells of half a row of 1 m, of a row, and of three.
    const thinned = [0.5, 1, 3].flatMap((spacing) => [
      { spacing, attributes: ["gpsTime"] as const, classes: undefined },
      { spacing, attributes: [], classes: [2, 6] },
    ])
    const few = { ...query, attributes: ["intensity"] as const, classes: [6] }
    const found = await gatherBuckets([bucketFile], { ...few, thinned })
    expect(found.points).toEqual((await gatherBuckets([bucketFile], few)).points)
    expect(found.classes).toEqual(whole.classes)
    for (const [k, { spacing, classes, attributes }] of thinned.entries()) {
      const marks = thinPoints(whole.points, spacing)
      const places = [...marks.keys()].filter((i) => marks[i] === 1 && (classes?.includes(classification[i]!) ?? true))
      expect(places.length).toBeGreaterThan(100)
      expect(found.thinned![k]).toMatchObject({
        count: places.length,
        x: Int32Array.from(places, (i) => x[i]!),
        z: Int32Array.from(places, (i) => z[i]!),
        classification: Uint8Array.from(places, (i) => classification[i]!),
        ...(attributes.length > 0 && { gpsTime: Float64Array.from(places, (i) => gpsTime![i]!) }),
      })
    }
    await bucketFile.close()
  })
})
