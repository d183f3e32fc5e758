import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { readGdalFrame } from "../../../../engine/formats/raster/gdal.js"
import { loadGdal, trustVrtVariable } from "../../../../engine/formats/raster/load-gdal.js"
import { openImageCatalogue } from "../../../../engine/spatial/image-catalogue.js"
import { writeTiff } from "./written-images.js"

const gdal = await loadGdal()
const folder = mkdtempSync(join(tmpdir(), "maille-vrt-"))
mkdirSync(join(folder, "below"))
mkdirSync(join(folder, "beside"))
const secret = join(folder, "secret.txt")
writeFileSync(secret, "root:x:0:0".repeat(1000))
const image = join(folder, "beside", "image.tif")
await writeTiff(image, 770000, 6278000, 0.2, 32, (x, y) => [x, y, 9])
afterAll(() => rmSync(folder, { recursive: true }))

const source = (file: string, attributes = 'relativeToVRT="0"'): string =>
  `<SimpleSource><SourceFilename ${attributes}>${file}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>`
const band = (inside: string, attributes = ""): string =>
  `<VRTRasterBand dataType="Byte" ${attributes}>${inside}</VRTRasterBand>`
const dataset = (bands: string, attributes = ""): string =>
  `<VRTDataset rasterXSize="32" rasterYSize="32" ${attributes}><SRS>EPSG:2154</SRS>
   <GeoTransform>770000, 0.2, 0, 6278000, 0, -0.2</GeoTransform>${bands}</VRTDataset>`
const three = (inside: string, attributes = ""): string =>
  dataset([1, 2, 3].map((one) => band(inside, `band="${one}" ${attributes}`)).join(""))
const raw = `<SourceFilename relativeToVRT="0">${secret}</SourceFilename><ImageOffset>0</ImageOffset><PixelOffset>1</PixelOffset>`

let files = 0
const write = (text: string, ending = "vrt"): string => {
  const path = join(folder, "below", `${files++}.${ending}`)
  writeFileSync(path, text)
  return path
}
const circle = join(folder, "below", "circle.vrt")
writeFileSync(circle, three(source("circle.vrt", 'relativeToVRT="1"')))
const evil = write(three(raw, 'subClass="VRTRawRasterBand"'))

describe.skipIf(!gdal)("a VRT", () => {
  it.each([
    ["by an absolute path", source(image)],
    ["by a path beside it", source(relative(join(folder, "below"), image), 'relativeToVRT="1"')],
    ["with a comment", `<!-- of 2024 -->${source(image)}`],
    ["through another VRT", source(write(three(source(image))))],
  ])("of an image %s is taken", async (_, inside) => {
    const path = write(three(inside))
    expect(await readGdalFrame(path)).toMatchObject({ width: 32, bands: 3 })
    expect((await openImageCatalogue([path], { epsg: 2154 })).images).toHaveLength(1)
  })

  it.each([
    ["raw bands", three(raw, 'subClass="VRTRawRasterBand"'), /is a VRTRawRasterBand/],
    ["raw bands, written small", three(raw, 'SUBCLASS="vrtrawrasterband"'), /is a vrtrawrasterband/],
    ["raw bands by an element", three(`<subClass>VRTRawRasterBand</subClass>${raw}`), /<subClass> is not/],
    ["a source by an attribute", three("", `SourceFilename="${secret}"`), /has the attribute sourcefilename/],
    [
      "computed bands",
      three("<PixelFunctionType>sum</PixelFunctionType>", 'subClass="VRTDerivedRasterBand"'),
      /is a VRTDerived/,
    ],
    ["a processed dataset", dataset("", 'subClass="VRTProcessedDataset"'), /is a VRTProcessedDataset/],
    ["an address", three(source("/vsicurl/http://127.0.0.1:9/a.tif")), /is not a local file/],
    ["a virtual file", three(source("/vsizip/a.zip/a.tif")), /is not a local file/],
    ["a database", three(source("PG:dbname=x")), /is not a local file/],
    ["XML as a source", three(source(evil).replace(evil, "&lt;VRTDataset/&gt;")), /is not a local file/],
    ["a declaration", three(`<![CDATA[ ]]>${source(image)}`), /contains XML declarations/],
    ["a file that is no image", three(source(secret)), /secret\.txt is not an image/],
    ["a VRT that is refused", three(source(evil)), /is a VRTRawRasterBand/],
    ["itself", three(source(circle)), /refers to itself/],
  ])("of %s is refused, whatever its name", async (_, text, found) => {
    for (const ending of ["vrt", "jp2"]) {
      const path = write(text, ending)
      await expect(readGdalFrame(path)).rejects.toMatchObject({
        code: "E_FORMAT",
        message: expect.stringMatching(found),
      })
      const { images, ignored } = await openImageCatalogue([path], { epsg: 2154 })
      expect([images.length, ignored[0]?.reason]).toEqual([0, expect.stringMatching(/--trust-vrt|broken XML/)])
    }
  })

  it("is taken whatever it is where it is trusted", async () => {
    process.env[trustVrtVariable] = "1"
    try {
      expect(await readGdalFrame(evil)).toMatchObject({ width: 32, bands: 3 })
    } finally {
      delete process.env[trustVrtVariable]
    }
    await expect(readGdalFrame(evil)).rejects.toThrow(/--trust-vrt/)
  })

  it("in the name of a file is no VRT", async () => {
    const path = join(folder, "<VRTDataset>.jp2")
    writeFileSync(path, "x")
    await expect(readGdalFrame(path)).rejects.toThrow(/contains "<"/)
  })
})
