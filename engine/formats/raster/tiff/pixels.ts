/** Decodes the blocks of a TIFF level into windows of RGBA, for `image.ts`. */
import type { BaseDecoder, GeoTIFFImage } from "geotiff"
import { pixelWords } from "../../../core/colours.js"
import { copyOpaque } from "../image/whole-pixels.js"
import { blockDecoder, blockParameters } from "./blocks.js"

type Window = readonly [left: number, top: number, right: number, bottom: number]

/** Reads windows of one level of a TIFF as RGBA. */
export interface TiffPixels {
  /**
   * RGBA of the window. Alpha is 0 if the file has no block there or every band has the nodata
   * value. Reuses the memory of `spare` if it is large enough.
   */
  read(window: Window, spare?: Uint8Array): Promise<Uint8Array>
  /** Frees the blocks cached for the next window. */
  release(): void
}

/** How the samples of a TIFF are interpreted. */
export interface TiffPixelFacts {
  /** True if the fourth sample is opacity. */
  readonly hasAlpha: boolean
  readonly ycbcr: boolean
  readonly noData: number | null
}

/** A decoded strip or tile: interleaved samples, or one array a sample. */
type Block = readonly Uint8Array[]

/**
 * Reads a TIFF of unsigned bytes block by block (strip or tile) straight into RGBA. Only decoding
 * is left to geotiff.js: its loop over samples takes ten times as long as this one. Blocks that
 * reach below a window are cached, so windows that follow each other downward decode each block
 * once.
 */
export const tiffPixels = (image: GeoTIFFImage, facts: TiffPixelFacts): TiffPixels => {
  const [across, down] = [image.getTileWidth(), image.getTileHeight()]
  const perRow = Math.ceil(image.getWidth() / across)
  const shown = isCanvasJpeg(image) ? { hasAlpha: false, ycbcr: false, noData: facts.noData } : facts
  let cached = new Map<number, Promise<Block | undefined>>()
  let decoder: Promise<BaseDecoder> | undefined
  return {
    read: async (window, spare) => {
      const [left, top, right, bottom] = window
      decoder ??= createDecoder(image, facts)
      const decode = await decoder
      const pixels = emptyPixels((right - left) * (bottom - top), spare)
      const [before, after] = [cached, new Map<number, Promise<Block | undefined>>()]
      const blocks: Promise<void>[] = []
      for (let y = Math.floor(top / down); y * down < bottom; y++) {
        for (let x = Math.floor(left / across); x * across < right; x++) {
          const index = y * perRow + x
          const block = before.get(index) ?? decodeBlock(image, x, y, decode)
          if ((y + 1) * down > bottom) after.set(index, block)
          blocks.push(block.then((found) => found && copyBlock(found, blockPlace(image, x, y), window, shown, pixels)))
        }
      }
      cached = after
      await Promise.all(blocks)
      return pixels
    },
    release: () => {
      cached = new Map()
    },
  }
}

/** Returns empty pixels. Clearing memory costs a fraction of allocating it. */
const emptyPixels = (count: number, spare: Uint8Array | undefined): Uint8Array =>
  spare !== undefined && spare.byteLength >= 4 * count
    ? spare.subarray(0, 4 * count).fill(0)
    : new Uint8Array(4 * count)

const JPEG = 7

/** True if blocks are decoded to RGBA: JPEG of three interleaved samples. */
const isCanvasJpeg = (image: GeoTIFFImage): boolean =>
  image.getFileDirectory().getValue("Compression") === JPEG &&
  image.getSamplesPerPixel() === 3 &&
  image.planarConfiguration !== 2

const createDecoder = async (image: GeoTIFFImage, { ycbcr }: TiffPixelFacts): Promise<BaseDecoder> => {
  const parameters = await blockParameters(image.getFileDirectory())
  if (!isCanvasJpeg(image)) return blockDecoder(image, parameters)
  const tables = parameters.JPEGTables
  // Imported lazily: loading the canvas takes a tenth of the start-up time.
  const { TiffJpegDecoder } = await import("./jpeg.js")
  return new TiffJpegDecoder(
    { ...parameters, bitsPerSample: [...parameters.bitsPerSample] },
    {
      tables: tables === undefined ? undefined : Uint8Array.from(tables),
      ycbcr,
      width: parameters.tileWidth,
      height: parameters.tileHeight,
    },
  )
}

/** Undefined for a block missing from a sparse file: it is no image, not black. */
const decodeBlock = async (
  image: GeoTIFFImage,
  x: number,
  y: number,
  decoder: BaseDecoder,
): Promise<Block | undefined> => {
  const directory = image.getFileDirectory()
  const isPlanar = image.planarConfiguration === 2
  const tag = directory.hasTag("StripOffsets") ? "StripByteCounts" : "TileByteCounts"
  const index = y * Math.ceil(image.getWidth() / image.getTileWidth()) + x
  if (Number(await directory.loadValueIndexed(tag, index)) === 0) return undefined
  const planes = isPlanar ? image.getSamplesPerPixel() : 1
  const found = await Promise.all(
    Array.from({ length: Math.min(planes, 4) }, (_, sample) => image.getTileOrStrip(x, y, sample, decoder)),
  )
  return found.map(({ data }) => new Uint8Array(data))
}

/** The place of a block and the layout of its rows. */
interface BlockPlace {
  readonly box: Window
  /** `stride`: pixels from one row to the next; `step`: bytes from one pixel to the next. */
  readonly stride: number
  readonly step: number
}

const blockPlace = (image: GeoTIFFImage, x: number, y: number): BlockPlace => {
  const [stride, down] = [image.getTileWidth(), image.getTileHeight()]
  const right = Math.min((x + 1) * stride, image.getWidth())
  const bottom = Math.min(y * down + image.getBlockHeight(y), image.getHeight())
  const bytes = isCanvasJpeg(image) ? 4 : image.getBytesPerPixel()
  const step = image.planarConfiguration === 2 ? 1 : bytes
  return { box: [x * stride, y * down, right, bottom], stride, step }
}

const copyBlock = (
  block: Block,
  { box, stride, step }: BlockPlace,
  window: Window,
  { hasAlpha, ycbcr, noData }: TiffPixelFacts,
  pixels: Uint8Array,
): void => {
  const [left, top] = [Math.max(box[0], window[0]), Math.max(box[1], window[1])]
  const [right, bottom] = [Math.min(box[2], window[2]), Math.min(box[3], window[3])]
  const needed = ((bottom - 1 - box[1]) * stride + right - box[0]) * step
  for (const plane of block) {
    if (plane.length < needed) throw new Error(`a block decodes to ${plane.length} bytes; expected at least ${needed}`)
  }
  const planeOf = (sample: number): Uint8Array => block[step === 1 ? sample : 0]!
  const [red, green, blue] = [planeOf(0), planeOf(1), planeOf(2)]
  const alpha = hasAlpha ? planeOf(3) : undefined
  const [second, third, fourth] = step === 1 ? [0, 0, 0] : [1, 2, 3]
  const words = alpha === undefined && step > 1 ? pixelWords(pixels) : undefined
  for (let row = top; row < bottom; row++) {
    let from = ((row - box[1]) * stride + left - box[0]) * step
    let at = (row - window[1]) * (window[2] - window[0]) + left - window[0]
    const start = 4 * at
    if (words !== undefined) {
      copyOpaque(red, from, step, words, at, right - left)
      at += right - left
    } else {
      for (let column = left; column < right; column++, from += step, at++) {
        pixels[4 * at] = red[from]!
        pixels[4 * at + 1] = green[from + second]!
        pixels[4 * at + 2] = blue[from + third]!
        pixels[4 * at + 3] = alpha === undefined ? 255 : alpha[from + fourth]!
      }
    }
    if (!ycbcr && noData === null) continue
    const line = pixels.subarray(start, 4 * at)
    if (ycbcr) toRgb(line)
    if (noData !== null) hideVoid(line, noData)
  }
}

/** ITU-R BT.601 as in JFIF 1.02, rounded. */
const toRgb = (line: Uint8Array): void => {
  const clamped = new Uint8ClampedArray(line.buffer, line.byteOffset, line.length)
  for (let i = 0; i < line.length; i += 4) {
    const [y, b, r] = [line[i]!, line[i + 1]! - 128, line[i + 2]! - 128]
    clamped[i] = y + 1.402 * r
    clamped[i + 1] = y - 0.344136 * b - 0.714136 * r
    clamped[i + 2] = y + 1.772 * b
  }
}

/** A pixel is void only if every band has the nodata value: a saturated red is a colour. */
const hideVoid = (line: Uint8Array, noData: number): void => {
  for (let i = 0; i < line.length; i += 4) {
    if (line[i] === noData && line[i + 1] === noData && line[i + 2] === noData) line[i + 3] = 0
  }
}
