/** Encodes textures as JPEG or WebP with libvips. */
import sharp from "sharp"
import { EngineError } from "../../errors.js"

// A worker encodes one texture at a time, so a cache and threads of libvips would only take memory.
sharp.cache(false)
sharp.concurrency(1)

/**
 * Encodes RGBA rows as lossy JPEG or WebP. Every pixel is written opaque; alpha is ignored. The
 * same pixels and options give the same bytes with one build of the codec.
 *
 * @param data `width · height · 4` bytes, row 0 at the top
 * @param quality 1 to 100
 * @throws EngineError `E_INTERNAL` if size and data disagree
 */
export const encodeImage = async (
  { width, height, data }: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  format: "jpeg" | "webp",
  quality: number,
): Promise<Uint8Array> => {
  if (!(width > 0 && height > 0) || data.length !== width * height * 4) {
    throw new EngineError(
      "E_INTERNAL",
      `cannot encode an image of ${width} × ${height} pixels with ${data.length} bytes; expected 4 bytes per pixel`,
    )
  }
  const pixels = Buffer.from(data.buffer, data.byteOffset, data.length)
  const opaque = sharp(pixels, { raw: { width, height, channels: 4 } }).removeAlpha()
  // Optimised Huffman tables save 3 % of the bytes and take two thirds more time.
  if (format === "jpeg") return opaque.jpeg({ quality, optimiseCoding: false }).toBuffer()
  return opaque.toFormat(format, { quality }).toBuffer()
}
