/** Resolves a job: checks what the caller states, fills in defaults, makes paths absolute. */

import { stat } from "node:fs/promises"
import { resolve, sep } from "node:path"
import { checkFields, showValue } from "../core/arguments.js"
import { missingOption, optionError } from "../core/parse-values.js"
import { EngineError, unreadable } from "../errors.js"
import { isAddress, isUrl } from "../io/byte-source.js"
import { absoluteInput, requireScheme } from "../io/expand-inputs.js"
import { shownAddress } from "../io/secrets.js"
import type { KernelOptions } from "./check-options.js"
import { externalInputs, ownRasterInputs } from "./external-inputs.js"
import type { PathKind } from "./field-kinds.js"
import {
  externalPath,
  type FieldName,
  fieldOfWrongType,
  fieldValue,
  flagOf,
  jobFields,
  listFields,
  type ResolvedFields,
  type StatedFields,
} from "./fields.js"
import { declareKernels } from "./kernels/declare-kernels.js"
import { locateKernel } from "./kernels/locate-kernel.js"
import type { PathMap } from "./path-map.js"

/**
 * A job, checked and complete. Paths are absolute; addresses stay as given. The rows of `jobFields`
 * describe each field.
 */
export interface Job extends ResolvedFields, ExternalPaths {
  /**
   * Locations on this machine of the paths in a plan. Never written: files name paths as the plan
   * does.
   */
  readonly pathMap?: PathMap
}

/**
 * A job as a caller or a job file states it. Everything but `inputs` and `out` has a default.
 * `memory` and `crs` are the readable forms of `memoryBytes` ("2G") and `epsg` ("EPSG:2154").
 */
export interface JobInput extends StatedFields, ExternalPaths {}

/**
 * Paths of the files that the user brings for kernels, by the names that their ports declare. The
 * types of the package list those of maille's own kernels; another package may add its own:
 * `declare module "maille" { interface ExternalPaths { readonly wells?: string } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: others add members
export interface ExternalPaths {}

/** How {@link resolveJob} reads its input. */
export interface ResolveJobSettings {
  /** Folder that relative paths start from; default: the working directory. */
  readonly folder?: string
  /** The kernels' declarations; default: maille's own and those of `input.kernels`, loaded. */
  readonly kernels?: readonly KernelOptions[]
  /**
   * Locations on this machine of the paths in a plan. The paths of the input are mapped already.
   */
  readonly pathMap?: PathMap
}

/** @throws EngineError E_USAGE for a field that is not of the type of its schema */
const checkTypes = (job: object): void => {
  const wrong = fieldOfWrongType(job)
  if (wrong === undefined) return
  const { name, value, expected } = wrong
  throw optionError(flagOf(name), `${showValue(value)} is no ${expected} as job.schema.json states it. Correct it.`)
}

/** @throws EngineError E_USAGE for a value that `resolveJob` does not return */
export const checkJob = (job: Job): void => {
  checkFields(job, "job", { inputs: "paths", out: "path", epsg: "whole?", products: "texts" })
  checkTypes(job)
}

/**
 * Checks a job and fills in the defaults: one worker per processor, 1000 m tiles, all products,
 * orthometric heights. The default memory is 80 % of that of the machine or of the control group's
 * limit.
 *
 * @throws EngineError E_USAGE for an invalid option, naming it, the value found and the one
 * expected
 * @throws EngineError E_INPUT for a missing file
 *
 * @example
 * const inputs = ["tiles/*.copc.laz"]
 * const job = await resolveJob({ inputs, out: "out", tileSize: 500, products: ["vector"] })
 */
export const resolveJob = async (input: JobInput, settings: ResolveJobSettings = {}): Promise<Job> => {
  checkFields({ input, settings }, "arguments", { input: "object", settings: "object" })
  checkFields(settings, "settings", { folder: "path?", kernels: "list?", pathMap: "list?" })
  const { folder = process.cwd(), pathMap = [] } = settings
  checkTypes(input)
  checkTogether(input)
  const modules = await Promise.all((input.kernels ?? []).map((name) => locateKernel(folder, name)))
  const kernels = settings.kernels ?? (await declareKernels(modules)).map(({ kernel }) => kernel)
  const rows = listFields(kernels)
  const outlines = externalInputs(kernels).find(({ role }) => role === "footprints")
  if (input.buildingsFrom === "unclassified" && (!outlines || externalPath(input, outlines.name) === undefined)) {
    const flag = outlines?.flag ?? "outlines"
    const text = `works only with ${flag}. Give outlines of the buildings: ${flag} FILE.`
    throw optionError(flagOf("buildingsFrom"), text)
  }
  requireData(input, kernels)
  const job: Record<string, unknown> = {}
  for (const [name, { check, path, names, formOf, written }] of rows) {
    const value = fieldValue(input, name)
    if (value === undefined || formOf !== undefined || written) continue
    const flag = flagOf(name, rows)
    // TypeScript cannot relate a row's check to that row's own type.
    const checked = check(value as never, { flag, kernels })
    if (checked === undefined) continue
    const isPath = path !== undefined && !names?.includes(String(checked))
    job[name] = isPath ? await locate(checked, path, folder, flag) : checked
  }
  if (pathMap.length > 0) job["pathMap"] = pathMap
  // The folder of a resolved job may lie where an earlier version allowed it.
  if (input.version === undefined) requireOutside(String(job["out"]), job["inputs"] as readonly string[])
  // Every field holds the result of its row's check, as the type says.
  return job as unknown as Job
}

const noInputs = (): EngineError => {
  const text = "No inputs are given. Give LAS, LAZ or COPC files, folders, globs or addresses."
  return new EngineError("E_USAGE", text, { option: "inputs" })
}

/** Refuses a job without point files or rasters in their place, or with both. */
const requireData = (input: JobInput, kernels: readonly KernelOptions[]): void => {
  const given = ownRasterInputs(kernels).filter(({ name }) => externalPath(input, name) !== undefined)
  if (given.length === 0 && input.inputs.length === 0) throw noInputs()
  const [first] = given
  if (first !== undefined && input.inputs.length > 0) {
    const text = "stands in for point files, and cannot be used together with them. Leave one of them out."
    throw optionError(first.flag, text)
  }
}

/** Refuses an output folder inside a folder of inputs: later runs would read its products. */
const requireOutside = (out: string, inputs: readonly string[]): void => {
  for (const input of inputs) {
    if (isUrl(input) || !out.startsWith(input.endsWith(sep) ? input : input + sep)) continue
    const text = `${out} is inside the inputs ${input}. Later runs would read its products. Choose a folder outside.`
    throw optionError(flagOf("out"), text)
  }
}

/** Makes the path or paths of a field absolute. */
const locate = (found: unknown, kind: PathKind, folder: string, flag: string): unknown =>
  Array.isArray(found)
    ? Promise.all(found.map((one: string) => places[kind](folder, one, flag)))
    : places[kind](folder, String(found), flag)

const places: Readonly<Record<PathKind, (folder: string, path: string, flag: string) => string | Promise<string>>> = {
  input: absoluteInput,
  module: locateKernel,
  // The output folder need not exist.
  output: async (folder, path, flag) => {
    if (isAddress(path)) {
      const text = `${shownAddress(path)} is an address. Give a folder; "maille publish" copies it to a store afterwards.`
      throw optionError(flag, text)
    }
    const full = resolve(folder, path)
    const found = await stat(full).catch(() => undefined)
    if (found && !found.isDirectory()) throw optionError(flag, `${full} is a file. Give a new or empty folder.`)
    return full
  },
  existing: async (folder, path, flag) => {
    if (isUrl(path)) return shownAddress(path)
    requireScheme(path, flag)
    const file = resolve(folder, path)
    await stat(file).catch((cause: unknown) => {
      throw unreadable(file, cause, flag)
    })
    return file
  },
}

/**
 * Refuses fields that lack another one or exclude each other. A resolved job names all its
 * products, so texture needs no images there.
 */
const checkTogether = (input: JobInput): void => {
  const { inputs, out, imagery = [], irc = [], orientedImages = [], orientation = [], departement, limits } = input
  if (!Array.isArray(inputs)) throw noInputs()
  if (typeof out !== "string" || out === "") throw missingOption(flagOf("out"), "Give a folder, such as --out result/.")
  const refuse = (name: FieldName, text: string): never => {
    throw optionError(flagOf(name), text)
  }
  const needs = (name: FieldName, needed: string, remedy: string): never =>
    refuse(name, `works only with ${needed}. ${remedy}`)
  const unknown = input.allowMissing?.find((name) => name !== "inputs" && input.layers?.includes(name) !== true)
  if (unknown !== undefined)
    refuse("allowMissing", `"${unknown}" is neither inputs nor a layer of --layers. Name it in --layers too.`)
  if (input.aoi !== undefined && input.bbox !== undefined)
    refuse("aoi", "cannot be used together with --bbox. Leave one of them out.")
  if (
    input.products?.includes("texture") &&
    imagery.length + orientedImages.length === 0 &&
    input.version === undefined
  ) {
    const remedy = "Add --imagery DIR, or leave texture out: meshes then have the colours of their classes."
    refuse("products", `texture needs images. ${remedy}`)
  }
  if (input.heights === "ellipsoidal" && input.geoid !== undefined)
    refuse("geoid", "cannot be used together with --heights ellipsoidal, which needs no geoid. Leave one of them out.")
  if (input.heights === "ellipsoidal" && input.vertical !== undefined)
    refuse("vertical", "cannot be used together with --heights ellipsoidal. Leave one of them out.")
  const makes = (product: string): boolean => input.products?.includes(product) ?? true
  for (const [name, files] of [["irc", irc] as const, ["orientedImages", orientedImages] as const])
    if (files.length > 0 && !makes("texture")) needs(name, "the product texture", "Add texture to --products.")
  if (irc.length > 0 && imagery.length === 0)
    needs("irc", "--imagery", "Give the colour orthophotos too: --imagery DIR.")
  if (orientation.length > 0 && orientedImages.length === 0)
    needs("orientation", "--oriented-images", "Give the folder of the images too: --oriented-images DIR.")
  if (input.layers !== undefined && !makes("vector")) needs("layers", "the product vector", "Add vector to --products.")
  const formats = jobFields.vectorFormats.check(input.vectorFormats ?? [], { flag: flagOf("vectorFormats") })
  if (formats.length > 0 && !makes("vector"))
    needs("vectorFormats", "the product vector", "Add vector to --products, or leave --vector-format out.")
  if (limits !== undefined && departement === undefined)
    needs("limits", "--departement", "Give codes of départements, such as --departement 34,67.")
  if (departement !== undefined && limits === undefined) {
    jobFields.departement.check(departement, { flag: flagOf("departement") })
    const remedy =
      "Give --limits FILE: a FlatGeobuf or GeoJSON of départements with their codes, such as DEPARTEMENT of ADMIN EXPRESS."
    needs("departement", "--limits", remedy)
  }
  if (input.newColours && input.colours === "none")
    refuse("newColours", "cannot be used together with --colours none. Leave one of them out.")
}
