/** Decodes JPEG blocks of colour TIFFs with the canvas, which is faster than geotiff.js. */
import { createCanvas, loadImage } from "@napi-rs/canvas"
import { BaseDecoder } from "geotiff"
import { checkJpegBlock } from "./blocks.js"

/** Properties of a TIFF that its JPEG blocks need. */
export interface TiffJpegFacts {
  /** The tag JPEGTables: quantisation and Huffman tables. Undefined if each block has its own. */
  readonly tables: Uint8Array | undefined
  /** True if samples are YCbCr. The TIFF states it; its blocks mostly do not. */
  readonly ycbcr: boolean
  /** Pixels in a row of a block, and at most so many rows. */
  readonly width: number
  readonly height: number
}

const [SOI, APP14, SOS] = [0xd8, 0xee, 0xda]

/**
 * Decodes JPEG blocks of three samples a pixel (TIFF Technical Note 2) as RGBA. The canvas takes a
 * seventh of the time of geotiff.js, which decodes in JavaScript. Subsampled colours are
 * interpolated as by GDAL.
 */
export class TiffJpegDecoder extends BaseDecoder {
  readonly #facts: TiffJpegFacts
  #canvas = createCanvas(1, 1)

  constructor(parameters: ConstructorParameters<typeof BaseDecoder>[0], facts: TiffJpegFacts) {
    super(parameters)
    this.#facts = facts
  }

  /** @throws Error if the block is no JPEG, is truncated, or differs in width from the TIFF */
  override async decodeBlock(buffer: ArrayBufferLike): Promise<ArrayBufferLike> {
    const stream = wholeStream(new Uint8Array(buffer), this.#facts)
    checkJpegBlock(new Uint8Array(buffer), this.#facts)
    const image = await loadImage(stream)
    const { width, height } = image
    if (width !== this.#facts.width)
      throw new Error(`a JPEG block is ${width} pixels wide; expected ${this.#facts.width}`)
    if (this.#canvas.width !== width || this.#canvas.height !== height) this.#canvas = createCanvas(width, height)
    const context = this.#canvas.getContext("2d")
    // The canvas draws a truncated stream partly or not at all, without an error.
    context.clearRect(0, 0, width, height)
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, width, height)
    if (data[3] !== 255 || data[data.length - 1] !== 255) throw new Error("a JPEG block is cut short")
    return data.buffer
  }
}

/**
 * Completes a block's stream with the file's tables and Adobe's APP14 marker (Technical Note 5116).
 * Only that marker states the colour space, and the last one before the scan counts.
 */
const wholeStream = (block: Uint8Array, { tables, ycbcr }: TiffJpegFacts): Buffer => {
  if (block[0] !== 0xff || block[1] !== SOI) throw new Error("a block is not a JPEG stream")
  const scan = startOfScan(block)
  // Both begin with the marker SOI; the tables end with EOI.
  const before = tables === undefined ? block.subarray(0, 2) : tables.subarray(0, tables.length - 2)
  const colours = Uint8Array.of(0xff, APP14, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, ycbcr ? 1 : 0)
  return Buffer.concat([before, block.subarray(2, scan), colours, block.subarray(scan)])
}

/** Offset of the first scan, after the headers. */
const startOfScan = (block: Uint8Array): number => {
  let at = 2
  while (at + 3 < block.length && block[at] === 0xff && block[at + 1] !== SOS)
    at += 2 + ((block[at + 2]! << 8) | block[at + 3]!)
  if (block[at] !== 0xff || block[at + 1] !== SOS) throw new Error("a JPEG block has no image")
  return at
}
