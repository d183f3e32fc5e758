/** Crops an aerial image to the mesh below it: tiles at the edge of a job stay small. */
import type { Image, Mesh } from "../../../engine/kernel.js"

/** Margin around the mesh, pixels: more than a chart's margin in an atlas. */
const AROUND = 32
/**
 * Cuts are at multiples of this, pixels from the image's corner: coarse sampling keeps its cells.
 */
const STEP = 256
/** Minimum share to cut off: less is not worth a copy. */
const WORTH = 0.1

/**
 * Crops an image to a mesh with a margin, at multiples of 256 pixels. Parents of tiles at the edge
 * of a job cover mostly nothing.
 *
 * Returns the image itself where less than a tenth can be cut off, else a copy, with the same
 * places and sizes of pixels. O(vertices + pixels).
 */
export const cropImage = (image: Image, mesh: Mesh): Image => {
  const { width, height, box, data } = image
  const [pixelX, pixelY] = [(box[2] - box[0]) / width, (box[3] - box[1]) / height]
  const [low, high] = extremes(mesh)
  const first = (at: number): number => Math.max(0, Math.floor((at - AROUND) / STEP) * STEP)
  const end = (at: number, most: number): number => Math.min(most, Math.ceil((at + AROUND) / STEP) * STEP)
  const left = Math.min(width - 1, first((low[0] - box[0]) / pixelX))
  const right = Math.max(left + 1, end((high[0] - box[0]) / pixelX, width))
  const top = Math.min(height - 1, first((box[3] - high[1]) / pixelY))
  const bottom = Math.max(top + 1, end((box[3] - low[1]) / pixelY, height))
  if ((right - left) * (bottom - top) > (1 - WORTH) * width * height) return image
  const [columns, rows] = [right - left, bottom - top]
  const out = new Uint8Array(4 * columns * rows)
  for (let row = 0; row < rows; row++) {
    const from = 4 * ((top + row) * width + left)
    out.set(data.subarray(from, from + 4 * columns), 4 * row * columns)
  }
  const part = [
    box[0] + left * pixelX,
    box[3] - bottom * pixelY,
    box[0] + right * pixelX,
    box[3] - top * pixelY,
  ] as const
  return { width: columns, height: rows, box: part, data: out }
}

/** Least and greatest x and y of a mesh's vertices, metres in the CRS. */
const extremes = ({ positions, origin }: Mesh): readonly [low: readonly number[], high: readonly number[]] => {
  const low = [Infinity, Infinity]
  const high = [-Infinity, -Infinity]
  for (let i = 0; i < positions.length; i += 3) {
    for (let axis = 0; axis < 2; axis++) {
      low[axis] = Math.min(low[axis], positions[i + axis])
      high[axis] = Math.max(high[axis], positions[i + axis])
    }
  }
  const placed = (at: readonly number[]): number[] => at.map((value, axis) => origin[axis] + value / 1000)
  return [placed(low), placed(high)]
}
