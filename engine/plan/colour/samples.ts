/** Reads the mean colours of places in images. */

import { projectPoints } from "../../core/camera/projection.js"
import { Box2 } from "../../core/geometry/box.js"
import { elementAt } from "../../core/lists.js"
import { composeImage } from "../../formats/raster/compose-image.js"
import { readGdalWindow } from "../../formats/raster/gdal.js"
import type { ImageHeader } from "../../formats/raster/image/image-header.js"
import { closeTiffs } from "../../formats/raster/tiff/source.js"
import type { Image } from "../../kernel.js"
import type { OrientedImage } from "../../spatial/oriented-images.js"
import { viewWindow, windowShot } from "../../spatial/view-window.js"
import { type ColourPlace, PLACE_HALF } from "./ground.js"
import { type ColourPlaces, withoutImages } from "./places.js"
import type { ColourImages, ColourSite } from "./sites.js"

/** Maximum pixels of a window of an oriented image: 16 MB. */
const MOST_PIXELS = 2 ** 22
/** Requested pixel size of oriented images, metres. */
const FINE = 0.25
/** Pixel size of orthophotos, metres. */
const ORTHO_PIXEL = 0.5
/** Samples along the side of a place with its rim. */
const ACROSS = 7
/** Width of the rim, metres; it must be as even as the place but does not count. */
const RIM = 0.5
/** Largest difference between samples of a place, of 255: each image blurs an edge differently. */
const MOST_RANGE = 16
/** Values outside may be clipped and carry no information. */
const [DARKEST, BRIGHTEST] = [2, 253]

type Colour = readonly [number, number, number]

/**
 * Reads the mean red, green and blue of places, one image after another. Of an oriented image: one
 * window with all its places, at most 4 million pixels. Of orthophotos: one window per site at 0.5
 * m. Skips places on an image's border and clipped values.
 */
export const sampleColours = async (
  places: readonly ColourPlace[],
  sites: readonly ColourSite[],
  images: ColourImages,
): Promise<ColourPlaces> => {
  const seen: Observations = { places: [], images: [], values: [] }
  const note = (place: number, image: number, colour: Colour | undefined): void => {
    if (colour === undefined) return
    seen.places.push(place)
    seen.images.push(image)
    seen.values.push(colour[0], colour[1], colour[2])
  }
  const own = placesByImage(places)
  for (const [number, mosaic] of images.mosaics.entries()) {
    for (const [site, at] of bySite(places, own.get(number) ?? [])) {
      const window = await readOrtho(mosaic, elementAt(sites, site).box)
      for (const place of at) note(place, number, window && orthoColour(window, places[place]!))
    }
  }
  for (const [index, image] of (images.oriented?.images ?? []).entries()) {
    const number = images.mosaics.length + index
    const at = own.get(number) ?? []
    const shown = at.map((place) => places[place]!)
    const colours = shown.length === 0 ? [] : await shotColours(image, shown)
    for (const [i, colour] of colours.entries()) note(at[i]!, number, colour)
  }
  await closeTiffs()
  return gathered(places.length, seen)
}

/** Indices of the places that each image may show. */
const placesByImage = (places: readonly ColourPlace[]): Map<number, number[]> => {
  const own = new Map<number, number[]>()
  for (const [at, { images }] of places.entries()) {
    for (const image of images) {
      const list = own.get(image) ?? []
      own.set(image, list)
      list.push(at)
    }
  }
  return own
}

const bySite = (places: readonly ColourPlace[], own: readonly number[]): Map<number, number[]> => {
  const sites = new Map<number, number[]>()
  for (const at of own) {
    const { site } = places[at]!
    sites.set(site, [...(sites.get(site) ?? []), at])
  }
  return sites
}

/** Observations in the order of the images: 40 bytes each. */
interface Observations {
  readonly places: number[]
  readonly images: number[]
  /** Three per observation. */
  readonly values: number[]
}

/**
 * Sorts observations by place (a counting sort) and drops places with one image, which connect
 * nothing.
 */
const gathered = (count: number, { places, images, values }: Observations): ColourPlaces => {
  const starts = new Int32Array(count + 1)
  for (const place of places) starts[place + 1]!++
  for (let place = 0; place < count; place++) starts[place + 1]! += starts[place]!
  const next = starts.slice()
  const order = new Int32Array(places.length)
  for (const [k, place] of places.entries()) order[next[place]!++] = k
  const all = {
    ends: starts.subarray(1),
    images: Array.from(order, (k) => images[k]!),
    values: Float64Array.from({ length: 3 * order.length }, (_, i) => values[3 * order[Math.floor(i / 3)]! + (i % 3)]!),
  }
  return withoutImages(all, new Set())
}

const readOrtho = async (mosaic: readonly ImageHeader[], box: Box2): Promise<Image | undefined> => {
  const meeting = mosaic.filter((image) => Box2.overlaps(image.box, box))
  const windows = new Map<string, Image>()
  for (const image of meeting)
    if (image.lane === "main") windows.set(image.path, await readGdalWindow(image, box, ORTHO_PIXEL))
  return composeImage(meeting, box, ORTHO_PIXEL, windows)
}

/** Mean over the pixels of a place. */
const orthoColour = ({ box, width, data }: Image, { centre: [x, y] }: ColourPlace): Colour | undefined => {
  const left = Math.round((x - PLACE_HALF - box[0]) / ORTHO_PIXEL)
  const top = Math.round((box[3] - y - PLACE_HALF) / ORTHO_PIXEL)
  const side = (2 * PLACE_HALF) / ORTHO_PIXEL
  const sum: [number, number, number] = [0, 0, 0]
  for (let row = top; row < top + side; row++) {
    for (let column = left; column < left + side; column++) {
      const at = 4 * (row * width + column)
      if (data[at + 3] !== 255) return undefined
      for (const band of [0, 1, 2] as const) {
        const value = data[at + band]!
        if (value < DARKEST || value > BRIGHTEST) return undefined
        sum[band] += value
      }
    }
  }
  const count = side * side
  return [sum[0] / count, sum[1] / count, sum[2] / count]
}

const shotColours = async (
  image: OrientedImage,
  places: readonly ColourPlace[],
): Promise<readonly (Colour | undefined)[]> => {
  const nothing = places.map(() => undefined)
  const around = places.map(({ centre: [x, y] }): Box2 => [x, y, x, y]).reduce(Box2.union)
  const range = {
    low: places.reduce((low, { centre }) => Math.min(low, centre[2]), Infinity) - PLACE_HALF,
    high: places.reduce((high, { centre }) => Math.max(high, centre[2]), -Infinity) + PLACE_HALF,
  }
  const demand = { resolution: FINE, mostPixels: MOST_PIXELS }
  const window = viewWindow(image, Box2.grow(around, 2 * PLACE_HALF), range, demand)
  if (window === undefined) return nothing
  const { header } = image
  const windows = new Map<string, Image>()
  if (header.lane === "main") windows.set(header.path, await readGdalWindow(header, window.box, window.step))
  const read = await composeImage([header], window.box, window.step, windows)
  if (read === undefined) return nothing
  const shot = windowShot(window, read)
  return places.map((place) => {
    const at = projectPoints(shot, samplePoints(place))
    return meanAt(read, at)
  })
}

/** Samples a place's square in its plane: x, y, z each. */
const samplePoints = ({ centre: [x, y, z], slope: [p, q] }: ColourPlace): Float64Array => {
  const points = new Float64Array(3 * ACROSS * ACROSS)
  for (let i = 0; i < ACROSS * ACROSS; i++) {
    const u = ((i % ACROSS) / (ACROSS - 1) - 0.5) * 2 * (PLACE_HALF + RIM)
    const v = (Math.floor(i / ACROSS) / (ACROSS - 1) - 0.5) * 2 * (PLACE_HALF + RIM)
    points[3 * i] = x + u
    points[3 * i + 1] = y + v
    points[3 * i + 2] = z + p * u + q * v
  }
  return points
}

/**
 * Mean of bilinear values at pixel coordinates (column and line each); the rim is only tested for
 * evenness.
 */
const meanAt = ({ width, height, data }: Image, places: Float64Array): Colour | undefined => {
  const sum: [number, number, number] = [0, 0, 0]
  const [least, most] = [
    [255, 255, 255],
    [0, 0, 0],
  ]
  const value: [number, number, number] = [0, 0, 0]
  for (let i = 0; i < ACROSS * ACROSS; i++) {
    const [x, y] = [places[2 * i]! - 0.5, places[2 * i + 1]! - 0.5]
    if (!(x >= 0 && y >= 0 && x < width - 1 && y < height - 1)) return undefined
    const [left, top] = [Math.floor(x), Math.floor(y)]
    if (!bilinear(data, width, 4 * (top * width + left), [x - left, y - top], value)) return undefined
    const [row, column] = [Math.floor(i / ACROSS), i % ACROSS]
    const isInside = row > 0 && column > 0 && row < ACROSS - 1 && column < ACROSS - 1
    for (const band of [0, 1, 2] as const) {
      least[band] = Math.min(least[band]!, value[band])
      most[band] = Math.max(most[band]!, value[band])
      if (isInside) sum[band] += value[band]
    }
  }
  if (most.some((one, band) => one - least[band]! > MOST_RANGE)) return undefined
  const count = (ACROSS - 2) ** 2
  return [sum[0] / count, sum[1] / count, sum[2] / count]
}

/** Interpolates between four pixels into `out`; false if one is outside the image or clipped. */
const bilinear = (
  data: Uint8Array,
  width: number,
  at: number,
  [s, t]: readonly [number, number],
  out: [number, number, number],
): boolean => {
  out.fill(0)
  for (const [pixel, weight] of [
    [at, (1 - s) * (1 - t)],
    [at + 4, s * (1 - t)],
    [at + 4 * width, (1 - s) * t],
    [at + 4 * width + 4, s * t],
  ] as const) {
    if (data[pixel + 3] !== 255) return false
    for (const band of [0, 1, 2] as const) {
      const value = data[pixel + band]!
      if (value < DARKEST || value > BRIGHTEST) return false
      out[band] += weight * value
    }
  }
  return true
}
