import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { encodeGeoTiff } from "../../fixtures/sample/tiff.js"

/** Side of an image, pixels of 0.2 m: what counts is how many there are. */
const PIXELS = 50
const PIXEL = 0.2
/** North-west of the synthetic country, EPSG:2154, where no tile of a benchmark lies. */
const CORNER = [700_000, 6_700_000] as const
const PER_ROW = 50

/** Writes images of other places into a folder, as the catalogue of a country has them around the ones that a tile needs. */
export const imagesAround = async (folder: string, count: number): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const data = new Uint8Array(3 * PIXELS ** 2).fill(128)
  for (let i = 0; i < count; i++) {
    const side = PIXELS * PIXEL
    const [west, north] = [CORNER[0] + side * (i % PER_ROW), CORNER[1] - side * Math.floor(i / PER_ROW)]
    const box = [west, north - side, west + side, north] as const
    const image = { width: PIXELS, height: PIXELS, box, pixel: PIXEL, data }
    await writeFile(join(folder, `elsewhere-${i}.tif`), encodeGeoTiff(image, 2154))
  }
}
