/** The fast decoder for JPEG blocks of colour TIFFs, by the canvas instead of geotiff.js. */
import { createCanvas, loadImage } from "@napi-rs/canvas"
import { BaseDecoder } from "geotiff"
import { checkJpegBlock } from "./blocks.js"

/** What is needed to decode a JPEG block of a TIFF. */
export interface TiffJpegFacts {
  /** The tag JPEGTables: an abbreviated stream of quantisation and Huffman tables; undefined where each block has its own. */
  readonly tables: Uint8Array | undefined
  /** Whether the samples are YCbCr, which the TIFF says and its blocks mostly do not. */
  readonly ycbcr: boolean
  /** Pixels of a row of a block, and rows at most. */
  readonly width: number
  readonly height: number
}

const [SOI, APP14, SOS] = [0xd8, 0xee, 0xda]

/**
 * Decodes the JPEG blocks of a TIFF whose pixels have three samples (TIFF Technical Note 2) as RGBA, by the canvas: a seventh of the time of geotiff.js, which decodes in JavaScript. Halved colours are
 * smoothed between their samples as by GDAL.
 */
export class TiffJpegDecoder extends BaseDecoder {
  readonly #facts: TiffJpegFacts
  #canvas = createCanvas(1, 1)

  constructor(parameters: ConstructorParameters<typeof BaseDecoder>[0], facts: TiffJpegFacts) {
    super(parameters)
    this.#facts = facts
  }

  /** @throws Error where the block is no JPEG, is cut short, or is not as wide as the TIFF says */
  override async decodeBlock(buffer: ArrayBufferLike): Promise<ArrayBufferLike> {
    const stream = wholeStream(new Uint8Array(buffer), this.#facts)
    checkJpegBlock(new Uint8Array(buffer), this.#facts)
    const image = await loadImage(stream)
    const { width, height } = image
    if (width !== this.#facts.width)
      throw new Error(`a JPEG block is ${width} pixels wide where ${this.#facts.width} are expected`)
    if (this.#canvas.width !== width || this.#canvas.height !== height) this.#canvas = createCanvas(width, height)
    const context = this.#canvas.getContext("2d")
    // Of a stream that is cut short the canvas draws nothing, or not to its end, without a word.
    context.clearRect(0, 0, width, height)
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, width, height)
    if (data[3] !== 255 || data[data.length - 1] !== 255) throw new Error("a JPEG block is cut short")
    return data.buffer
  }
}

/** The stream of a block with the tables of its file, and with Adobe's marker (their Technical Note 5116), which alone tells a decoder how the colours are held: the last one before the image counts. */
const wholeStream = (block: Uint8Array, { tables, ycbcr }: TiffJpegFacts): Buffer => {
  if (block[0] !== 0xff || block[1] !== SOI) throw new Error("a block is no JPEG stream")
  const scan = startOfScan(block)
  // Both have a mark of two bytes at the start, the tables one at the end.
  const before = tables === undefined ? block.subarray(0, 2) : tables.subarray(0, tables.length - 2)
  const colours = Uint8Array.of(0xff, APP14, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, ycbcr ? 1 : 0)
  return Buffer.concat([before, block.subarray(2, scan), colours, block.subarray(scan)])
}

/** Where the first scan of a stream begins, after its headers. */
const startOfScan = (block: Uint8Array): number => {
  let at = 2
  while (at + 3 < block.length && block[at] === 0xff && block[at + 1] !== SOS)
    at += 2 + ((block[at + 2]! << 8) | block[at + 3]!)
  if (block[at] !== 0xff || block[at + 1] !== SOS) throw new Error("a JPEG block has no image")
  return at
}
