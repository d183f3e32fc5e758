/** Encodes a texture in any of the texture formats, at a fixed quality. */
import { EngineError } from "../../errors.js"
import type { TextureFormat } from "./texture-format.js"

// 39 dB, visually lossless on roofs and roads at 20 cm, in a quarter of the bytes of quality 95.
const QUALITY = 85
/** KTX2 blocks have 4 × 4 pixels. */
const BLOCK = 4

/** An encoded texture, ready to be embedded in tile content. */
export interface EncodedTexture {
  readonly bytes: Uint8Array
  readonly mimeType: string
}

/**
 * Encodes the texture of a tile's content at the quality of its format. Same texels, same bytes.
 *
 * @param texture `width · height · 4` bytes, row 0 at the top; alpha is ignored; KTX2 needs sides
 *   that are multiples of 4, as atlases have
 * @throws EngineError E_INTERNAL for other sides, or data of another size
 */
export const encodeTexture = async (
  texture: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  format: TextureFormat,
): Promise<EncodedTexture> => {
  if (format === "jpeg" || format === "webp") {
    // Imported lazily: loading libvips takes a tenth of the start-up time.
    const { encodeImage } = await import("./encode-image.js")
    return { bytes: await encodeImage(texture, format, QUALITY), mimeType: `image/${format}` }
  }
  const { width, height } = texture
  if (width % BLOCK !== 0 || height % BLOCK !== 0) {
    throw new EngineError(
      "E_INTERNAL",
      `a KTX2 texture of ${width} × ${height} texels; expected multiples of ${BLOCK} on both sides`,
    )
  }
  const { encodeKtx2 } = await import("./encode-ktx2.js")
  return { bytes: await encodeKtx2(texture, format === "ktx2-etc1s" ? "etc1s" : "uastc"), mimeType: "image/ktx2" }
}
