/** Reads oriented images from files of any supported format, and finds their cameras and images. */

import { basename, dirname, join, resolve } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { checkFields } from "../../core/arguments.js"
import type { Camera, Shot } from "../../core/camera/camera.js"
import { checkCamera } from "../../core/camera/camera.js"
import { readWhole } from "../../core/files/read-whole.js"
import { counted, linesByReason } from "../../core/texts.js"
import { EngineError, type ErrorData, unreadable } from "../../errors.js"
import { byText } from "../../io/expand-inputs.js"
import { inParallel } from "../../io/in-parallel.js"
import { listFiles } from "../../io/list-files.js"
import { isBoreaCamera, readBoreaCamera } from "./borea-camera.js"
import { readConic } from "./conic.js"
import { lineFault } from "./line-fault.js"
import { type MicmacFile, readMicmac, readMicmacCalibration } from "./micmac.js"
import { isOpk, type OpkFile, readOpk } from "./opk.js"
import { findElement, parseXml, type XmlElement } from "./xml.js"

/** Options of {@link readOrientations}. */
export interface OrientationOptions {
  /** Cameras in addition to those of the files, for OPK files. */
  readonly cameras?: readonly Camera[]
  /** Files, folders and globs of images. A shot's image has its name, with any extension. */
  readonly images?: readonly string[]
  /** The job's CRS: files that state another one are rejected. */
  readonly epsg?: number
}

/** The oriented images that files describe. */
export interface Orientations {
  /** By name, then file, whatever the order of the paths. */
  readonly shots: readonly Shot[]
  /** Names of shots whose image is not among `images`; empty if no images were named. */
  readonly withoutImage: readonly string[]
  /** Unusable files, or shots of a file with an unknown camera, with reason and remedy. */
  readonly rejected: readonly { readonly path: string; readonly error: ErrorData }[]
  /** Tolerated faults and assumptions; sorted. */
  readonly notes: readonly string[]
}

/** File names considered in folders. */
const ORIENTATION_NAME = /\.(opk|xml|con|ori|txt)$/i
const IMAGE_NAME = /\.(tiff?|jp2|jpe?g|png|webp|vrt)$/i
const READ_AT_ONCE = 16

/** A file's content, by its kind. */
type Content =
  | { readonly kind: "opk"; readonly opk: OpkFile }
  | { readonly kind: "camera"; readonly camera: Camera }
  | { readonly kind: "conic"; readonly shot: Shot; readonly system: string; readonly notes: readonly string[] }
  | { readonly kind: "micmac"; readonly micmac: MicmacFile }
  | { readonly kind: "other" }

/**
 * Reads orientations and cameras of aerial images: IGN's OPK with Borea's camera files, MicMac's
 * XML with its calibrations, IGN's conic XML. The content decides the format. A calibration that a
 * MicMac file names is searched beside it, at its path, and among `paths`.
 *
 * Never throws for a single file: broken files are in `rejected` (file, line, remedy), and other
 * files in folders are ignored. O(size of the files); shots stay in memory, about 1 KB each. No
 * image is opened.
 *
 * @param paths files, folders (recursively) and globs
 * @throws EngineError `E_INPUT` if a path does not exist; if nothing is usable, the first reason
 *
 * @example
 * const { shots, withoutImage } = await readOrientations(["flight.OPK", "camera.txt"], {
 *   images: ["images/"],
 *   epsg: 2154,
 * })
 * const pixels = projectPoints(shots[0], Float64Array.of(833000, 6298000, 55))
 */
export const readOrientations = async (
  paths: readonly string[],
  options: OrientationOptions = {},
): Promise<Orientations> => {
  checkFields({ paths, options }, "arguments", { paths: "paths", options: "object" })
  checkFields(options, "options", { cameras: "list?", images: "paths?", epsg: "whole?" })
  for (const camera of options.cameras ?? []) checkCamera(camera)
  const files = await listAll(paths, ORIENTATION_NAME)
  const rejected: { path: string; error: ErrorData }[] = []
  const reject = (path: string, error: unknown): void => {
    // Input errors need no stack.
    const { stack: _, ...data } = EngineError.toData(error, { file: path })
    rejected.push({ path, error: data })
  }
  const named = new Set(paths.map((path) => resolve(path)))
  const contents: [string, Content][] = []
  const found = await inParallel(files, READ_AT_ONCE, (file) =>
    readContent(file, named.has(file)).catch((error: unknown) => ({ error })),
  )
  for (const [i, content] of found.entries()) {
    if ("error" in content) reject(files[i]!, content.error)
    else contents.push([files[i]!, content])
  }
  const read = contents.flatMap(([, content]) => (content.kind === "camera" ? [content.camera] : []))
  const cameras = byCameraName([...(options.cameras ?? []), ...read])
  const shots: Shot[] = []
  const notes: string[] = []
  for (const [file, content] of contents) {
    try {
      const found = await parseShots(content, file, cameras, (error) => reject(file, error))
      for (const note of found.notes) notes.push(note)
      notes.push(...checkSystem(found.system, options.epsg, file))
      for (const shot of found.shots) shots.push(shot)
    } catch (error) {
      reject(file, error)
    }
  }
  if (shots.length === 0) throw nothingIn(paths, rejected[0]?.error)
  shots.sort((a, b) => byText(a.name, b.name) || byText(a.file, b.file))
  const placed =
    options.images === undefined ? { shots, withoutImage: [] } : await withImages(shots, options.images, notes)
  return { ...placed, rejected, notes: [...new Set(notes)].sort(byText) }
}

const nothingIn = (paths: readonly string[], first: ErrorData | undefined): EngineError => {
  if (first !== undefined) return EngineError.fromData(first)
  const text = `${paths.join(", ")}: no orientation of an image (OPK text, MicMac or conic XML). Give these files, and those of their cameras.`
  return new EngineError("E_INPUT", text)
}

const listAll = async (paths: readonly string[], wanted: RegExp): Promise<string[]> => {
  const found = new Set<string>()
  for (const path of paths) {
    const files = await listFiles(path, wanted)
    if (files === undefined) {
      throw unreadable(path)
    }
    for (const file of files) found.add(resolve(file))
  }
  return [...found].sort(byText)
}

/** Reads a file. If the user `named` it, unknown content is an error; in a folder it is ignored. */
const readContent = async (file: string, named: boolean): Promise<Content> => {
  const text = decode(await readWhole(file))
  if (/^\s*</.test(text)) {
    const content = contentOfXml(parseXml(text, file), file)
    if (content.kind !== "other" || !named) return content
  } else if (isBoreaCamera(text)) return { kind: "camera", camera: readBoreaCamera(text, file) }
  else if (isOpk(text)) return { kind: "opk", opk: readOpk(text, file) }
  if (!named) return { kind: "other" }
  throw lineFault(
    file,
    1,
    `not an orientation; expected OPK (a header "NOM X Y Z O P K CAMERA"), a camera ("focal = …"), MicMac XML (OrientationConique) or conic XML (orientation). Convert it.`,
  )
}

const contentOfXml = (root: XmlElement, file: string): Content => {
  if (root.name === "orientation" && findElement(root, "extrinseque") !== undefined) {
    return { kind: "conic", ...readConic(root, file) }
  }
  const has = (name: string): boolean => root.name === name || findElement(root, name) !== undefined
  if (has("OrientationConique")) return { kind: "micmac", micmac: readMicmac(root, file) }
  if (has("CalibrationInternConique")) return { kind: "camera", camera: readMicmacCalibration(root, file) }
  return { kind: "other" }
}

/**
 * Decodes UTF-16 (little-endian, with a mark) or UTF-8, else Windows-1252, in which older programs
 * write accents.
 */
const decode = (bytes: Uint8Array): string => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes)
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder("windows-1252").decode(bytes)
  }
}

/** The different cameras of each name: two flights may use one name for two cameras. */
type Cameras = ReadonlyMap<string, readonly Camera[]>

const byCameraName = (all: readonly Camera[]): Cameras => {
  const found = new Map<string, Camera[]>()
  for (const camera of all) {
    const same = found.get(camera.name) ?? []
    if (!same.some((other) => isDeepStrictEqual(other, camera))) same.push(camera)
    found.set(camera.name, same)
  }
  return found
}

/**
 * The camera of a name, or undefined. Two different ones are refused, since either may be wrong.
 */
const findCamera = (cameras: Cameras, name: string, file: string): Camera | undefined => {
  const [camera, ...others] = cameras.get(name) ?? []
  if (others.length === 0) return camera
  const text = `${file}: ${others.length + 1} different cameras are named "${name}". Run each flight with its own camera files.`
  throw new EngineError("E_INPUT", text, { file })
}

const parseShots = async (content: Content, file: string, cameras: Cameras, reject: (error: EngineError) => void) => {
  if (content.kind === "conic") return { shots: [content.shot], notes: content.notes, system: content.system }
  if (content.kind === "micmac") {
    const { shot, toPixels, camera, calibration } = content.micmac
    const own = camera ?? (await findCalibration(calibration ?? "", file, cameras))
    return { shots: [{ ...shot, camera: toPixels(own) }], notes: [] }
  }
  if (content.kind !== "opk") return { shots: [], notes: [] }
  const { opk } = content
  const shots: Shot[] = []
  const lacking = new Map<string, { line: number; count: number }>()
  for (const shot of opk.shots) {
    const camera = findCamera(cameras, shot.camera, file)
    if (camera !== undefined) shots.push({ ...shot, camera })
    else
      lacking.set(shot.camera, {
        line: lacking.get(shot.camera)?.line ?? shot.line,
        count: (lacking.get(shot.camera)?.count ?? 0) + 1,
      })
  }
  for (const [name, { line, count }] of lacking) {
    const known = [...cameras.keys()].sort(byText).join(", ") || "none"
    const text = `${file}:${line}: unknown camera "${name}" of ${counted(count, "shot")} (known: ${known}). Give its file too (lines Name, PPAx, PPAy, focal, width, height).`
    reject(new EngineError("E_INPUT", text, { file }))
  }
  return { shots, notes: opk.notes, ...(opk.system === undefined ? {} : { system: opk.system }) }
}

/**
 * Finds the calibration that an orientation names: beside it, by its path from the folder above or
 * its own, else among the given ones.
 */
const findCalibration = async (written: string, file: string, cameras: Cameras): Promise<Camera> => {
  const folder = dirname(file)
  const places = [join(folder, basename(written)), resolve(folder, "..", written), resolve(folder, written)]
  for (const place of places) {
    const bytes = await readWhole(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined
      throw error
    })
    if (bytes !== undefined) return readMicmacCalibration(parseXml(decode(bytes), place), place)
  }
  const named = findCamera(cameras, basename(written).replace(/\.xml$/i, ""), file)
  if (named !== undefined) return named
  throw new EngineError(
    "E_INPUT",
    `${file}: no such calibration file "${written}" (FileInterne); searched ${places.join(", ")}. Copy it there, or give it too.`,
    { file },
  )
}

/** EPSG codes of the systems that files name by words. */
const SYSTEMS: readonly (readonly [RegExp, number])[] = [
  [/lambert[ _-]?93|^2154$|EPSG:2154/i, 2154],
  [/utm[ _-]?20n?(?!\d)|EPSG:5490/i, 5490],
  [/utm[ _-]?40s?(?!\d)|EPSG:2975/i, 2975],
  [/utm[ _-]?22n?(?!\d)|EPSG:2972/i, 2972],
  [/utm[ _-]?38s?(?!\d)|EPSG:4471/i, 4471],
]

const checkSystem = (system: string | undefined, epsg: number | undefined, file: string): readonly string[] => {
  if (system === undefined || system === "" || epsg === undefined) return []
  const code = SYSTEMS.find(([pattern]) => pattern.test(system))?.[1]
  if (code === epsg) return []
  if (code === undefined) return [`${file}: unknown system "${system}"; using EPSG:${epsg}`]
  throw new EngineError(
    "E_INPUT",
    `${file}: in ${system} (EPSG:${code}), not in the job's EPSG:${epsg}. Attitudes cannot be reprojected: run each system as its own job.`,
    { file },
  )
}

const withImages = async (
  shots: readonly Shot[],
  images: readonly string[],
  notes: string[],
): Promise<{ shots: Shot[]; withoutImage: string[] }> => {
  const byName = new Map<string, string>()
  const stem = (path: string): string => basename(path).replace(IMAGE_NAME, "").toLowerCase()
  for (const path of await listAll(images, IMAGE_NAME)) {
    if (!IMAGE_NAME.test(path)) continue
    const first = byName.get(stem(path))
    if (first === undefined) byName.set(stem(path), path)
    else notes.push(`${path}: not used; ${first} has the same name`)
  }
  const withoutImage: string[] = []
  const placed = shots.map((shot) => {
    const image = byName.get(stem(shot.name))
    if (image === undefined) withoutImage.push(shot.name)
    return image === undefined ? shot : { ...shot, image }
  })
  const shown = new Set(shots.map((shot) => stem(shot.name)))
  const reason = "no orientation has their name. Give its file with --orientation"
  const strangers = [...byName].flatMap(([name, path]) => (shown.has(name) ? [] : [{ path, reason }]))
  notes.push(...linesByReason("--oriented-images", "not used", strangers, byName.size))
  return { shots: placed, withoutImage }
}
