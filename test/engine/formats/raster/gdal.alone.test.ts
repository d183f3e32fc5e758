import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { composeImage } from "../../../../engine/formats/raster/compose-image.js"
import { readGdalWindow } from "../../../../engine/formats/raster/gdal.js"
import { loadGdal } from "../../../../engine/formats/raster/load-gdal.js"
import { closeTiffs } from "../../../../engine/formats/raster/tiff/source.js"
import { openImageCatalogue } from "../../../../engine/spatial/image-catalogue.js"
import { sharedData } from "../../../shared-data.js"

const gdal = await loadGdal()
const folder = mkdtempSync(join(tmpdir(), "maille-gdal-"))
afterAll(async () => {
  await closeTiffs()
  rmSync(folder, { recursive: true, force: true })
})
const ortho = `${sharedData}/ortho`
const rgb = `${ortho}/ign-pdal-tools/test_data_rgb.tif`
const headers = async (path: string) => (await openImageCatalogue([path], { epsg: 2154 })).images

describe.skipIf(!sharedData || !gdal)("the GDAL lane", () => {
  it("agrees between the lanes: a VRT through GDAL, the TIFF itself through geotiff.js", async () => {
    const vrt = join(folder, "lane.vrt")
    const bands = [1, 2, 3].map(
      (band) => `<VRTRasterBand dataType="Byte" band="${band}"><NoDataValue>255</NoDataValue>
        <SimpleSource><SourceFilename relativeToVRT="0">${rgb}</SourceFilename><SourceBand>${band}</SourceBand>
        <SrcRect xOff="0" yOff="0" xSize="252" ySize="252"/><DstRect xOff="0" yOff="0" xSize="252" ySize="252"/></SimpleSource>
      </VRTRasterBand>`,
    )
    writeFileSync(
      vrt,
      `<VRTDataset rasterXSize="252" rasterYSize="252"><SRS>EPSG:2154</SRS>
        <GeoTransform>770549.8, 0.2, 0, 6277600.2, 0, -0.2</GeoTransform>${bands.join("")}</VRTDataset>`,
    )
    const [image] = await headers(vrt)
    expect(image).toMatchObject({ lane: "main", width: 252, pixel: expect.closeTo(0.2, 9) })
    for (const resolution of [0.1, 0.2, 0.33, 1]) {
      const box: Box2 = [770560, 6277560, 770590, 6277585]
      const given = new Map([[image.path, await readGdalWindow(image, box, resolution)]])
      const byGdal = (await composeImage([image], box, resolution, given))!
      const byTiff = (await composeImage(await headers(rgb), box, resolution))!
      expect(byGdal.box).toEqual(byTiff.box)
      expect(Buffer.compare(byGdal.data, byTiff.data)).toBe(0)
    }
    await expect(composeImage([image], [770560, 6277560, 770590, 6277585], 1)).rejects.toThrow(/GDAL reads are missing/)
  })

  it("reads a lossless JP2 through GDAL", async (context) => {
    const path = join(folder, "95-2024-0770-6278-LA93-0M20-E080.jp2")
    const options = ["-q", "-of", "JP2OpenJPEG", "-co", "QUALITY=100", "-co", "REVERSIBLE=YES", "-a_srs", "EPSG:2154"]
    try {
      execFileSync("gdal_translate", [...options, "-a_nodata", "none", rgb, path], { stdio: "ignore" })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return context.skip("gdal_translate is not installed")
      throw error
    }
    const [image] = await headers(path)
    expect(image).toMatchObject({ lane: "main", date: "2024", bands: 3 })
    const box: Box2 = [770560, 6277560, 770590, 6277585]
    const given = new Map([[image.path, await readGdalWindow(image, box, 0.2)]])
    const byGdal = (await composeImage([image], box, 0.2, given))!
    const byTiff = (await composeImage(await headers(rgb), box, 0.2))!
    let different = 0
    for (let i = 0; i < byTiff.data.length; i += 4) {
      if (byTiff.data[i + 3] === 0) continue
      for (const k of [0, 1, 2]) if (byTiff.data[i + k] !== byGdal.data[i + k]) different++
    }
    expect(different).toBe(0)
  })
})
