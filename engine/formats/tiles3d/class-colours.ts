import { classColour } from "../../core/class-colour.js"

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
