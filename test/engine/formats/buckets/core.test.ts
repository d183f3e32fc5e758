import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { openSpool } from "../../../../engine/formats/buckets/bucket-file.js"
import type { DealtPoints, DealtSegment } from "../../../../engine/formats/buckets/core-types.js"
import { gatherSpools } from "../../../../engine/formats/buckets/gather-buckets.js"
import { spoolCore } from "../../../../engine/formats/buckets/wasm/core.js"
import { writeSpool } from "../../../../engine/formats/buckets/write-buckets.js"
import { gatherPoints } from "../../../../engine/formats/las/gather.js"
import { openPointFile } from "../../../../engine/formats/las/point-file.js"
import { encodeLas } from "../../../../engine/formats/las/write/las-writer.js"
import type { AttributeName } from "../../../../engine/kernel.js"
import type { FullPoints } from "../../../../engine/worker/points/select-points.js"
import { PlainDealer } from "../../../reference/buckets/plain-dealer.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-spool-core-"))
})
afterAll(() => rm(folder, { recursive: true }))

/** Points over `side` millimetres around the CRS origin: most of them at few places or along few lines, with ties, equal points and noise; so many in a cell that segments fill. */
const pointsOf = (seed: number, count: number, side: number): FullPoints => {
  const random = seededRandom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const kinds = Array.from({ length: count }, () => below(4))
  const place = (kind: number, i: number): number => {
    if (kind === 0) return below(3) * 49_999
    if (kind === 1) return (i * 37) % 1500
    return below(side) - side / 2
  }
  const codes = Uint8Array.from(kinds, () => [2, 2, 6, 7, 18, 66][below(6)]!)
  return {
    count,
    scale: 0.001,
    origin: [0, 0, 0],
    x: Int32Array.from(kinds, place),
    y: Int32Array.from(kinds, (kind) => place(kind, below(2000))),
    z: Int32Array.from(kinds, () => below(2000) - 1000),
    classification: codes,
    returnNumber: Uint8Array.from(kinds, () => 1 + below(2)),
    numberOfReturns: Uint8Array.from(kinds, () => 1 + below(2)),
    intensity: Uint16Array.from(kinds, () => below(65536)),
    // The times of noise lie beyond the others: they are told of nowhere.
    gpsTime: Float64Array.from(codes, (code) =>
      code === 7 || code === 18 ? 9 : [0, Number.NaN, 3, 5, random()][below(5)]!,
    ),
  }
}

/** What a dealer gives, as text. */
const told = (into: string[]) => (segment: DealtSegment) => {
  const { count, bytes, cellX, cellY, lowZ, highZ, times, others } = segment
  into.push([cellX, cellY, count, lowZ, highZ, ...times, ...others, Buffer.from(bytes).toString("hex")].join("|"))
}

describe("points of spools in WebAssembly", () => {
  const attributes: readonly (readonly AttributeName[])[] = [
    [],
    ["returnNumber", "numberOfReturns"],
    ["intensity"],
    ["gpsTime"],
    ["numberOfReturns", "intensity", "gpsTime"],
  ]

  test.each([
    [1, 60_000, 200_000],
    [2, 3000, 900_000],
  ])("are ordered as gatherPoints orders those of the file, to the byte, seed %i", async (seed, count, side) => {
    const path = join(folder, `${seed}.las`)
    await writeFile(path, encodeLas(pointsOf(seed, count, side), { pointFormat: 6, epsg: 2154, scale: 0.001 }))
    const file = await openPointFile(path)
    for (const asked of attributes) {
      for (const classes of [undefined, [2], [6, 66]]) {
        const query = { attributes: asked, classes }
        await writeSpool(file, `${path}.bucket`, query)
        const spool = await openSpool(`${path}.bucket`)
        const [extent, origin, cell] = [
          [-80.5, -100, 70, 33.333],
          [-7.003, 12.5, 0.5],
          [-25, -50, 50, 25],
        ] as const
        const { points } = await gatherSpools([spool], { extent, origin, cell, ...query })
        const { points: expected } = await gatherPoints([file], extent, origin, { cell, ...query })
        expect(points.count).toBeGreaterThan(10)
        for (const name of ["count", "x", "y", "z", "classification", ...asked] as const)
          expect(points[name]).toEqual(expected[name])
        await spool.close()
      }
    }
    await file.close()
  })

  test("are dealt out to as many cells as there are, again and again, with the columns that there are", async () => {
    const core = await spoolCore()
    for (const [held, name] of [
      [{ gpsTime: true, intensity: true }, "all"],
      [{ gpsTime: false, intensity: false }, "none"],
    ] as const) {
      const query = { held, kept: new Uint8Array(256).fill(1).fill(0, 6, 7), base: [-3, 5], most: 512 } as const
      const [dealer, twin] = [core.dealer(query), new PlainDealer(query)]
      const [given, expected]: [string[], string[]] = [[], []]
      for (const seed of [5, 6]) {
        const whole: FullPoints = pointsOf(seed, 20_000, 1_900_000_000)
        const points: DealtPoints = {
          ...whole,
          returns: whole.returnNumber,
          ...(name === "all" ? {} : { gpsTime: new Float64Array(0), intensity: new Uint16Array(0) }),
        }
        for (let round = 0; round < 2; round++) {
          dealer.deal(points, told(given))
          twin.deal(points, told(expected))
          expect(dealer.buffered).toBe(twin.buffered)
        }
        dealer.drain(told(given))
        twin.drain(told(expected))
        expect([dealer.buffered, twin.buffered]).toEqual([0, 0])
      }
      expect(given.length).toBeGreaterThan(20_000)
      expect(given).toEqual(expected)
    }
  })
})
