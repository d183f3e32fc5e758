/**
 * Chooses the windows of oriented images that a tile reads, the same on both sides of a tile
 * border.
 * See docs/decisions/23-images-by-square.md.
 */

import { Box2 } from "../core/geometry/box.js"
import { addToList } from "../core/lists.js"
import type { OptionValue, Tile, ViewsPort } from "../kernel.js"
import { chooseOriented, type OrientedImage, type OrientedImages } from "./oriented-images.js"
import { frameBox, halfPower, type ViewWindow } from "./view-window.js"

/**
 * Side of the CRS grid cells for which oriented images are chosen, metres. A tile uses the images
 * of all cells that it meets, so both sides of a tile border see a place in the same images. Larger
 * cells would admit images that see only a corner; smaller ones mean more images a tile.
 */
export const SIDE = 250

/**
 * Chooses the oriented images of a box: those of each CRS grid cell that it meets
 * ({@link chooseOriented}). The choice for a cell depends on the cell and the images only,
 * whichever box asks.
 *
 * @param most images a cell
 * @param side of the cells, metres
 * @returns ordered by index
 */
export const chooseViews = (oriented: OrientedImages, box: Box2, most: number, side: number = SIDE) => {
  // The images of a cell fade out beyond its border (see `View.squares`).
  const [minX, minY, maxX, maxY] = Box2.grow(box, side / 16)
  const chosen = new Map<number, Box2[]>()
  for (let y = Math.floor(minY / side); y < Math.ceil(maxY / side); y++) {
    for (let x = Math.floor(minX / side); x < Math.ceil(maxX / side); x++) {
      const cell: Box2 = [x * side, y * side, (x + 1) * side, (y + 1) * side]
      for (const index of chooseOriented(oriented, cell, most)) {
        addToList(chosen, index, cell)
      }
    }
  }
  return [...chosen].map(([index, squares]) => ({ index, squares })).sort((a, b) => a.index - b.index)
}

/**
 * Least cosine between a camera's axis and the vertical for which {@link viewStep} computes the
 * distance to the ground: 75°.
 */
const LEAST_SLANT = 0.25

/**
 * Image pixels per window pixel, the same in all tiles of a size: two tiles see the same pixels.
 *
 * The step is as fine as `resolution` (metres a pixel where the camera's axis meets the lowest
 * ground), or finer by less than √2. It is coarser if the window of a tile around there would
 * exceed `mostPixels`.
 *
 * @param side of the tiles' extent, metres
 */
const viewStep = (
  image: OrientedImage,
  { low, high }: { readonly low: number; readonly high: number },
  { resolution, mostPixels, side }: { readonly resolution: number; readonly mostPixels: number; readonly side: number },
): number => {
  const { centre, rotation, camera } = image.shot
  const [ax, ay, az] = [rotation[2] ?? 0, rotation[5] ?? 0, rotation[8] ?? 1]
  const distance = Math.max(1, centre[2] - low) / Math.max(LEAST_SLANT, az)
  const [x, y] = [centre[0] - distance * ax, centre[1] - distance * ay]
  const frame = frameBox(image, [x - side / 2, y - side / 2, x + side / 2, y + side / 2], { low, high })
  // A tile of several cells has more images, whose windows overlap: halve the pixels of each.
  const pixels = (side > SIDE ? 2 : 1) * (frame === undefined ? camera.width * camera.height : Box2.area(frame))
  return Math.max(
    1,
    halfPower(Math.floor(2 * Math.log2((resolution * camera.focal) / distance))),
    halfPower(Math.ceil(Math.log2(pixels / mostPixels))),
  )
}

/** A window of a views port, with the CRS grid cells that its image was chosen for. */
export interface TileWindow extends ViewWindow {
  readonly squares: readonly Box2[]
}

/**
 * The windows of a views port: one for each image of the tile, where it shows the extent and the
 * cells that it was chosen for.
 */
export const viewWindows = (
  oriented: OrientedImages,
  port: ViewsPort,
  tile: Tile,
  options: Readonly<Record<string, OptionValue>>,
  side: number = SIDE,
): TileWindow[] => {
  const { extent } = tile
  const demand = {
    resolution: port.resolution(tile, options),
    mostPixels: port.mostPixels(options),
    side: extent[2] - extent[0],
  }
  return chooseViews(oriented, extent, port.most(options), side).flatMap(({ index, squares }) => {
    const image = oriented.images[index]
    if (image === undefined) return []
    const box = Box2.intersection(extent, Box2.grow(squares.reduce(Box2.union), side / 16))
    const frame = frameBox(image, box, oriented)
    return frame === undefined ? [] : [{ image, box: frame, step: viewStep(image, oriented, demand), squares }]
  })
}

/** Bytes of the windows in memory, plus the largest once more for reading. */
export const windowBytes = (windows: readonly ViewWindow[]): number => {
  let [sum, largest] = [0, 0]
  for (const { box, step } of windows) {
    const bytes = (4 * Box2.area(box)) / step ** 2
    sum += bytes
    largest = Math.max(largest, bytes)
  }
  return sum + largest
}
