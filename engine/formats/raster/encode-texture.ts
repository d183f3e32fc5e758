import { encodeImage } from "./encode-image.js"
import type { TextureFormat } from "./texture-format.js"

// Visually lossless on roofs and roads at 20 cm: 39 dB; a quarter of the bytes of quality 95.
const QUALITY = { jpeg: 85, webp: 85 } as const

/** Pixels and the places of vertices in them. */
export interface TexturePixels {
  readonly width: number
  readonly height: number
  /** RGBA, row 0 at the top; alpha is ignored. */
  readonly data: Uint8Array
  /** (u, v) a vertex, v = 0 at the top. */
  readonly uv: Float32Array
}

/** An encoded texture, as a content holds it. */
export interface EncodedTexture {
  readonly image: Uint8Array
  readonly mimeType: string
  readonly uv: Float32Array
}

/**
 * Encodes a texture. Blocks of KTX2 have 4 × 4 pixels: there the image is drawn out to multiples of 4 by its last row and column, and the places of
 * vertices move along. Same pixels, same bytes.
 */
export const encodeTexture = async (texture: TexturePixels, format: TextureFormat): Promise<EncodedTexture> => {
  if (format === "jpeg" || format === "webp") {
    const image = await encodeImage(texture, { format, quality: QUALITY[format] })
    return { image, mimeType: `image/${format}`, uv: texture.uv }
  }
  const { encodeKtx2 } = await import("./encode-ktx2.js")
  const whole = toBlocks(texture)
  const image = await encodeKtx2(whole, format === "ktx2-etc1s" ? "etc1s" : "uastc")
  return { image, mimeType: "image/ktx2", uv: whole.uv }
}

const BLOCK = 4

/** The texture with sides that are multiples of 4. */
const toBlocks = (texture: TexturePixels): TexturePixels => {
  const width = BLOCK * Math.ceil(texture.width / BLOCK)
  const height = BLOCK * Math.ceil(texture.height / BLOCK)
  if (width === texture.width && height === texture.height) return texture
  const from = new Uint32Array(texture.data.buffer, texture.data.byteOffset, texture.width * texture.height)
  const to = new Uint32Array(width * height)
  for (let y = 0; y < height; y++) {
    const row = Math.min(y, texture.height - 1) * texture.width
    to.set(from.subarray(row, row + texture.width), y * width)
    to.fill(from[row + texture.width - 1] ?? 0, y * width + texture.width, (y + 1) * width)
  }
  const { uv } = texture
  const moved = uv.map(
    (value, i) => (value * (i % 2 === 0 ? texture.width : texture.height)) / (i % 2 === 0 ? width : height),
  )
  return { width, height, data: new Uint8Array(to.buffer), uv: moved }
}
