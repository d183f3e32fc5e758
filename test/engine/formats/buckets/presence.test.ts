import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { cropPresence, findPresence, NO_LOWEST, PresenceBit } from "../../../../engine/core/presence.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { bucketPresence, openBucketFile } from "../../../../engine/formats/buckets/bucket-file.js"
import { writeBuckets } from "../../../../engine/formats/buckets/write-buckets.js"
import { encodeLas } from "../../../../engine/formats/las/write/las-writer.js"
import { gatherPoints } from "../../../../engine/formats/points/gather.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import type { FullPoints } from "../../../../engine/kernel.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-presence-"))
})
afterAll(() => rm(folder, { recursive: true }))

const CODES = [1, 2, 3, 5, 6, 7, 9, 17, 18, 64, 66] as const

/** Points in runs around the CRS origin: some follow each other in a cell, as in strips. */
const pointsOf = (seed: number, count: number, side: number): FullPoints => {
  const random = seededRandom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  let [x, y] = [0, 0]
  const places = Array.from({ length: count }, (_, i) => {
    if (i % 9 === 0) [x, y] = [below(side) - side / 2, below(side) - side / 2]
    else x += below(700)
    return [x, y] as const
  })
  return {
    ...{ count, scale: 0.001, origin: [0, 0, 0] },
    x: Int32Array.from(places, (place) => place[0]),
    y: Int32Array.from(places, (place) => place[1]),
    z: Int32Array.from(places, () => below(90_000) - 30_000),
    classification: Uint8Array.from(places, () => CODES[below(CODES.length)]!),
    returnNumber: new Uint8Array(count).fill(1),
    numberOfReturns: new Uint8Array(count).fill(1),
    intensity: new Uint16Array(count),
    gpsTime: new Float64Array(count),
  }
}

describe("presence", () => {
  it("says which cells have points, of which role, and how low the lowest return is", () => {
    const points = { ...pointsOf(1, 5, 10), count: 5 }
    points.x.set([500, 600, 3000, -1, 8000])
    points.y.set([500, 600, 0, -1, 0])
    points.z.set([4000, 3000, 100, 7, -50])
    points.classification.set([5, 2, 1, 9, 7])
    const found = findPresence([-3, -3, 6, 4.5], points)
    expect([found.column, found.row, found.columns, found.rows]).toEqual([-5, -5, 15, 10])
    const bitsAt = (x: number, y: number): number => found.cells[(y + 5) * 15 + x + 5]!
    const { point, surface, ground } = PresenceBit
    expect(bitsAt(0, 0)).toBe(point | surface | ground)
    expect(bitsAt(3, 0)).toBe(point)
    expect(bitsAt(-1, -1)).toBe(point | surface | ground)
    expect(bitsAt(8, 0)).toBe(0)
    expect(found.cells.filter((bits) => bits > 0)).toHaveLength(3)
    // The unclassified point is no return of a surface, and noise is nothing.
    expect([...found.lowest]).toEqual([7, NO_LOWEST, NO_LOWEST, NO_LOWEST, 3000, NO_LOWEST])
  })

  it.each([1, 2, 3])("of bucket files is that of all points of the file, stored or not, seed %i", async (seed) => {
    // The last has more cells than are noted at once.
    const points = seed === 3 ? pointsOf(seed, 60_000, 40_000_000) : pointsOf(seed, 30_000, 260_000)
    const path = join(folder, `${seed}.las`)
    await writeFile(path, encodeLas(points, { pointFormat: 6, epsg: 2154, scale: 0.001 }))
    const file = await openPointFile(path)
    const parts = [0, 1, 2].map((index) => join(folder, `${seed}-${index}.buckets`))
    for (const [index, part] of parts.entries())
      await writeBuckets(file, part, { part: { index, of: 3 }, classes: [2, 5], presence: true })
    const buckets = await openBucketFile(...parts)
    const boxes: readonly Box2[] = [
      [-130, -130, 135, 130],
      [-3.5, -62.25, 41.5, 0.125],
      [1000, 1000, 1060, 1010],
    ]
    for (const box of boxes) {
      const all = findPresence(box, points)
      expect(await bucketPresence(buckets.parts, box)).toEqual(all)
      // What a file that is read by ranges notes while it is read.
      const grown: Box2 = [box[0] - 5, box[1] - 5, box[2] + 5, box[3] + 5]
      const noted = findPresence(box, { ...points, count: 0 })
      await gatherPoints([file], grown, [box[0], box[1], 0], { classes: [6], presence: noted })
      expect(noted).toEqual(all)
      expect(cropPresence(findPresence(grown, points), box)).toEqual(all)
    }
    await Promise.all([buckets.close(), file.close()])
  })

  it("is written only if it is asked for, and a damaged one is found", async () => {
    const path = join(folder, "plain.las")
    await writeFile(path, encodeLas(pointsOf(4, 500, 90_000), { pointFormat: 6, epsg: 2154, scale: 0.001 }))
    const file = await openPointFile(path)
    const [with_, without] = [join(folder, "with.buckets"), join(folder, "without.buckets")]
    await writeBuckets(file, with_, { presence: true })
    await writeBuckets(file, without)
    await file.close()
    const [noted, plain] = [await openBucketFile(with_), await openBucketFile(without)]
    expect(plain.parts[0]!.presences).toEqual([])
    expect(noted.parts[0]!.presences.length).toBeGreaterThan(0)
    await Promise.all([noted.close(), plain.close()])
    const bytes = await readFile(with_)
    const [entry] = noted.parts[0]!.presences
    bytes[entry!.offset + 17]! ^= 1
    await writeFile(with_, bytes)
    const damaged = await openBucketFile(with_)
    await expect(bucketPresence(damaged.parts, [-100, -100, 100, 100])).rejects.toMatchObject({ code: "E_FORMAT" })
    await damaged.close()
  })
})
