/** Surfaces for tests of sun and views, and rays over them that are followed in small steps. */
import { readFileSync } from "node:fs"
import { expect } from "vitest"
import type { Kernel, Raster, Tile } from "../../engine/kernel.js"
import { sharedData } from "../shared-data.js"
import { scratch, tileOf, valuesOf } from "./kernel-run.js"

/** A numpy array of two dimensions: little-endian floats in C order. */
export const readNpy = (
  path: string,
): { readonly width: number; readonly height: number; readonly data: Float64Array } => {
  const bytes = readFileSync(path)
  const headerEnd = 10 + bytes.readUInt16LE(8)
  const header = bytes.toString("latin1", 10, headerEnd)
  const [, type] = /'descr': '<f([48])', 'fortran_order': False/.exec(header) ?? []
  const [, height, width] = /'shape': \((\d+), (\d+)\)/.exec(header) ?? []
  if (type === undefined || width === undefined) throw new Error(`${path}: ${header}`)
  const data = Float64Array.from({ length: Number(height) * Number(width) }, (_, i) =>
    type === "4" ? bytes.readFloatLE(headerEnd + 4 * i) : bytes.readDoubleLE(headerEnd + 8 * i),
  )
  return { width: Number(width), height: Number(height), data }
}

/** The folder of solweig's grids, or undefined. */
export const solweig = sharedData === undefined ? undefined : `${sharedData}/applications/solweig`

/** Its surface of 400 × 400 cells of 1 m; the south-west corner is at 0, 0. */
export const solweigSurface = (): Raster => {
  const { width, height, data } = readNpy(`${solweig}/input_dsm.npy`)
  return { width, height, minX: 0, maxY: height, cellSize: 1, data: Float32Array.from(data) }
}

/**
 * Runs a kernel on the whole surface, or on part of it with what its halo reads. `others`: further
 * rasters by port.
 */
export const runOnRaster = (
  kernel: Kernel,
  raster: Raster,
  given: Readonly<Record<string, unknown>>,
  cell: readonly [number, number, number, number] = boxOf(raster),
  others: Readonly<Record<string, Raster>> = {},
): Readonly<Record<string, Raster>> => {
  const options = valuesOf(kernel.options, given as never)
  const tile: Tile = {
    ...tileOf([...cell], kernel.halo(options)),
    toGeographic: (x, y) => [2 + x / 80_000, 48 + y / 111_000],
  }
  const inputs: Record<string, Raster> = {}
  for (const [name, one] of Object.entries({ dsm: raster, ...others })) inputs[name] = cut(one, tile.extent)
  return kernel.run(tile, inputs as never, options, scratch) as never
}

export const boxOf = ({ minX, maxY, width, height, cellSize }: Raster): [number, number, number, number] => [
  minX,
  maxY - height * cellSize,
  minX + width * cellSize,
  maxY,
]

/** The part of a raster in a box, as the engine hands it to a kernel. */
export const cut = (raster: Raster, box: readonly [number, number, number, number]): Raster => {
  const { cellSize } = raster
  const left = Math.max(0, Math.round((box[0] - raster.minX) / cellSize))
  const top = Math.max(0, Math.round((raster.maxY - box[3]) / cellSize))
  const width = Math.min(raster.width, Math.round((box[2] - raster.minX) / cellSize)) - left
  const height = Math.min(raster.height, Math.round((raster.maxY - box[1]) / cellSize)) - top
  const size = width * height
  const data = raster.data instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size)
  for (let row = 0; row < height; row++) {
    const from = (top + row) * raster.width + left
    data.set(raster.data.subarray(from, from + width), row * width)
  }
  return { width, height, minX: raster.minX + left * cellSize, maxY: raster.maxY - top * cellSize, cellSize, data }
}

/** The greatest height of a surface without voids. */
export const highestOf = ({ data }: Raster): number => {
  let highest = Number.NEGATIVE_INFINITY
  for (const height of data) highest = Math.max(highest, height)
  return highest
}

/**
 * Height at a place, in cells from the centre of the first, on the TIN of the centres; each square
 * of four is split along its lower diagonal.
 */
export const heightAt = ({ width, data }: Raster, x: number, y: number): number => {
  const [column, row] = [Math.floor(x), Math.floor(y)]
  const [u, v] = [x - column, y - row]
  const at = row * width + column
  const [nw, ne] = [data[at]!, data[at + 1] ?? 0]
  const [sw, se] = [data[at + width] ?? 0, data[at + width + 1] ?? 0]
  if (nw + se <= ne + sw) return u >= v ? nw + (ne - nw) * u + (se - ne) * v : nw + (se - sw) * u + (sw - nw) * v
  return u + v <= 1 ? nw + (ne - nw) * u + (sw - nw) * v : se + (sw - se) * (1 - u) + (ne - se) * (1 - v)
}

/** Tangent of the horizon from a cell, at least 0, on that TIN in steps of `step` cells. */
export const marchedHorizon = (
  raster: Raster,
  [column, row]: readonly [number, number],
  azimuth: number,
  { reach, step, highest }: { readonly reach: number; readonly step: number; readonly highest: number },
): number => {
  const [east, south] = [Math.sin((azimuth * Math.PI) / 180), -Math.cos((azimuth * Math.PI) / 180)]
  const z = raster.data[row * raster.width + column]!
  let tangent = 0
  for (let k = 1; k * step <= reach / raster.cellSize; k++) {
    const d = k * step
    const metres = d * raster.cellSize
    if (highest - z <= tangent * metres) break
    const [x, y] = [column + east * d, row + south * d]
    if (x < 0 || y < 0 || x > raster.width - 1 || y > raster.height - 1) break
    tangent = Math.max(tangent, (heightAt(raster, x, y) - z) / metres)
  }
  return tangent
}

/**
 * A surface of hills, walls and a void, 120 m wide, across the corner of four square kilometres.
 */
export const hillyTown = (): Raster => {
  const [width, height] = [120, 120]
  const data = Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    const wall = x % 23 < 9 && y % 31 < 14 ? 4 + ((x * 7 + y * 3) % 19) : 0
    return x > 70 && x < 76 && y > 30 && y < 50 ? Number.NaN : 8 * Math.sin(x / 17) * Math.cos(y / 13) + wall
  })
  return { width, height, minX: 980, maxY: 2060, cellSize: 1, data }
}

/** Expects that tiles of 20, 40 and 60 m, in any order, make the cells of the whole. */
export const tiledAsWhole = (
  kernel: Kernel,
  raster: Raster,
  given: Readonly<Record<string, unknown>>,
  port: string,
  others?: Readonly<Record<string, Raster>>,
): void => {
  const whole = runOnRaster(kernel, raster, given, undefined, others)[port]!
  const [minX, minY, maxX, maxY] = boxOf(raster)
  for (const side of [60, 40, 20]) {
    for (let y = maxY - side; y >= minY; y -= side) {
      for (let x = minX; x < maxX; x += side) {
        const cell = [x, y, x + side, y + side] as const
        expect(runOnRaster(kernel, raster, given, cell, others)[port]).toEqual(cut(whole, cell))
      }
    }
  }
}
