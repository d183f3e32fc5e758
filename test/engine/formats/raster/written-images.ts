import { writeFileSync } from "node:fs"
import { writeArrayBuffer } from "geotiff"
import { expect } from "vitest"
import type { ImageHeader } from "../../../../engine/formats/raster/image/image-header.js"
import type { Image } from "../../../../engine/kernel.js"
import { openImageCatalogue } from "../../../../engine/spatial/image-catalogue.js"

/**
 * RGB GeoTIFF of `size` × `size` pixels of `pixel` metres with its upper left corner at (minX,
 * maxY).
 */
export const writeTiff = async (
  path: string,
  minX: number,
  maxY: number,
  pixel: number,
  size: number,
  colour: (column: number, row: number) => readonly [number, number, number],
  noData?: number,
): Promise<ImageHeader> => {
  const values = new Uint8Array(size * size * 3)
  for (let i = 0; i < size * size; i++) values.set(colour(i % size, Math.floor(i / size)), 3 * i)
  const bytes = writeArrayBuffer(values, {
    width: size,
    height: size,
    SamplesPerPixel: 3,
    BitsPerSample: [8, 8, 8],
    SampleFormat: [1, 1, 1],
    PhotometricInterpretation: 2,
    ModelPixelScale: [pixel, pixel, 0],
    ModelTiepoint: [0, 0, 0, minX, maxY, 0],
    GTModelTypeGeoKey: 1,
    GTRasterTypeGeoKey: 1,
    ProjectedCSTypeGeoKey: 2154,
    ...(noData === undefined ? {} : { GDAL_NODATA: String(noData) }),
  } as never)
  writeFileSync(path, new Uint8Array(bytes))
  const found = await openImageCatalogue([path], { epsg: 2154 })
  expect(found.warnings).toEqual([])
  return found.images[0]
}

/** The RGBA of the pixel that holds a place. */
export const pixelAt = (image: Image, x: number, y: number): number[] => {
  const resolution = (image.box[2] - image.box[0]) / image.width
  const column = Math.floor((x - image.box[0]) / resolution)
  const row = Math.floor((image.box[3] - y) / resolution)
  return [...image.data.subarray(4 * (row * image.width + column), 4 * (row * image.width + column) + 4)]
}
