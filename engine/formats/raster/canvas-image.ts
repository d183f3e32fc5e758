/** Reads plain JPEG and PNG images with the canvas: headers, world files and pixels. */
import { readFile } from "node:fs/promises"
import { basename } from "node:path"
import { MAX_PIXELS } from "../../core/bounds.js"
import { sha256 } from "../../core/hash.js"
import { plainSize } from "./image/image-file.js"
import {
  extentRefusal,
  type HeaderOutcome,
  type ImageDemand,
  type ImageHeader,
  noPlace,
  placedImage,
} from "./image/image-header.js"
import { type PixelSource, wholeSource } from "./image/sample-pixels.js"
import { readWorldFile } from "./image/world-file.js"

/**
 * Bytes a pixel while an image is decoded. The canvas makes three copies; measured 12.4 to 12.6.
 */
export const DECODED = 13

/**
 * Reads size and world file of a plain JPEG or PNG. Such a file states no CRS; the job's is
 * assumed.
 */
export const readCanvasHeader = async (path: string, head: Uint8Array, demand: ImageDemand): Promise<HeaderOutcome> => {
  const size = plainSize(head)
  if (!size) throw new Error("no size in its header")
  const box = await readWorldFile(path, size.width, size.height)
  if (!box) return { ignored: noPlace }
  const elsewhere = extentRefusal(box, demand)
  if (elsewhere) return { ignored: elsewhere }
  if (!(size.width * size.height <= MAX_PIXELS)) {
    return { ignored: "too large to decode at once. Write it as tiled GeoTIFF" }
  }
  const image = placedImage({
    path,
    name: basename(path),
    box,
    ...size,
    bands: 3,
    lane: "worker",
    decoder: "canvas",
    decodedBytes: DECODED * size.width * size.height,
    identity: sha256(await readFile(path)),
  })
  return { image, note: `no CRS in the file; using EPSG:${demand.epsg}` }
}

let last: { readonly identity: string; readonly pixels: Promise<Uint8Array> } | undefined

/**
 * Calls `use` with the pixels of a plain JPEG or PNG. The last decoded image is cached for the next
 * tile.
 */
export const withCanvasSource = <T>(image: ImageHeader, use: (source: PixelSource) => Promise<T>): Promise<T> => {
  if (last?.identity !== image.identity) last = { identity: image.identity, pixels: decode(image) }
  const { pixels } = last
  return use(wholeSource(image.box, image, () => pixels))
}

const decode = async (image: ImageHeader): Promise<Uint8Array> => {
  // Imported lazily: loading the canvas takes a tenth of the start-up time.
  const { createCanvas, loadImage } = await import("@napi-rs/canvas")
  const bytes = await readFile(image.path)
  const size = plainSize(bytes)
  if (size?.width !== image.width || size.height !== image.height)
    throw new Error(`its size is no longer the planned ${image.width} × ${image.height} pixels`)
  const decoded = await loadImage(bytes)
  if (decoded.width !== image.width || decoded.height !== image.height) {
    throw new Error(
      `it has ${decoded.width} × ${decoded.height} pixels; its header announces ${image.width} × ${image.height}`,
    )
  }
  const context = createCanvas(image.width, image.height).getContext("2d")
  context.drawImage(decoded, 0, 0)
  const { data } = context.getImageData(0, 0, image.width, image.height)
  // The canvas draws a truncated file without an error and leaves the missing part transparent. A
  // whole JPEG has no transparent pixel; a whole PNG ends with an IEND chunk.
  const isWhole = bytes[0] === 0xff ? data[data.length - 1] === 255 : bytes.lastIndexOf("IEND") > 0
  if (!isWhole) throw new Error("the file is cut short")
  return new Uint8Array(data.buffer)
}
