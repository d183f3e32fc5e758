/** The KTX2 encoder of textures, by Basis Universal (ETC1S or UASTC). */
import { encodeToKTX2 } from "ktx2-encoder"

/** What of Basis Universal an image becomes. */
export type Ktx2Mode = "etc1s" | "uastc"

/** ETC1S: the size of its codebooks, 1 to 255. Of an aerial image at 20 cm 255 leaves 2 dB more than 128, in 1.3 times the bytes. */
const QUALITY_ETC1S = 255
/** ETC1S: 0 to 6. From 1 to 2 doubles the time and changes the bytes by a hundredth. */
const EFFORT_ETC1S = 1
/** UASTC: 0 to 3. The fastest; 1 takes five times as long. */
const EFFORT_UASTC = 0

/**
 * Encodes RGBA rows as KTX2 (Khronos, version 2.0) with all mip levels, sRGB, as `KHR_texture_basisu` wants it: ETC1S with BasisLZ, or UASTC
 * supercompressed by Zstandard. Every pixel is opaque. Same pixels, same bytes. Takes 0.5 to 2 core-seconds a million pixels.
 *
 * @param image `width · height · 4` bytes, row 0 at the top; width and height multiples of 4, at most 12 · 2²⁰ pixels
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
    // The pixels are there: what the package calls decoding hands them on.
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
 * Loads the encoder by a first image of one block. Its WebAssembly tells its progress on standard output, by the `console.log` that it meets while it is
 * loaded; standard output belongs to the command's JSON. So for that moment there is another one; workers print nothing themselves.
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
