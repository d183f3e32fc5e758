/** `openPoints`: the points of the readers as columns in metres, in batches or at once. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { convertToCopc } from "../../../engine/export/copc.js"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import { openPointFile } from "../../../engine/formats/points/point-file.js"
import { runKernel } from "../../../engine/library/kernels.js"
import { openPoints, type PointBatch, readPoints } from "../../../engine/library/las.js"
import { type ScanPoints, scanScene } from "../../../fixtures/sample/scan.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import { sharedData } from "../../shared-data.js"

const scene = makeScene()
const [west, south] = scene.box
const box = [west + 10, south + 20, west + 40, south + 45] as const
let folder: string
let scan: ScanPoints
let las: string
let copc: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-las-"))
  las = join(folder, "tile.las")
  scan = scanScene(scene, { pulsesPerM2: 3, box: [west, south, west + 60, south + 60] })
  await writeFile(las, encodeLas(scan, { pointFormat: 6, scale: 0.01, offset: [0, 0, 0] }))
  await convertToCopc({ inputs: [las], out: join(folder, "copc"), epsg: 2154 })
  copc = join(folder, "copc", "tile.copc.laz")
})
afterAll(() => rm(folder, { recursive: true }))

/** Points as sorted lines of numbers. */
const linesOf = (batches: readonly PointBatch[]): string[] =>
  batches
    .flatMap((batch) => Array.from(batch.x, (x, i) => [x, batch.y[i], batch.z[i], batch.classification[i]].join()))
    .sort()
const collect = async <T>(all: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const one of all) found.push(one)
  return found
}
const metres = (mm: number, origin: number): number => (origin * 1000 + mm) / 1000

describe("openPoints", () => {
  it("describes files without reading points", async () => {
    const cloud = await openPoints([copc])
    expect([cloud.count, cloud.epsg, cloud.files[0]?.format]).toEqual([scan.count, 2154, "copc"])
    expect(cloud.files[0]?.spacing).toBeGreaterThan(0)
    await cloud.close()
  })

  it.each(["las", "copc"])("streams the points of a box and of classes, in metres: %s", async (format) => {
    const truth: string[] = []
    for (let i = 0; i < scan.count; i++) {
      const [x, y, z] = [metres(scan.x[i], west), metres(scan.y[i], south), metres(scan.z[i], 0)]
      const code = scan.classification[i]
      if ([2, 6].includes(code) && x >= box[0] && x < box[2] && y >= box[1] && y < box[3])
        truth.push([x, y, z, code].join())
    }
    const cloud = await openPoints(format === "las" ? las : copc)
    const batches = await collect(cloud.batches({ box, classes: [2, 6] }))
    expect(linesOf(batches)).toEqual(truth.sort())
    expect(Math.max(...batches.map(({ count }) => count))).toBeLessThanOrEqual(65_536)
    expect(linesOf([await cloud.read({ box, classes: [2, 6] })])).toEqual(truth)
    expect((await cloud.read({ box: [0, 0, 1, 1], attributes: ["gpsTime"] })).gpsTime).toHaveLength(0)
    const noisy = await cloud.read()
    const clean = await cloud.read({ noise: false })
    expect(noisy.classification.filter((code) => code === 7 || code === 18)).toHaveLength(noisy.count - clean.count)
    expect(noisy.count).toBe(cloud.count)
    await cloud.close()
  })

  it("gives one of equal points with duplicates: false, in the order and number of readPoints", async () => {
    const cloud = await openPoints([copc, las])
    const twice = await cloud.read({ box, noise: false })
    const once = await cloud.read({ box, noise: false, duplicates: false, attributes: ["classification", "gpsTime"] })
    const { points, duplicates } = await readPoints([copc, las], box)
    expect([once.count, twice.count]).toEqual([points.count, points.count + duplicates])
    expect(duplicates).toBeGreaterThanOrEqual(points.count)
    expect(once.x).toEqual(Float64Array.from(points.x, (x) => metres(x, box[0])))
    expect(once.gpsTime).toEqual(points.gpsTime)
    const batches = await collect(cloud.batches({ box, noise: false, duplicates: false }))
    expect(linesOf(batches)).toEqual(linesOf([once]))
    await cloud.close()
  })

  it("is read by runKernel as the points of readPoints are", async () => {
    const cloud = await openPoints(copc)
    const points = await cloud.read()
    const own = await runKernel("raster.dtm", { points }, { box })
    const { points: held } = await readPoints([las])
    expect(own["dtm"]).toEqual((await runKernel("raster.dtm", { points: held }, { box }))["dtm"])
    await cloud.close()
  })

  it("refuses levels and colours that a file lacks, and closes what it opened", async () => {
    const cloud = await openPoints(las)
    await expect(cloud.read({ level: 1 })).rejects.toThrow(/tile\.las is no COPC/)
    await expect(cloud.read({ colours: true })).rejects.toThrow(/point format 6 has no colours/)
    await expect(cloud.read({ extra: ["LMA"] })).rejects.toThrow(/no extra bytes "LMA"/)
    await cloud.close()
    await expect(openPoints([las, join(folder, "none.las")])).rejects.toThrow(/none\.las/)
    await expect(openPoints([])).rejects.toThrow(/no file given/)
  })
})

describe.skipIf(sharedData === undefined)("openPoints on shared files", () => {
  it("reads colours, levels and extra bytes", async () => {
    const ellipsoid = await openPoints(`${sharedData}/lidar-other/copc-validator/ellipsoid.copc.laz`)
    expect(ellipsoid.files[0]?.extraBytes.map(({ name }) => name)).toEqual(["InvertedIntensity"])
    const query = { attributes: ["intensity"], colours: true, extra: ["InvertedIntensity"] } as const
    const root = await ellipsoid.read({ ...query, level: 0 })
    const whole = await ellipsoid.read(query)
    expect(root.count).toBeGreaterThan(0)
    expect(root.count).toBeLessThan(whole.count)
    expect(whole.count).toBe(200_000)
    expect(whole.red).toHaveLength(200_000)
    // Records of 44 bytes: red at 30, the extra double at 36.
    const file = await openPointFile(`${sharedData}/lidar-other/copc-validator/ellipsoid.copc.laz`)
    const truth: number[][] = []
    for await (const { bytes, count } of file.records()) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      for (let i = 0; i < count; i++)
        truth.push([view.getUint16(44 * i + 30, true), view.getFloat64(44 * i + 36, true)])
    }
    await file.close()
    expect(whole.red).toEqual(Uint16Array.from(truth, ([red]) => red))
    expect(whole.extra["InvertedIntensity"]).toEqual(Float64Array.from(truth, ([, value]) => value))
    const once = await ellipsoid.read({ ...query, duplicates: false })
    expect(once.extra["InvertedIntensity"]).toHaveLength(once.count)
    await ellipsoid.close()
    await expect(openPoints(`${sharedData}/lidar-other/PDAL/tindex/autzen_clip_4326.copc.laz`)).rejects.toThrow(
      /degrees/,
    )
  })
})
