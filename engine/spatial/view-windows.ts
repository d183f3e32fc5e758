/**
 * Chooses the windows of oriented images that a tile reads, the same on both sides of a tile
 * border.
 */
import { Box2 } from "../core/geometry/box.js"
import type { OptionValue, Tile, ViewsPort } from "../kernel.js"
import { chooseOriented, type OrientedImage, type OrientedImages } from "./oriented-images.js"
import { frameBox, halfPower, type ViewWindow } from "./view-window.js"

/**
 * Side of the squares of the CRS in which oriented images are chosen, metres: a tile looks at the images of all squares that it reaches, so that tiles on both sides of a border
 * have the same images for the same place. Larger ones would take images that see a corner alone, smaller ones more images a tile.
 */
export const SIDE = 250

/** An image of a tile, and the squares of the CRS that it was chosen for. */
export interface ChosenView {
  /** Among the oriented images of the job. */
  readonly index: number
  readonly squares: readonly Box2[]
}

/**
 * The oriented images of a box: those of every square of the CRS that it reaches ({@link chooseOriented}, `most` a square). What is chosen for a square follows from the square and the
 * images alone, whichever box asks.
 *
 * @param side of the squares, metres
 * @returns ordered by index; at most `most` for each square
 */
export const chooseViews = (oriented: OrientedImages, box: Box2, most: number, side: number = SIDE): ChosenView[] => {
  // A square's images fade out beyond its lines (see `View.squares`).
  const [left, low, right, top] = Box2.grow(box, side / 16).map((value) => value / side) as [number, ...number[]]
  const chosen = new Map<number, Box2[]>()
  for (let y = Math.floor(low!); y < Math.ceil(top!); y++) {
    for (let x = Math.floor(left); x < Math.ceil(right!); x++) {
      const square: Box2 = [x * side, y * side, (x + 1) * side, (y + 1) * side]
      for (const index of chooseOriented(oriented, square, most)) {
        const squares = chosen.get(index)
        if (squares === undefined) chosen.set(index, [square])
        else squares.push(square)
      }
    }
  }
  return [...chosen].map(([index, squares]) => ({ index, squares })).sort((a, b) => a.index - b.index)
}

/** Least cosine between a camera's axis and the vertical that its distance to the ground is told from: 75 degrees. */
const LEAST_SLANT = 0.25

/**
 * How many pixels of an image a pixel of its windows has: as fine as `resolution` (metres a pixel where the camera's axis meets the lowest ground) or finer by less than √2, and so coarse that a
 * window of a tile around there has at most `mostPixels`. The same in all tiles of a size: what two of them see, both see in the same pixels.
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
  // Images of some squares of a tile are many: their boxes lie over one another.
  const pixels = (side > SIDE ? 2 : 1) * (frame === undefined ? camera.width * camera.height : Box2.area(frame))
  return Math.max(
    1,
    halfPower(Math.floor(2 * Math.log2((resolution * camera.focal) / distance))),
    halfPower(Math.ceil(Math.log2(pixels / mostPixels))),
  )
}

/** A window of a views port, with the squares of the CRS that its image was chosen for. */
export interface TileWindow extends ViewWindow {
  readonly squares: readonly Box2[]
}

/** The windows of a views port: of each image of the tile one, as far as it reaches the extent and the squares that it was chosen for. */
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

/** Bytes of those windows as they are held, and one more as it is read. */
export const windowBytes = (windows: readonly ViewWindow[]): number => {
  let [sum, largest] = [0, 0]
  for (const { box, step } of windows) {
    const bytes = (4 * Box2.area(box)) / step ** 2
    sum += bytes
    largest = Math.max(largest, bytes)
  }
  return sum + largest
}
