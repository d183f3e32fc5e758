import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../../../../engine/core/random.js"
import { encodeCog } from "../../../../../engine/formats/raster/tiff/cog.js"
import { readRaster } from "../../../../../engine/formats/raster/tiff/read-raster.js"
import type { Raster } from "../../../../../engine/kernel.js"
import { sharedData } from "../../../../shared-data.js"

const folder = mkdtempSync(join(tmpdir(), "maille-raster-"))
const path = join(folder, "big.tif")
const random = seededRandom(11)
const raster: Raster = {
  width: 1000,
  height: 900,
  minX: 770000,
  maxY: 6278000,
  cellSize: 0.5,
  data: Float32Array.from({ length: 900_000 }, (_, i) => (i % 1013 === 0 ? Number.NaN : random())),
}
let server: Server
let address: string
let sent = 0

beforeAll(async () => {
  writeFileSync(path, encodeCog(raster, { epsg: 2154, metadata: {} }))
  server = createServer((request, response) => {
    const [, begin, end] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? []
    const size = statSync(path).size
    const start = Number(begin)
    const stop = Math.min(Number(end), size - 1)
    sent += stop + 1 - start
    response.writeHead(206, { "content-range": `bytes ${start}-${stop}/${size}`, etag: '"one"' })
    createReadStream(path, { start, end: stop }).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/big.tif`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** True where a window of the raster holds the raster's own cells. */
const agrees = (part: Raster): boolean => {
  const left = (part.minX - raster.minX) * 2
  const top = (raster.maxY - part.maxY) * 2
  for (let row = 0; row < part.height; row++) {
    for (let column = 0; column < part.width; column++) {
      const wanted = raster.data[(top + row) * raster.width + left + column]
      if (!Object.is(part.data[row * part.width + column], wanted)) return false
    }
  }
  return true
}

describe("readRaster", () => {
  it("reads a whole file", async () => {
    const found = await readRaster(path)
    expect([found.width, found.height, found.minX, found.maxY, found.cellSize]).toEqual([
      1000, 900, 770000, 6278000, 0.5,
    ])
    expect(agrees(found)).toBe(true)
  })

  it("reads the cells of a window", async () => {
    const found = await readRaster(path, { window: [770100.25, 6277700, 770120, 6277710.5] })
    expect([found.minX, found.maxY, found.width, found.height]).toEqual([770100, 6277710.5, 40, 21])
    expect(agrees(found)).toBe(true)
  })

  it("reads a window over http by ranges, without the rest of the file", async () => {
    const found = await readRaster(address, { window: [770100, 6277700, 770120, 6277710] })
    expect([found.width, found.height]).toEqual([40, 20])
    expect(agrees(found)).toBe(true)
    expect(sent).toBeLessThan(statSync(path).size / 3)
  })

  it("reads the coarsest overview that is fine enough, and means of the cells below", async () => {
    const at = async (cellSize: number) => readRaster(path, { cellSize, window: [770100, 6277700, 770120, 6277710] })
    expect((await at(0.99)).cellSize).toBe(0.5)
    expect((await at(1.9)).cellSize).toBe(1)
    // 1000 × 900 cells end with the overview of which one tile of 256 holds all.
    expect((await at(1e6)).cellSize).toBe(2)
    const coarse = await at(2)
    expect([coarse.minX, coarse.maxY, coarse.width, coarse.height]).toEqual([770100, 6277710, 10, 5])
    const fine = await readRaster(path, { window: [770100, 6277708, 770102, 6277710] })
    const mean = [...fine.data].reduce((sum, value) => sum + value, 0) / fine.data.length
    if (Number.isNaN(mean)) expect([...fine.data].some(Number.isNaN)).toBe(true)
    else expect(coarse.data[0]).toBeCloseTo(mean, 4)
  })

  it("refuses what is no raster with its name", async () => {
    const text = join(folder, "text.tif")
    writeFileSync(text, "hello")
    await expect(readRaster(text)).rejects.toThrow(/text\.tif: cannot be read as a TIFF/)
    await expect(readRaster(join(folder, "absent.tif"))).rejects.toThrow(/absent\.tif/)
    await expect(readRaster(path, { window: [0, 0, 10, 10] })).rejects.toThrow(/no cell inside the box/)
  })

  it.skipIf(!sharedData)("reads the reference rasters of IGN", async () => {
    const found = await readRaster(
      `${sharedData}/lidar-hd/las-digital-models/DTM/test_data_77055_627760_LA93_IGN69_50CM_TIN.tif`,
    )
    expect([found.width, found.height, found.minX, found.maxY]).toEqual([100, 100, 770550, 6277600])
    const heights = [...found.data].filter((value) => !Number.isNaN(value))
    expect(Math.min(...heights)).toBeGreaterThan(15)
    expect(Math.max(...heights)).toBeLessThan(45)
  })
})
