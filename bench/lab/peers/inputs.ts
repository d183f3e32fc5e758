/** Provides the inputs of comparisons: files of the command line, real ones or seeded ones. */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { openPointFile } from "../../../engine/formats/points/point-file.js"
import { encodeCog } from "../../../engine/formats/raster/tiff/cog.js"
import type { Points, Raster } from "../../../engine/kernel.js"
import { makeTiles } from "../../../fixtures/make.js"
import { groundRaster } from "../../formats/seeded-data.js"
import { realFile } from "../../real-data.js"

/**
 * The inputs of a comparison: files of the command line with the right extension, else seeded ones
 * if `quick`, else real ones. Returns a string if there are none: the reason.
 */
export const chooseInputs = async (
  { files, quick }: { readonly files: readonly string[]; readonly quick: boolean },
  folder: string,
  { ends, real, seeded }: Inputs,
): Promise<string[] | string> => {
  const stated = files.filter((path) => ends.test(path))
  if (stated.length > 0) return stated
  if (files.length > 0) return `none of the files given ends in ${ends.source}`
  if (quick) return [await seeded(folder)]
  const found = real.map(realFile)
  const paths = found.flatMap((file) => (typeof file === "string" ? [] : file.path))
  return paths.length > 0 ? paths : (found.find((file) => typeof file === "string") ?? "no file is given")
}

/** The inputs that a comparison accepts. */
export interface Inputs {
  readonly ends: RegExp
  readonly real: readonly string[]
  readonly seeded: (folder: string) => Promise<string>
}

/** Point files. The quick one is a synthetic tile of 100 m as LAZ. */
export const pointInputs = (...real: string[]): Inputs => ({
  ends: /\.la[sz]$/,
  real,
  seeded: async (folder) => {
    const plain = { km: 0.1, density: 8, tiles: 1, seed: 1, imagery: false, workers: 1, force: false }
    const [made] = await makeTiles({ ...plain, format: "laz", out: join(folder, "seeded") })
    if (made === undefined) throw new Error("no tile was made")
    return made.path
  },
})

/** Terrain rasters. The quick one is the ground of the synthetic scene, 300 × 300 cells. */
export const rasterInputs = (...real: string[]): Inputs => ({
  ends: /\.tiff?$/,
  real,
  seeded: (folder) => writeTiff(join(folder, "seeded.tif"), cropRaster(groundRaster(), 300)),
})

/** Writes a raster as GeoTIFF of EPSG:2154, for programs that read files; returns its path. */
export const writeTiff = async (path: string, raster: Raster): Promise<string> => {
  await writeFile(path, encodeCog(raster, { epsg: 2154, metadata: {} }))
  return path
}

/** The north-west square of a raster. */
export const cropRaster = (raster: Raster, side: number): Raster & { readonly data: Float32Array } => {
  const data = new Float32Array(side * side)
  for (let row = 0; row < side; row++) {
    data.set(raster.data.subarray(row * raster.width, row * raster.width + side), row * side)
  }
  return { ...raster, width: side, height: side, data }
}

/**
 * Reads points of some classes, in file order. Coordinates are millimetres from whole metres at
 * their south-west; of points at one place the first counts.
 */
export const readClasses = async (path: string, classes: readonly number[]): Promise<Points> => {
  const file = await openPointFile(path)
  try {
    const { box, count } = file.info
    const origin = [Math.floor(box[0]), Math.floor(box[1]), 0] as const
    const [x, y, z] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)]
    const places = new Set<number>()
    let selected = 0
    for await (const columns of file.read({ origin, attributes: ["classification"] })) {
      for (let i = 0; i < columns.count; i++) {
        if (!classes.includes(columns.classification[i]!)) continue
        // Below 2^53: a tile is less than 2^26 mm wide.
        const place = columns.y[i]! * 2 ** 26 + columns.x[i]!
        if (places.has(place)) continue
        places.add(place)
        x[selected] = columns.x[i]!
        y[selected] = columns.y[i]!
        z[selected++] = columns.z[i]!
      }
    }
    return {
      count: selected,
      x: x.slice(0, selected),
      y: y.slice(0, selected),
      z: z.slice(0, selected),
      scale: 0.001,
      origin,
    }
  } finally {
    await file.close()
  }
}

/** Splits a number and a path, which share a peer's only argument: `0.25@dtm.tif`. */
export const numberAndPath = (word: string): readonly [value: number, path: string] => {
  const at = word.indexOf("@")
  return [Number(word.slice(0, at)), word.slice(at + 1)]
}
