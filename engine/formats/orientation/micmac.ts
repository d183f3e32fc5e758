/** Reads orientations and camera calibrations of MicMac. */
import { basename } from "node:path"
import { type Camera, type Distortion, mapCamera, type Shot } from "../../core/camera/camera.js"
import type { EngineError } from "../../errors.js"
import { lineFault } from "./line-fault.js"
import { faultOfRotation, fromVisionFrame, rotationOfAngles } from "./rotation.js"
import { findElement, needElement, readNumbers, type XmlElement } from "./xml.js"

/** A MicMac orientation. Its camera is inside, or in the calibration file that it names. */
export interface MicmacFile {
  readonly shot: Omit<Shot, "camera">
  /** Converts the camera from the calibration's unit to the image's pixels. */
  readonly toPixels: (camera: Camera) => Camera
  readonly camera?: Camera
  /** Path of the calibration as written. */
  readonly calibration?: string
}

/**
 * Radians in an angle's unit, for the conventions whose matrix is Rx · Ry · Rz in the
 * photogrammetric frame.
 */
const PHOTOGRAMMETRIC: ReadonlyMap<string, number> = new Map([
  ["eConvAngPhotoMDegre", Math.PI / 180],
  ["eConvAngPhotoMGrade", Math.PI / 200],
])
const OWN: readonly string[] = ["eConvApero_DistM2C", "eConvApero_DistC2M"]

const unsuited = (file: string, line: number, what: string): EngineError => lineFault(file, line, what, "E_INPUT")

/**
 * Reads an orientation of MicMac (`Orientation-IMAGE.xml`: `OrientationConique`). The element
 * `CodageMatr` is a matrix with rows L1 to L3, from the camera's frame (x right, y down, z forward)
 * to the ground's. The element `CodageAngulaire` has angles by a photogrammetric convention
 * (eConvAngPhotoMDegre, eConvAngPhotoMGrade). The convention is that of `ConvOri`, else of
 * `Externe`.
 *
 * @throws EngineError `E_FORMAT` if an element or number is missing, or the matrix is no rotation
 * @throws EngineError `E_INPUT` for an unsupported projection, convention or frame. Both name file,
 *   line and remedy.
 */
export const readMicmac = (root: XmlElement, file: string): MicmacFile => {
  const element = root.name === "OrientationConique" ? root : needElement(root, ["OrientationConique"], file)
  const projection = findElement(element, "TypeProj")
  if (projection !== undefined && projection.text !== "eProjStenope") {
    throw unsuited(
      file,
      projection.line,
      `projection ${projection.text}; expected eProjStenope. Give images of a frame camera.`,
    )
  }
  const external = needElement(element, ["Externe"], file)
  const internal = findElement(element, "Interne")
  const calibration = findElement(element, "FileInterne")
  if (internal === undefined && calibration === undefined) needElement(element, ["Interne"], file)
  return {
    shot: {
      name: nameOf(file),
      centre: readNumbers(needElement(external, ["Centre"], file), 3, file),
      rotation: readRotation(element, external, file),
      file,
      line: external.line,
    },
    toPixels: readFrame(findElement(element, "OrIntImaM2C"), file),
    ...(internal === undefined ? {} : { camera: readCamera(internal, file) }),
    ...(calibration === undefined || internal !== undefined ? {} : { calibration: calibration.text }),
  }
}

/**
 * Reads a calibration of MicMac (`AutoCal….xml`: `CalibrationInternConique`) with the distortion
 * models `ModRad`, `ModPhgrStd` (Fraser) and `ModNoDist`.
 *
 * @throws EngineError as {@link readMicmac}
 */
export const readMicmacCalibration = (root: XmlElement, file: string): Camera => {
  const inside = root.name === "CalibrationInternConique" ? root : needElement(root, ["CalibrationInternConique"], file)
  return readCamera(inside, file)
}

const nameOf = (file: string): string =>
  basename(file)
    .replace(/^Orientation-/, "")
    .replace(/\.xml$/i, "")
    .replace(/\.(tiff?|jpe?g|png|jp2)$/i, "")

const readRotation = (element: XmlElement, external: XmlElement, file: string): readonly number[] => {
  const stated = findElement(element, "ConvOri") ?? external
  const convention = findElement(stated, "KnownConv")
  const name = convention?.text ?? OWN[0]!
  const line = (convention ?? external).line
  const rotation = needElement(external, ["ParamRotation"], file)
  const coded = findElement(rotation, "CodageMatr")
  if (coded !== undefined && OWN.includes(name)) {
    const rows = ["L1", "L2", "L3"].flatMap((row) => readNumbers(needElement(coded, [row], file), 3, file))
    const wrong = faultOfRotation(rows)
    if (wrong === undefined) return fromVisionFrame(rows)
    throw lineFault(file, coded.line, `CodageMatr is not a rotation: ${wrong}. Export the orientation again.`)
  }
  const angles = findElement(rotation, "CodageAngulaire")
  const unit = PHOTOGRAMMETRIC.get(name)
  if (angles !== undefined && unit !== undefined) {
    const [omega, phi, kappa] = readNumbers(angles, 3, file)
    return rotationOfAngles(omega * unit, phi * unit, kappa * unit)
  }
  const how = coded !== undefined ? "a matrix" : angles !== undefined ? "angles" : "a rotation"
  throw unsuited(
    file,
    line,
    `${how} by the convention ${name} is not supported. Export CodageMatr by eConvApero_DistM2C (Apero, Campari) or angles by eConvAngPhotoMDegre.`,
  )
}

/**
 * Reads the affine map from the calibration's frame to pixels. Supports scale and shift, but no
 * rotated or sheared film.
 */
const readFrame = (element: XmlElement | undefined, file: string): ((camera: Camera) => Camera) => {
  if (element === undefined) return (camera) => camera
  const pair = (name: string) => readNumbers(needElement(element, [name], file), 2, file)
  const [shift, column, line] = [pair("I00"), pair("V10"), pair("V01")]
  const scale = column[0]
  const bound = 1e-6 * Math.abs(scale)
  const skew = Math.max(Math.abs(column[1]), Math.abs(line[0]), Math.abs(line[1] - scale))
  if (!(scale > 0) || !(skew <= bound)) {
    throw unsuited(
      file,
      element.line,
      "OrIntImaM2C rotates or shears the image (a scanned film); expected a scale and a shift. Resample the images by their fiducial marks (ReSampFid).",
    )
  }
  return (camera) => mapCamera(camera, scale, shift)
}

const readCamera = (element: XmlElement, file: string): Camera => {
  const convention = findElement(element, "KnownConv")
  if (convention !== undefined && !OWN.includes(convention.text)) {
    throw unsuited(
      file,
      convention.line,
      `calibration by the convention ${convention.text}; expected ${OWN.join(" or ")}. Convert it with MicMac.`,
    )
  }
  const principal = readNumbers(needElement(element, ["PP"], file), 2, file)
  const [focal] = readNumbers(needElement(element, ["F"], file), 1, file)
  const size = needElement(element, ["SzIm"], file)
  const [width, height] = readNumbers(size, 2, file)
  if (!(focal > 0 && width > 0 && height > 0)) {
    throw lineFault(
      file,
      size.line,
      `focal length ${focal} and size ${width} × ${height}; expected positive numbers. Correct them.`,
    )
  }
  const distortion = readDistortion(element, convention?.text === "eConvApero_DistC2M" ? "image" : "ideal", file)
  return {
    name: basename(file).replace(/\.xml$/i, ""),
    width,
    height,
    focal,
    principal,
    ...(distortion === undefined ? {} : { distortion }),
  }
}

const readDistortion = (camera: XmlElement, input: Distortion["given"], file: string): Distortion | undefined => {
  const coded = findElement(camera, "CalibDistortion")
  const model = coded?.children[0]
  if (coded === undefined || model === undefined || model.name === "ModNoDist") return undefined
  // Only one model is supported: a chain would have to be applied in sequence.
  const count = camera.children.filter(({ name }) => name === "CalibDistortion").length
  if (count > 1 || !["ModRad", "ModPhgrStd"].includes(model.name)) {
    const what = count > 1 ? `${count} distortion models in a chain` : `distortion model ${model.name}`
    throw unsuited(
      file,
      model.line,
      `${what}; expected one ModRad, ModPhgrStd or ModNoDist. Calibrate with FraserBasic or RadialBasic.`,
    )
  }
  const radial = model.name === "ModRad" ? model : needElement(model, ["RadialePart"], file)
  const centre = readNumbers(needElement(radial, ["CDist"], file), 2, file)
  const coefficients = radial.children
    .filter(({ name }) => name === "CoeffDist")
    .flatMap((one) => readNumbers(one, 1, file))
  const optional = (name: string): number => {
    const found = model.children.find((child) => child.name === name)
    return found === undefined ? 0 : readNumbers(found, 1, file)[0]
  }
  const [p1, p2, b1, b2] = ["P1", "P2", "b1", "b2"].map(optional) as [number, number, number, number]
  if (coefficients.length === 0 && [p1, p2, b1, b2].every((value) => value === 0)) return undefined
  return {
    centre,
    radial: coefficients,
    given: input,
    ...(p1 === 0 && p2 === 0 ? {} : { tangential: [p1, p2] as const }),
    ...(b1 === 0 && b2 === 0 ? {} : { affine: [b1, b2] as const }),
  }
}
