import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterAll, describe, expect, it, vi } from "vitest"
import {
  type ImageHeader,
  imageDate,
  isInfrared,
  orderImages,
} from "../../../engine/formats/raster/image/image-header.js"
import { loadGdal } from "../../../engine/formats/raster/load-gdal.js"
import { openImageCatalogue } from "../../../engine/spatial/image-catalogue.js"
import { processorMs } from "../../processor-ms.js"
import { sharedData } from "../../shared-data.js"

const folder = mkdtempSync(join(tmpdir(), "maille-images-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const montpellier = [770500, 6277500, 770600, 6277600] as const

const header = (name: string, pixel: number, date?: string): ImageHeader => ({
  path: `/images/${name}`,
  name,
  box: [0, 0, 1, 1],
  width: 1,
  height: 1,
  pixel,
  bands: 3,
  ...(date === undefined ? {} : { date }),
  lane: "worker",
  decoder: "tiff",
  identity: name,
})

describe("names of images", () => {
  it("tells infrared from colour", () => {
    for (const name of [
      "test_data_irc.tif",
      "95-2024-0595-6890-LA93-0M20-IRC-E080.jp2",
      "19FD5606A_ix00020_16371.tif",
      "OHR_IRC_0M20_JP2-E080_LAMB93_D095-2024/95-2024-0595-6890-LA93-0M20-E080.jp2",
    ]) {
      expect(isInfrared(`/a/${name}`), name).toBe(true)
    }
    for (const name of ["test_data_rgb.tif", "circuit.tif", "19FD5606Ax00020_16371.tif", "mix2.tif"]) {
      expect(isInfrared(`/a/${name}`), name).toBe(false)
    }
  })

  it("finds dates", () => {
    expect(imageDate("95-2024-0595-6890-LA93-0M20-E080.jp2")).toBe("2024")
    expect(imageDate("2A-2021-1160-6110-LA93-0M20-E080.jp2")).toBe("2021")
    expect(imageDate("ortho_20230502.tif")).toBe("2023-05-02")
    expect(imageDate("ortho-2019.tif", "2022:01:01 00:00:00")).toBe("2019")
    expect(imageDate("ortho.tif", "2022:01:31 10:00:00")).toBe("2022-01-31")
    expect(imageDate("test_data_77055_627760.tif")).toBeUndefined()
    expect(imageDate("19FD5606Ax00020_16371.tif")).toBeUndefined()
  })

  it("orders by preference, finer pixel, later date, name", () => {
    const images = [
      header("b.tif", 0.2, "2020"),
      header("a.tif", 0.2, "2020"),
      header("new.tif", 0.2, "2023-05-02"),
      header("fine.tif", 0.05),
      header("coarse.tif", 5, "2024"),
    ]
    const names = (prefer?: string) => orderImages(images, prefer).map((image) => image.name)
    expect(names()).toEqual(["fine.tif", "new.tif", "a.tif", "b.tif", "coarse.tif"])
    expect(names("COARSE")[0]).toBe("coarse.tif")
    expect(names("^/images/[ab]\\.").slice(0, 2)).toEqual(["a.tif", "b.tif"])
    expect(names("(")[0]).toBe("fine.tif")
    expect(orderImages([...images].reverse()).map((image) => image.name)).toEqual(names())
  })
})

describe.skipIf(!sharedData)("openImageCatalogue on real files", () => {
  it("finds the one colour image of Montpellier among 116, quickly", { retry: 2 }, async () => {
    await loadGdal()
    const start = processorMs()
    const found = await openImageCatalogue([`${sharedData}/ortho`], { epsg: 2154, box: montpellier })
    expect(processorMs() - start).toBeLessThan(1500)
    expect(found.images.map((image) => image.name)).toEqual(["test_data_rgb.tif"])
    const [image] = found.images
    for (const [i, edge] of [770549.8, 6277549.8, 770600.2, 6277600.2].entries()) {
      expect(image.box[i]).toBeCloseTo(edge, 6)
    }
    expect(image).toMatchObject({ width: 252, height: 252, bands: 3, lane: "worker" })
    expect(JSON.parse(JSON.stringify(image))).toEqual(image)
    expect(found.ignored.length + found.images.length).toBe(116)
    // One line a reason, with the count and what to do.
    expect(found.warnings.length).toBeLessThan(25)
    const told = found.warnings.flatMap(
      (line) => /^--imagery: (\d+) of 116 images not used \(.+\): .+\.$/.exec(line)?.[1] ?? [],
    )
    expect(told.length).toBe(found.warnings.length)
    expect(told.reduce((sum, count) => sum + Number(count), 0)).toBe(115)
    const reason = (name: string) => found.ignored.find(({ path }) => path.endsWith(name))?.reason
    expect(reason("test_data_irc.tif")).toMatch(/infrared/)
    expect(reason("RGB/19FD5606Ax00020_16371.tif")).toMatch(/outside/)
    expect(reason("rgb-3c-16b.tiff")).toMatch(/16 bits/)
    expect(reason("RGEALTI.tif")).toMatch(/1 band/)
    expect(reason("planar-rgb-u8.tif")).toMatch(/no georeference/)
    expect(reason("usda_naip_256_webp_z3.tif")).toMatch(
      /^in EPSG:3857, not in EPSG:2154 \(reproject it: gdalwarp -t_srs EPSG:2154 (\S+)\.tif \1-2154\.tif\)$/,
    )
  })

  it("takes every colour image of the CRS where no box is asked", async () => {
    const found = await openImageCatalogue([`${sharedData}/ortho/PackO`], { epsg: 2154 })
    expect(found.images.map((image) => image.pixel)).toEqual([...found.images.map((image) => image.pixel)].sort())
    expect(found.images).toHaveLength(7)
  })

  it("does not depend on how the files are named", async () => {
    const options = { epsg: 2154, box: montpellier }
    const root = `${sharedData}/ortho/ign-pdal-tools`
    const byFolder = await openImageCatalogue([root], options)
    const byGlob = await openImageCatalogue([`${root}/*.tif`], options)
    const byName = await openImageCatalogue([`${root}/test_data_rgb.tif`, `${root}/test_data_irc.tif`, root], options)
    expect(byGlob).toEqual(byFolder)
    expect(byName).toEqual(byFolder)
  })

  for (const kind of ["tiff", "jp2"]) {
    it(`survives the malformed ${kind} files, each within a second`, { retry: 2 }, async () => {
      const { globSync } = await import("tinyglobby")
      const files = globSync("**/*.{tif,tiff,jp2}", { cwd: `${sharedData}/malformed/${kind}`, absolute: true })
      expect(files.length).toBeGreaterThan(2)
      await loadGdal()
      for (const file of files) {
        const start = processorMs()
        const found = await openImageCatalogue([file], { epsg: 2154 }).catch((error: unknown) => error)
        expect(processorMs() - start, file).toBeLessThan(1000)
        if (found instanceof Error) expect(found.message).toMatch(/needs GDAL/)
        else expect(found).toMatchObject({ images: [] })
      }
    })
  }

  it("survives truncated and scribbled TIFFs", { retry: 2 }, async () => {
    const bytes = readFileSync(`${sharedData}/ortho/ign-pdal-tools/test_data_rgb.tif`)
    for (let i = 0; i < 60; i++) {
      const broken = Buffer.from(bytes)
      for (let k = 0; k < 4; k++) broken[4 + ((i * 37 + k * 101) % 516)] = (i * 53 + k * 19) & 0xff
      writeFileSync(join(folder, `scribbled-${i}.tif`), i % 3 === 0 ? broken.subarray(0, 9 + i * 9) : broken)
    }
    const start = processorMs()
    const found = await openImageCatalogue([folder], { epsg: 2154 })
    expect(processorMs() - start).toBeLessThan(5000)
    expect(found.images.length + found.ignored.length + found.warnings.length).toBeGreaterThanOrEqual(60)
  })

  it("reads an address by ranges", async () => {
    const file = `${sharedData}/ortho/ign-pdal-tools/test_data_rgb.tif`
    const bytes = readFileSync(file)
    const server = createServer((request, response) => {
      const [, begin, end] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "")!
      const stop = Math.min(Number(end), bytes.length - 1)
      response.writeHead(206, { "content-range": `bytes ${begin}-${stop}/${bytes.length}`, etag: '"one"' })
      response.end(bytes.subarray(Number(begin), stop + 1))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${basename(file)}`
    const found = await openImageCatalogue([url], { epsg: 2154, box: montpellier })
    server.closeAllConnections()
    server.close()
    expect(found.images.map((image) => image.path)).toEqual([url])
  })

  it("uses plain TIFFs with a world file, and says what it supposes", async () => {
    const plain = join(folder, "world")
    mkdirSync(plain)
    copyFileSync(`${sharedData}/ortho/image-tiff/images/quad-tile.jpg.tiff`, join(plain, "ortho-2021.tiff"))
    writeFileSync(join(plain, "ortho-2021.tfw"), "0.2\n0\n0\n-0.2\n770500.1\n6277599.9\n")
    const found = await openImageCatalogue([plain], { epsg: 2154, box: montpellier })
    expect(found.images).toHaveLength(1)
    expect(found.images[0].box[0]).toBeCloseTo(770500, 6)
    expect(found.images[0].box[3]).toBeCloseTo(6277600, 6)
    expect(found.images[0].date).toBe("2021")
    expect(found.warnings[0]).toMatch(/using EPSG:2154/)
  })
})

describe("openImageCatalogue", () => {
  it("refuses a path that does not exist", async () => {
    await expect(openImageCatalogue([join(folder, "absent")], { epsg: 2154 })).rejects.toThrow(/no such file or folder/)
  })

  it("gives an empty catalogue for an empty folder, and says so", async () => {
    mkdirSync(join(folder, "empty"))
    writeFileSync(join(folder, "empty", "readme.txt"), "no image")
    const empty = join(folder, "empty")
    expect(await openImageCatalogue([empty], { epsg: 2154 })).toEqual({
      images: [],
      ignored: [],
      warnings: [`--imagery: no images in ${empty}. Check the path.`],
    })
  })

  it("warns of a file that is no image", async () => {
    const path = join(folder, "no-image.tif")
    writeFileSync(path, "II*\0hello, this is no TIFF at all")
    const found = await openImageCatalogue([path], { epsg: 2154 })
    expect(found.images).toEqual([])
    expect(found.ignored).toEqual([{ path, reason: expect.stringContaining("cannot be read as an image (") }])
    expect(found.warnings).toEqual([expect.stringContaining("1 of 1 image not used (no-image.tif): cannot be read")])
  })

  it.skipIf(!sharedData)("tells what to install where GDAL is absent and needed", async () => {
    vi.resetModules()
    vi.doMock("../../../engine/formats/raster/load-gdal.js", async (original) => ({
      ...(await original<object>()),
      loadGdal: async () => undefined,
    }))
    const { openImageCatalogue: without } = await import("../../../engine/spatial/image-catalogue.js")
    const options = { epsg: 2154, box: montpellier }
    await expect(without([`${sharedData}/ortho/openjpeg-data`], options)).rejects.toThrow(
      /needs GDAL\. To install it: maille gdal --install/,
    )
    const found = await without([`${sharedData}/ortho`], options)
    expect(found.images.map((image) => image.name)).toEqual(["test_data_rgb.tif"])
    expect(found.ignored.find(({ path }) => path.endsWith("file1.jp2"))?.reason).toMatch(/needs GDAL/)
    vi.doUnmock("../../../engine/formats/raster/load-gdal.js")
  })
})
