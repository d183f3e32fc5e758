/** Encodes textures as JPEG or WebP with the canvas. */
import { createCanvas, ImageData } from "@napi-rs/canvas"
import { EngineError } from "../../errors.js"

/**
 * Encodes RGBA rows as lossy JPEG or WebP. Every pixel is written opaque; alpha is ignored. The
 * same pixels and options give the same bytes with one build of the codec. Runs in any thread and
 * blocks it.
 *
 * @param data `width · height · 4` bytes, row 0 at the top
 * @param quality 1 to 100
 * @throws EngineError `E_INTERNAL` if size and data disagree
 */
export const encodeImage = (
  { width, height, data }: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  format: "jpeg" | "webp",
  quality: number,
): Uint8Array => {
  if (!(width > 0 && height > 0) || data.length !== width * height * 4) {
    throw new EngineError(
      "E_INTERNAL",
      `cannot encode an image of ${width} × ${height} pixels with ${data.length} bytes; expected 4 bytes per pixel`,
    )
  }
  const canvas = createCanvas(width, height)
  canvas.getContext("2d").putImageData(new ImageData(blendOnWhite(data), width, height), 0, 0)
  // Synchronous, since this thread would only wait: the stage's time then includes the encoding.
  return new Uint8Array(format === "jpeg" ? canvas.encodeSync("jpeg", quality) : canvas.encodeSync("webp", quality))
}

/** Makes pixels opaque, since the canvas multiplies colours by alpha. Copies only if needed. */
const blendOnWhite = (data: Uint8Array): Uint8ClampedArray => {
  let at = 3
  while (at < data.length && data[at] === 255) at += 4
  if (at >= data.length) return new Uint8ClampedArray(data.buffer, data.byteOffset, data.length)
  const opaque = new Uint8ClampedArray(data)
  for (; at < opaque.length; at += 4) opaque[at] = 255
  return opaque
}
