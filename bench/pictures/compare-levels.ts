/** `npm run lab -- levels`: compares a level with the finer one where the viewer changes them. */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createCanvas, type ImageData, loadImage } from "@napi-rs/canvas"
import { EngineError } from "../../engine/errors.js"
import { labCommand, printJson } from "../options.js"
import { chromiumPath, launchChromium, pageImage } from "./chromium.js"

const SIZE = [600, 500] as const
/** Pixels of a block's side; CIE 1976 difference up to which two blocks look alike. */
const [BLOCK, ALIKE] = [8, 10]
/** Accepted errors of the two pictures, pixels: the viewer's default and its least. */
const [COARSE, FINE] = [4, 1]

export const main = async (args: string[]): Promise<undefined> => {
  const command = labCommand("levels", "Compares the level that the viewer shows with the finest, in pictures.")
    .argument("<dir>", "output folder of maille run")
    .argument("<view...>", "cameras: at=X,Y,Z&look=HEADING,TILT,RANGE, as in the viewer's address")
    .option("--out <dir>", "folder for the pictures, side by side", "bench-out/levels")
    .parse(args, { from: "user" })
  if (chromiumPath === undefined) {
    throw new EngineError("E_INPUT", "no Chromium found; install it, or set MAILLE_CHROMIUM to its path")
  }
  const { out } = command.opts<{ out: string }>()
  const [folder, ...views] = command.args
  await mkdir(out, { recursive: true })
  const browser = await launchChromium()
  try {
    for (const [number, view] of views.entries()) {
      const shot = (detail: number) => pageImage(browser, folder ?? "", SIZE, { view: `detail=${detail}&${view}` })
      const [coarse, fine] = [await shot(COARSE), await shot(FINE)]
      const canvas = createCanvas(2 * SIZE[0], SIZE[1])
      const context = canvas.getContext("2d")
      context.drawImage(await loadImage(coarse), 0, 0)
      context.drawImage(await loadImage(fine), SIZE[0], 0)
      const pixelsAt = (x: number): ImageData => context.getImageData(x, 0, ...SIZE)
      printJson({ view, ...difference(pixelsAt(0), pixelsAt(SIZE[0])) })
      await writeFile(join(out, `${number}.png`), await canvas.encode("png"))
    }
  } finally {
    await browser.close()
  }
}

/**
 * Difference of two pictures of one size: PSNR of the sRGB values in dB (null for equal pictures),
 * the largest mean difference of a block, and the number of blocks beyond {@link ALIKE}.
 */
const difference = (a: ImageData, b: ImageData) => {
  const [across, down] = [Math.floor(a.width / BLOCK), Math.floor(a.height / BLOCK)]
  const blocks = new Float64Array(across * down)
  let squares = 0
  for (let row = 0; row < BLOCK * down; row++) {
    for (let column = 0; column < BLOCK * across; column++) {
      const at = 4 * (row * a.width + column)
      for (let k = at; k < at + 3; k++) squares += ((a.data[k] ?? 0) - (b.data[k] ?? 0)) ** 2
      const [p, q] = [labColour(a.data.subarray(at, at + 3)), labColour(b.data.subarray(at, at + 3))]
      const block = Math.floor(row / BLOCK) * across + Math.floor(column / BLOCK)
      blocks[block] = (blocks[block] ?? 0) + Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) / BLOCK ** 2
    }
  }
  const mean = squares / (3 * BLOCK ** 2 * blocks.length)
  return {
    psnr: mean === 0 ? null : 10 * Math.log10(255 ** 2 / mean),
    worstBlock: Math.max(...blocks),
    blocksBeyond: blocks.filter((value) => value > ALIKE).length,
    blocks: blocks.length,
  }
}

/** CIE L*a*b* (D65) of an sRGB colour. */
const labColour = (rgb: ArrayLike<number>): [lightness: number, a: number, b: number] => {
  const linear = (k: number): number => {
    const s = (rgb[k] ?? 0) / 255
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4
  }
  const [red, green, blue] = [linear(0), linear(1), linear(2)]
  const response = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)
  const x = response((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
  const y = response(0.2126 * red + 0.7152 * green + 0.0722 * blue)
  const z = response((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}
