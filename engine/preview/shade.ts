/** Shades a grid of heights by several lights and paints it (slopes by B. K. P. Horn 1981). */
import type { Box2 } from "../core/geometry/box.js"
import type { Pixels } from "../formats/raster/sheet.js"
import type { HeightGrid } from "./height-grid.js"

/**
 * Lights by azimuth (degrees from north) and weight, all 45 degrees high. The main one is from the
 * north-west, as on maps; the others lighten its shadows.
 */
const LIGHTS = [
  [315, 0.7],
  [250, 0.15],
  [20, 0.15],
] as const

/**
 * Shading of a terrain: 1 on flat ground, less in shadow, more towards the light; NaN for void
 * cells. Slopes by Horn (1981) over 3 × 3 cells; void neighbours take the height of the centre.
 * `exaggeration` multiplies heights.
 */
export const shadeGrid = (grid: HeightGrid, exaggeration: number): Float32Array => {
  const { width, height, cell, data } = grid
  const out = new Float32Array(width * height)
  const lights = LIGHTS.map(([azimuth, weight]) => {
    const angle = (azimuth * Math.PI) / 180
    return { east: Math.sin(angle), north: Math.cos(angle), weight }
  })
  const around = new Float64Array(9)
  const scale = exaggeration / (8 * cell)
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const centre = data[r * width + c]!
      for (let k = 0; k < 9; k++) {
        const column = c + (k % 3) - 1
        const row = r + Math.floor(k / 3) - 1
        const inside = column >= 0 && row >= 0 && column < width && row < height
        const value = inside ? data[row * width + column]! : Number.NaN
        around[k] = Number.isNaN(value) ? centre : value
      }
      // Neighbours are row by row from the north-west; the centre is number 4.
      const west = around[0]! + 2 * around[3]! + around[6]!
      const east = (around[2]! + 2 * around[5]! + around[8]! - west) * scale
      const south = around[6]! + 2 * around[7]! + around[8]!
      const north = (around[0]! + 2 * around[1]! + around[2]! - south) * scale
      const length = Math.sqrt(1 + east * east + north * north)
      let light = 0
      for (const one of lights) light += one.weight * Math.max(0, 1 - east * one.east - north * one.north)
      out[r * width + c] = light / length
    }
  }
  return out
}

/**
 * Paints pixels of `metresPerPixel` over `box` from a grid; the first pixel is in its north-west
 * corner. `colour` writes the pixel at `at` from the value and the shading there. Void cells stay
 * transparent, and the edge of the data follows its cells.
 */
export const paintGrid = (
  grid: HeightGrid,
  shades: Float32Array,
  box: Box2,
  metresPerPixel: number,
  colour: (data: Uint8ClampedArray, at: number, value: number, shade: number) => void,
): Pixels => {
  const width = Math.round((box[2] - box[0]) / metresPerPixel)
  const height = Math.round((box[3] - box[1]) / metresPerPixel)
  const data = new Uint8ClampedArray(4 * width * height)
  for (let row = 0; row < height; row++) {
    const v = (grid.maxY - box[3] + (row + 0.5) * metresPerPixel) / grid.cell - 0.5
    for (let column = 0; column < width; column++) {
      const u = (box[0] - grid.minX + (column + 0.5) * metresPerPixel) / grid.cell - 0.5
      const nearest = at(grid, Math.round(u), Math.round(v))
      if (nearest < 0 || Number.isNaN(grid.data[nearest]!)) continue
      colour(
        data,
        4 * (row * width + column),
        mixed(grid, grid.data, u, v, nearest),
        mixed(grid, shades, u, v, nearest),
      )
    }
  }
  return { width, height, data }
}

const at = ({ width, height }: HeightGrid, column: number, row: number): number =>
  column < 0 || row < 0 || column >= width || row >= height ? -1 : row * width + column

/** Bilinear; a void among the four cells takes the value of the nearest cell. */
const mixed = (grid: HeightGrid, values: Float32Array, u: number, v: number, nearest: number): number => {
  const [c, r] = [Math.floor(u), Math.floor(v)]
  const [x, y] = [u - c, v - r]
  let sum = 0
  for (let k = 0; k < 4; k++) {
    const index = at(grid, c + (k & 1), r + (k >> 1))
    const value = index < 0 ? Number.NaN : values[index]!
    const share = ((k & 1) === 0 ? 1 - x : x) * (k < 2 ? 1 - y : y)
    sum += share * (Number.isNaN(value) ? values[nearest]! : value)
  }
  return sum
}
