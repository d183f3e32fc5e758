import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Box2 } from "../../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { openBucketFile } from "../../../../engine/formats/buckets/bucket-file.js"
import { gatherBuckets } from "../../../../engine/formats/buckets/gather-buckets.js"
import { writeBuckets } from "../../../../engine/formats/buckets/write-buckets.js"
import { encodeLas } from "../../../../engine/formats/las/write/las-writer.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { coverArea, TileKey } from "../../../../engine/grid/tile-key.js"
import type { EndRecord } from "../../../../engine/journal/journal-record.js"
import { BucketCounts } from "../../../../engine/plan/admission/bucket-counts.js"
import type { Plan } from "../../../../engine/plan/plan.js"
import type { PlannedTask } from "../../../../engine/plan/planned-task.js"

const west = 840_000
const south = 6_520_000
const side = 400
const reach = 60

/** A square of 400 m with a point a square metre, whose north-east quarter has nine. */
const points = () => {
  const random = seededRandom(11)
  const x: number[] = []
  const y: number[] = []
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const here = row >= side / 2 && column >= side / 2 ? 9 : 1
      for (let k = 0; k < here; k++) {
        x.push(Math.floor(1000 * (column + random())))
        y.push(Math.floor(1000 * (row + random())))
      }
    }
  }
  const count = x.length
  return {
    count,
    scale: 0.001,
    origin: [west, south, 0] as const,
    x: Int32Array.from(x),
    y: Int32Array.from(y),
    z: Int32Array.from({ length: count }, (_, i) => i % 5000),
    classification: new Uint8Array(count).fill(2),
  }
}

let folder = ""
let end: EndRecord
let bucketFile = ""
const grid = coverArea([0, 6_000_000, 1_300_000, 7_200_000], 100)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-counts-"))
  const las = join(folder, "uneven.las")
  await writeFile(las, encodeLas(points(), { pointFormat: 6 }))
  bucketFile = join(folder, ".work/points/uneven-0.buckets")
  await mkdir(dirname(bucketFile), { recursive: true })
  const file = await openPointFile(las)
  await writeBuckets(file, bucketFile, { attributes: [] })
  await file.close()
  end = { outcome: "done", files: [{ path: ".work/points/uneven-0.buckets", sha256: "", sizeBytes: 1 }] } as never
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const tile = (x: number, y: number, dependsOn: readonly string[] = ["source a#0"]): PlannedTask => {
  const key = TileKey.format(TileKey.covering(grid, grid.leafLevel, [x, y, x + 1, y + 1])[0]!)
  return { id: `tile ${key}`, stage: "tile", key, sources: [0], dependsOn } as unknown as PlannedTask
}
const source = (id: string): PlannedTask => ({ id, stage: "source" }) as PlannedTask
const planOf = (tasks: readonly PlannedTask[], parts?: number): Plan =>
  ({
    tasks,
    kernels: [],
    job: { out: folder },
    context: {
      grid,
      sources: [{ parts }],
      chains: { tile: [{ id: "k", inputGrowth: reach, outputGrowth: 0, options: {} }], model: [] },
    },
  }) as unknown as Plan

/** What a worker reads for the tile. */
const readOf = async ({ key }: PlannedTask): Promise<number> => {
  const cell = TileKey.box(grid, TileKey.parse(key))
  const opened = await openBucketFile(bucketFile)
  const query = { extent: Box2.grow(cell, reach), origin: [cell[0], cell[1], 0] as const, attributes: [], cell }
  const { count } = await gatherBuckets([opened], { ...query, classes: undefined })
  await opened.close()
  return count
}

describe("BucketCounts", () => {
  it("counts what each tile will read, dense or not, where a plan takes points to be spread evenly", async () => {
    const tiles = [
      tile(west + 50, south + 50),
      tile(west + 250, south + 250),
      tile(west + 350, south + 350),
      tile(west + 150, south + 150),
    ]
    const counts = new BucketCounts(planOf(tiles, 1))
    await counts.add(source("source a#0"), end)
    for (const task of tiles) {
      const read = await readOf(task)
      const counted = counts.of(task)!
      expect(counted.points, task.key).toBeGreaterThanOrEqual(read)
      expect(counted.allocated).toBeGreaterThanOrEqual(counted.points)
      expect(counted.points).toBeLessThan(1.2 * read)
      expect(counted.row).toBeLessThan(counted.allocated / 3)
      expect(counted.row).toBeGreaterThanOrEqual(counted.allocated / 9)
    }
    // 220 m by 220 m of a mean of three points, by the even spread with its fifth above: fewer than
    // there are.
    expect(await readOf(tiles[1]!)).toBeGreaterThan(1.2 * 3 * 220 * 220)
  })

  it("says nothing before all bucket files are counted, nor of tiles that read COPC, nor of a bucket file that is not there", async () => {
    const two = tile(west + 50, south + 50, ["source a#0", "source a#1"])
    const counts = new BucketCounts(planOf([two], 2))
    await counts.add(source("source a#0"), end)
    // Twice the same one is one.
    await counts.add(source("source a#0"), end)
    expect(counts.of(two)).toBeUndefined()
    await counts.add(source("source a#1"), end)
    const one = tile(west + 50, south + 50)
    const single = new BucketCounts(planOf([one], 1))
    await single.add(source("source a#0"), end)
    expect(counts.of(two)!.allocated).toBe(2 * single.of(one)!.allocated)
    const copc = new BucketCounts(planOf([one]))
    await copc.add(source("source a#0"), end)
    expect(copc.of(one)).toBeUndefined()
    const lost = new BucketCounts(planOf([one], 1))
    await lost.add(source("source a#0"), { ...end, files: [{ path: "none.buckets", sha256: "", sizeBytes: 1 }] })
    expect(lost.of(one)).toBeUndefined()
  })
})
