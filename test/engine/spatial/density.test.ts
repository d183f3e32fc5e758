import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../engine/core/random.js"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import { type JobInput, resolveJob } from "../../../engine/job/job.js"
import type { FolderChange } from "../../../engine/job/output-folder.js"
import { planJob } from "../../../engine/plan/plan.js"
import { foreseeChange } from "../../../engine/run/update.js"
import { densityOf, tileSizeHint, unionArea } from "../../../engine/spatial/density.js"
import { runKept } from "../../run-maille.js"

const squareOf = (pointsPerM2: number): { box: Box2; count: number }[] => [
  { box: [0, 0, 100, 100], count: 10_000 * pointsPerM2 },
]

describe("densityOf", () => {
  it.each([
    [0.2, 1],
    [1.2, 1],
    [1.81, 1],
    [1.82, 2],
    [3.63, 2],
    [3.64, 4],
    [7.28, 8],
    [55, 8],
  ])("finds for %d points per m² the density %d", (pointsPerM2, density) => {
    expect(densityOf(squareOf(pointsPerM2))).toBe(density)
  })

  it("counts the area of overlapping files once, and does not depend on their order", () => {
    const files = [...squareOf(2), ...squareOf(2), { box: [200, 0, 300, 100] as Box2, count: 0 }]
    expect(densityOf(files)).toBe(2)
    expect(densityOf([...files].reverse())).toBe(2)
  })

  it("counts points in one place as dense", () => {
    expect(densityOf([{ box: [5, 5, 5, 5], count: 1 }])).toBe(8)
  })
})

describe("unionArea", () => {
  it("equals a count of cells", () => {
    const random = seededRandom(7)
    const whole = (most: number): number => Math.floor(random() * most)
    for (let round = 0; round < 20; round++) {
      const boxes = Array.from({ length: 1 + whole(12) }, (): Box2 => {
        const [x, y] = [whole(30), whole(30)]
        return [x, y, x + whole(12), y + whole(12)]
      })
      const cells = new Set<string>()
      for (const [minX, minY, maxX, maxY] of boxes)
        for (let x = minX; x < maxX; x++) for (let y = minY; y < maxY; y++) cells.add(`${x} ${y}`)
      expect(unionArea(boxes)).toBe(cells.size)
    }
    expect(unionArea([])).toBe(0)
  })
})

describe("tileSizeHint", () => {
  const square = (side: number): { box: Box2 } => ({ box: [0, 0, side, side] })

  it("names a tile size where points fill less than a tenth of their tiles", () => {
    expect(tileSizeHint([square(100)], 1, 1000)).toBe(
      "the points fill 1 % of their tiles of 1000 m. For tiles that fit them: --tile-size 100",
    )
    expect(tileSizeHint([square(130)], 4, 500)).toMatch(/--tile-size 200$/)
  })

  it("is silent where they fill more, or no tile fits better", () => {
    expect(tileSizeHint([square(400)], 1, 1000)).toBeUndefined()
    expect(tileSizeHint([{ box: [0, 0, 1000, 1] }], 1, 1000)).toBeUndefined()
    expect(tileSizeHint([square(10)], 1, 50)).toBeUndefined()
  })
})

/** A square of 50 m of ground, with this many points per m² at its grid's crossings. */
const ground = (west: number, perM2: number): Uint8Array => {
  const step = 1000 / Math.sqrt(perM2)
  const places: [number, number][] = []
  for (let y = 0; y <= 50_000; y += step) for (let x = 0; x <= 50_000; x += step) places.push([x, y])
  const count = places.length
  const points = {
    ...{ count, scale: 0.001, origin: [west, 6_500_000, 0] as const },
    x: Int32Array.from(places, ([x]) => x),
    y: Int32Array.from(places, ([, y]) => y),
    z: new Int32Array(count).fill(10_000),
    classification: new Uint8Array(count).fill(2),
    returnNumber: new Uint8Array(count).fill(1),
    numberOfReturns: new Uint8Array(count).fill(1),
  }
  return encodeLas(points, { pointFormat: 6, epsg: 2154, scale: 0.001 })
}

describe("the density of a job", () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "maille-density-"))
    writeFileSync(join(folder, "sparse.las"), ground(700_000, 1))
    writeFileSync(join(folder, "dense.las"), ground(700_050, 16))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const jobOf = (names: readonly string[], more: Partial<JobInput> = {}): JobInput => ({
    ...{ inputs: names.map((name) => join(folder, name)), out: join(folder, "out"), tileSize: 50, workers: 1 },
    ...{ products: ["vector"], layers: ["building"], ...more },
  })
  const buildingOptions = async (input: JobInput) => {
    const { context } = await planJob(await resolveJob(input))
    return context.chains.tile.find(({ id }) => id === "vector.building")?.options
  }

  it("sets the defaults of kernels; stated options win", async () => {
    expect(await buildingOptions(jobOf(["sparse.las"]))).toMatchObject({ fill: 2.5, close: 1 })
    expect(await buildingOptions(jobOf(["dense.las"]))).toMatchObject({ fill: 0, close: 0.5 })
    expect(await buildingOptions(jobOf(["sparse.las"], { density: 8 }))).toMatchObject({ fill: 0, close: 0.5 })
    const options = { "vector.building": { fill: 2 } }
    expect(await buildingOptions(jobOf(["sparse.las"], { options }))).toMatchObject({ fill: 2, close: 1 })
  })

  it("is written, and kept by add and update; only replace finds it again", async () => {
    const out = join(folder, "out")
    const [input] = jobOf(["sparse.las"]).inputs
    const ended = await runKept(["run", input!, "--out", out, "--tile-size", "50", "--products", "dtm"])
    expect(ended.code, ended.stderr).toBe(0)
    expect(JSON.parse(await readFile(join(out, "job.json"), "utf8"))).toMatchObject({ density: 1 })
    const found = async (more: Partial<JobInput>, change: FolderChange): Promise<number | undefined> => {
      const { layers: _, ...rest } = jobOf(["sparse.las", "dense.las"], { products: ["dtm"], ...more })
      return (await foreseeChange(await resolveJob(rest), { change })).plan.job.density
    }
    expect(await found({}, "update")).toBe(1)
    expect(await found({ inputs: [input!], products: ["dsm"] }, "add")).toBe(1)
    expect(await found({}, "replace")).toBe(8)
    await expect(found({ density: 8 }, "update")).rejects.toThrow("--density: 1 → 8")
  })
})
