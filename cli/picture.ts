/** Writes the maps that commands draw as PNG, JPEG or WebP, depending on the extension. */
import { rm } from "node:fs/promises"
import { atomicWrite } from "../engine/core/files/atomic-write.js"
import { usageError } from "../engine/core/parse-values.js"
import type { SheetFormat } from "../engine/formats/raster/sheet.js"
import type { FootprintMap } from "../engine/preview/footprint-map.js"

const formats: Readonly<Record<string, SheetFormat>> = { png: "png", jpg: "jpeg", jpeg: "jpeg", webp: "webp" }

/** The format of a picture by its extension. Throws E_USAGE for any other extension. */
export const formatOfPath = (path: string, option: string): SheetFormat => {
  const ending = /\.([A-Za-z0-9]+)$/.exec(path)?.[1]?.toLowerCase()
  const format = ending === undefined ? undefined : formats[ending]
  if (format !== undefined) return format
  throw usageError(option, `"${path}"`, "a name that ends in .png, .jpg or .webp", "The ending chooses the format.")
}

/** Draws a map of boxes into a file. Loads the canvas here, because most commands need none. */
export const writeFootprintMap = async (path: string, map: FootprintMap, format: SheetFormat): Promise<void> => {
  const { drawFootprintMap } = await import("../engine/preview/footprint-map.js")
  await writePicture(path, await drawFootprintMap(map, format))
}

/** Writes a picture atomically: its name never shows a partial file. */
export const writePicture = async (path: string, image: Uint8Array): Promise<void> => {
  await atomicWrite(path, image, `${path}.part`)
  await rm(`${path}.part`, { recursive: true, force: true })
}
