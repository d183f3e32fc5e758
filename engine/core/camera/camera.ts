/**
 * The camera model that readers of orientations, catalogues and kernels share: a frame camera with
 * distortion, and an image with its place and attitude.
 */

/**
 * A frame camera, in pixels. Columns grow to the right and lines downwards; pixels are counted as the orientation file counts
 * them (the measures that come with it are in the same count): nothing is shifted by half a pixel here.
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
  /** Side of a pixel on the sensor, metres; where the file tells it. */
  readonly pixelPitch?: number
}

/**
 * Distortion about `centre`: a place at (u, v) pixels from it, r = √(u² + v²), moves by
 *
 * - radial: (u, v) · (c₀ r² + c₁ r⁴ + c₂ r⁶ …), the coefficients r3, r5, r7 … of IGN and `CoeffDist` of MicMac;
 * - tangential, P₁ and P₂: (P₁ (3u² + v²) + 2 P₂ u v, P₂ (u² + 3v²) + 2 P₁ u v);
 * - affine, b₁ and b₂: (b₁ u + b₂ v, 0).
 */
export interface Distortion {
  readonly centre: readonly [column: number, line: number]
  readonly radial: readonly number[]
  readonly tangential?: readonly [p1: number, p2: number]
  readonly affine?: readonly [b1: number, b2: number]
  /** What the formula is given: the place of a perfect camera (it makes the image's), or that of the image. */
  readonly given: "ideal" | "image"
}

/**
 * An image with its camera's place and attitude.
 *
 * The camera's frame is that of photogrammetry: x to the right along columns, y upwards against lines, z backwards, away from the
 * scene. `rotation` (row-major, 3 × 3) turns the camera's frame into the ground's: its columns are the camera's axes there.
 */
export interface Shot {
  readonly name: string
  readonly camera: Camera
  /** Projection centre: x, y in the job's CRS, ALTITUDE (not height above the ellipsoid); metres. */
  readonly centre: readonly [x: number, y: number, altitude: number]
  readonly rotation: readonly number[]
  /** Where it was read. */
  readonly file: string
  readonly line: number
  /** Path of the image, where images were looked for and it was found. */
  readonly image?: string
}

/**
 * The same camera with an image of another size: a reduced or enlarged copy of the whole frame.
 *
 * Both sides may differ in scale by the rounding of the size (one pixel of the small image); the focal length follows the width.
 *
 * @throws RangeError when the two sides scale differently by more than that: the copy is a crop, not the whole frame
 */
export const scaleCamera = (camera: Camera, width: number, height: number): Camera => {
  const scale = width / camera.width
  if (!(scale > 0) || Math.abs(height - camera.height * scale) > Math.max(1, scale)) {
    throw new RangeError(
      `an image of ${width} × ${height} px is no whole copy of a frame of ${camera.width} × ${camera.height} px: give one of the same proportions`,
    )
  }
  return { ...mapCamera(camera, scale, [0, 0]), width, height }
}

/** The camera after pixels are multiplied by `scale` and moved by `shift`; the size is rounded. */
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
