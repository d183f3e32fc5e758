/**
 * Reads headers and pixels of images that only GDAL opens, such as JP2 and VRT; main thread only.
 */

import { basename } from "node:path"
import type { Box2 } from "../../core/geometry/box.js"
import { elementAt } from "../../core/lists.js"
import { EngineError } from "../../errors.js"
import { recogniseCrs } from "../../grid/crs.js"
import { isUrl } from "../../io/byte-source.js"
import { changed } from "../../io/bytes.js"
import { gdalS3Options, isS3, partsOfS3 } from "../../io/s3.js"
import { fullAddress } from "../../io/secrets.js"
import type { Image } from "../../kernel.js"
import { driversFor, IMAGE_DRIVERS } from "./check-vrt.js"
import { gridBox, pixelGrid } from "./compose-image.js"
import { withNetwork } from "./gdal-network.js"
import { filesIdentity } from "./image/image-file.js"
import {
  crsRefusal,
  extentRefusal,
  type FrameFacts,
  type HeaderOutcome,
  type ImageDemand,
  type ImageHeader,
  noPlace,
  placedImage,
  tooFewBands,
} from "./image/image-header.js"
import { fillFrom, type PixelLevel, type PixelSource } from "./image/sample-pixels.js"
import {
  GDAL_REMEDY,
  type Gdal,
  type GdalBand,
  type GdalDataset,
  loadGdal,
  openWith,
  requireGdal,
  trustVrtVariable,
} from "./load-gdal.js"

/**
 * Reads an image's header with GDAL (JP2, VRT or any other format it opens). Main thread only.
 *
 * @throws Error from GDAL if the file is broken
 */
export const readGdalHeader = async (path: string, demand: ImageDemand): Promise<HeaderOutcome> => {
  const gdal = await loadGdal()
  if (!gdal) return { ignored: GDAL_REMEDY, needsGdal: true }
  return withDataset(gdal, path, async (dataset) => {
    const size = dataset.rasterSize
    const bands = dataset.bands.count()
    if (!size || bands === 0) return { ignored: "no image in the file. Check it" }
    if (bands < 3) return { ignored: tooFewBands(bands) }
    for (let band = 1; band <= 3; band++) {
      const type = dataset.bands.get(band).dataType
      if (type !== "Byte")
        return { ignored: `bands of type ${type}; expected Byte. Convert it (gdal_translate -ot Byte -scale)` }
    }
    const box = gdalBox(dataset)
    if (!box) return { ignored: noPlace }
    const wkt = dataset.srs?.toWKT()
    const crs = recogniseCrs({ wkts: wkt ? [wkt] : [] })
    const elsewhere = crsRefusal(path, crs, demand, false) ?? extentRefusal(box, demand)
    if (elsewhere) return { ignored: elsewhere }
    // The sources of a VRT count towards its identity.
    const identity = await filesIdentity(isUrl(path) ? [path] : dataset.getFileList())
    const facts = { path, name: basename(path), box, width: size.x, height: size.y, bands }
    return { image: placedImage({ ...facts, lane: "main", decoder: "gdal", identity }) }
  })
}

/**
 * Reads size and bands of an image that only GDAL opens, without georeference. Main thread only.
 *
 * @throws EngineError `E_INPUT` if gdal-async is not installed
 */
export const readGdalFrame = async (path: string): Promise<FrameFacts | string> => {
  const gdal = await requireGdal(path)
  return withDataset(gdal, path, async (dataset) => {
    const { x: width, y: height } = dataset.rasterSize ?? { x: 0, y: 0 }
    const bands = dataset.bands.count()
    if (bands < 3 || width === 0) return `has ${bands} bands, colour needs three`
    for (let band = 1; band <= 3; band++) {
      const type = dataset.bands.get(band).dataType
      if (type !== "Byte") return `has bands of type ${type}, Byte is expected`
    }
    return { width, height, bands, lane: "main", decoder: "gdal" }
  })
}

/**
 * Reads a window of an image of lane "main" for {@link composeImage}, with the same grid, overview
 * choice and sampling. Main thread only; decoding runs on libuv's threads.
 *
 * @param box CRS metres; the result covers it, expanded to multiples of `resolution`
 * @throws EngineError `E_INPUT` if gdal-async is not installed; `E_FORMAT` if GDAL cannot read the
 *   pixels
 */
export const readGdalWindow = async (image: ImageHeader, box: Box2, resolution: number): Promise<Image> => {
  const gdal = await requireGdal(image.path)
  const grid = pixelGrid(box, resolution)
  const data = new Uint8Array(grid.width * grid.height * 4)
  try {
    await withDataset(gdal, image.path, (dataset) => fillFrom(gdalSource(dataset, image), grid, data))
    // GDAL does not check that the remote file stays the same between its requests.
    if (isUrl(image.path) && (await filesIdentity([image.path])) !== image.identity) throw changed(image.path)
  } catch (error) {
    if (error instanceof EngineError) throw error
    const found = error instanceof Error ? error.message : String(error)
    throw new EngineError(
      "E_FORMAT",
      `${image.path}: damaged: GDAL cannot read its pixels (${found}). Fetch it again, or leave it out.`,
      { file: image.path },
      error,
    )
  }
  return { width: grid.width, height: grid.height, box: gridBox(grid), data }
}

/** Opens an image for `use`. Only an address or a trusted VRT makes GDAL contact a server. */
const withDataset = <T>(gdal: Gdal, path: string, use: (dataset: GdalDataset) => Promise<T>): Promise<T> => {
  const mayFetch = isUrl(path) || (process.env[trustVrtVariable] === "1" && /\.vrt$/i.test(path))
  return withNetwork(gdal, mayFetch ? "remote" : "local", async () => {
    const dataset = await openDataset(gdal, path)
    try {
      return await use(dataset)
    } finally {
      dataset.close()
    }
  })
}

/**
 * Opens a local file, or a remote image with GDAL's own HTTP or S3 reader. Remote VRTs are refused.
 */
const openDataset = async (gdal: Gdal, path: string): Promise<GdalDataset> => {
  if (!isUrl(path) && !isS3(path)) return openWith(gdal, path, await driversFor(gdal, path))
  if (!isS3(path)) return openWith(gdal, `/vsicurl/${fullAddress(path)}`, IMAGE_DRIVERS)
  for (const [name, value] of Object.entries(gdalS3Options())) gdal.config.set(name, value)
  const { bucket, key } = partsOfS3(path)
  return openWith(gdal, `/vsis3/${bucket}/${key}`, IMAGE_DRIVERS)
}

const gdalBox = (dataset: GdalDataset): Box2 | undefined => {
  const transform = dataset.geoTransform
  const size = dataset.rasterSize
  if (!transform || !size) return undefined
  const [x, dx, turnX, y, turnY, dy] = transform as [number, number, number, number, number, number]
  if (turnX !== 0 || turnY !== 0 || !(dx > 0) || !(dy < 0)) return undefined
  return [x, y + size.y * dy, x + size.x * dx, y]
}

const gdalSource = (dataset: GdalDataset, image: ImageHeader): PixelSource => {
  const count = dataset.bands.count()
  const bands = [1, 2, 3].map((id) => dataset.bands.get(id))
  const last = count >= 4 ? dataset.bands.get(count) : undefined
  if (last?.colorInterpretation === "Alpha") bands.push(last)
  const overviews = bands.map((band) => band.overviews.map((overview) => overview))
  const levels = [gdalLevel(bands, bands)]
  for (let i = 0; i < Math.min(...overviews.map((list) => list.length)); i++) {
    levels.push(
      gdalLevel(
        overviews.map((list) => list[i]!),
        bands,
      ),
    )
  }
  const [minX, minY, maxX, maxY] = image.box
  return { minX, minY, maxX, maxY, levels }
}

const gdalLevel = (bands: readonly GdalBand[], full: readonly GdalBand[]): PixelLevel => {
  const { x: width, y: height } = elementAt(bands, 0).size
  const noData = full.slice(0, 3).map((band) => band.noDataValue)
  return {
    width,
    height,
    read: async (left, top, right, bottom) => {
      const planes: ArrayLike<number>[] = []
      for (const band of bands) planes.push(await band.pixels.readAsync(left, top, right - left, bottom - top))
      const [red, green, blue, alpha] = planes as [
        ArrayLike<number>,
        ArrayLike<number>,
        ArrayLike<number>,
        ArrayLike<number>?,
      ]
      const pixels = new Uint8Array(red.length * 4)
      for (let i = 0; i < red.length; i++) {
        pixels[4 * i] = red[i]!
        pixels[4 * i + 1] = green[i]!
        pixels[4 * i + 2] = blue[i]!
        const isVoid = red[i] === noData[0] && green[i] === noData[1] && blue[i] === noData[2]
        pixels[4 * i + 3] = isVoid ? 0 : alpha ? alpha[i]! : 255
      }
      return pixels
    },
  }
}
