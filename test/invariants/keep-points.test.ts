import { existsSync, statSync, writeFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Copc } from "copc"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../engine/core/random.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { openPointFile } from "../../engine/formats/points/point-file.js"
import { hashesOf } from "../hashes-of.js"
import { jsonOf, runKept } from "../run-maille.js"

const CLASSES = [2, 2, 6, 18, 1]
const [WEST, SOUTH] = [770_500, 6_277_500]

/**
 * Points of 100 m × 100 m in steps of 1 cm, as `[x cm, y cm, z cm, class]` from the south-west
 * corner.
 */
const scatter = (count: number): number[][] => {
  const random = seededRandom(7)
  return Array.from({ length: count }, () => {
    const [x, y, z, code] = [random() * 9999, random() * 9999, random() * 900, random() * CLASSES.length]
    return [Math.floor(x), Math.floor(y), Math.floor(z), CLASSES[Math.floor(code)] as number]
  })
}

const lasOf = (points: readonly number[][]): Uint8Array => {
  const column = (axis: number): Int32Array => Int32Array.from(points, (point) => (point[axis] as number) * 10)
  const ones = new Uint8Array(points.length).fill(1)
  return encodeLas(
    {
      count: points.length,
      x: column(0),
      y: column(1),
      z: column(2),
      scale: 0.001,
      origin: [WEST, SOUTH, 20],
      classification: Uint8Array.from(points, (point) => point[3] as number),
      returnNumber: ones,
      numberOfReturns: ones,
      gpsTime: Float64Array.from(points, (_, i) => 3e8 + i / 1000),
    },
    { pointFormat: 6, epsg: 2154 },
  )
}

/**
 * What the rule keeps, by its own words: of each metre and class the point nearest to the middle.
 */
const keptByHand = (points: readonly number[][]): Set<string> => {
  const best = new Map<string, { away: number; text: string }>()
  for (const [x = 0, y = 0, z = 0, code = 0] of points) {
    if (code === 18) continue
    const cell = `${Math.floor(x / 100)} ${Math.floor(y / 100)} ${code}`
    const away = Math.hypot((x % 100) - 50, (y % 100) - 50)
    if (away < (best.get(cell)?.away ?? Infinity)) best.set(cell, { away, text: `${x} ${y} ${z} ${code}` })
  }
  return new Set([...best.values()].map(({ text }) => text))
}

const keptIn = async (path: string): Promise<Set<string>> => {
  const file = await openPointFile(path)
  const found = new Set<string>()
  for await (const block of file.records()) {
    const view = new DataView(block.bytes.buffer, block.bytes.byteOffset, 30 * block.count)
    for (let at = 0; at < 30 * block.count; at += 30) {
      const [x, y, z] = [0, 4, 8].map((offset) => view.getInt32(at + offset, true)) as [number, number, number]
      found.add(`${x - WEST * 100} ${y - SOUTH * 100} ${z - 2000} ${view.getUint8(at + 16)}`)
    }
  }
  await file.close()
  return found
}

describe("run --keep-points", () => {
  let folder = ""
  const points = scatter(60_000)
  const run = (name: string, input: string, ...more: string[]): ReturnType<typeof runKept> =>
    runKept(["run", join(folder, input), "--products", "dtm", "--out", join(folder, name), "--json", ...more])
  const copc = (name: string): string => join(folder, name, "points", "points.copc.laz")
  const hashes = (name: string): Promise<Record<string, string>> => hashesOf(join(folder, name))

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-keep-"))
    writeFileSync(join(folder, "points.las"), lasOf(points))
    const ended = await run("hundred", "points.las", "--tile-size", "100", "--keep-points", "1")
    expect(ended.code, ended.stderr).toBe(0)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it("leaves of each cell and class the point nearest to the middle, once, as COPC that others read", async () => {
    const wanted = keptByHand(points)
    expect(wanted.size).toBeGreaterThan(15_000)
    const found = await keptIn(copc("hundred"))
    // Points as near as each other are told apart by the order; few are.
    const differing = [...found].filter((point) => !wanted.has(point)).length
    expect(found.size).toBe(wanted.size)
    expect(differing / wanted.size).toBeLessThan(0.01)
    const read = await Copc.create(copc("hundred"))
    expect(read.header.pointCount).toBe(wanted.size)
    expect(read.wkt).toContain("Lambert")
  })

  it("gives the same file for other tiles and another number of workers", async () => {
    const ended = await run("fifty", "points.las", "--tile-size", "50", "--workers", "2", "--keep-points", "1")
    expect(ended.code, ended.stderr).toBe(0)
    expect((await hashes("fifty"))["points/points.copc.laz"]).toBe((await hashes("hundred"))["points/points.copc.laz"])
  })

  it("changes no other product, is left alone by a second run, and goes when it is asked for no more", async () => {
    expect((await run("without", "points.las", "--tile-size", "100")).code).toBe(0)
    const { "points/points.copc.laz": kept, ...others } = await hashes("hundred")
    expect(kept).toMatch(/^[0-9a-f]{64}$/)
    expect(await hashes("without")).toEqual(others)
    const before = statSync(copc("hundred")).mtimeMs
    const again = await run("hundred", "points.las", "--tile-size", "100", "--keep-points", "1")
    expect(jsonOf(again)).toMatchObject({ done: 0, unchanged: 1 })
    expect(statSync(copc("hundred")).mtimeMs).toBe(before)
    expect((await run("hundred", "points.las", "--tile-size", "100", "--replace")).code).toBe(0)
    expect(existsSync(copc("hundred"))).toBe(false)
  })

  it("refuses a distance that is none", async () => {
    const ended = await run("wrong", "points.las", "--keep-points", "0")
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining("--keep-points")])
  })
})
