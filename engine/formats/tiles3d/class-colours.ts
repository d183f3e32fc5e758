/** Defines linear vertex colours of classes, of walls and of single faces. */
import { classColour } from "../../core/colours.js"

/** IEC 61966-2-1: glTF vertex colours are linear. */
const linear = (value: number): number => {
  const s = value / 255
  return Math.round(255 * (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4))
}

/** Linear RGBA of the 256 classes, 4 bytes each. */
export const classColours: Uint8Array = (() => {
  const table = new Uint8Array(1024)
  for (let code = 0; code < 256; code++) {
    const [r, g, b] = classColour(code)
    table.set([linear(r), linear(g), linear(b), 255], code * 4)
  }
  return table
})()

/** sRGB colours of steep faces: plaster below roof tiles, the dark side of a deck. */
const STEEP: ReadonlyMap<number, readonly [number, number, number]> = new Map([
  [6, [226, 214, 196]],
  [17, [112, 114, 120]],
])

/**
 * Linear RGB of a face of an object.
 *
 * @param steep true for a wall or an underside
 * @param light 0 to 1, the share of the light that reaches the face
 */
export const faceColour = (code: number, steep: boolean, light: number): [red: number, green: number, blue: number] => {
  const colour = (steep ? STEEP.get(code) : undefined) ?? classColour(code)
  return colour.map((value) => Math.round(light * linear(value))) as [number, number, number]
}

/** Linear RGB of an sRGB colour 0xRRGGBB. */
export const linearColour = (colour: number): [red: number, green: number, blue: number] => [
  linear(colour >> 16),
  linear((colour >> 8) & 255),
  linear(colour & 255),
]
