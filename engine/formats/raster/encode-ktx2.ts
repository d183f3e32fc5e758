/** Encodes textures as KTX2 with Basis Universal (ETC1S or UASTC). */
import { encodeToKTX2 } from "ktx2-encoder"

/** The Basis Universal encodings. */
export type Ktx2Mode = "etc1s" | "uastc"

/**
 * ETC1S codebook size, 1 to 255. On a 20 cm aerial image, 255 gains 2 dB over 128 in 1.3 times the
 * bytes.
 */
const QUALITY_ETC1S = 255
/** ETC1S effort, 0 to 6. Going from 1 to 2 doubles the time and changes the size by 1 %. */
const EFFORT_ETC1S = 1
/** UASTC effort, 0 to 3. Level 1 takes five times as long as 0. */
const EFFORT_UASTC = 0

/**
 * Encodes RGBA rows as sRGB KTX2 2.0 (Khronos) with all mip levels, as `KHR_texture_basisu`
 * requires. Colours are ETC1S with BasisLZ, or UASTC with Zstandard. Every pixel is opaque. Same
 * pixels, same bytes. Takes 0.5 to 2 core-seconds a million pixels.
 *
 * @param image `width · height · 4` bytes, row 0 at the top; sides are multiples of 4, at most 12 ·
 *   2²⁰ pixels
 */
export const encodeKtx2 = async (
  { width, height, data }: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  mode: Ktx2Mode,
): Promise<Uint8Array> => {
  const opaque = Uint8Array.from(data)
  for (let i = 3; i < opaque.length; i += 4) opaque[i] = 255
  isReady ??= loadSilently()
  await isReady
  const bytes = await encodeToKTX2(opaque, {
    // The pixels are already decoded, so the decoder returns them.
    imageDecoder: () => Promise.resolve({ width, height, data: opaque }),
    isUASTC: mode === "uastc",
    qualityLevel: QUALITY_ETC1S,
    compressionLevel: EFFORT_ETC1S,
    uastcLDRQualityLevel: EFFORT_UASTC,
    needSupercompression: true,
    generateMipmap: true,
    isPerceptual: true,
  })
  return new Uint8Array(bytes)
}

let isReady: Promise<unknown> | undefined

/**
 * Loads the encoder by encoding one block. Its WebAssembly binds the `console.log` present at load
 * time and logs progress with it. Standard output is reserved for the command's JSON, so a silent
 * `console.log` replaces it during loading. Workers print nothing themselves.
 */
const loadSilently = async (): Promise<void> => {
  const { log } = console
  console.log = () => undefined
  try {
    await encodeToKTX2(new Uint8Array(64), {
      imageDecoder: () => Promise.resolve({ width: 4, height: 4, data: new Uint8Array(64).fill(255) }),
    })
  } finally {
    console.log = log
  }
}
