/** Georeferences images by the world file beside them. */
import { readFile } from "node:fs/promises"
import { extname } from "node:path"
import type { Box2 } from "../../../core/geometry/box.js"
import { isUrl } from "../../../io/byte-source.js"

/**
 * Reads an image's outer edges from its world file (`.tfw`, `.jgw`, `.pgw`, `.j2w`, `.wld`, or the
 * name + `w`). Its six lines give the pixel size and the CENTRE of the upper left pixel. Undefined
 * without a file, with rotated pixels, or for an address.
 */
export const readWorldFile = async (path: string, width: number, height: number): Promise<Box2 | undefined> => {
  if (isUrl(path)) return undefined
  const extension = extname(path)
  const stem = path.slice(0, path.length - extension.length)
  const short = extension.length >= 3 ? `.${extension[1]}${extension.at(-1)}w` : ".wld"
  for (const name of [stem + short, stem + short.toUpperCase(), `${path}w`, `${stem}.wld`]) {
    const text = await readFile(name, "latin1").catch(() => undefined)
    if (text === undefined) continue
    const box = parseWorldFile(text, width, height)
    if (box) return box
  }
  return undefined
}

/** The box that a world file's text gives an image; undefined if it is rotated or broken. */
export const parseWorldFile = (text: string, width: number, height: number): Box2 | undefined => {
  const numbers = text
    .trim()
    .split(/\s+/)
    .slice(0, 6)
    .map((part) => Number(part.replace(",", ".")))
  if (numbers.length < 6 || numbers.some((value) => !Number.isFinite(value))) return undefined
  const [dx, turnY, turnX, dy, x, y] = numbers as [number, number, number, number, number, number]
  if (turnX !== 0 || turnY !== 0 || !(dx > 0) || !(dy < 0)) return undefined
  const minX = x - dx / 2
  const maxY = y - dy / 2
  return [minX, maxY + height * dy, minX + width * dx, maxY]
}
