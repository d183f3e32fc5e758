/** The JPEG and WebP encoder of textures, by the canvas. */
import { createCanvas, ImageData } from "@napi-rs/canvas"
import { EngineError } from "../../errors.js"

/**
 * Encodes RGBA rows as JPEG or WebP (lossy). Alpha is ignored: every pixel is written opaque, with its colour. The same
 * pixels and options give the same bytes with one build of the codec; runs in any thread, and holds it until it is done.
 *
 * @param data `width · height · 4` bytes, row 0 at the top; @param quality 1 to 100
 * @throws EngineError `E_INTERNAL` when size and data disagree
 */
export const encodeImage = (
  { width, height, data }: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  format: "jpeg" | "webp",
  quality: number,
): Uint8Array => {
  if (!(width > 0 && height > 0) || data.length !== width * height * 4) {
    throw new EngineError(
      "E_INTERNAL",
      `An image of ${width} × ${height} pixels with ${data.length} bytes cannot be encoded; 4 bytes a pixel are expected`,
    )
  }
  const canvas = createCanvas(width, height)
  canvas.getContext("2d").putImageData(new ImageData(opaqueOf(data), width, height), 0, 0)
  // In this thread, which would only wait: its clock then tells what encoding costs.
  return new Uint8Array(format === "jpeg" ? canvas.encodeSync("jpeg", quality) : canvas.encodeSync("webp", quality))
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
