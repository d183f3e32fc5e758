/**
 * Mean colours of faces, objects and ground cells in the aerial image: the source of plain colours.
 */
import { readPixelWords } from "../../../engine/core/pixel-words.js"
import type { Mesh } from "../../../engine/kernel.js"
import type { SeenFromAbove } from "../visibility/depth-from-above.js"

/** Sums of red, green, blue and their count, four numbers each, per face or object. */
export type ColourSums = Float64Array

/** No colour known: the class decides. */
export const NO_COLOUR = 0xffffffff
/** A pixel above this has an image: its alpha is not 0. */
const NO_ALPHA = 0x00ffffff
/** Minimum texels for a mean colour. */
const FEW = 8

/** Texels of the image along a side of a cell of the ground's colours. */
export const GROUND_CELL = 8

/** Colours of a mesh in an image from above. */
export interface ShownColours {
  /** Per face: the texels that show it and have an image. */
  readonly sums: ColourSums
  /** Per face: the texels that show it without an image. */
  readonly empty: Uint32Array
  /** Per cell of 8 × 8 texels, row by row from the grid's corner: the texels that show ground. */
  readonly ground: ColourSums
}

/**
 * The colours of faces and of ground, in one pass: reading image and faces costs more than adding.
 * @param data RGBA, alpha 0 where there is no image; of the size of `seen`
 */
export const shownColours = (
  data: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  { owners }: Mesh,
  { uppermost, covered }: SeenFromAbove,
): ShownColours => {
  const words = readPixelWords(data)
  const sums = new Float64Array(4 * covered.length)
  const empty = new Uint32Array(covered.length)
  const columns = Math.ceil(width / GROUND_CELL)
  const ground = new Float64Array(4 * columns * Math.ceil(height / GROUND_CELL))
  for (let row = 0; row < height; row++) {
    const line = Math.floor(row / GROUND_CELL) * columns
    const rowEnd = (row + 1) * width
    // Sum texels of one face, and of ground within one cell, locally: sums in memory would dominate
    // the cost.
    for (let i = row * width; i < rowEnd; ) {
      const shown = uppermost[i]
      const start = i
      if (shown === 0) {
        while (i < rowEnd && uppermost[i] === 0) i++
        continue
      }
      const isGround = owners === undefined || owners[shown - 1] === 0
      let [reds, greens, blues, total] = [0, 0, 0, 0]
      while (i < rowEnd && uppermost[i] === shown) {
        const cell = Math.floor((i - row * width) / GROUND_CELL)
        const end = Math.min(rowEnd, row * width + (cell + 1) * GROUND_CELL)
        // Red and blue in one number, 16 bits apart: a cell's row is only 8 texels.
        let [redBlue, green, count] = [0, 0, 0]
        for (; i < end && uppermost[i] === shown; i++) {
          const word = words[i]
          if (word <= NO_ALPHA) continue
          redBlue += word & 0x00ff00ff
          green += (word >>> 8) & 255
          count++
        }
        const [red, blue] = [redBlue & 0xffff, redBlue >>> 16]
        reds += red
        greens += green
        blues += blue
        total += count
        if (isGround) addColour(ground, 4 * (line + cell), red, green, blue, count)
      }
      addColour(sums, 4 * (shown - 1), reds, greens, blues, total)
      empty[shown - 1] += i - start - total
    }
  }
  return { sums, empty, ground }
}

const addColour = (sums: ColourSums, at: number, red: number, green: number, blue: number, count: number): void => {
  sums[at] += red
  sums[at + 1] += green
  sums[at + 2] += blue
  sums[at + 3] += count
}

/** Sums per object of a mesh, by row; one row for a mesh without objects. */
export const objectColours = ({ owners, objects }: Mesh, faces: ColourSums): ColourSums => {
  const sums = new Float64Array(4 * (objects?.ids.length ?? 1))
  for (let t = 0; t < faces.length / 4; t++) addSum(sums, owners?.[t] ?? 0, faces, t)
  return sums
}

export const addSum = (to: ColourSums, row: number, from: ColourSums, at: number): void => {
  for (let k = 0; k < 4; k++) to[4 * row + k] += from[4 * at + k]
}

/** The mean colour, 0xRRGGBB, times `light` (0 to 1); `NO_COLOUR` below eight texels. */
export const meanColour = (sums: ColourSums, row: number, light = 1): number => {
  const count = sums[4 * row + 3]
  if (count < FEW) return NO_COLOUR
  const part = (k: number): number => Math.round((light * sums[4 * row + k]) / count)
  return (part(0) << 16) | (part(1) << 8) | part(2)
}
