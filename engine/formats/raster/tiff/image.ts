/** Reads TIFF images for draping: headers, and pixels of the image and its overviews. */

import type { GeoTIFF, GeoTIFFImage } from "geotiff"
import type { Box2 } from "../../../core/geometry/box.js"
import { recogniseCrs } from "../../../grid/crs.js"
import { type GeoKeys, parseGeoKeys } from "../../../grid/geo-keys.js"
import { bytesIdentity } from "../image/image-file.js"
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
} from "../image/image-header.js"
import type { PixelLevel, PixelSource } from "../image/sample-pixels.js"
import { readWorldFile } from "../image/world-file.js"
import { blockParameters } from "./blocks.js"
import { tiffPixels } from "./pixels.js"
import { openTiff, readImage, readImages, withTiff } from "./source.js"

const RGB = 2
const YCBCR = 6
/**
 * Compressions that geotiff.js decodes without a browser: none, LZW, JPEG, deflate (both codes),
 * PackBits, zstd.
 */
const DECODED: ReadonlySet<number> = new Set([1, 5, 7, 8, 32946, 32773, 50000])

/**
 * Reads the header of a TIFF image for draping. Reads only directories. `needsGdal` marks a
 * compression or layout that only GDAL decodes.
 *
 * @throws Error of geotiff.js, or EngineError, if the file is broken
 */
export const readTiffHeader = async (path: string, demand: ImageDemand): Promise<HeaderOutcome> => {
  const { tiff, bytes } = await openTiff(path)
  try {
    const image = await readImage(tiff, 0)
    const width = image.getWidth()
    const height = image.getHeight()
    if (!(width > 0 && height > 0)) throw new Error(`its header announces ${width} × ${height} pixels`)
    const refusal = colourRefusal(image)
    if (refusal) return { ignored: refusal }
    const own = tiffBox(image)
    const box = own ?? (await readWorldFile(path, width, height))
    if (!box) return { ignored: noPlace }
    const crs = recogniseCrs({ wkts: [], geoKeys: readGeoKeys(image) })
    const elsewhere = crsRefusal(path, crs, demand, own === undefined) ?? extentRefusal(box, demand)
    if (elsewhere) return { ignored: elsewhere }
    if (!isDecoded(image))
      return {
        ignored: "a compression that only GDAL reads. Install gdal-async, or write it as plain GeoTIFF",
        needsGdal: true,
      }
    const large = await largeBlocks(image)
    const identity = await bytesIdentity(bytes)
    const bands = image.getSamplesPerPixel()
    const header = placedImage(
      { path, name: bytes.name, box, width, height, bands, lane: "worker", decoder: "tiff", ...large, identity },
      await dateTime(image),
    )
    return crs.epsg === undefined
      ? { image: header, note: `no CRS in the file; using EPSG:${demand.epsg}` }
      : { image: header }
  } finally {
    await bytes.close()
  }
}

/**
 * Reads size and bands of a TIFF image without georeference.
 *
 * @returns the reason if it cannot be used; undefined if only GDAL decodes it
 */
export const readTiffFrame = async (path: string): Promise<FrameFacts | string | undefined> => {
  const { tiff, bytes } = await openTiff(path)
  try {
    const image = await readImage(tiff, 0)
    const refusal = colourRefusal(image)
    if (refusal !== undefined) return refusal
    if (!isDecoded(image)) return undefined
    const [width, height, bands] = [image.getWidth(), image.getHeight(), image.getSamplesPerPixel()]
    return { width, height, bands, lane: "worker", decoder: "tiff", ...(await largeBlocks(image)) }
  } finally {
    await bytes.close()
  }
}

const colourRefusal = (image: GeoTIFFImage): string | undefined => {
  const bands = image.getSamplesPerPixel()
  if (bands < 3) return tooFewBands(bands)
  const directory = image.getFileDirectory()
  for (let band = 0; band < 3; band++) {
    const bits = image.getBitsPerSample(band)
    if (bits !== 8) return `${bits} bits per band; expected 8. Convert it (gdal_translate -ot Byte -scale)`
    if (image.getSampleFormat(band) !== 1)
      return "bands that are not unsigned bytes. Convert it (gdal_translate -ot Byte -scale)"
  }
  const photometric = directory.getValue("PhotometricInterpretation")
  // Many tools write three or four plain bands without the tag value RGB. More bands are no colour
  // image.
  const plain = (photometric === 0 || photometric === 1) && bands <= 4
  if (photometric !== RGB && photometric !== YCBCR && !plain)
    return `not RGB (photometric interpretation ${typeof photometric === "number" ? photometric : "unreadable"}). Convert it (gdal_translate -expand rgb, -b 1 -b 2 -b 3)`
  return undefined
}

const isDecoded = (image: GeoTIFFImage): boolean => {
  const directory = image.getFileDirectory()
  const compression = directory.getValue("Compression") ?? 1
  // geotiff.js cannot unpack subsampled YCbCr outside JPEG.
  if (directory.getValue("PhotometricInterpretation") === YCBCR && compression !== 7) return false
  return DECODED.has(compression)
}

/** Smaller blocks need no more bytes than a window does. */
const LARGE_BLOCK = 32 * 1024 * 1024
/** One large block is read and decoded while another is in memory. */
const COPIES = 3

const largeBlocks = async (image: GeoTIFFImage): Promise<Pick<ImageHeader, "decodedBytes">> => {
  const { blockBytes } = await blockParameters(image.getFileDirectory())
  return blockBytes < LARGE_BLOCK ? {} : { decodedBytes: COPIES * blockBytes }
}

const dateTime = async (image: GeoTIFFImage): Promise<string | undefined> => {
  const value: unknown = await image.getFileDirectory().loadValue("DateTime")
  return typeof value === "string" ? value : undefined
}

/** Outer edges of a north-up image from its GeoTIFF tags; undefined without tags or if rotated. */
const tiffBox = (image: GeoTIFFImage): Box2 | undefined => {
  const directory = image.getFileDirectory()
  const scale = directory.getValue("ModelPixelScale")
  const tie = directory.getValue("ModelTiepoint")
  const matrix = directory.getValue("ModelTransformation")
  let place: [x: number, y: number, dx: number, dy: number]
  if (scale && tie && scale.length >= 2 && tie.length >= 6) {
    place = [tie[3]! - tie[0]! * scale[0]!, tie[4]! + tie[1]! * scale[1]!, scale[0]!, scale[1]!]
  } else if (matrix && matrix.length >= 8 && matrix[1] === 0 && matrix[4] === 0) {
    place = [matrix[3]!, matrix[7]!, matrix[0]!, -matrix[5]!]
  } else {
    return undefined
  }
  const [x, y, dx, dy] = place
  if (!(dx > 0 && dy > 0 && Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(dx) && Number.isFinite(dy))) {
    return undefined
  }
  // RasterPixelIsPoint: the tie point is a pixel's centre.
  const shift = readGeoKeys(image).get(1025) === 2 ? 0.5 : 0
  const minX = x - shift * dx
  const maxY = y + shift * dy
  return [minX, maxY - image.getHeight() * dy, minX + image.getWidth() * dx, maxY]
}

const readGeoKeys = (image: GeoTIFFImage): GeoKeys => {
  const directory = image.getFileDirectory()
  const text: unknown = directory.getValue("GeoAsciiParams")
  const doubles = directory.getValue("GeoDoubleParams") ?? []
  return parseGeoKeys(directory.getValue("GeoKeyDirectory") ?? [], doubles, typeof text === "string" ? text : "")
}

const levelsOf = new WeakMap<GeoTIFF, Promise<PixelLevel[]>>()

/**
 * Calls `use` with the pixels of a TIFF and its overviews. The file stays open for the next tile.
 */
export const withTiffSource = <T>(image: ImageHeader, use: (source: PixelSource) => Promise<T>): Promise<T> =>
  withTiff(image.path, image.identity, async ({ tiff }) => {
    let levels = levelsOf.get(tiff)
    if (!levels) {
      levels = readLevels(tiff)
      levelsOf.set(tiff, levels)
    }
    const [minX, minY, maxX, maxY] = image.box
    try {
      return await use({ minX, minY, maxX, maxY, levels: await levels })
    } finally {
      for (const level of await levels) level.release?.()
    }
  })

const readLevels = async (tiff: GeoTIFF): Promise<PixelLevel[]> => {
  const images: GeoTIFFImage[] = []
  const masks: GeoTIFFImage[] = []
  const all = await readImages(tiff)
  const first = all[0] ?? (await readImage(tiff, 0))
  for (const image of all) {
    const type = image.getFileDirectory().getValue("NewSubfileType") ?? 0
    if ((type & 4) !== 0) masks.push(image)
    else if (image === first || ((type & 1) !== 0 && isOverview(image, first))) images.push(image)
  }
  return images.map((image) => {
    const mask = masks.find((one) => one.getWidth() === image.getWidth() && one.getHeight() === image.getHeight())
    return tiffLevel(image, mask, first.getGDALNoData())
  })
}

/** An overview has the bands of the full image, and its proportions within rounding. */
const isOverview = (image: GeoTIFFImage, first: GeoTIFFImage): boolean =>
  image.getWidth() < first.getWidth() &&
  image.getSamplesPerPixel() === first.getSamplesPerPixel() &&
  isDecoded(image) &&
  Math.abs(image.getHeight() - (first.getHeight() * image.getWidth()) / first.getWidth()) <= 2

const tiffLevel = (image: GeoTIFFImage, mask: GeoTIFFImage | undefined, noData: number | null): PixelLevel => {
  const directory = image.getFileDirectory()
  const extra = directory.getValue("ExtraSamples")
  const hasAlpha = image.getSamplesPerPixel() === 4 && (extra?.[0] === 1 || extra?.[0] === 2)
  const ycbcr = directory.getValue("PhotometricInterpretation") === YCBCR
  const source = tiffPixels(image, { hasAlpha, ycbcr, noData })
  return {
    width: image.getWidth(),
    height: image.getHeight(),
    read: async (left, top, right, bottom, spare) => {
      const pixels = await source.read([left, top, right, bottom], spare)
      if (mask) {
        const window = [left, top, right, bottom]
        const [shown] = (await mask.readRasters({ window, samples: [0] })) as unknown as [ArrayLike<number>]
        for (let i = 0; i < shown.length; i++) if (shown[i] === 0) pixels[4 * i + 3] = 0
      }
      return pixels
    },
    release: source.release,
  }
}
