import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { PointColumns, PointQuery } from "../../../../engine/formats/las/columns.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { collect, lasBytes, randomPoints, rowsOf, rowsStored } from "../las/las-bytes.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-las-"))
})
afterAll(() => rm(folder, { recursive: true }))

const stored = async (bytes: Uint8Array, name = "test.las"): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

const readAll = async (path: string, query: PointQuery): Promise<PointColumns[]> => {
  const file = await openPointFile(path)
  try {
    return await collect(file.read(query))
  } finally {
    await file.close()
  }
}

describe("uncompressed", () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    "point format %i, with and without extra bytes",
    async (pointFormat) => {
      const points = randomPoints(seededRandom(pointFormat), 300)
      for (const extraBytes of [0, 5]) {
        const path = await stored(lasBytes({ pointFormat, extraBytes, points }))
        const found = rowsOf(await readAll(path, { origin: [0, 0, 0] }))
        expect(found).toEqual(rowsStored(points, { time: pointFormat !== 0 && pointFormat !== 2 }))
      }
    },
  )

  test.each([0, 1, 2, 3, 4])("version 1.%i", async (minor) => {
    const points = randomPoints(seededRandom(minor), 70000)
    const path = await stored(lasBytes({ minor, pointFormat: 1, points }))
    const chunks = await readAll(path, { origin: [0, 0, 0] })
    expect(chunks.map((chunk) => chunk.count)).toEqual([65536, 4464])
    expect(rowsOf(chunks)).toEqual(rowsStored(points))
  })

  test("coordinates are exact on the millimetre grid for any whole scale, offset and origin", async () => {
    const integer = (bound: number) => fc.integer({ min: -bound, max: bound })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0.001, 0.01, 0.1, 1),
        fc.tuple(integer(1e9), integer(1e9), integer(1e6)),
        fc.tuple(integer(1e5), integer(1e5), integer(1e5)),
        fc.array(fc.tuple(integer(2000), integer(2000), integer(2000)), { minLength: 1, maxLength: 20 }),
        async (scale, offsetMm, shiftMm, places) => {
          const offset = offsetMm.map((mm) => mm / 1000) as [number, number, number]
          const origin = offsetMm.map((mm, i) => (mm + shiftMm[i]!) / 1000) as [number, number, number]
          const points = places.map(([x, y, z]) => ({ ...randomPoints(() => 0, 1)[0]!, x, y, z }))
          const path = await stored(lasBytes({ scale, offset, points }), "exact.las")
          const found = rowsOf(await readAll(path, { origin })).map((row) => row.slice(0, 3))
          const scaleMm = Math.round(scale * 1000)
          expect(found).toEqual(places.map((place) => place.map((value, i) => value * scaleMm - shiftMm[i]!)))
        },
      ),
      { numRuns: 60, seed: 1 },
    )
  })

  test("a scale that is no whole millimetre is rounded by absolute place, whatever the origin", async () => {
    const points = randomPoints(seededRandom(3), 500, 1e6)
    const path = await stored(lasBytes({ scale: 0.00025, offset: [515384.8225, 12.0001, 0.0004], points }))
    const near = rowsOf(await readAll(path, { origin: [515000, 0, 0] }))
    const far = rowsOf(await readAll(path, { origin: [515000.123, -77.5, 3] }))
    expect(far.map(([x, y, z]) => [x! + 123, y! - 77500, z! + 3000])).toEqual(near.map((row) => row.slice(0, 3)))
    near.forEach(([x], i) => {
      expect(Math.abs(x! / 1000 + 515000 - (points[i]!.x * 0.00025 + 515384.8225))).toBeLessThanOrEqual(0.000501)
    })
  })

  test("a box is half-open on millimetres: quarters share no point and lose none", async () => {
    const points = randomPoints(seededRandom(4), 5000, 200)
    const path = await stored(lasBytes({ points }))
    const all = rowsOf(await readAll(path, { origin: [0, 0, 0] }))
    const quarters = await Promise.all(
      [
        [0, 0, 1, 1],
        [1, 0, 2, 1],
        [0, 1, 1, 2],
        [1, 1, 2, 2],
      ].map(async (box) => {
        const found = rowsOf(await readAll(path, { origin: [0, 0, 0], box: box as [number, number, number, number] }))
        for (const [x, y] of found) {
          expect(x! >= box[0]! * 1000 && x! < box[2]! * 1000 && y! >= box[1]! * 1000 && y! < box[3]! * 1000).toBe(true)
        }
        return found
      }),
    )
    expect(quarters.flat().length).toBe(all.length)
    // 1 m is met exactly by stored coordinates, so a closed box would count such points twice.
    expect(all.some(([x]) => x === 1000)).toBe(true)
  })

  test("extra dimensions are read by name, scaled", async () => {
    const data = new Uint8Array(384)
    const view = new DataView(data.buffer)
    data[2] = 3
    data.set(new TextEncoder().encode("Amplitude"), 4)
    data[3] = 8 | 16
    view.setFloat64(112, 0.5, true)
    view.setFloat64(136, 10, true)
    data[192 + 2] = 1
    data.set(new TextEncoder().encode("Marker"), 192 + 4)
    const points = randomPoints(seededRandom(5), 3)
    const path = await stored(lasBytes({ points, extraBytes: 4, vlrs: [{ userId: "LASF_Spec", recordId: 4, data }] }))
    const file = await openPointFile(path)
    expect(file.info.extraBytes).toEqual([
      { name: "Amplitude", type: "uint16" },
      { name: "Marker", type: "uint8" },
      { name: "ExtraBytes", type: "bytes[1]" },
    ])
    const [chunk] = await collect(file.read({ origin: [0, 0, 0], extra: ["Amplitude", "Marker"] }))
    expect(chunk?.extra).toEqual({
      Amplitude: new Float64Array(3).fill(513 * 0.5 + 10),
      Marker: new Float64Array(3).fill(3),
    })
    await expect(collect(file.read({ origin: [0, 0, 0], extra: ["Colour"] }))).rejects.toThrow(/Colour.*Amplitude/)
    await file.close()
  })
})

describe("refused with what was found and what to do", () => {
  const points = randomPoints(seededRandom(6), 100)
  const sound = () => lasBytes({ points })
  const set = (at: number, ...values: number[]) => {
    const bytes = sound()
    bytes.set(values, at)
    return bytes
  }
  test.each<[string, Uint8Array, RegExp]>([
    ["cut in the body", sound().slice(0, -1), /announces 100 points, and it has 99.*Fetch or export it again/],
    ["cut in the header", sound().slice(0, 300), /ends after 300 bytes/],
    ["an unknown point format", set(104, 11), /point format 11/],
    ["short records", set(105, 29, 0), /records of 29 bytes; point format 6 needs 30/],
    ["a count of 2^40", set(247, 0, 0, 0, 0, 0, 1), /announces 1099511627776 points, and it has 100/],
    ["a count beyond all measure", set(247, 0, 0, 0, 0, 0, 0, 0, 255), /announces \d+ points/],
    ["points that start behind the end", set(96, 255, 255, 255, 127), /byte 2147483647/],
    ["scale 0", set(131, 0, 0, 0, 0, 0, 0, 0, 0), /scale 0/],
    ["no count though points follow", set(247, 0, 0, 0, 0), /announces no points, but 3000 bytes follow/],
    ["compressed without a LASzip record", set(104, 134), /without a LASzip record/],
    ["compressed waveforms", set(104, 137, 59, 0), /LAZ of point format 9.*Convert it/],
    [
      "an endless box",
      set(179, 255, 255, 255, 255, 255, 255, 239, 127, 0),
      /its header is unfinished|places the points/,
    ],
  ])("%s", async (name, bytes, message) => {
    if (name === "an endless box") new DataView(bytes.buffer).setFloat64(179, Number.NEGATIVE_INFINITY, true)
    const path = await stored(bytes, "refused.las")
    await expect(readAll(path, { origin: [0, 0, 0] })).rejects.toMatchObject({
      code: "E_FORMAT",
      message: expect.stringMatching(message),
      context: { file: path },
    })
  })

  test("a point too far from the origin", async () => {
    const path = await stored(lasBytes({ points, offset: [0, 6900000, 0] }))
    await expect(readAll(path, { origin: [0, 0, 0] })).rejects.toMatchObject({
      code: "E_INPUT",
      message: expect.stringContaining("more than 2,147 km from the origin"),
    })
  })
})

test("identity changes with any byte that is read, and not with the place of the file", async () => {
  const points = randomPoints(seededRandom(7), 5000)
  const identity = async (bytes: Uint8Array, name: string): Promise<string> => {
    const file = await openPointFile(await stored(bytes, name))
    await file.close()
    return file.info.identity
  }
  const bytes = lasBytes({ points })
  const one = await identity(bytes, "one.las")
  expect(await identity(bytes, "copy.las")).toBe(one)
  bytes[375 + 30 * 2500 + 16] = bytes[375 + 30 * 2500 + 16]! ^ 1
  expect(await identity(bytes, "one.las")).not.toBe(one)
})
