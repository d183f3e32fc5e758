/** Chooses the 32 m sites at which images are compared. */
import { Box2 } from "../../core/geometry/box.js"
import { boxOfRings } from "../../core/geometry/rings.js"
import { traceFootprint } from "../../formats/orientation/footprint.js"
import type { ImageHeader } from "../../formats/raster/image/image-header.js"
import { chooseOriented, type OrientedImages } from "../../spatial/oriented-images.js"

/**
 * Images with corrections of their own: first mosaics of orthophotos, then oriented images. The
 * position in this order is an image's number in the solve.
 */
export interface ColourImages {
  /** Images of each mosaic. */
  readonly mosaics: readonly (readonly ImageHeader[])[]
  readonly oriented?: OrientedImages
}

/**
 * A square where images are compared, and the ascending numbers of the images that may show it.
 * These are orthophotos only, or oriented images with the orthophotos of the same place.
 */
export interface ColourSite {
  readonly box: Box2
  readonly images: readonly number[]
}

/** Side of a site, metres. */
const SIDE = 32
/** Maximum number of squares: the step of the grid doubles until it is met. */
const MOST_CANDIDATES = 16_384
/** Sites at which each pair of images is compared. */
const SITES_A_PAIR = 16
/** Maximum number of sites. */
const MOST_SITES = 2048
/** Maximum number of oriented images at a site. */
const MOST_VIEWS = 24

/**
 * Chooses where to compare the images of a job: squares of 32 m on a grid of the CRS, in a fixed
 * pseudo-random order. A square is taken if two of its images have met at fewer than sixteen sites
 * and one of them has no known correction. Depends only on positions and names, never on tiles.
 *
 * @param known numbers of images with a stored correction
 * @param box of the points, CRS metres
 * @returns at most 2,048 sites. O(squares · images per square²), at most 16,384 squares
 */
export const chooseColourSites = (
  { mosaics, oriented }: ColourImages,
  known: ReadonlySet<number>,
  box: Box2,
): ColourSite[] => {
  const total = mosaics.length + (oriented?.images.length ?? 0)
  const region = solvedBox({ mosaics, ...(oriented && { oriented }) }, known, box)
  if (region === undefined || total < 2) return []
  const met = new Map<number, number>()
  const sites: ColourSite[] = []
  for (const site of orderSites(region)) {
    for (const images of imagesAt({ mosaics, ...(oriented && { oriented }) }, site)) {
      const pairs: number[] = []
      // Orthophotos are compared with each other at separate sites.
      const some = images.some((image) => image >= mosaics.length)
      const own = some ? images.filter((image) => image >= mosaics.length) : images
      for (const [i, a] of own.entries())
        for (const b of own.slice(i + 1)) if (!known.has(a) || !known.has(b)) pairs.push(a * total + b)
      if (sites.length === MOST_SITES || !pairs.some((pair) => (met.get(pair) ?? 0) < SITES_A_PAIR)) continue
      for (const pair of pairs) met.set(pair, (met.get(pair) ?? 0) + 1)
      sites.push({ box: site, images })
    }
  }
  return sites
}

/** Box around the images without a known correction, limited to that of the points. */
const solvedBox = ({ mosaics, oriented }: ColourImages, known: ReadonlySet<number>, box: Box2): Box2 | undefined => {
  const boxes = mosaics.flatMap((images, i) => (known.has(i) ? [] : images.map((image) => image.box)))
  for (const [i, { shot }] of (oriented?.images ?? []).entries()) {
    if (oriented === undefined || known.has(mosaics.length + i)) continue
    const ring = traceFootprint(shot, oriented)
    if (ring.length > 0) boxes.push(boxOfRings([ring]))
  }
  if (boxes.length === 0) return undefined
  const region = Box2.intersection(boxes.reduce(Box2.union), box)
  return Box2.area(region) > 0 ? region : undefined
}

/**
 * Squares at the south-west corners of a grid's cells. The step is the side times a power of two.
 * The pseudo-random order depends only on each square's position.
 */
const orderSites = (region: Box2): Box2[] => {
  let step = SIDE
  const coveringCells = (): [number, number, number, number] => [
    Math.floor(region[0] / step),
    Math.floor(region[1] / step),
    Math.ceil(region[2] / step),
    Math.ceil(region[3] / step),
  ]
  let [left, low, right, top] = coveringCells()
  while ((right - left) * (top - low) > MOST_CANDIDATES) {
    step *= 2
    ;[left, low, right, top] = coveringCells()
  }
  const sites: { order: number; box: Box2 }[] = []
  for (let y = low; y < top; y++) {
    for (let x = left; x < right; x++) {
      const box: Box2 = [x * step, y * step, x * step + SIDE, y * step + SIDE]
      if (Box2.overlaps(box, region)) sites.push({ order: mixed(box[0] / SIDE, box[1] / SIDE), box })
    }
  }
  sites.sort((a, b) => a.order - b.order || a.box[0] - b.box[0] || a.box[1] - b.box[1])
  return sites.map((site) => site.box)
}

/** Hashes two whole numbers to one below 2³² (the finaliser of MurmurHash3). */
const mixed = (x: number, y: number): number => {
  let h = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca77)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * Returns the orthophotos of a square, and its oriented images with them. The solve compares the
 * two kinds separately. Otherwise, on ground with little contrast in a channel, an orthophoto's own
 * mottle would decide the gain of all oriented images. Places that both show tie the solves
 * together afterwards.
 */
const imagesAt = ({ mosaics, oriented }: ColourImages, site: Box2): [number[], number[]] => {
  const orthos = mosaics.flatMap((images, i) => (images.some(({ box }) => Box2.overlaps(box, site)) ? [i] : []))
  const shown = oriented === undefined ? [] : chooseOriented(oriented, site, MOST_VIEWS)
  return [orthos, shown.length < 2 ? [] : [...orthos, ...shown.map((index) => mosaics.length + index)]]
}
