/** Joins the images that overlap a box into one picture, in the job's colours. */
import { Box2 } from "../../core/geometry/box.js"
import { EngineError } from "../../errors.js"
import type { Image } from "../../kernel.js"
import { withCanvasSource } from "./canvas-image.js"
import type { ImageHeader } from "./image/image-header.js"
import { correctionTable, type RadiometricCorrection } from "./image/radiometric-correction.js"
import { fillFrom, type PixelGrid, wholeSource } from "./image/sample-pixels.js"
import { withTiffSource } from "./tiff/image.js"

/**
 * Composes the imagery of a box, in the job's colours (see `ImageHeader.correction`). Each image
 * fills the pixels that the earlier ones left empty. Alpha is 255 where there is an image and 0
 * elsewhere.
 *
 * Pixels are aligned to multiples of `resolution` in the CRS. The result covers `box` expanded to
 * that grid. The value of a pixel does not depend on `box`.
 *
 * @param images in order of preference; each is read by window from the overview that fits
 * @param resolution metres a pixel
 * @param decoded windows of the images of lane "main", by path: {@link readGdalWindow} at this
 *   resolution
 * @returns undefined if no image has a pixel in the box
 * @throws EngineError `E_INPUT` or `E_FORMAT` naming an image whose pixels cannot be read
 */
export const composeImage = async (
  images: readonly ImageHeader[],
  box: Box2,
  resolution: number,
  decoded: ReadonlyMap<string, Image> = new Map(),
): Promise<Image | undefined> => {
  const grid = pixelGrid(box, resolution)
  const covered = gridBox(grid)
  const data = new Uint8Array(grid.width * grid.height * 4)
  let filled = false
  for (const image of images) {
    if (!Box2.overlaps(image.box, covered)) continue
    const before = image.correction === undefined ? undefined : alphaOf(data)
    const some = await (image.lane === "main"
      ? fillFromDecoded(image, grid, data, decoded)
      : fillFromImage(image, grid, data))
    if (some && image.correction !== undefined && before !== undefined) applyCorrection(image.correction, before, data)
    filled ||= some
  }
  return filled ? { width: grid.width, height: grid.height, box: covered, data } : undefined
}

/** The grid pixels that cover a box. Its edges may miss the grid lines by 10⁻⁶ pixel. */
export const pixelGrid = (box: Box2, resolution: number): PixelGrid => {
  const firstColumn = Math.floor(box[0] / resolution + 1e-6)
  const firstRow = Math.floor(-box[3] / resolution + 1e-6)
  return {
    resolution,
    firstColumn,
    firstRow,
    width: Math.max(1, Math.ceil(box[2] / resolution - 1e-6) - firstColumn),
    height: Math.max(1, Math.ceil(-box[1] / resolution - 1e-6) - firstRow),
  }
}

/** The box that a pixel grid covers, CRS metres. */
export const gridBox = ({ resolution, firstColumn, firstRow, width, height }: PixelGrid): Box2 => [
  firstColumn * resolution,
  -(firstRow + height) * resolution,
  (firstColumn + width) * resolution,
  -firstRow * resolution,
]

const alphaOf = (data: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 3]!)

/** Converts the pixels that an image has just filled to the job's colours. */
const applyCorrection = (correction: RadiometricCorrection, before: Uint8Array, data: Uint8Array): void => {
  const table = correctionTable(correction)
  for (let i = 0; i < before.length; i++) {
    if (before[i] !== 0 || data[4 * i + 3] === 0) continue
    data[4 * i] = table[data[4 * i]!]!
    data[4 * i + 1] = table[256 + data[4 * i + 1]!]!
    data[4 * i + 2] = table[512 + data[4 * i + 2]!]!
  }
}

const fillFromImage = async (image: ImageHeader, grid: PixelGrid, data: Uint8Array): Promise<boolean> => {
  const withSource = image.decoder === "canvas" ? withCanvasSource : withTiffSource
  try {
    return await withSource(image, (source) => fillFrom(source, grid, data))
  } catch (error) {
    if (error instanceof EngineError) throw error
    const found = error instanceof Error ? error.message : String(error)
    throw new EngineError(
      "E_FORMAT",
      `${image.path}: damaged: its pixels cannot be read (${found}). Leave it out, or rewrite it with gdal_translate.`,
      { file: image.path },
      error,
    )
  }
}

/** Fills from the window that GDAL read on the main thread, on the same grid. */
const fillFromDecoded = (
  { path }: ImageHeader,
  grid: PixelGrid,
  data: Uint8Array,
  decoded: ReadonlyMap<string, Image>,
): Promise<boolean> => {
  const ready = decoded.get(path)
  if (!ready)
    throw new EngineError("E_INTERNAL", `${path}: the pixels that GDAL reads are missing`, {
      file: path,
    })
  return fillFrom(
    wholeSource(ready.box, ready, () => ready.data),
    grid,
    data,
  )
}
