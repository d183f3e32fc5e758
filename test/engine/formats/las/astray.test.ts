import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { openPointFile } from "../../../../engine/formats/las/point-file.js"
import { encodeLas } from "../../../../engine/formats/las/writer.js"
import { collect } from "./las-bytes.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-astray-"))
})
afterAll(() => rm(folder, { recursive: true }))

/** Two points 20 m apart, the box of the header widened (metres) beyond or within them. */
const write = async (widen: number): Promise<string> => {
  const column = (a: number, b: number): Int32Array => Int32Array.of(a, b)
  const points = {
    count: 2,
    scale: 0.001,
    origin: [770000, 6277000, 0] as const,
    x: column(0, 20000),
    y: column(0, 0),
    z: column(0, 0),
  }
  const bytes = encodeLas(points, { pointFormat: 6, epsg: 2154, scale: 0.01 })
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  // LAS 1.4 R15, table 3: 179 max x.
  view.setFloat64(179, view.getFloat64(179, true) + widen, true)
  const path = join(folder, `box${widen}.las`)
  await writeFile(path, bytes)
  return path
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
  expect(await read(await write(0))).toBe(2)
  expect(await read(await write(-5))).toBe(2)
  await expect(write(-15).then(read)).rejects.toMatchObject({
    code: "E_FORMAT",
    message: expect.stringContaining("far outside"),
  })
})
