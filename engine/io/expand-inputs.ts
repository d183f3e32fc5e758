/** Expands the inputs of a command to point files: files, folders, globs and addresses. */
import { existsSync } from "node:fs"
import { stat } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { EngineError, type ErrorData } from "../errors.js"
import { isAddress, isUrl } from "./byte-source.js"
import { shownAddress } from "./secrets.js"

/** Point files of a folder, at any depth, without hidden folders, such as maille's own `.work`. */
const POINT_FILES = "**/*.{las,laz}"

/**
 * An input that means the same from any folder: an absolute path, a glob with an absolute
 * beginning, or an unchanged address. An existing file counts as a file even where its name looks
 * like a glob.
 */
export const absoluteInput = async (folder: string, input: string): Promise<string> => {
  if (isUrl(input)) return shownAddress(input)
  const full = resolve(folder, input)
  const exists = (await stat(full).catch(() => undefined)) !== undefined
  if (exists) return full
  requireScheme(input)
  const { convertPathToPattern, isDynamicPattern } = await import("tinyglobby")
  if (!isDynamicPattern(input)) return full
  return input.startsWith("/") ? input : `${convertPathToPattern(resolve(folder))}/${input.replace(/^\.\//, "")}`
}

const schemeFault = (path: string): string | undefined => {
  if (isUrl(path) || !isAddress(path)) return undefined
  const remedy = "Give an address with http, https or s3, or copy the files here."
  return `${shownAddress(path)}: maille does not read from such an address. ${remedy}`
}

/** @throws EngineError E_INPUT for an address with a scheme that maille does not read */
export const requireScheme = (path: string, option?: string): void => {
  const fault = schemeFault(path)
  if (fault === undefined) return
  const text = option === undefined ? fault : `${option}: ${fault}`
  throw new EngineError("E_INPUT", text, { file: path, ...(option && { option }) })
}

/**
 * Point files that inputs stand for: files, folders (recursively `.las`, `.laz`, `.copc.laz`),
 * globs, `http(s)` addresses. An input that stands for nothing is rejected with the reason; the
 * others proceed. Symbolic links are followed.
 */
export const expandInputs = async (inputs: readonly string[]) => {
  const paths = new Set<string>()
  const rejected: { path: string; error: ErrorData }[] = []
  for (const input of inputs) {
    const found = await expandInput(input)
    if (typeof found === "string") {
      const error = new EngineError("E_INPUT", found, { file: input })
      rejected.push({ path: input, error: withoutStack(EngineError.toData(error)) })
    } else for (const path of found) paths.add(path)
  }
  return { paths: [...paths].sort(byText), rejected }
}

/** True for the output folder of a run. */
export const isOutput = (folder: string): boolean =>
  existsSync(join(folder, "job.json")) && existsSync(join(folder, "journal.jsonl"))

/** True for the kept points of an output folder below the inputs: they are no input. */
const isPointsProduct = (file: string): boolean => {
  const folder = dirname(dirname(file))
  return file === join(folder, "points", "points.copc.laz") && isOutput(folder)
}

const expandInput = async (input: string): Promise<readonly string[] | string> => {
  if (isUrl(input)) return [shownAddress(input)]
  const fault = schemeFault(input)
  if (fault !== undefined) return fault
  const path = resolve(input)
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return [path]
  const { glob, isDynamicPattern } = await import("tinyglobby")
  if (found?.isDirectory()) {
    const files = await glob(POINT_FILES, { cwd: path, absolute: true, caseSensitiveMatch: false })
    if (isOutput(path))
      return `${path}: an output folder of maille, not point files. Give the folder of the point files.`
    const own = files.filter((file) => !isPointsProduct(file))
    if (own.length > 0) return own
    const images = await glob("**/*.{tif,tiff,jp2,jpg,jpeg,png}", { cwd: path, caseSensitiveMatch: false })
    const remedy = images.length > 0 ? "It has images: give them with --imagery." : "Give another one."
    return `${path}: no .las, .laz or .copc.laz file in this folder. ${remedy}`
  }
  if (!isDynamicPattern(input)) {
    const remedy = input.includes(",") ? "Separate inputs by spaces, not commas." : "Check the path."
    return `${path}: no such file or folder. ${remedy}`
  }
  const files = await glob(input, { absolute: true, caseSensitiveMatch: true })
  return files.length > 0 ? files : `${input}: no file matches the pattern. Check it, and quote it in a shell.`
}

/** Drops the stack of an expected failure: its place in maille's code helps nobody. */
export const withoutStack = ({ stack: _, ...data }: ErrorData): ErrorData => data

/** Total order of texts by UTF-16 code units, the same in every locale. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
