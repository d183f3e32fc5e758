import type { Mesh } from "../../engine/kernel.js"
import type { SeenFromAbove } from "./depth-from-above.js"

/** Sums of red, green, blue and their count, four numbers each: of faces, of objects. */
export type ColourSums = Float64Array

/** No colour known: the class decides. */
export const NO_COLOUR = 0xffffffff
/** Fewer texels than this tell no colour. */
const FEW = 8

/**
 * The colours that each face shows from above: of the texels whose uppermost it is and where the image has a pixel.
 *
 * @param data RGBA, alpha 0 where there is no image; of the size of `seen`
 * @returns the sums, and of each face its uppermost texels without an image
 */
export const faceColours = (
  data: Uint8Array,
  { uppermost, covered }: SeenFromAbove,
): { readonly sums: ColourSums; readonly empty: Uint32Array } => {
  const sums = new Float64Array(4 * covered.length)
  const empty = new Uint32Array(covered.length)
  for (let i = 0; i < uppermost.length; ) {
    const shown = uppermost[i]
    let [red, green, blue, count] = [0, 0, 0, 0]
    const start = i
    // A run of texels of one face at a time: sums in memory cost more than all the rest.
    for (; i < uppermost.length && uppermost[i] === shown; i++) {
      if (data[4 * i + 3] === 0) continue
      red += data[4 * i]
      green += data[4 * i + 1]
      blue += data[4 * i + 2]
      count++
    }
    if (shown === 0) continue
    const at = 4 * (shown - 1)
    sums[at] += red
    sums[at + 1] += green
    sums[at + 2] += blue
    sums[at + 3] += count
    empty[shown - 1] += i - start - count
  }
  return { sums, empty }
}

/** The sums of the objects of a mesh, by row; one row where it is of one thing. */
export const objectColours = ({ owners, objects }: Mesh, faces: ColourSums): ColourSums => {
  const sums = new Float64Array(4 * (objects?.ids.length ?? 1))
  for (let t = 0; t < faces.length / 4; t++) addSum(sums, owners?.[t] ?? 0, faces, t)
  return sums
}

/** Adds one sum to another. */
export const addSum = (to: ColourSums, row: number, from: ColourSums, at: number): void => {
  for (let k = 0; k < 4; k++) to[4 * row + k] += from[4 * at + k]
}

/** The mean colour, 0xRRGGBB, as bright as `light` (0 to 1); `NO_COLOUR` of fewer than eight texels. */
export const meanColour = (sums: ColourSums, row: number, light = 1): number => {
  const count = sums[4 * row + 3]
  if (count < FEW) return NO_COLOUR
  const part = (k: number): number => Math.round((light * sums[4 * row + k]) / count)
  return (part(0) << 16) | (part(1) << 8) | part(2)
}
