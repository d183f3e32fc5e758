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
const halved: Damage = (view) => {
  view.setUint32(107, 0, true)
  view.setBigUint64(247, 1n, true)
}

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

test("a count that is smaller than the file is told", async () => {
  const file = await openPointFile(await write(halved))
  await file.close()
  expect(file.info).toMatchObject({
    count: 1,
    faults: ["the header announces 1 points and the file has room for 2; the others are not read"],
  })
})
