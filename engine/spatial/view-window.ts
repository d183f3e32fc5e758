/** Computes which pixels of an oriented image show a box, and the camera of that window. */
import { mapCamera, type Shot } from "../core/camera/camera.js"
import { projectPoints } from "../core/camera/projection.js"
import type { Box2 } from "../core/geometry/box.js"
import type { OrientedImage } from "./oriented-images.js"

/** A window of an oriented image. */
export interface ViewWindow {
  readonly image: OrientedImage
  /** In the header's units: `[left, −bottom, right, −top]`, pixels. */
  readonly box: Box2
  /** Image pixels per window pixel, at least 1. */
  readonly step: number
}

/**
 * Steps are powers of √2: different windows of one image then mostly share a grid of its pixels.
 */
export const halfPower = (k: number): number => 2 ** Math.floor(k / 2) * (k % 2 === 0 ? 1 : Math.SQRT2)

/** Pixels added around a window, for filtering and for sides that the distortion bends. */
const MARGIN = 4

/**
 * The part of an image that shows a box between two altitudes.
 *
 * @returns `[left, −bottom, right, −top]`, pixels; undefined where the image does not reach the box
 */
export const frameBox = (
  { shot }: OrientedImage,
  box: Box2,
  { low, high }: { readonly low: number; readonly high: number },
): Box2 | undefined => {
  const { width, height } = shot.camera
  const corners = [box[0], box[2]].flatMap((x) =>
    [box[1], box[3]].flatMap((y) => [low, high].flatMap((z) => [x, y, z])),
  )
  const places = projectPoints(shot, Float64Array.from(corners))
  // A corner is behind the camera or outside the distortion's valid radius: take the whole frame.
  const whole = places.some(Number.isNaN)
  const range = (k: 0 | 1, size: number): [number, number] => {
    const values = places.filter((_, i) => i % 2 === k)
    if (whole) return [0, size]
    return [
      Math.max(0, Math.floor(Math.min(...values)) - MARGIN),
      Math.min(size, Math.ceil(Math.max(...values)) + MARGIN),
    ]
  }
  const [left, right] = range(0, width)
  const [top, bottom] = range(1, height)
  return right - left < 2 || bottom - top < 2 ? undefined : [left, -bottom, right, -top]
}

/**
 * The window of an image that shows a box between two altitudes. It is as fine as `resolution`
 * (metres a pixel at its middle), or finer by less than √2, and has at most `mostPixels`.
 *
 * @returns undefined where the image does not reach the box
 */
export const viewWindow = (
  image: OrientedImage,
  box: Box2,
  range: { readonly low: number; readonly high: number },
  { resolution, mostPixels }: { readonly resolution: number; readonly mostPixels: number },
): ViewWindow | undefined => {
  const { shot } = image
  const frame = frameBox(image, box, range)
  if (frame === undefined) return undefined
  const [x, y, z] = [
    (box[0] + box[2]) / 2 - shot.centre[0],
    (box[1] + box[3]) / 2 - shot.centre[1],
    range.low - shot.centre[2],
  ]
  const pixel = Math.sqrt(x * x + y * y + z * z) / shot.camera.focal
  const most = Math.sqrt(((frame[2] - frame[0]) * (frame[3] - frame[1])) / mostPixels)
  const step = Math.max(
    1,
    halfPower(Math.floor(2 * Math.log2(resolution / pixel))),
    halfPower(Math.ceil(2 * Math.log2(most))),
  )
  return { image, box: frame, step }
}

/**
 * The shot with the camera of a window that was read; `box` and size as `composeImage` returned
 * them.
 */
export const windowShot = (
  { image: { shot }, step }: ViewWindow,
  read: { readonly box: Box2; readonly width: number; readonly height: number },
): Shot => {
  const camera = mapCamera(shot.camera, 1 / step, [-read.box[0] / step, read.box[3] / step])
  return { ...shot, camera: { ...camera, width: read.width, height: read.height } }
}
