/** Resolves a job: checks what the caller states, fills in defaults, makes paths absolute. */
import { stat } from "node:fs/promises"
import { resolve } from "node:path"
import { usageError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import { isUrl } from "../io/byte-source.js"
import { absoluteInput } from "../io/expand-inputs.js"
import { shownAddress } from "../io/secrets.js"
import type { KernelOptions } from "./check-options.js"
import type { PathKind } from "./field-kinds.js"
import {
  type FieldName,
  fieldRows,
  fieldValue,
  flagOf,
  jobFields,
  type ResolvedFields,
  type StatedFields,
} from "./fields.js"
import { declareKernels } from "./kernels/declare-kernels.js"
import type { PathMap } from "./path-map.js"

/**
 * A job, checked and complete. Paths are absolute; addresses stay as given. The rows of `jobFields`
 * describe each field.
 */
export interface Job extends ResolvedFields {
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
export interface JobInput extends StatedFields {}

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
  const { folder = process.cwd(), pathMap = [] } = settings
  checkTogether(input)
  const modules = (input.kernels ?? []).map((file) => resolve(folder, file))
  const kernels = settings.kernels ?? (await declareKernels(modules)).map(({ kernel }) => kernel)
  const job: Record<string, unknown> = {}
  for (const [name, { check, path, formOf, written }] of fieldRows) {
    const value = fieldValue(input, name)
    if (value === undefined || formOf !== undefined || written) continue
    const flag = flagOf(name)
    // TypeScript cannot relate a row's check to that row's own type.
    const checked = check(value as never, { flag, kernels })
    if (checked !== undefined) job[name] = path === undefined ? checked : await locate(checked, path, folder, flag)
  }
  if (pathMap.length > 0) job["pathMap"] = pathMap
  // Every field holds the result of its row's check, as the type says.
  return job as unknown as Job
}

/** Makes the path or paths of a field absolute. */
const locate = (found: unknown, kind: PathKind, folder: string, flag: string): unknown =>
  Array.isArray(found)
    ? Promise.all(found.map((one: string) => places[kind](folder, one, flag)))
    : places[kind](folder, String(found), flag)

const places: Readonly<Record<PathKind, (folder: string, path: string, flag: string) => string | Promise<string>>> = {
  input: absoluteInput,
  module: (folder, path) => resolve(folder, path),
  // The output folder need not exist.
  output: async (folder, path, flag) => {
    const full = resolve(folder, path)
    const found = await stat(full).catch(() => undefined)
    if (found && !found.isDirectory()) throw usageError(flag, `the file ${full}`, "a folder", "Choose another name.")
    return full
  },
  existing: async (folder, path, flag) => {
    if (isUrl(path)) return shownAddress(path)
    const file = resolve(folder, path)
    if (await stat(file).catch(() => undefined)) return file
    throw new EngineError("E_INPUT", `${flag}: there is no file or folder ${file}. Check the path.`, {
      file,
      option: flag,
    })
  },
}

/**
 * Refuses fields that lack another one or exclude each other. A resolved job names all its
 * products, so texture needs no images there.
 */
const checkTogether = (input: JobInput): void => {
  const { inputs, out, imagery = [], irc = [], orientedImages = [], orientation = [], departement, limits } = input
  if (!Array.isArray(inputs) || inputs.length === 0) {
    const remedy = "Give LAS, LAZ or COPC files, folders, globs or addresses."
    throw usageError("inputs", "none", "at least one point file", remedy)
  }
  if (typeof out !== "string" || out === "") throw usageError("--out", "nothing", "a folder", "Give --out DIR.")
  const need = (name: FieldName, found: string, expected: string, remedy: string): never => {
    throw usageError(flagOf(name), found, expected, remedy)
  }
  const oneOfThem = (name: FieldName, found: string): never => need(name, found, "one of them", "Leave one out.")
  if (input.aoi !== undefined && input.bbox !== undefined) oneOfThem("aoi", "--aoi and --bbox")
  if (
    input.products?.includes("texture") &&
    imagery.length + orientedImages.length === 0 &&
    input.version === undefined
  ) {
    const remedy = "Add --imagery DIR, or leave texture out: meshes then have the colours of their classes."
    need("products", "texture without images", "--imagery beside it", remedy)
  }
  if (input.heights === "ellipsoidal" && input.geoid !== undefined)
    need("geoid", "a grid", "none with --heights ellipsoidal", "Leave --geoid out: no geoid is needed.")
  const makes = (product: string): boolean => input.products?.includes(product) ?? true
  for (const [name, files] of [["irc", irc] as const, ["orientedImages", orientedImages] as const])
    if (files.length > 0 && !makes("texture"))
      need(name, files.join(" "), "the product texture", "Add texture to --products.")
  if (irc.length > 0 && imagery.length === 0)
    need("irc", irc.join(" "), "--imagery beside it", "Name the colour orthophotos: --imagery DIR.")
  if (orientation.length > 0 && orientedImages.length === 0)
    need(
      "orientation",
      orientation.join(" "),
      "--oriented-images beside it",
      "Name their folder: --oriented-images DIR.",
    )
  if (input.layers !== undefined && !makes("vector"))
    need("layers", input.layers.join(","), "the product vector beside it", "Add vector to --products.")
  const formats = jobFields.vectorFormats.check(input.vectorFormats ?? [], { flag: flagOf("vectorFormats") })
  if (formats.length > 0 && !makes("vector")) {
    const remedy = "Add vector to --products, or leave --vector-format out."
    need("vectorFormats", formats.join(","), "the product vector beside it", remedy)
  }
  if (limits !== undefined && departement === undefined)
    need("limits", limits, "--departement beside it", "Name départements: --departement 34,67.")
  if (departement !== undefined && limits === undefined) {
    const codes = jobFields.departement.check(departement, { flag: flagOf("departement") })
    const remedy =
      "Give --limits FILE: polygons of départements with their codes, FlatGeobuf or GeoJSON (such as DEPARTEMENT of ADMIN EXPRESS)."
    need("departement", `${codes.join(",")} without --limits`, "a file of their limits", remedy)
  }
  if (input.newColours && input.colours === "none") oneOfThem("newColours", "--colours none beside it")
}
