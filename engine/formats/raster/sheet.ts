/** Draws pictures for maps and previews with a pen; texts use a bundled font. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { createCanvas, GlobalFonts, ImageData, loadImage, type SKRSContext2D } from "@napi-rs/canvas"
import { MAX_PIXELS } from "../../core/bounds.js"
import { EngineError } from "../../errors.js"
import { textureSize } from "./texture-size.js"

/** The 2D context of a sheet (HTML Canvas 2D). */
export type Pen = SKRSContext2D

export type SheetFormat = "png" | "jpeg" | "webp"

/**
 * An RGBA picture: `width · height · 4` bytes, row 0 at the top, colours not premultiplied by
 * alpha.
 */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray
}

/** A picture to draw on. */
export interface Sheet {
  readonly pen: Pen
  /** Draws pixels over the sheet by their alpha; the upper left corner is at a whole pixel. */
  blend(pixels: Pixels, left: number, top: number): void
  encode(format: SheetFormat): Promise<Uint8Array>
}

/** Family of the letters on maps: Source Sans 3 (SIL Open Font License 1.1). */
const FAMILY = "maille sheet"
/** No visible artefacts beside lines and letters. */
const QUALITY = { jpeg: 90, webp: 90 } as const

let registered = false

// The machine's fonts would make maps differ from machine to machine, and many servers have none.
const registerFonts = (): void => {
  if (registered) return
  const require = createRequire(import.meta.url)
  for (const file of [
    require.resolve("@fontsource/source-sans-3/files/source-sans-3-latin-400-normal.woff"),
    require.resolve("@fontsource/source-sans-3/files/source-sans-3-latin-600-normal.woff"),
  ])
    GlobalFonts.register(readFileSync(file), FAMILY)
  registered = true
}

/**
 * CSS font string for a size in pixels. Letters outside Latin-1 fall back to the machine's fonts.
 */
export const sheetFont = (size: number, weight: "normal" | "bold" = "normal"): string =>
  `${weight === "bold" ? 600 : 400} ${size}px "${FAMILY}"`

/** Width of a text, pixels. */
export const textWidth = (text: string, size: number, weight: "normal" | "bold" = "normal"): number => {
  registerFonts()
  ruler ??= createCanvas(1, 1).getContext("2d")
  ruler.font = sheetFont(size, weight)
  return ruler.measureText(text).width
}

let ruler: Pen | undefined

/**
 * Opens a white sheet. Memory: 4 bytes a pixel. The same strokes give the same bytes with one build
 * of the canvas.
 */
export const openSheet = (width: number, height: number): Sheet => {
  registerFonts()
  const canvas = createCanvas(width, height)
  const pen = canvas.getContext("2d")
  pen.fillStyle = "#ffffff"
  pen.fillRect(0, 0, width, height)
  return {
    pen,
    blend: (pixels, left, top) => {
      const layer = createCanvas(pixels.width, pixels.height)
      layer.getContext("2d").putImageData(new ImageData(pixels.data, pixels.width, pixels.height), 0, 0)
      pen.drawImage(layer, left, top)
    },
    encode: async (format) => {
      if (format === "png") return new Uint8Array(await canvas.encode("png"))
      return new Uint8Array(
        await (format === "jpeg" ? canvas.encode("jpeg", QUALITY.jpeg) : canvas.encode("webp", QUALITY.webp)),
      )
    },
  }
}

/**
 * Decodes a JPEG, PNG or WebP image. Messages name `file`.
 *
 * @throws EngineError E_FORMAT for anything else
 */
export const decodePixels = async (bytes: Uint8Array, file = "image"): Promise<Pixels> => {
  const fail = (found: string): EngineError =>
    new EngineError(
      "E_FORMAT",
      `${file}: damaged: its image cannot be decoded (${found}). Write the tile again with --force.`,
      { file },
    )
  const size = textureSize(bytes)
  if (size === undefined || size.width * size.height > MAX_PIXELS) throw fail("not JPEG, PNG or WebP, or too large")
  const image = await loadImage(bytes).catch((cause: unknown) => {
    throw fail(cause instanceof Error ? cause.message : String(cause))
  })
  const { width, height } = image
  const pen = createCanvas(width, height).getContext("2d")
  pen.drawImage(image, 0, 0)
  return { width, height, data: pen.getImageData(0, 0, width, height).data }
}
