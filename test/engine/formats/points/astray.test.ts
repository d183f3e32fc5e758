import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { encodeLas } from "../../../../engine/formats/las/write/las-writer.js"
import { openLazWriter } from "../../../../engine/formats/laz/laz-writer.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { collect } from "../las/las-bytes.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-astray-"))
})
afterAll(() => rm(folder, { recursive: true }))

/** LAS 1.4 R15, table 3: 171 offset of z, 179 max x, 247 count. */
type Damage = (view: DataView) => void
const widened =
  (metres: number): Damage =>
  (view) =>
    view.setFloat64(179, view.getFloat64(179, true) + metres, true)
const lifted =
  (metres: number): Damage =>
  (view) =>
    view.setFloat64(171, view.getFloat64(171, true) + metres, true)

let files = 0
/** Two points 20 m apart, damaged; as LAS or as LAZ. */
const write = async (damage: Damage, form: "las" | "laz" = "las"): Promise<string> => {
  const column = (a: number, b: number): Int32Array => Int32Array.of(a, b)
  const points = {
    count: 2,
    scale: 0.001,
    origin: [770000, 6277000, 0] as const,
    x: column(0, 20000),
    y: column(0, 0),
    z: column(0, 0),
  }
  const las = join(folder, `${files++}.las`)
  await writeFile(las, encodeLas(points, { pointFormat: 6, epsg: 2154, scale: 0.01 }))
  const path = form === "las" ? las : await compress(las)
  const bytes = await readFile(path)
  damage(new DataView(bytes.buffer, bytes.byteOffset, bytes.length))
  await writeFile(path, bytes)
  return path
}

const compress = async (las: string): Promise<string> => {
  const file = await openPointFile(las)
  const laz = `${las}.laz`
  const writer = await openLazWriter(laz, { ...(await file.stored()), pointFormat: 6 })
  for await (const { bytes, count } of file.records()) await writer.write(bytes, count)
  await writer.finish()
  await file.close()
  return laz
}

const read = async (path: string): Promise<number> => {
  const file = await openPointFile(path)
  try {
    const chunks = await collect(file.read({ origin: [770000, 6277000, 0] }))
    return chunks.reduce((sum, chunk) => sum + chunk.count, 0)
  } finally {
    await file.close()
  }
}

test("a point far outside the header's box tells of a damaged file; a box a little off does not", async () => {
  expect(await read(await write(widened(0)))).toBe(2)
  expect(await read(await write(widened(-5)))).toBe(2)
  await expect(write(widened(-15)).then(read)).rejects.toMatchObject({
    code: "E_FORMAT",
    message: expect.stringContaining("far outside"),
  })
})

test.each(["las", "laz"] as const)("of %s, heights are held against the header too", async (form) => {
  expect(await read(await write(lifted(0.5), form))).toBe(2)
  await expect(write(lifted(2), form).then(read)).rejects.toMatchObject({
    code: "E_FORMAT",
    message: expect.stringContaining("a point at z = 2.00 is far outside the header's heights 0 to 0"),
  })
  // Beyond 12 km a point is left out and counted: the header of such a file is not asked.
  expect(await read(await write(lifted(20_000), form))).toBe(0)
})

/** A scan of 40,000 points with noise below it or east of it, and the header of the scan. */
const writeNoisy = async (form: "las" | "laz", [below, east]: readonly [number, number]): Promise<string> => {
  const scan = 40_000
  const count = scan + below + east
  const [x, y, z] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)]
  // Noise between the other points, as scanners see it.
  const step = Math.floor(count / Math.max(1, below + east))
  for (let i = 0, noise = 0; i < count; i++) {
    ;[x[i], y[i], z[i]] = [(i % 200) * 500, Math.floor(i / 200) * 500, (i % 7) * 10]
    if (i % step !== 0 || noise === below + east) continue
    if (noise++ < below) z[i] = -3000
    else x[i] = 150_000
  }
  const las = join(folder, `${files++}.las`)
  const origin = [770000, 6277000, 0] as const
  await writeFile(las, encodeLas({ count, scale: 0.001, origin, x, y, z }, { pointFormat: 6, epsg: 2154, scale: 0.01 }))
  const path = form === "las" ? las : await compress(las)
  const bytes = await readFile(path)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  view.setFloat64(179, 770099.5, true)
  view.setFloat64(219, 0, true)
  await writeFile(path, bytes)
  return path
}

test.each(["las", "laz"] as const)("noise of %s outside the header's bounds is read and counted", async (form) => {
  for (const noise of [
    [228, 0],
    [0, 7],
    [228, 7],
  ] as const) {
    const file = await openPointFile(await writeNoisy(form, noise))
    const chunks = await collect(file.read({ origin: [770000, 6277000, 0] }))
    expect(chunks.reduce((sum, chunk) => sum + chunk.count, 0)).toBe(40_000 + noise[0] + noise[1])
    expect(file.outside).toBe(noise[0] + noise[1])
    for await (const _ of file.records()); // Records are read too.
    await file.close()
  }
  for (const noise of [
    [800, 0],
    [0, 80],
  ] as const)
    await expect(writeNoisy(form, noise).then(read)).rejects.toMatchObject({
      code: "E_FORMAT",
      message: expect.stringMatching(/points or more, one at .* far outside the header's/),
    })
})

test("a count that is smaller than the file is a fault; far smaller, an error", async () => {
  const stated =
    (count: number): Damage =>
    (view) => {
      view.setUint32(107, 0, true)
      view.setBigUint64(247, BigInt(count), true)
    }
  const scan = await writeNoisy("las", [0, 0])
  const bytes = await readFile(scan)
  const shortened = async (count: number) => {
    stated(count)(new DataView(bytes.buffer, bytes.byteOffset, bytes.length))
    await writeFile(scan, bytes)
    const file = await openPointFile(scan)
    await file.close()
    return file.info
  }
  expect(await shortened(39_980)).toMatchObject({
    count: 39_980,
    faults: ["the header announces 39980 points and the file has room for 40000; the others are not read"],
  })
  await expect(shortened(20_000)).rejects.toMatchObject({ code: "E_FORMAT" })
})
