/** External features of a job: content hashes, checks, and indexed copies for workers. */
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { ringsOf } from "../core/feature-table.js"
import { atomicWrite } from "../core/files/atomic-write.js"
import { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/rings.js"
import { canonicalJson, sha256 } from "../core/hash.js"
import { EngineError, unreadable } from "../errors.js"
import { pickFeatures } from "../formats/vector/pick-features.js"
import type { ReadFeatures } from "../formats/vector/read-features.js"
import { crsByEpsg } from "../grid/crs.js"
import { betweenCrs, sourceCrs } from "../grid/source-crs.js"
import { projection } from "../job/area.js"
import type { JobField } from "../job/field-kinds.js"
import { fieldRows, fieldValue } from "../job/fields.js"
import type { Job } from "../job/job.js"
import { kernelOf, type LoadedKernel } from "../job/kernels/load-kernels.js"
import { layout } from "../job/layout.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { hashStored } from "../journal/read-verified.js"
import type { Features } from "../kernel.js"
import type { WorkContext } from "./context.js"

/** Paths of feature files by the name of their field. */
export type ExternalFiles = Readonly<Record<string, string>>

/** Returns the feature files that a job names. */
export const externalFiles = (job: Job): ExternalFiles =>
  Object.fromEntries(
    fieldRows.flatMap(([name, { features, raster }]) => {
      const path = (features ?? raster) && fieldValue(job, name)
      return typeof path === "string" ? [[name, path]] : []
    }),
  )

const geometryOf = (name: string): NonNullable<JobField["features"]> =>
  fieldRows.find(([own]) => own === name)?.[1].features ?? "Polygon"

const isRaster = (name: string): boolean => fieldRows.some(([own, { raster }]) => own === name && raster)

/**
 * Hashes each file, with the other files of a Shapefile; part of the hash of every tile that reads
 * it.
 */
export const externalIdentities = async (
  files: ExternalFiles,
): Promise<Readonly<Record<string, string>> | undefined> => {
  const identities: Record<string, string> = {}
  for (const [name, path] of Object.entries(files)) {
    const digest = createHash("sha256")
    for (const part of [path, ...besideShapes(path)]) {
      try {
        for await (const chunk of createReadStream(part)) digest.update(chunk as Uint8Array)
      } catch (cause) {
        if (part === path) throw unreadable(path, cause, `--${name}`)
        // A Shapefile may lack its other files, such as the CRS.
      }
    }
    identities[name] = digest.digest("hex")
  }
  return Object.keys(identities).length === 0 ? undefined : identities
}

const besideShapes = (path: string): string[] =>
  /\.shp$/i.test(path) ? [".dbf", ".shx", ".prj"].map((extension) => path.replace(/\.shp$/i, extension)) : []

/** Describes a copy; an unchanged one is not written again. */
interface Noted {
  readonly identity: string
  readonly crs: string
  readonly box: Box2
  /** True where no feature meets the box. */
  readonly isEmpty: boolean
  /** Hash of the copy. */
  readonly sha256: string
}

/**
 * Copies each file once as FlatGeobuf with an index, in the job's CRS, limited to features that
 * meet `box`. Workers read from it the features that meet their tile. A raster is copied `beyond`
 * metres around. A copy of the same content stays if its bytes are intact.
 *
 * @returns warnings, for files without a feature in `box`
 * @throws EngineError E_INPUT for a file without features of its kind, or in an unknown CRS
 */
export const copyExternal = async (
  out: string,
  files: ExternalFiles,
  identities: Readonly<Record<string, string>>,
  epsg: number,
  box: Box2,
  notes?: NotedFiles,
  beyond = 0,
): Promise<string[]> => {
  const crs = `EPSG:${epsg} ${crsByEpsg(epsg).definition}`
  const warnings: string[] = []
  for (const [name, path] of Object.entries(files)) {
    const copy = isRaster(name) ? layout.externalRaster(name) : layout.external(name)
    const around = isRaster(name) ? Box2.grow(box, beyond) : box
    const target = join(out, copy)
    const noted = `${copy}.json`
    const textOf = (hash: string, isEmpty: boolean): string =>
      canonicalJson({ identity: identities[name] ?? "", crs, box: around, isEmpty, sha256: hash } satisfies Noted)
    const before = await readFile(join(out, noted), "utf8").catch(() => "")
    const stored = before === "" ? "" : await hashStored(out, { path: copy }).catch(() => "")
    const wasEmpty = [false, true].find((isEmpty) => before === textOf(stored, isEmpty))
    if (wasEmpty === true) warnings.push(noneMeets(name, path))
    if (wasEmpty !== undefined) continue
    const temporary = join(out, layout.temporary)
    const { bytes, isEmpty } = await encodeExternal(name, path, epsg, around)
    if (isEmpty) warnings.push(noneMeets(name, path))
    const text = textOf(sha256(bytes), isEmpty)
    await atomicWrite(target, bytes, temporary)
    await atomicWrite(join(out, noted), text, temporary)
    notes?.note(copy, bytes)
    notes?.note(noted, text)
  }
  return warnings
}

/** Encodes what a file has in a box. */
const encodeExternal = async (
  name: string,
  path: string,
  epsg: number,
  box: Box2,
): Promise<{ readonly bytes: Uint8Array; readonly isEmpty: boolean }> => {
  if (isRaster(name)) {
    const { encodeRelief } = await import("./external-relief.js")
    return { bytes: await encodeRelief(path, epsg, box), isEmpty: false }
  }
  const { readFeatures } = await import("../formats/vector/read-features.js")
  const { encodeFlatGeobuf } = await import("../formats/vector/flatgeobuf/writer.js")
  const features = meeting(inCrs(await readFeatures(path, geometryOf(name)), epsg, path), box)
  return { bytes: encodeFlatGeobuf(features, { name, epsg, metadata: {} }), isEmpty: features.ids.length === 0 }
}

const noneMeets = (name: string, path: string): string =>
  `--${name}: no feature of ${path} meets the points of the job. Check its place and CRS.`

/**
 * Reads each file as {@link copyExternal} does, but writes nothing: a plan fails where a run would.
 * Returns the same warnings and throws the same errors.
 */
export const checkExternal = async (
  files: ExternalFiles,
  epsg: number,
  box: Box2,
  beyond: number,
): Promise<string[]> => {
  const warnings: string[] = []
  for (const [name, path] of Object.entries(files)) {
    const { isEmpty } = await encodeExternal(name, path, epsg, isRaster(name) ? Box2.grow(box, beyond) : box)
    if (isEmpty) warnings.push(noneMeets(name, path))
  }
  return warnings
}

/**
 * Metres. A CRS without a code whose coordinates are this close to the job's is the job's CRS: the
 * definitions differ only by a datum shift, which such statements often lack.
 */
const SAME_CRS = 1000

/** Features in the job's CRS. Those that state no CRS are taken to be in it. */
const inCrs = ({ features, epsg, crs }: ReadFeatures, to: number, file: string): Features => {
  const { dimension } = features
  const [firstX = 0, firstY = 0] = features.coordinates
  let project: ReturnType<typeof projection>
  if (epsg !== undefined) {
    if (epsg === to) return features
    project = projection(epsg, to, { file }, `${file} is in EPSG:${epsg}, the job in EPSG:${to}`)
  } else {
    if (crs === undefined) return features
    project = betweenCrs(sourceCrs(crs), to)
    const [x, y] = project(firstX, firstY)
    if (Math.hypot(x - firstX, y - firstY) < SAME_CRS) return features
  }
  const coordinates = features.coordinates.slice()
  for (let i = 0; i < coordinates.length; i += dimension) {
    const [x, y] = project(coordinates[i] ?? 0, coordinates[i + 1] ?? 0)
    if (!Number.isFinite(x + y)) throw outside(file, coordinates[i], coordinates[i + 1], to)
    coordinates.set([x, y], i)
  }
  return { ...features, coordinates }
}

const outside = (file: string, x: number | undefined, y: number | undefined, to: number): EngineError => {
  const text = `${file}: ${x}, ${y} has no place in EPSG:${to}, the job's CRS. Check the CRS that the file states.`
  return new EngineError("E_INPUT", text, { file })
}

const meeting = (features: Features, box: Box2): Features => {
  const meets = (f: number): boolean => Box2.meets(boxOfRings(ringsOf(features, f), features.dimension), box)
  const keep = Uint8Array.from(features.ids, (_, f) => (meets(f) ? 1 : 0))
  return pickFeatures(features, keep)
}

/** The warning for a flag whose files no kernel reads. */
export const unreadFlag = (flag: string): string =>
  `${flag}: not used, since no product of this job needs it. Leave it out.`

/** Returns warnings for files of features that no kernel of the job reads. */
export const unreadExternal = (
  { chains, external = {}, fromUnclassified }: WorkContext,
  kernels: readonly LoadedKernel[],
): string[] => {
  const read = new Set<string>(fromUnclassified === undefined ? [] : ["footprints"])
  for (const { id } of [...chains.tile, ...chains.model]) {
    const inputs = kernelOf(kernels, id)?.inputs ?? {}
    for (const port of Object.values(inputs)) if ("external" in port && port.external) read.add(port.external)
  }
  return Object.keys(external).flatMap((name) => (read.has(name) ? [] : [unreadFlag(`--${name}`)]))
}
