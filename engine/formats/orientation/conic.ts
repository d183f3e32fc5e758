/** Reads orientations in IGN's conic XML. */
import { basename } from "node:path"
import type { Camera, Distortion, Shot } from "../../core/camera/camera.js"
import { EngineError } from "../../errors.js"
import { lineFault } from "./line-fault.js"
import { faultOfRotation, fromVisionFrame, transpose } from "./rotation.js"
import { findElement, needElement, readNumbers, type XmlElement } from "./xml.js"

/** The content of a conic orientation file. */
export interface ConicFile {
  readonly shot: Shot
  /** Reference system and vertical grid, as written; "" if absent. */
  readonly system: string
  readonly notes: readonly string[]
}

/**
 * Reads an orientation of IGN's conic XML (`.ori.xml`, `.CON`: MATIS, GEOVIEW, libOri): root
 * `orientation` with `extrinseque` and `intrinseque`.
 *
 * Its camera frame is x along columns, y along lines, z forward. The matrix rotates that frame to
 * the ground's if `Image2Ground` is true, and the reverse if false. Distortion r3, r5, r7 about
 * `pps` maps a position of the ideal camera to the image.
 *
 * @throws EngineError `E_FORMAT` naming file and line, if an element or number is missing or the
 *   matrix is no rotation
 * @throws EngineError `E_INPUT` for a spherical image or ellipsoidal heights
 */
export const readConic = (root: XmlElement, file: string): ConicFile => {
  const extrinsic = needElement(root, ["extrinseque"], file)
  const intrinsic = needElement(root, ["intrinseque"], file)
  const spheric = findElement(intrinsic, "spherique")
  if (spheric !== undefined) {
    throw lineFault(
      file,
      spheric.line,
      "a spherical panorama; expected a conic image. Give the frames that it was made from.",
      "E_INPUT",
    )
  }
  const text = (element: XmlElement | undefined): string => element?.text ?? ""
  const grid = text(findElement(extrinsic, "grid_alti"))
  if (/ellips/i.test(grid)) {
    throw new EngineError(
      "E_INPUT",
      `${file}: grid_alti "${grid}" means a height above the ellipsoid; expected an altitude. Subtract the geoid's height and name the grid.`,
      { file },
    )
  }
  const name = text(findElement(root, "image_name")) || basename(file).replace(/(\.ori)?\.(xml|con)$/i, "")
  const summit = needElement(extrinsic, ["sommet"], file)
  const centre = ["easting", "northing", "altitude"].map((key) => numberAt(summit, [key], file))
  return {
    shot: {
      name,
      camera: readCamera(intrinsic, file),
      centre: [centre[0]!, centre[1]!, centre[2]!],
      rotation: readRotation(needElement(extrinsic, ["rotation"], file), file),
      file,
      line: extrinsic.line,
    },
    system: text(findElement(extrinsic, "systeme")),
    notes: grid === "" ? [`${file}: no vertical grid (grid_alti) is stated; using its height as altitude`] : [],
  }
}

const numberAt = (element: XmlElement, names: readonly string[], file: string): number =>
  readNumbers(needElement(element, names, file), 1, file)[0]

const readRotation = (element: XmlElement, file: string): readonly number[] => {
  const direction = needElement(element, ["Image2Ground"], file)
  const toGround = direction.text.toLowerCase()
  if (toGround !== "true" && toGround !== "false") {
    throw lineFault(file, direction.line, `Image2Ground is "${direction.text}"; expected true or false. Correct it.`)
  }
  const matrix = needElement(element, ["mat3d"], file)
  const rows = ["l1", "l2", "l3"].flatMap((row) => ["x", "y", "z"].map((key) => numberAt(matrix, [row, key], file)))
  const fault = faultOfRotation(rows)
  if (fault !== undefined) {
    throw lineFault(
      file,
      matrix.line,
      `mat3d is not a rotation: ${fault}. Export the orientation again, with at least 6 digits.`,
    )
  }
  return fromVisionFrame(toGround === "true" ? rows : transpose(rows))
}

const readCamera = (intrinsic: XmlElement, file: string): Camera => {
  const sensor = needElement(intrinsic, ["sensor"], file)
  const positive = (names: readonly string[]): number => {
    const element = needElement(sensor, names, file)
    const [value] = readNumbers(element, 1, file)
    if (value > 0) return value
    throw lineFault(file, element.line, `<${element.name}> is ${value}; expected a positive number. Correct it.`)
  }
  const pitch = findElement(sensor, "pixel_size")
  const distortion = findElement(sensor, "distortion")
  return {
    name: findElement(sensor, "name")?.text || "conic",
    width: positive(["image_size", "width"]),
    height: positive(["image_size", "height"]),
    focal: positive(["ppa", "focale"]),
    principal: [numberAt(sensor, ["ppa", "c"], file), numberAt(sensor, ["ppa", "l"], file)],
    ...(distortion === undefined ? {} : { distortion: distortionOf(distortion, file) }),
    ...(pitch === undefined ? {} : { pixelPitch: positive(["pixel_size"]) }),
  }
}

const distortionOf = (element: XmlElement, file: string): Distortion => ({
  centre: [numberAt(element, ["pps", "c"], file), numberAt(element, ["pps", "l"], file)],
  radial: ["r3", "r5", "r7"].map((key) => numberAt(element, [key], file)),
  given: "ideal",
})
