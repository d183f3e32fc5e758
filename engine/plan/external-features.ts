/** Files that the user brings for kernels: content hashes, checks, and copies for workers. */
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { sliceRings } from "../core/feature-table.js"
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
import { type DeclaredInput, externalInputs, externalOf } from "../job/external-inputs.js"
import { externalPath } from "../job/fields.js"
import type { Job } from "../job/job.js"
import { kernelOf, type LoadedKernel } from "../job/kernels/load-kernels.js"
import { layout } from "../job/layout.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { hashStored } from "../journal/read-verified.js"
import type { Column, Features } from "../kernel.js"
import type { WorkContext } from "./context.js"

/** A file that a job names for an external input. */
export interface ExternalFile {
  readonly input: DeclaredInput
  readonly path: string
}

/** Returns the files that a job names for the external inputs of its kernels. */
export const externalFiles = (job: Job, kernels: readonly LoadedKernel[]): ExternalFile[] =>
  externalInputs(kernels.map(({ kernel }) => kernel)).flatMap((input) => {
    const path = externalPath(job, input.name)
    return path === undefined ? [] : [{ input, path }]
  })

/**
 * Hashes each file, with the other files of a Shapefile; part of the hash of every tile that reads
 * it. By the names of the inputs.
 */
export const externalIdentities = async (
  files: readonly ExternalFile[],
): Promise<Readonly<Record<string, string>> | undefined> => {
  const identities: Record<string, string> = {}
  const copied = files.filter(isCopied)
  for (const { input, path } of copied) {
    const digest = createHash("sha256")
    for (const part of [path, ...besideShapes(path)]) {
      try {
        for await (const chunk of createReadStream(part)) digest.update(chunk as Uint8Array)
      } catch (cause) {
        if (part === path) throw unreadable(path, cause, input.flag)
        // A Shapefile may lack its other files, such as the CRS.
      }
    }
    identities[input.name] = digest.digest("hex")
  }
  return copied.length === 0 ? undefined : identities
}

/** False for a raster whose own cells are read: workers read the file itself. */
const isCopied = ({ input: { cell } }: ExternalFile): boolean => cell !== "file"

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

/** The CRS of a job, and the box that its tasks read of a file. */
export interface ExternalPlace {
  readonly epsg: number
  readonly boxOf: (input: DeclaredInput) => Box2
}

/**
 * Copies each file once in the job's CRS: features as FlatGeobuf with an index, those that meet the
 * box; a raster as GeoTIFF. Workers read from the copy what their tile needs. A copy of the same
 * content stays if its bytes are intact.
 *
 * @returns warnings, for files without a feature in the box
 * @throws EngineError E_INPUT for a file without features of its kind or without a column that the
 * kernels need, or in an unknown CRS
 */
export const copyExternal = async (
  out: string,
  files: readonly ExternalFile[],
  identities: Readonly<Record<string, string>>,
  place: ExternalPlace,
  notes?: NotedFiles,
): Promise<string[]> => {
  const { epsg } = place
  const crs = `EPSG:${epsg} ${crsByEpsg(epsg).definition}`
  const warnings: string[] = []
  for (const file of files.filter(isCopied)) {
    const { name, geometry } = file.input
    const copy = geometry === undefined ? layout.externalRaster(name) : layout.external(name)
    const box = place.boxOf(file.input)
    const noted = `${copy}.json`
    const textOf = (hash: string, isEmpty: boolean): string =>
      canonicalJson({ identity: identities[name] ?? "", crs, box, isEmpty, sha256: hash } satisfies Noted)
    const before = await readFile(join(out, noted), "utf8").catch(() => "")
    const stored = before === "" ? "" : await hashStored(out, { path: copy }).catch(() => "")
    const wasEmpty = [false, true].find((isEmpty) => before === textOf(stored, isEmpty))
    if (wasEmpty === true) warnings.push(noneMeets(file))
    if (wasEmpty !== undefined) continue
    const temporary = join(out, layout.temporary)
    const { bytes, isEmpty } = await encodeExternal(file, epsg, box)
    if (isEmpty) warnings.push(noneMeets(file))
    const text = textOf(sha256(bytes), isEmpty)
    await atomicWrite(join(out, copy), bytes, temporary)
    await atomicWrite(join(out, noted), text, temporary)
    notes?.note(copy, bytes)
    notes?.note(noted, text)
  }
  return warnings
}

/** Encodes what a file has in a box. */
const encodeExternal = async (
  { input, path }: ExternalFile,
  epsg: number,
  box: Box2,
): Promise<{ readonly bytes: Uint8Array; readonly isEmpty: boolean }> => {
  const { name, geometry, cell } = input
  if (geometry === undefined) {
    const { encodeExternalRaster } = await import("./external-raster.js")
    return {
      bytes: await encodeExternalRaster(path, { flag: input.flag, cell: Number(cell ?? 1) }, epsg, box),
      isEmpty: false,
    }
  }
  const { readFeatures } = await import("../formats/vector/read-features.js")
  const { encodeFlatGeobuf } = await import("../formats/vector/flatgeobuf/writer.js")
  const read = await readFeatures(path, geometry)
  const features = meeting(withColumns(inCrs(read, epsg, path), input, path), box)
  return { bytes: encodeFlatGeobuf(features, { name, epsg, metadata: {} }), isEmpty: features.ids.length === 0 }
}

const noneMeets = ({ input: { flag }, path }: ExternalFile): string =>
  `${flag}: no feature of ${path} meets the points of the job. Check its place and CRS.`

/**
 * Reads each file as {@link copyExternal} does, but writes nothing: a plan fails where a run would.
 * Returns the same warnings and throws the same errors.
 */
export const checkExternal = async (files: readonly ExternalFile[], place: ExternalPlace): Promise<string[]> => {
  const warnings: string[] = []
  for (const file of files.filter(isCopied)) {
    const { isEmpty } = await encodeExternal(file, place.epsg, place.boxOf(file.input))
    if (isEmpty) warnings.push(noneMeets(file))
  }
  return warnings
}

/** Features with the columns that kernels read, in the types that these declare. */
const withColumns = (features: Features, { flag, columns: declared }: DeclaredInput, file: string): Features => {
  const columns = { ...features.columns }
  const refuse = (text: string): never => {
    throw new EngineError("E_INPUT", `${flag}: ${file}: ${text}`, { file })
  }
  for (const [name, { type, unit, help, optional }] of Object.entries(declared)) {
    const column = columns[name]
    const wanted = `${COLUMN_WORDS[type]}${unit === undefined ? "" : ` in ${unit}`}`
    if (column === undefined) {
      const found = Object.keys(columns).join(", ") || "none"
      if (!optional) refuse(`no column ${name} (${help}; ${wanted}). Its columns: ${found}. Add or rename one.`)
      continue
    }
    columns[name] =
      asType(column, type) ?? refuse(`column ${name} has ${COLUMN_WORDS[column.type]}; expected ${wanted}.`)
  }
  return { ...features, columns }
}

const COLUMN_WORDS = { number: "numbers", integer: "whole numbers", string: "texts" } as const

/** A column in another type; undefined where a value would change. */
const asType = (column: Column, type: Column["type"]): Column | undefined => {
  if (column.type === type) return column
  if (type === "number" && column.type === "integer") return { type, values: Float64Array.from(column.values) }
  if (type !== "integer" || column.type !== "number") return undefined
  const values = Int32Array.from(column.values)
  return column.values.every((value, i) => value === values[i]) ? { type, values } : undefined
}

/**
 * Metres. A CRS without a code whose coordinates are this close to the job's is the job's CRS: the
 * definitions differ only by a datum shift, which such statements often lack.
 */
const SAME_CRS = 1000

/** Features in the job's CRS. Those that state no CRS are taken to be in it. */
export const inCrs = ({ features, epsg, crs }: ReadFeatures, to: number, file: string): Features => {
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
  const meets = (f: number): boolean => Box2.meets(boxOfRings(sliceRings(features, f), features.dimension), box)
  const keep = Uint8Array.from(features.ids, (_, f) => (meets(f) ? 1 : 0))
  return pickFeatures(features, keep)
}

/** The warning for a flag whose files no kernel reads. */
export const unreadFlag = (flag: string): string =>
  `${flag}: not used, since no product of this job needs it. Leave it out.`

/** Returns the names of the external inputs that tasks of a job read. */
export const externalRead = (
  { chains, outlines }: Pick<WorkContext, "chains" | "outlines">,
  kernels: readonly LoadedKernel[],
): ReadonlySet<string> => {
  const read = new Set<string>(outlines === undefined ? [] : [outlines])
  for (const { id } of [...chains.tile, ...chains.model])
    for (const port of Object.values(kernelOf(kernels, id)?.inputs ?? {})) {
      const name = externalOf(port)?.name
      if (name !== undefined) read.add(name)
    }
  return read
}

/** Returns warnings for files that no kernel of the job reads. */
export const unreadExternal = (context: WorkContext, kernels: readonly LoadedKernel[]): string[] => {
  const read = externalRead(context, kernels)
  const inputs = externalInputs(kernels.map(({ kernel }) => kernel))
  return Object.keys(context.external ?? {}).flatMap((name) =>
    read.has(name) ? [] : [unreadFlag(inputs.find((input) => input.name === name)?.flag ?? name)],
  )
}
