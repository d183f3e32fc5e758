/**
 * The camera model that orientation readers, catalogues and kernels share: a frame camera with
 * distortion, and an image with its position and attitude.
 */
import { checkFields } from "../arguments.js"
import { optionError } from "../parse-values.js"

/**
 * A frame camera, in pixels. Columns grow to the right, lines downwards. Pixel coordinates follow
 * the convention of the orientation file and its image measures. Nothing here shifts them by half a
 * pixel.
 */
export interface Camera {
  readonly name: string
  /** Size of the image, pixels. */
  readonly width: number
  readonly height: number
  /** Focal length, pixels. */
  readonly focal: number
  /** Principal point of autocollimation: column and line, pixels. */
  readonly principal: readonly [column: number, line: number]
  readonly distortion?: Distortion
  /** Side of a pixel on the sensor, metres, if the file gives it. */
  readonly pixelPitch?: number
}

/**
 * Distortion about `centre`. A point at (u, v) pixels from it, r = √(u² + v²), moves by
 * - radial: (u, v) · (c₀ r² + c₁ r⁴ + c₂ r⁶ …), the coefficients r3, r5, r7 … of IGN and
 *   `CoeffDist` of MicMac;
 * - tangential, P₁ and P₂: (P₁ (3u² + v²) + 2 P₂ u v, P₂ (u² + 3v²) + 2 P₁ u v);
 * - affine, b₁ and b₂: (b₁ u + b₂ v, 0).
 */
export interface Distortion {
  readonly centre: readonly [column: number, line: number]
  readonly radial: readonly number[]
  readonly tangential?: readonly [p1: number, p2: number]
  readonly affine?: readonly [b1: number, b2: number]
  /**
   * Input of the formula: the pixel of an ideal camera (the result is the image's), or that of the
   * image.
   */
  readonly given: "ideal" | "image"
}

/**
 * An image with the position and attitude of its camera.
 *
 * The camera frame is that of photogrammetry. Its x axis points right along columns, y upwards
 * against lines, z backwards, away from the scene. `rotation` (row-major, 3 × 3) turns the camera
 * frame into the ground frame. Its columns are the camera's axes.
 */
export interface Shot {
  readonly name: string
  readonly camera: Camera
  /**
   * Projection centre: x, y in the job's CRS, ALTITUDE (not height above the ellipsoid); metres.
   */
  readonly centre: readonly [x: number, y: number, altitude: number]
  readonly rotation: readonly number[]
  /** File and line that define the shot. */
  readonly file: string
  readonly line: number
  /** Path of the image, if it was looked for and found. */
  readonly image?: string
}

const CAMERA = {
  name: "text",
  width: "number",
  height: "number",
  focal: "number",
  principal: "numbers",
  distortion: "object?",
} as const
const DISTORTION = {
  given: "text",
  centre: "numbers",
  radial: "numbers",
  tangential: "numbers?",
  affine: "numbers?",
} as const
const checked = new WeakSet<Shot>()

/** @throws EngineError E_USAGE for a value that is no camera */
export const checkCamera = (camera: Camera): void => {
  checkFields(camera, "camera", CAMERA)
  if (camera.distortion !== undefined) checkFields(camera.distortion, "camera.distortion", DISTORTION)
}

/** Checks a shot once. @throws EngineError E_USAGE for a value that is none */
export const checkShot = (shot: Shot): void => {
  if (checked.has(shot)) return
  checkFields(shot, "shot", {
    name: "text",
    file: "text",
    line: "number",
    camera: "object",
    centre: "numbers",
    rotation: "numbers",
  })
  checkCamera(shot.camera)
  checked.add(shot)
}

/**
 * The camera of a reduced or enlarged copy of the whole frame. The scales of the two sides may
 * differ by the rounding of the size (one pixel of the small image). The focal length follows the
 * width.
 *
 * @throws EngineError E_USAGE for a larger difference: the copy is a crop, not the whole frame
 */
export const scaleCamera = (camera: Camera, width: number, height: number): Camera => {
  checkCamera(camera)
  checkFields({ width, height }, "size", { width: "number", height: "number" })
  const scale = width / camera.width
  if (!(scale > 0) || Math.abs(height - camera.height * scale) > Math.max(1, scale)) {
    throw optionError(
      "size",
      `${width} × ${height} pixels do not have the proportions of the frame of ${camera.width} × ${camera.height} pixels. Give an uncropped image.`,
    )
  }
  return { ...mapCamera(camera, scale, [0, 0]), width, height }
}

/**
 * The camera after pixels are multiplied by `scale` and shifted by `shift`; the size is rounded.
 */
export const mapCamera = (camera: Camera, scale: number, shift: readonly [number, number]): Camera => {
  const place = ([column, line]: readonly [number, number]): [number, number] => [
    column * scale + shift[0],
    line * scale + shift[1],
  ]
  const { distortion, pixelPitch } = camera
  return {
    name: camera.name,
    width: Math.round(camera.width * scale),
    height: Math.round(camera.height * scale),
    focal: camera.focal * scale,
    principal: place(camera.principal),
    ...(distortion === undefined ? {} : { distortion: mapDistortion(distortion, scale, place(distortion.centre)) }),
    ...(pixelPitch === undefined ? {} : { pixelPitch: pixelPitch / scale }),
  }
}

const mapDistortion = (distortion: Distortion, scale: number, centre: readonly [number, number]): Distortion => {
  const { radial, tangential } = distortion
  return {
    ...distortion,
    centre,
    radial: radial.map((c, i) => c / scale ** (2 * i + 2)),
    ...(tangential === undefined ? {} : { tangential: [tangential[0] / scale, tangential[1] / scale] as const }),
  }
}
