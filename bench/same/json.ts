/** Compares JSON documents, and removes measured values, which differ in every run. */

export type Json = null | boolean | number | string | Json[] | JsonObject

/** A JSON object, not a list. */
export interface JsonObject {
  [key: string]: Json
}

/** Values that differ between runs and trees: folders and the package's version. */
export interface Places {
  /** Paths, each with the name that replaces it. */
  readonly folders: readonly (readonly [path: string, name: string])[]
  readonly version: string
  /**
   * Rows may be in another order: several threads ended their tasks, or a name in the sort key
   * changed.
   */
  readonly anyOrder?: boolean
}

/** True for a JSON object, false for a list. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The document with every text changed, keys included. */
export const mapStrings = (value: Json, change: (text: string) => string): Json => {
  if (typeof value === "string") return change(value)
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapStrings(item, change)]))
}

/** The document with every object changed, innermost first. */
export const mapObjects = (value: Json, change: (object: JsonObject) => Json): Json => {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change))
  if (!isObject(value)) return value
  return change(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapObjects(item, change)])))
}

/** Fields with times, memory or the thread that did the work; `crc32` covers such fields. */
const MEASURED = /^(timeMs|cpuMs|processCpuMs|peakBytes|processPeakBytes|startedAt|at|began|rate|history|worker|crc32)$/
/**
 * Fields with the worst tile. Of equal ones it is the first that ended, so it varies with threads.
 */
const FIRST_OF_EQUAL = /^(worstTile|highest)$/
const DATE = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g

/** The document without measured values, and with names for folders, version and moments. */
export const normalise = (document: Json, places: Places): Json => {
  const named = mapStrings(document, (text) =>
    places.folders.reduce((left, [path, name]) => withoutFolder(left, path, name), text).replaceAll(DATE, "MOMENT"),
  )
  return withoutMeasured(named, places)
}

/** Replaces a folder's path, but not the beginning of a longer path. */
const withoutFolder = (text: string, path: string, name: string): string =>
  text.split(path).reduce((left, right) => `${left}${/^[\w.-]/.test(right) ? path : name}${right}`)

const withoutMeasured = (value: Json, places: Places): Json => {
  if (Array.isArray(value)) {
    const items = value.map((item) => withoutMeasured(item, places))
    // Rows with a time are sorted by it, so they need another order.
    const isTimed = value.some((item) => isObject(item) && (places.anyOrder || "timeMs" in item))
    return isTimed ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items
  }
  if (!isObject(value)) return value
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  const plain = fields.map(([key, item]): [string, Json] => {
    if (MEASURED.test(key) || (places.anyOrder && FIRST_OF_EQUAL.test(key))) return [key, "MEASURED"]
    return [key, key === "version" && item === places.version ? "VERSION" : withoutMeasured(item, places)]
  })
  return Object.fromEntries(plain)
}

/** The document with a mark for each text of three or more words: prose that may differ. */
export const withoutProse = (document: Json): Json =>
  mapStrings(document, (text) => (/\S \S+ \S/.test(text) ? "TEXT" : text))

/**
 * The differences, one line a value in the first document's order: `path: base → ours`; empty if
 * equal.
 */
export const listDifferences = (base: Json, ours: Json): string[] => {
  const [before, after] = [listLeaves(base), listLeaves(ours)]
  const found: string[] = []
  for (const [path, value] of before) {
    const other = after.get(path)
    if (other === undefined) found.push(`${path}: ${value} → nothing`)
    else if (other !== value) found.push(`${path}: ${value} → ${other}`)
  }
  for (const [path, value] of after) if (!before.has(path)) found.push(`${path}: nothing → ${value}`)
  if (found.length > 0) return found
  const paths = [...after.keys()]
  const moved = [...before.keys()].findIndex((path, i) => path !== paths[i])
  return moved < 0 ? [] : [`order: ${[...before.keys()][moved]} → ${paths[moved]}`]
}

/**
 * Every value by its path. Rows of a list are identified by their names, so that an added row does
 * not shift those after it.
 */
const listLeaves = (document: Json): Map<string, string> => {
  const leaves = new Map<string, string>()
  const add = (path: string, value: Json): void => {
    if (Array.isArray(value) && value.length > 0) {
      for (const [index, item] of value.entries()) add(`${path}[${findName(item) ?? index}]`, item)
    } else if (isObject(value) && Object.keys(value).length > 0) {
      for (const [key, item] of Object.entries(value)) add(path === "" ? key : `${path}.${key}`, item)
    } else {
      let unique = path
      for (let i = 2; leaves.has(unique); i++) unique = `${path}#${i}`
      leaves.set(unique, JSON.stringify(value))
    }
  }
  add("", document)
  return leaves
}

const findName = (row: Json): string | undefined => {
  if (!isObject(row)) return undefined
  const names = ["scope", "stage", "key", "path", "id", "metric", "name"].map((field) => row[field])
  const found = names.filter((name) => typeof name === "string")
  return found.length > 0 ? found.join(" ") : undefined
}
