/** Finds the oriented images of a job, and chooses those that show a box best from all sides. */

import { type Shot, scaleCamera } from "../core/camera/camera.js"
import type { Box2 } from "../core/geometry/box.js"
import { addToList } from "../core/lists.js"
import { remember } from "../core/remember.js"
import { counted, linesByReason } from "../core/texts.js"
import { EngineError } from "../errors.js"
import type { ImageHeader } from "../formats/raster/image/image-header.js"
import type { RadiometricCorrection } from "../formats/raster/image/radiometric-correction.js"
import { inParallel } from "../io/in-parallel.js"
import { catalogueShots } from "./shot-catalogue.js"

/** An image with position and attitude. Plain data; the camera has the image file's own size. */
export interface OrientedImage {
  readonly shot: Shot
  readonly header: ImageHeader
  /** Converts its values to the job's colours; absent: they already are. */
  readonly correction?: RadiometricCorrection
}

/** The oriented images of a job that can see its sources, ordered by the name of the shot. */
export interface OrientedImages {
  readonly images: readonly OrientedImage[]
  /** Lowest and highest altitude of the visible points, metres. */
  readonly low: number
  readonly high: number
}

export interface FoundOrientedImages extends OrientedImages {
  /** Shots in the orientation files, with or without an image. */
  readonly shots: number
  readonly warnings: readonly string[]
}

/** Names shown in a warning. */
const NOTED = 3
/** Headers read at once. */
const PARALLEL = 8

/**
 * Reads orientations, finds their images, selects those that can see the box between two altitudes,
 * and reads their headers.
 *
 * @param images files, folders and globs
 * @param orientation the same, of orientation and camera files; empty: they are among the images
 * @param place with `whole`: images must see that box too, which contains `box`
 * @throws EngineError `E_INPUT`: a path is missing, no orientation is readable, a camera is
 * unknown, no shot has an image, or an image is not a whole frame
 * @throws EngineError `E_FORMAT`: an image cannot be used
 */
export const openOrientedImages = async (
  images: readonly string[],
  orientation: readonly string[],
  place: {
    readonly epsg: number
    readonly box: Box2
    readonly whole?: Box2
    readonly low: number
    readonly high: number
  },
): Promise<FoundOrientedImages> => {
  const { epsg, box, whole = box, low, high } = place
  const files = orientation.length === 0 ? images : orientation
  const { readOrientations } = await import("../formats/orientation/read-orientations.js")
  const { shots, withoutImage, rejected, notes } = await readOrientations(files, { images, epsg })
  const [fault] = rejected
  // An unknown camera or a broken file: without an error, its images would be missing silently.
  if (fault !== undefined) throw EngineError.fromData(fault.error)
  const placed = shots.filter(({ image }) => image !== undefined)
  if (placed.length === 0) {
    const text = `--oriented-images: none of the ${counted(shots.length, "shot")} of ${files.join(", ")} has an image in ${images.join(", ")}. Images must have the names of shots, such as ${shots[0]?.name}.jpg.`
    throw new EngineError("E_INPUT", text)
  }
  const catalogue = catalogueShots(placed, { low, high })
  const ofWhole = new Set(whole === box ? [] : catalogue.query(whole))
  const seeing = catalogue.query(box).filter((shot) => whole === box || ofWhole.has(shot))
  const found = await inParallel(seeing, PARALLEL, openShot)
  const warnings = [...notes]
  if (withoutImage.length > 0) {
    const names = withoutImage.slice(0, NOTED).join(", ")
    const some = `${names}${withoutImage.length > NOTED ? ", …" : ""}`
    warnings.push(
      `--oriented-images: ${withoutImage.length} of ${counted(shots.length, "shot")} without an image, not used (${some}). Add their images.`,
    )
  }
  if (found.length === 0)
    warnings.push(
      `--oriented-images: not used, since none of ${counted(placed.length, "image")} can see the points. Check CRS and altitudes.`,
    )
  else warnings.push(...linesByReason("--oriented-images", "not used", blind(placed, seeing), placed.length))
  return { images: found, low, high, shots: shots.length, warnings }
}

/** The images of shots that cannot see the points. */
const blind = (placed: readonly Shot[], seeing: readonly Shot[]): { path: string; reason: string }[] => {
  const seen = new Set(seeing.map(({ image }) => image))
  const reason = "cannot see the points. Check CRS and altitudes, or leave them out"
  return placed.flatMap(({ image = "" }) => (seen.has(image) ? [] : [{ path: image, reason }]))
}

const openShot = async (shot: Shot): Promise<OrientedImage> => {
  const path = shot.image ?? ""
  const { readFrameHeader } = await import("../formats/raster/frame-header.js")
  const header = await readFrameHeader(path)
  try {
    return { shot: { ...shot, camera: scaleCamera(shot.camera, header.width, header.height) }, header }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new EngineError("E_INPUT", `${path}: ${error.message}`, { file: path }, error)
  }
}

/** Cosine of 20°: within this angle from the vertical, an image counts as looking down. */
const DOWN = 0.94
const SECTORS = 8

/**
 * Chooses at most `most` of the images that can see the box, evenly from nine directions: straight
 * down, and eight sectors around. In each direction the nearest camera is first; ties go by name.
 * The result depends on the box and the images only.
 *
 * @returns indices, ascending. O(images)
 */
export const chooseOriented = (oriented: OrientedImages, box: Box2, most: number): number[] => {
  const { low, high } = oriented
  const middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, (low + high) / 2] as const
  const { catalogue, index } = catalogueOf(oriented)
  const groups = new Map<number, { index: number; distance: number }[]>()
  for (const shot of catalogue.query(box)) {
    const [x, y, z] = [0, 1, 2].map((k) => shot.centre[k]! - middle[k]!) as [number, number, number]
    const distance = Math.sqrt(x * x + y * y + z * z)
    const sector = Math.floor(((Math.atan2(y, x) + Math.PI) / (2 * Math.PI)) * SECTORS) % SECTORS
    const group = z / distance > DOWN ? SECTORS : sector
    addToList(groups, group, { index: index.get(shot) ?? 0, distance })
  }
  const ordered = [...groups]
    .sort(([a], [b]) => a - b)
    .map(([, group]) => group.sort((a, b) => a.distance - b.distance || a.index - b.index))
  const chosen: number[] = []
  for (let turn = 0; chosen.length < most && ordered.some((group) => turn < group.length); turn++) {
    for (const { [turn]: shot } of ordered) if (shot !== undefined && chosen.length < most) chosen.push(shot.index)
  }
  return chosen.sort((a, b) => a - b)
}

/** Derived once from the images of a job. */
const catalogueOf = remember((oriented: OrientedImages) => {
  const shots = oriented.images.map(({ shot }) => shot)
  const index: ReadonlyMap<Shot, number> = new Map(shots.map((shot, i) => [shot, i]))
  return { catalogue: catalogueShots(shots, oriented), index }
})
