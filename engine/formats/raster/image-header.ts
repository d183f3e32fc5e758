/** What is known of an image from its header and name, and the order in which images are chosen. */
import type { Box2 } from "../../core/geometry/box.js"
import { byText } from "../../io/expand-inputs.js"
import type { RadiometricCorrection } from "./radiometric-correction.js"

/** An image that can be draped, known from its header alone. Plain data. */
export interface ImageHeader {
  /** Path or `http(s)` address. */
  readonly path: string
  /** Last part of the path. */
  readonly name: string
  /** Outer edges of the border pixels, CRS metres. */
  readonly box: Box2
  readonly width: number
  readonly height: number
  /** Side of a pixel, metres (the longer one where they differ). */
  readonly pixel: number
  readonly bands: number
  /** Date of the image as far as it is known: `2024`, `2024-05-13`. */
  readonly date?: string
  /** Who reads its pixels: any worker, or GDAL on the main thread. */
  readonly lane: "worker" | "main"
  /** What reads its pixels. */
  readonly decoder: "tiff" | "canvas" | "gdal"
  /** Changes when the file does: hash of its size and of its first and last bytes; ETag and length of an address. */
  readonly identity: string
  /** Bytes that any window of it takes beside its own: what is decoded for it at least, the whole image or a large strip. Absent: few. */
  readonly decodedBytes?: number
  /** True: near infrared, red and green instead of red, green and blue. */
  readonly infrared?: true
  /** How its values become the job's colours; absent: they are. */
  readonly correction?: RadiometricCorrection
}

/** An image with a place, with what follows from its box and name. @param dateTime the TIFF tag of that name */
export const placedImage = (facts: Omit<ImageHeader, "pixel" | "date">, dateTime?: string): ImageHeader => {
  const { path, name, box, width, height, bands, ...rest } = facts
  const pixel = Math.max((box[2] - box[0]) / width, (box[3] - box[1]) / height)
  const date = imageDate(name, dateTime)
  return { path, name, box, width, height, pixel, bands, ...(date === undefined ? {} : { date }), ...rest }
}

/** What a header gave: an image to use, or the reason why it is left alone. `note` is worth a warning. */
export type HeaderOutcome =
  | { readonly image: ImageHeader; readonly note?: string }
  | { readonly ignored: string; readonly needsGdal?: boolean }

/** What is asked of an image: the CRS, and the box that it must overlap. */
export interface ImageDemand {
  readonly epsg: number
  readonly box?: Box2
}

/** Coarsest pixel of an image, metres: no texture has coarser texels on the finest tiles. */
const COARSEST = 10

/** The image, or why it is too coarse for any texture. */
export const withoutCoarse = (outcome: HeaderOutcome): HeaderOutcome =>
  "image" in outcome && outcome.image.pixel > COARSEST
    ? { ignored: `too coarse: pixels of more than ${COARSEST} m. Give images of a finer ground resolution` }
    : outcome

const INFRARED_WORD = /(^|[^a-z0-9])(irc|cir|nir|infrarouge|infrared)([^a-z0-9]|$)/i
const INFRARED_SHOT = /_ix\d/i

/** True for names of infrared images: `irc` as a word (`…-IRC-…`, `test_irc.tif`, a folder `OHR_IRC_0M20…`) or IGN's `…_ix00020…`. */
export const isInfrared = (path: string): boolean => {
  const parts = path.split(/[\\/]/)
  const name = parts.at(-1) ?? ""
  return INFRARED_WORD.test(name) || INFRARED_SHOT.test(name) || INFRARED_WORD.test(parts.at(-2) ?? "")
}

/**
 * The date in an image's name: the second number of BD ORTHO (`95-2024-0595-6890-LA93-…`), else a date `20240513` or
 * `2024-05-13`, else a year that stands alone. Else the TIFF tag DateTime (`2024:05:13 …`).
 */
export const imageDate = (name: string, dateTime?: string): string | undefined => {
  const ortho = /^(?:\d{2,3}|2[ab])-((?:19|20)\d{2})-\d{4}-\d{4}-/i.exec(name)
  if (ortho) return ortho[1]
  const day = /(?:^|\D)((?:19|20)\d{2})[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?:\D|$)/.exec(name)
  if (day) return `${day[1]}-${day[2]}-${day[3]}`
  const year = /(?:^|[^0-9a-z])((?:19|20)\d{2})(?:[^0-9a-z]|$)/i.exec(name)
  if (year) return year[1]
  const tag = /^((?:19|20)\d{2}):(\d{2}):(\d{2})/.exec(dateTime ?? "")
  return tag ? `${tag[1]}-${tag[2]}-${tag[3]}` : undefined
}

/**
 * Orders images by choice: those whose name or path matches `prefer` (a regular expression, or plain text when it is
 * none; case does not count), then finer pixel, later date, name, path. Total, whatever the order of the input.
 */
export const orderImages = (images: readonly ImageHeader[], prefer?: string): ImageHeader[] => {
  const matches = preferenceTest(prefer)
  return [...images].sort(
    (a, b) =>
      Number(matches(b.path)) - Number(matches(a.path)) ||
      a.pixel - b.pixel ||
      byText(b.date ?? "", a.date ?? "") ||
      byText(a.name, b.name) ||
      byText(a.path, b.path),
  )
}

const preferenceTest = (prefer: string | undefined): ((path: string) => boolean) => {
  if (!prefer) return () => false
  const text = prefer.toLowerCase()
  let pattern: RegExp | undefined
  try {
    pattern = new RegExp(prefer, "i")
  } catch {
    // Not a regular expression: plain text.
  }
  return (path) => path.toLowerCase().includes(text) || pattern?.test(path) === true
}

/** What a file says of the frame that it holds. */
export type FrameFacts = Pick<ImageHeader, "width" | "height" | "bands" | "lane" | "decoder" | "decodedBytes">
