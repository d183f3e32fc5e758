import type { Raster } from "../../../engine/kernel.js"
import { heightBins, noHeight } from "./sums.js"

/** Value of a raster at a point, all in millimetres of the CRS; `noHeight` outside and in voids. Half-open from the south-west, like the tiles. */
export const sampleMm = ({ data, width, height, minX, maxY, cellSize }: Raster, xMm: number, yMm: number): number => {
  const cellMm = Math.round(cellSize * 1000)
  const column = Math.floor((xMm - Math.round(minX * 1000)) / cellMm)
  const row = height - 1 - Math.floor((yMm - Math.round(maxY * 1000) + height * cellMm) / cellMm)
  if (column < 0 || column >= width || row < 0 || row >= height) return noHeight
  const value = data[row * width + column]
  return Number.isNaN(value) ? noHeight : Math.round(value * 1000)
}

/** Occupied bins as pairs; `dense` is left zeroed. */
export const histogramOf = (bins: Uint16Array, dense: Int32Array): Int32Array => {
  const occupied: number[] = []
  for (const bin of bins) {
    if (bin === 0xffff) continue
    if (dense[bin] === 0) occupied.push(bin)
    dense[bin]++
  }
  occupied.sort((a, b) => a - b)
  const pairs = new Int32Array(2 * occupied.length)
  occupied.forEach((bin, i) => {
    pairs[2 * i] = bin
    pairs[2 * i + 1] = dense[bin]
    dense[bin] = 0
  })
  return pairs
}

/** Bin of a height above the DTM, 0xffff without DTM. Millimetres. */
export const heightBin = (zMm: number, groundMm: number): number =>
  groundMm === noHeight ? 0xffff : Math.min(heightBins - 1, Math.max(0, Math.floor((zMm - groundMm) / 100)))
