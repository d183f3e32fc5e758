import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createCanvas } from "@napi-rs/canvas"
import { writeArrayBuffer } from "geotiff"
import type { Box2 } from "../../engine/core/geometry/box.js"
import { EngineError } from "../../engine/errors.js"
import { checkImage } from "../../engine/formats/raster/check-image.js"
import { composeImage } from "../../engine/formats/raster/compose-image.js"
import { readFrameHeader } from "../../engine/formats/raster/frame-header.js"
import { decodePixels } from "../../engine/formats/raster/sheet.js"
import { textureSize } from "../../engine/formats/raster/texture-size.js"
import { encodeCog } from "../../engine/formats/raster/tiff/cog.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { closeTiffs } from "../../engine/formats/raster/tiff/source.js"
import { verifyRaster } from "../../engine/formats/raster/tiff/verify-raster.js"
import { readGeoidGrid } from "../../engine/grid/geoid-grid.js"
import { openImageCatalogue } from "../../engine/spatial/image-catalogue.js"
import { bytesOf, each } from "./input-targets.js"
import { tiffMutation } from "./mutate-formats.js"
import { textMutation } from "./mutate-text.js"
import type { Seed, Target } from "./run-fuzz.js"

export const BOX: Box2 = [770000, 6277000, 770016, 6277012]

const geoTiff = (values: Uint8Array | Float32Array, side: number, more: object): Uint8Array =>
  new Uint8Array(
    writeArrayBuffer(values, {
      ...{ width: side, height: side, ModelPixelScale: [0.5, 0.5, 0], ModelTiepoint: [0, 0, 0, BOX[0], BOX[3], 0] },
      ...{ GTModelTypeGeoKey: 1, GTRasterTypeGeoKey: 1, ProjectedCSTypeGeoKey: 2154, ...more },
    } as never),
  )

export const rgbTiff = (): Uint8Array =>
  geoTiff(
    Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => i % 251),
    24,
    {
      ...{ SamplesPerPixel: 3, BitsPerSample: [8, 8, 8], SampleFormat: [1, 1, 1], PhotometricInterpretation: 2 },
    },
  )

const cog = (): Uint8Array => {
  const [width, height] = [270, 40]
  const data = Float32Array.from({ length: width * height }, (_, i) => Math.sin(i / 9))
  const raster = { width, height, minX: BOX[0], maxY: BOX[3], cellSize: 0.5, data }
  return encodeCog(raster, { epsg: 2154, metadata: { source: "made", title: "DTM" } })
}

const raster: Target = {
  name: "tiff-raster",
  seeds: async () => [{ name: "dtm.tif", bytes: cog(), mutations: [tiffMutation] }],
  read: (path) =>
    each(
      () => readRaster(path),
      () => readRaster(path, { window: BOX, cellSize: 4 }),
      () => verifyRaster(path),
      () => checkImage(path),
    ),
}

const geoid: Target = {
  name: "geoid",
  seeds: async () => {
    const values = Float32Array.from({ length: 12 * 12 }, (_, i) => 45 + i / 10)
    const place = {
      ModelTiepoint: [0, 0, 0, 2, 49, 0],
      ModelPixelScale: [0.1, 0.1, 0],
      GTModelTypeGeoKey: 2,
      GeographicTypeGeoKey: 4326,
    }
    const sample = { BitsPerSample: [32], SampleFormat: [3], SamplesPerPixel: 1, ProjectedCSTypeGeoKey: undefined }
    return [{ name: "grid.tif", bytes: geoTiff(values, 12, { ...sample, ...place }), mutations: [tiffMutation] }]
  },
  read: async (path) => {
    const { undulation } = await readGeoidGrid(path)
    undulation(2.5, 48.5)
    return undefined
  },
}

/**
 * Reads an image as imagery. One that cannot be used is left out with a line, which stands for the
 * refusal.
 */
const readImagery = async (path: string): Promise<void> => {
  const { images, ignored } = await openImageCatalogue([path], { epsg: 2154 })
  if (images.length === 0) throw new EngineError("E_INPUT", ignored[0]?.reason ?? "nothing")
  const pixels = await composeImage(
    images.filter(({ lane }) => lane === "worker"),
    BOX,
    0.5,
  )
  if (pixels !== undefined && pixels.data.length !== 4 * pixels.width * pixels.height) throw new Error("pixels")
}

/** As imagery and as an oriented one. */
const readImage = async (path: string): Promise<string | undefined> => {
  const readFrame = async (): Promise<void> => {
    const frame = await readFrameHeader(path)
    if (frame.lane === "worker") await composeImage([frame], [0, -8, 8, 0], 1)
  }
  try {
    return await each(
      () => readImagery(path),
      readFrame,
      () => checkImage(path),
    )
  } finally {
    await closeTiffs()
  }
}

const tiff: Target = {
  name: "tiff-image",
  seeds: async () => [{ name: "ortho.tif", bytes: rgbTiff(), mutations: [tiffMutation] }],
  read: (path) => readImage(path),
}

const pictures = (): Seed[] => {
  const canvas = createCanvas(32, 24)
  const pen = canvas.getContext("2d")
  for (let i = 0; i < 32; i++) {
    pen.fillStyle = `rgb(${8 * i}, ${255 - 8 * i}, 90)`
    pen.fillRect(i, i % 24, 9, 9)
  }
  return [
    { name: "a.jpg", bytes: new Uint8Array(canvas.toBuffer("image/jpeg")) },
    { name: "a.png", bytes: new Uint8Array(canvas.toBuffer("image/png")) },
    { name: "a.webp", bytes: new Uint8Array(canvas.toBuffer("image/webp")) },
  ]
}

const picture: Target = {
  name: "jpeg-png",
  seeds: async (folder) => {
    for (const name of ["a.jgw", "a.pgw"])
      await writeFile(join(folder, name), "0.5\n0\n0\n-0.5\n770000.25\n6277011.75\n")
    return pictures()
  },
  read: async (path) => {
    const bytes = new Uint8Array(await readFile(path))
    textureSize(bytes)
    if (!path.endsWith(".webp")) return readImage(path)
    await decodePixels(bytes, path)
    return undefined
  },
}

const worldFile: Target = {
  name: "world-file",
  seeds: async (folder) => {
    await writeFile(join(folder, "a.jpg"), pictures()[0]!.bytes)
    return [{ name: "a.jgw", bytes: bytesOf("0.5\n0\n0\n-0.5\n770000.25\n6277011.75\n"), mutations: [textMutation] }]
  },
  read: (_, folder) => each(() => readImagery(join(folder, "a.jpg"))),
}

/** Readers of images and rasters. */
export const rasterTargets: readonly Target[] = [raster, geoid, tiff, picture, worldFile]
