/** Reads the size of an encoded texture in any of the texture formats, without decoding it. */
import { plainSize } from "./image/image-file.js"

/**
 * Width and height of an encoded texture from its header: PNG, JPEG, WebP (RFC 9649) or KTX2
 * (section 3). Undefined for anything else.
 *
 * | KTX2 | bytes | WebP, lossy | bytes | extended | bytes |
 * |---|---|---|---|---|---|
 * | identifier | 0–11 | RIFF, size, WEBP, "VP8 ", size | 0–19 | "VP8X" | 12–15 |
 * | width | 20–23 | start code | 23–25 | width − 1 | 24–26 |
 * | height | 24–27 | width, height (14 bits each) | 26–29 | height − 1 | 27–29 |
 */
export const textureSize = (bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined => {
  const plain = plainSize(bytes)
  if (plain !== undefined || bytes.length < 30) return plain
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const text = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to))
  if (text(1, 7) === "KTX 20") return { width: view.getUint32(20, true), height: view.getUint32(24, true) }
  if (text(8, 12) !== "WEBP") return undefined
  const wide = (at: number): number => 1 + (view.getUint16(at, true) | (view.getUint8(at + 2) << 16))
  if (text(12, 16) === "VP8X") return { width: wide(24), height: wide(27) }
  if (text(12, 16) !== "VP8 ") return undefined
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
}
