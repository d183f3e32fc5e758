/** Reads a CityJSON sequence feature by feature, and checks its form. */
import { createInterface } from "node:readline"
import { parseFile } from "../../core/files/parse-file.js"
import { areNumbers, isCount, isObject, type JsonObject } from "../../core/json/json-shape.js"
import { EngineError, unreadable } from "../../errors.js"
import { streamStored } from "../../io/archive/stored-file.js"
import type { CityFeature, CityHeader, CitySolid } from "./city-types.js"

/** A feature, with the header of its file and its line number, from 1. */
export interface ReadFeature {
  readonly header: CityHeader
  readonly feature: CityFeature
  readonly line: number
}

/**
 * Yields the features of a CityJSON sequence, line by line.
 *
 * @throws EngineError E_INPUT if the file cannot be read
 * @throws EngineError E_FORMAT if a line is no JSON, the first is no CityJSON 2.0 header with a
 *   transform, or another is no feature
 */
export async function* readCitySequence(path: string): AsyncGenerator<ReadFeature> {
  let header: CityHeader | undefined
  for await (const { value, line } of parseLines(path))
    if (header === undefined) header = checkHeader(value, path)
    else yield { header, feature: checkFeature(value, path, line), line }
  if (header === undefined) throw emptyFile(path)
}

/** Reads only the header of a CityJSON sequence. Throws as {@link readCitySequence}. */
export const readCityHeader = async (path: string): Promise<CityHeader> => {
  for await (const { value } of parseLines(path)) return checkHeader(value, path)
  throw emptyFile(path)
}

async function* parseLines(path: string): AsyncGenerator<{ readonly value: JsonObject; readonly line: number }> {
  let line = 0
  const input = await streamStored(path)
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const text of lines) yield { value: parse(text, path, ++line), line }
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw unreadable(path, cause)
  } finally {
    lines.close()
    // Closing the lines leaves the file open where not all of them were read.
    input.destroy()
  }
}

const emptyFile = (path: string): EngineError =>
  formatError(path, 1, "empty; expected the header of a CityJSON sequence")

/** The solids of the finest level of detail that a feature has. */
export const finestSolids = ({ CityObjects }: CityFeature): CitySolid[] => {
  const all = Object.values(CityObjects).flatMap(({ geometry = [] }) => geometry)
  const finest = all
    .map(({ lod }) => lod)
    .sort()
    .at(-1)
  return all.filter(({ lod }) => lod === finest)
}

/** Offset of each line of a file, then the file's size. */
export const lineStarts = async (path: string): Promise<number[]> => {
  const starts = [0]
  let at = 0
  for await (const chunk of await streamStored(path)) {
    for (let i = chunk.indexOf(10); i >= 0; i = chunk.indexOf(10, i + 1)) starts.push(at + i + 1)
    at += chunk.length
  }
  if (starts.at(-1) !== at) starts.push(at)
  return starts
}

const formatError = (path: string, line: number, found: string): EngineError =>
  new EngineError("E_FORMAT", `${path}, line ${line}: ${found}. ${REMEDY}`, { file: path })

const REMEDY = "Run the job again, or export the file again."

const parse = (text: string, path: string, line: number): JsonObject => {
  const value = parseFile(text, `${path}, line ${line}`, REMEDY, path)
  if (isObject(value)) return value
  throw formatError(path, line, "not a JSON object")
}

const checkHeader = (value: JsonObject, path: string): CityHeader => {
  const { type, version, transform, metadata = {} } = value
  const isSound =
    isObject(transform) &&
    areNumbers(transform["scale"], 3) &&
    areNumbers(transform["translate"], 3) &&
    isObject(metadata)
  const extent = isObject(metadata) ? metadata["geographicalExtent"] : undefined
  if (type === "CityJSON" && version === "2.0" && isSound && (extent === undefined || areNumbers(extent, 6)))
    return value as unknown as CityHeader
  const found = `${typeof type === "string" ? type : "no type"} ${typeof version === "string" ? version : ""}`
  throw formatError(path, 1, `${found}; expected a CityJSON 2.0 header with a transform`)
}

const checkFeature = (value: JsonObject, path: string, line: number): CityFeature => {
  const { type, id, vertices, CityObjects } = value
  const isWhole =
    type === "CityJSONFeature" &&
    typeof id === "string" &&
    isListOf(vertices, (one) => areNumbers(one, 3)) &&
    isObject(CityObjects)
  if (!isWhole)
    throw formatError(path, line, `${String(type)}; expected a CityJSONFeature with id, CityObjects and vertices`)
  const count = (vertices as readonly unknown[]).length
  const broken = Object.entries(CityObjects).find(([, object]) => !isCityObject(object, count))
  if (broken !== undefined)
    throw formatError(path, line, `the object ${broken[0]} is damaged; expected solids of vertices`)
  return value as unknown as CityFeature
}

const isListOf = (value: unknown, isOne: (one: unknown) => boolean): value is readonly unknown[] =>
  Array.isArray(value) && value.every(isOne)

const isCityObject = (value: unknown, vertices: number): boolean =>
  isObject(value) &&
  typeof value["type"] === "string" &&
  isObject(value["attributes"] ?? {}) &&
  isListOf(value["geometry"] ?? [], (solid) => isSolid(solid, vertices))

const isSolid = (value: unknown, vertices: number): boolean => {
  if (!isObject(value) || typeof value["lod"] !== "string") return false
  const isVertex = (one: unknown): boolean => isCount(one) && one < vertices
  const isRing = (ring: unknown): boolean => isListOf(ring, isVertex) && ring.length >= 3
  const isFace = (face: unknown): boolean => isListOf(face, isRing) && face.length > 0
  if (!isListOf(value["boundaries"], (shell) => isListOf(shell, isFace))) return false
  const { semantics } = value
  if (semantics === undefined) return true
  const isSurface = (one: unknown): boolean => isObject(one) && typeof one["type"] === "string"
  const isPlace = (one: unknown): boolean => one === null || isCount(one)
  return (
    isObject(semantics) &&
    isListOf(semantics["surfaces"], isSurface) &&
    isListOf(semantics["values"], (shell) => isListOf(shell, isPlace))
  )
}
