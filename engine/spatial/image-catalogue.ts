/**
 * The catalogue of images placed on the ground: which ones a job drapes, in which order, and why
 * others are ignored.
 */

import { linesByReason } from "../core/texts.js"
import { EngineError, isLacking, unreadable } from "../errors.js"
import { readCanvasHeader } from "../formats/raster/canvas-image.js"
import { readGdalHeader } from "../formats/raster/gdal.js"
import {
  type HeaderOutcome,
  type ImageDemand,
  type ImageHeader,
  isInfrared,
  orderImages,
  withoutCoarse,
} from "../formats/raster/image/image-header.js"
import { GDAL_REMEDY } from "../formats/raster/load-gdal.js"
import { readTiffHeader } from "../formats/raster/tiff/image.js"
import { isUrl } from "../io/byte-source.js"
import { openBytes } from "../io/bytes.js"
import { imageKind } from "../io/file-kind.js"
import { inParallel } from "../io/in-parallel.js"
import { listFiles } from "../io/list-files.js"
import { shownAddress } from "../io/secrets.js"
import { Unvalidated } from "../io/url-bytes.js"
import { type CopyOptions, readOrCopy } from "../io/url-copy.js"
import { withoutSecrets } from "../without-secrets.js"

export type { ImageHeader } from "../formats/raster/image/image-header.js"

export interface ImageCatalogue {
  /** Images to drape, in order of preference. */
  readonly images: readonly ImageHeader[]
  /** Images not used, with the reason; sorted by path. */
  readonly ignored: readonly { readonly path: string; readonly reason: string }[]
  /** One line a reason: images not used, and images used with a reservation. */
  readonly warnings: readonly string[]
}

/** Requirements on images. */
export interface ImageCatalogueOptions extends ImageDemand, Pick<CopyOptions, "copies"> {
  /** Images whose path matches this regular expression or text come first. */
  readonly prefer?: string
  /** True: all are colour-infrared, whatever their names say. */
  readonly infrared?: true
}

/** Headers read at once. */
const PARALLEL = 8

/**
 * Finds images in files, folders (recursive), globs and `http(s)` addresses; reads headers only.
 *
 * An image must have three 8-bit bands and be georeferenced in the requested CRS. It must overlap
 * `box` (CRS metres), if given, and not be infrared by its name, unless `infrared` states that all
 * are. Other images are listed as ignored, with the reason, and counted in a warning. Files of a
 * folder that are not images are skipped silently.
 *
 * GDAL is loaded for JP2, VRT and other formats of its own. Without GDAL those images are ignored.
 *
 * @throws EngineError `E_INPUT` when a path does not exist, or when all images need GDAL and it is
 * missing
 */
export const openImageCatalogue = async (
  paths: readonly string[],
  options: ImageCatalogueOptions,
): Promise<ImageCatalogue> => {
  const files = await listImages(paths)
  const outcomes = await inParallel(files, PARALLEL, (path) => inspect(path, options))
  const images: ImageHeader[] = []
  const ignored: { path: string; reason: string }[] = []
  const notes: { path: string; reason: string }[] = []
  let lackGdal = 0
  for (const [i, path] of files.entries()) {
    const outcome = outcomes[i]!
    if ("ignored" in outcome) {
      ignored.push({ path, reason: outcome.ignored })
      if (outcome.needsGdal) lackGdal++
    } else {
      images.push(options.infrared === true ? { ...outcome.image, infrared: true } : outcome.image)
      if (outcome.note !== undefined) notes.push({ path, reason: outcome.note })
    }
  }
  if (files.length > 0 && lackGdal === files.length) {
    const text = `${files[0]}: ${GDAL_REMEDY}. No image can be read without it.`
    throw new EngineError("E_INPUT", text, { file: files[0]! })
  }
  const flag = options.infrared === true ? "--irc" : "--imagery"
  const warnings = [
    ...linesByReason(flag, "not used", ignored, files.length),
    ...linesByReason(flag, "used", notes, files.length),
    ...(files.length === 0 && paths.length > 0 ? [`${flag}: no images in ${paths.join(", ")}. Check the path.`] : []),
  ]
  return { images: orderImages(images, options.prefer), ignored, warnings }
}

const inspect = async (path: string, options: ImageCatalogueOptions): Promise<HeaderOutcome> => {
  try {
    if (options.infrared !== true && isInfrared(path))
      return { ignored: "infrared by its name, not colour. Give it with --irc" }
    return withoutCoarse(await readOrCopy(path, (at) => readHeader(at, options), options))
  } catch (error) {
    if (isLacking(error)) throw error
    const message = withoutSecrets(error instanceof Error ? error.message : String(error))
    if (error instanceof Unvalidated) return { ignored: message.replace(`${path}: `, "").replace(/\.$/, "") }
    return { ignored: `cannot be read as an image (${message.replace(`${path}: `, "")}). Convert it to GeoTIFF` }
  }
}

const readHeader = async (path: string, demand: ImageDemand): Promise<HeaderOutcome> => {
  const head = await readHead(path)
  const kind = imageKind(head)
  if (kind === "tiff") {
    const outcome = await readTiffHeader(path, demand)
    return "ignored" in outcome && outcome.needsGdal ? await readGdalHeader(path, demand) : outcome
  }
  if ((kind === "png" || kind === "jpeg") && !isUrl(path)) return await readCanvasHeader(path, head, demand)
  return await readGdalHeader(path, demand)
}

const readHead = async (path: string): Promise<Uint8Array> => {
  const bytes = await openBytes(path)
  try {
    return await bytes.read(0, Math.min(bytes.size, 65536))
  } finally {
    await bytes.close()
  }
}

/** Names of image files in a folder. */
const IMAGE_NAME = /\.(tiff?|gtiff|jp2|j2k|j2c|jpx|jpf|vrt|ecw|img|jpe?g|png|webp|bmp)$/i

const listImages = async (paths: readonly string[]): Promise<string[]> => {
  const found = new Set<string>()
  for (const path of paths) {
    for (const file of await listOne(path)) found.add(file)
  }
  return [...found].sort()
}

const listOne = async (path: string): Promise<readonly string[]> => {
  if (isUrl(path)) return [shownAddress(path)]
  const files = await listFiles(path, IMAGE_NAME)
  if (files) return files
  throw unreadable(path)
}
