/** `npm run lab -- pictures`: draws the pictures of the documents. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { createCanvas, loadImage } from "@napi-rs/canvas"
import type { Browser } from "playwright-core"
import { EngineError } from "../../engine/errors.js"
import { projectRoot } from "../machine.js"
import { labCommand, wordsOf } from "../options.js"
import { chromiumPath, launchChromium, pageImage } from "./chromium.js"
import { maille, makeScene, type SceneName } from "./scenes.js"
import { type Panel, type Picture, pictures } from "./table.js"

/** Space between panels, pixels. */
const GAP = 4

export const main = async (args: string[]): Promise<undefined> => {
  const { cache, only, out } = labCommand("pictures", "Draws the pictures of the documents again.")
    .option("--cache <dir>", "folder for inputs and outputs", "bench-out/pictures")
    .option("--only <parts>", "only pictures whose name has one of these parts", wordsOf, [])
    .option("--out <dir>", "folder of the documents", join(projectRoot, "docs"))
    .parse(args, { from: "user" })
    .opts<{ cache: string; only: readonly string[]; out: string }>()
  if (chromiumPath === undefined) {
    throw new EngineError("E_INPUT", "no Chromium found; install it, or set MAILLE_CHROMIUM to its path")
  }
  const chosen = pictures.filter(({ file }) => only.length === 0 || only.some((part) => file.includes(part)))
  const browser = await launchChromium()
  try {
    const scenes = new Map<SceneName, Awaited<ReturnType<typeof makeScene>>>()
    for (const picture of chosen) await draw(picture, { browser, scenes, cache: resolve(cache), out })
  } finally {
    await browser.close()
  }
}

interface Studio {
  readonly browser: Browser
  /** The outputs that exist. */
  readonly scenes: Map<SceneName, Awaited<ReturnType<typeof makeScene>>>
  readonly cache: string
  readonly out: string
}

/** Draws a picture and writes its file; says why it cannot be drawn. */
const draw = async (picture: Picture, studio: Studio): Promise<void> => {
  const { file, size, panels, mostBytes } = picture
  const images: Buffer[] = []
  for (const panel of panels) {
    const scene = studio.scenes.get(panel.scene) ?? (await makeScene(panel.scene, studio.cache))
    studio.scenes.set(panel.scene, scene)
    if (typeof scene === "string") return console.error(`${file}: skipped: ${scene}`)
    const width = Math.floor((size[0] - GAP * (panels.length - 1)) / panels.length)
    images.push(await panelImage(panel, scene.folder, [width, size[1]], studio))
  }
  const jpeg = await joined(images, mostBytes)
  const path = join(studio.out, file)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, jpeg)
  console.log(`${file}: ${(jpeg.length / 1000).toFixed(0)} KB`)
}

/** A panel as PNG. */
const panelImage = async (panel: Panel, folder: string, size: readonly [number, number], studio: Studio) => {
  if (panel.map === undefined) return pageImage(studio.browser, folder, size, panel)
  const path = join(studio.cache, "map.png")
  const place = panel.box === undefined ? [] : ["--bbox", panel.box.join(",")]
  await maille("preview", folder, "--layer", panel.map, ...place, "--size", String(size[0]), "-o", path)
  return readFile(path)
}

/** The images side by side as JPEG, in the best quality that fits. */
const joined = async (files: readonly Buffer[], mostBytes: number): Promise<Buffer> => {
  const images = await Promise.all(files.map((file) => loadImage(file)))
  const width = images.reduce((sum, image) => sum + image.width + GAP, -GAP)
  const canvas = createCanvas(width, Math.max(...images.map(({ height }) => height)))
  const context = canvas.getContext("2d")
  context.fillStyle = "white"
  context.fillRect(0, 0, canvas.width, canvas.height)
  let x = 0
  for (const image of images) {
    context.drawImage(image, x, 0)
    x += image.width + GAP
  }
  for (let quality = 92; quality >= 40; quality -= 4) {
    const jpeg = await canvas.encode("jpeg", quality)
    if (jpeg.length <= mostBytes) return jpeg
  }
  throw new Error(`a picture has more than ${mostBytes} bytes in a quality of 40; choose another view`)
}
