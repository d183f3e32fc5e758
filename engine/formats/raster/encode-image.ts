/** The JPEG and WebP encoder of textures, by the canvas. */
import { createCanvas, ImageData } from "@napi-rs/canvas"
import { EngineError } from "../../errors.js"

/** Format and quality of an encoded image. */
export interface EncodeImageOptions {
  readonly format: "jpeg" | "webp"
  /** 1 to 100. */
  readonly quality: number
}

/**
 * Encodes RGBA rows as JPEG or WebP (lossy). Alpha is ignored: every pixel is written opaque, with its colour. The same
 * pixels and options give the same bytes with one build of the codec; runs in any thread, and holds it until it is done.
 *
 * @param image `width · height · 4` bytes, row 0 at the top
 * @throws EngineError `E_INTERNAL` when size and data disagree
 */
export const encodeImage = (
  image: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  options: EncodeImageOptions,
): Uint8Array => {
  const { width, height, data } = image
  if (!(width > 0 && height > 0) || data.length !== width * height * 4) {
    throw new EngineError(
      "E_INTERNAL",
      `An image of ${width} × ${height} pixels with ${data.length} bytes cannot be encoded; 4 bytes a pixel are expected`,
    )
  }
  const canvas = createCanvas(width, height)
  canvas.getContext("2d").putImageData(new ImageData(opaqueOf(data), width, height), 0, 0)
  // In this thread, which would only wait: its clock then tells what encoding costs.
  const bytes =
    options.format === "jpeg" ? canvas.encodeSync("jpeg", options.quality) : canvas.encodeSync("webp", options.quality)
  return new Uint8Array(bytes)
}

/** The canvas multiplies colours by alpha: transparent pixels would come out black. A copy only where there are any. */
const opaqueOf = (data: Uint8Array): Uint8ClampedArray => {
  let at = 3
  while (at < data.length && data[at] === 255) at += 4
  if (at >= data.length) return new Uint8ClampedArray(data.buffer, data.byteOffset, data.length)
  const opaque = new Uint8ClampedArray(data)
  for (; at < opaque.length; at += 4) opaque[at] = 255
  return opaque
}
