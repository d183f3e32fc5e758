import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { EngineError } from "../../engine/errors.js"
import { readGdalWindow } from "../../engine/formats/raster/gdal.js"
import { openImageCatalogue } from "../../engine/spatial/image-catalogue.js"
import { textMutation } from "./mutate-text.js"
import { BOX, rgbTiff } from "./raster-targets.js"
import type { Target } from "./run-fuzz.js"

const vrt: Target = {
  name: "vrt",
  seeds: async (folder) => {
    await writeFile(join(folder, "ortho.tif"), rgbTiff())
    const rect = 'xOff="0" yOff="0" xSize="24" ySize="24"'
    const bands = [1, 2, 3].map(
      (band) => `<VRTRasterBand dataType="Byte" band="${band}"><SimpleSource>
<SourceFilename relativeToVRT="1">ortho.tif</SourceFilename><SourceBand>${band}</SourceBand>
<SrcRect ${rect}/><DstRect ${rect}/></SimpleSource></VRTRasterBand>`,
    )
    const text = `<VRTDataset rasterXSize="24" rasterYSize="24"><SRS>EPSG:2154</SRS>
<GeoTransform>${BOX[0]}, 0.5, 0, ${BOX[3]}, 0, -0.5</GeoTransform>${bands.join("")}</VRTDataset>`
    return [{ name: "a.vrt", bytes: new TextEncoder().encode(text), mutations: [textMutation] }]
  },
  read: async (path) => {
    const { images, ignored } = await openImageCatalogue([path], { epsg: 2154 })
    if (images.length === 0) throw new EngineError("E_INPUT", ignored[0]?.reason ?? "nothing")
    for (const image of images) await readGdalWindow(image, BOX, 0.5)
    return undefined
  },
}

/** Readers of what only GDAL reads. */
export const gdalTargets: readonly Target[] = [vrt]
