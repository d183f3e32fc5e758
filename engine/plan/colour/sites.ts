/** Chooses the 32 m sites at which images are compared. */
import { Box2 } from "../../core/geometry/box.js"
import { boxOfRings } from "../../core/geometry/ring-box.js"
import { footprintOf } from "../../formats/orientation/footprint.js"
import type { ImageHeader } from "../../formats/raster/image-header.js"
import { chooseOriented, type OrientedImages } from "../../spatial/oriented-images.js"

/**
 * What has a correction of its own: mosaics of orthophotos come first, oriented images behind them. A number of an image in the solve is its place in this order.
 */
export interface ColourImages {
  /** Images of each mosaic. */
  readonly mosaics: readonly (readonly ImageHeader[])[]
  readonly oriented?: OrientedImages
}

/** A square where images are compared, and the images that may show it, by number, ascending: orthophotos alone, or oriented images and the orthophotos that these are tied to. */
export interface ColourSite {
  readonly box: Box2
  readonly images: readonly number[]
}

/** Side of a site, metres. */
const SIDE = 32
/** Squares looked at, at most: the grid's step doubles until they are no more. */
const MOST_SQUARES = 16_384
/** Sites that each pair of images is compared at. */
const SITES_A_PAIR = 16
/** Sites in all. */
const MOST_SITES = 2048
/** Oriented images of a site. */
const MOST_VIEWS = 24

/**
 * Chooses where the images of a job are compared: squares of 32 m on a grid of the CRS, in an order that is mixed once for all, each taken while two of its images,
 * one of them without a known correction, have met at fewer than sixteen. Follows from places and names alone, never from tiles.
 *
 * @param known numbers of images whose correction is kept
 * @param box of the points, CRS metres
 * @returns 2,048 sites at most. O(squares · images a square²), 16,384 squares at most
 */
export const chooseColourSites = (
  { mosaics, oriented }: ColourImages,
  known: ReadonlySet<number>,
  box: Box2,
): ColourSite[] => {
  const total = mosaics.length + (oriented?.images.length ?? 0)
  const region = regionOf({ mosaics, ...(oriented && { oriented }) }, known, box)
  if (region === undefined || total < 2) return []
  const met = new Map<number, number>()
  const sites: ColourSite[] = []
  for (const square of squaresOf(region)) {
    for (const images of imagesAt({ mosaics, ...(oriented && { oriented }) }, square)) {
      const pairs: number[] = []
      // Orthophotos are compared with each other at sites of their own.
      const some = images.some((image) => image >= mosaics.length)
      const own = some ? images.filter((image) => image >= mosaics.length) : images
      for (const [i, a] of own.entries())
        for (const b of own.slice(i + 1)) if (!known.has(a) || !known.has(b)) pairs.push(a * total + b)
      if (sites.length === MOST_SITES || !pairs.some((pair) => (met.get(pair) ?? 0) < SITES_A_PAIR)) continue
      for (const pair of pairs) met.set(pair, (met.get(pair) ?? 0) + 1)
      sites.push({ box: square, images })
    }
  }
  return sites
}

/** Box around the images without a known correction, as far as there are points. */
const regionOf = ({ mosaics, oriented }: ColourImages, known: ReadonlySet<number>, box: Box2): Box2 | undefined => {
  const boxes = mosaics.flatMap((images, i) => (known.has(i) ? [] : images.map((image) => image.box)))
  for (const [i, { shot }] of (oriented?.images ?? []).entries()) {
    if (known.has(mosaics.length + i)) continue
    const ring = footprintOf(shot, oriented!)
    if (ring.length > 0) boxes.push(boxOfRings([ring]))
  }
  if (boxes.length === 0) return undefined
  const region = Box2.intersection(boxes.reduce(Box2.union), box)
  return Box2.area(region) > 0 ? region : undefined
}

/** South-west squares of the cells of a grid whose step is a power of two of the side, in an order that neither place nor number of cells tells. */
const squaresOf = (region: Box2): Box2[] => {
  let step = SIDE
  const cellsOf = (): [number, number, number, number] => [
    Math.floor(region[0] / step),
    Math.floor(region[1] / step),
    Math.ceil(region[2] / step),
    Math.ceil(region[3] / step),
  ]
  let [left, low, right, top] = cellsOf()
  while ((right - left) * (top - low) > MOST_SQUARES) {
    step *= 2
    ;[left, low, right, top] = cellsOf()
  }
  const squares: { order: number; box: Box2 }[] = []
  for (let y = low; y < top; y++) {
    for (let x = left; x < right; x++) {
      const square: Box2 = [x * step, y * step, x * step + SIDE, y * step + SIDE]
      if (Box2.overlaps(square, region)) squares.push({ order: mixed(square[0] / SIDE, square[1] / SIDE), box: square })
    }
  }
  squares.sort((a, b) => a.order - b.order || a.box[0] - b.box[0] || a.box[1] - b.box[1])
  return squares.map((square) => square.box)
}

/** A whole number from 0 to 2³² from two others (the finaliser of MurmurHash3). */
const mixed = (x: number, y: number): number => {
  let h = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca77)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * The orthophotos of a square, and its oriented images with them. A solve does not compare one kind with the other: where the ground has little contrast in a channel an
 * orthophoto's own mottle would decide the gain of all oriented images. What both show ties their solves together afterwards.
 */
const imagesAt = ({ mosaics, oriented }: ColourImages, square: Box2): [number[], number[]] => {
  const orthos = mosaics.flatMap((images, i) => (images.some(({ box }) => Box2.overlaps(box, square)) ? [i] : []))
  const shown = oriented === undefined ? [] : chooseOriented(oriented, square, MOST_VIEWS)
  return [orthos, shown.length < 2 ? [] : [...orthos, ...shown.map((index) => mosaics.length + index)]]
}
