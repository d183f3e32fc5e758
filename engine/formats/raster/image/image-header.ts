/** Describes an image from its header and name, and orders images by preference. */
import { Box2 } from "../../../core/geometry/box.js"
import { counted } from "../../../core/texts.js"
import type { CrsDescription } from "../../../grid/crs.js"
import { byText } from "../../../io/expand-inputs.js"
import type { RadiometricCorrection } from "./radiometric-correction.js"

/** An image that can be draped, from its header only. Plain data. */
export interface ImageHeader {
  /** Path or `http(s)` address. */
  readonly path: string
  readonly name: string
  /** Outer edges of the border pixels, CRS metres. */
  readonly box: Box2
  readonly width: number
  readonly height: number
  /** Side of a pixel, metres; the longer one if the sides differ. */
  readonly pixel: number
  readonly bands: number
  /** Date of the image if known: `2024` or `2024-05-13`. */
  readonly date?: string
  /** Where its pixels are read: in any worker, or by GDAL on the main thread. */
  readonly lane: "worker" | "main"
  readonly decoder: "tiff" | "canvas" | "gdal"
  /**
   * Changes when the file does. Files: hash of size, first and last bytes. Addresses: ETag and
   * length.
   */
  readonly identity: string
  /**
   * Bytes that reading any window takes in addition to the window, for a whole image or a large
   * strip. Absent: few.
   */
  readonly decodedBytes?: number
  /** True if the bands are near infrared, red and green, instead of red, green and blue. */
  readonly infrared?: true
  /** Correction to the job's colours. Absent: none is needed. */
  readonly correction?: RadiometricCorrection
}

/**
 * Adds pixel size and date to the facts of a georeferenced image.
 *
 * @param dateTime the TIFF tag DateTime
 */
export const placedImage = (facts: Omit<ImageHeader, "pixel" | "date">, dateTime?: string): ImageHeader => {
  const { path, name, box, width, height, bands, ...rest } = facts
  const pixel = Math.max((box[2] - box[0]) / width, (box[3] - box[1]) / height)
  const date = imageDate(name, dateTime)
  return { path, name, box, width, height, pixel, bands, ...(date === undefined ? {} : { date }), ...rest }
}

/** Result of reading a header: an image, or why it is ignored. `note` is worth a warning. */
export type HeaderOutcome =
  | { readonly image: ImageHeader; readonly note?: string }
  | { readonly ignored: string; readonly needsGdal?: boolean }

/** Requirements for an image: the job's CRS, and a box that it must overlap. */
export interface ImageDemand {
  readonly epsg: number
  readonly box?: Box2
}

/**
 * Why an image's CRS is refused, with the command that reprojects it. An image placed by a world
 * file may state none.
 */
export const crsRefusal = (
  path: string,
  crs: CrsDescription,
  demand: ImageDemand,
  worldFile: boolean,
): string | undefined => {
  if (crs.epsg === demand.epsg) return undefined
  if (crs.epsg === undefined && crs.name === "")
    return worldFile ? undefined : `no CRS in the file (set EPSG:${demand.epsg}: gdal_edit -a_srs)`
  const found = crs.epsg === undefined ? `in the CRS "${crs.name}"` : `in EPSG:${crs.epsg}`
  const warp = `gdalwarp -t_srs EPSG:${demand.epsg} ${inShell(path)} ${inShell(warpedName(path, demand.epsg))}`
  return `${found}, not in EPSG:${demand.epsg} (reproject it: ${warp})`
}

const warpedName = (path: string, epsg: number): string => `${path.replace(/\.[^./\\]*$/, "")}-${epsg}.tif`

/** Quotes a path for a shell if it needs quotes. */
const inShell = (path: string): string => (/^[\w./:@%+=,~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

/** Why an image without georeference is ignored. */
export const noPlace =
  "no georeference, or rotated pixels. Write it as GeoTIFF (gdal_translate -a_srs -a_ullr), or add a world file"

/** Why an image outside the demanded box is ignored. */
export const extentRefusal = (box: Box2, demand: ImageDemand): string | undefined =>
  demand.box && !Box2.overlaps(box, demand.box)
    ? "outside the extent of the points. Check its CRS and place"
    : undefined

/** Why an image with fewer than three bands is ignored. */
export const tooFewBands = (bands: number): string =>
  `${counted(bands, "band")}; colour needs three. Give red, green and blue in one file`

/** Coarsest useful pixel, metres: no texture has coarser texels on the finest tiles. */
const COARSEST = 10

/** Ignores an image that is too coarse for any texture. */
export const withoutCoarse = (outcome: HeaderOutcome): HeaderOutcome =>
  "image" in outcome && outcome.image.pixel > COARSEST
    ? { ignored: `pixels larger than ${COARSEST} m. Give images with a finer ground resolution` }
    : outcome

const INFRARED_WORD = /(^|[^a-z0-9])(irc|cir|nir|infrarouge|infrared)([^a-z0-9]|$)/i
const INFRARED_SHOT = /_ix\d/i

/**
 * True for names of infrared images: `irc` or a synonym as a word in the name or its folder
 * (`…-IRC-…`, `test_irc.tif`, `OHR_IRC_0M20…`), or IGN's `…_ix00020…`.
 */
export const isInfrared = (path: string): boolean => {
  const parts = path.split(/[\\/]/)
  const name = parts.at(-1) ?? ""
  return INFRARED_WORD.test(name) || INFRARED_SHOT.test(name) || INFRARED_WORD.test(parts.at(-2) ?? "")
}

/**
 * Extracts the date from an image's name: the year of a BD ORTHO name (`95-2024-0595-6890-LA93-…`),
 * else a day (`20240513` or `2024-05-13`), else an isolated year. Falls back to the TIFF tag
 * DateTime (`2024:05:13 …`).
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
 * Orders images by preference: path matches `prefer`, then finer pixel, later date, name, path.
 * `prefer` is a case-insensitive regular expression or plain text. The order is total, so the input
 * order does not matter.
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

/** Facts about an image that do not depend on a georeference. */
export type FrameFacts = Pick<ImageHeader, "width" | "height" | "bands" | "lane" | "decoder" | "decodedBytes">
