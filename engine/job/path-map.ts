/** Maps the paths of a job from one machine to another. */
import { optionError, usageError } from "../core/parse-values.js"
import { addressWithoutSecrets } from "../without-secrets.js"
import type { InputReader } from "./external-inputs.js"
import type { PathKind } from "./field-kinds.js"
import { listFields, type StatedFields } from "./fields.js"

/**
 * Locations on this machine of the paths in a plan: `from` and everything below it is `to` here.
 */
export type PathMap = readonly { readonly from: string; readonly to: string }[]

/** Environment variable with pairs of a path map, separated by semicolons. */
export const pathMapVariable = "MAILLE_MAP_PATH"

/** Parses the pairs of the command line, then those of the environment. Throws E_USAGE. */
export const parsePathMap = (words: readonly string[], environment = ""): PathMap =>
  [
    ...words.map((word) => [word, "--map-path"] as const),
    ...environment.split(";").flatMap((word) => (word.trim() === "" ? [] : [[word.trim(), pathMapVariable] as const])),
  ].map(([word, option]) => {
    // Split at the first "=" that a path or an address follows.
    const match = /^((?:\/|[a-z][a-z\d+.-]*:\/\/).*?)=((?:\/|[a-z][a-z\d+.-]*:\/\/).*)$/i.exec(word)
    if (addressWithoutSecrets(match?.[2] ?? "") !== (match?.[2] ?? "")) {
      throw optionError(option, `"${word}" has a password or signature. Give it in MAILLE_SECRETS.`)
    }
    if (match) return { from: withoutSlash(match[1] ?? ""), to: withoutSlash(match[2] ?? "") }
    const remedy = `Example: ${option === "--map-path" ? "--map-path " : `${option}=`}/data/lidar=/mnt/lidar.`
    throw usageError(option, `"${word}"`, "FROM=TO, two absolute paths or addresses", remedy)
  })

const withoutSlash = (path: string): string => path.replace(/\/+$/, "")

/**
 * Maps a path by the longest `from` that contains it, compared by whole folder names; other paths
 * pass unchanged.
 */
export const mapPath = (map: PathMap, path: string): string => {
  let best: PathMap[number] | undefined
  for (const pair of map) {
    const inside = path === pair.from || path.startsWith(`${pair.from}/`)
    if (inside && (best === undefined || pair.from.length > best.from.length)) best = pair
  }
  // Mapping to the root folder leaves an empty text.
  return best === undefined ? path : best.to + path.slice(best.from.length) || "/"
}

/** Returns the map from this machine to the plan. */
export const invertPathMap = (map: PathMap): PathMap => map.map(({ from, to }) => ({ from: to, to: from }))

/** Returns a job with every path mapped; `kernels`: those of the job. */
export const mapJobPaths = <T extends Partial<StatedFields>>(
  map: PathMap,
  job: T,
  kernels: readonly InputReader[],
): T => (map.length === 0 ? job : eachPath(job, (path) => mapPath(map, path), kernels))

/** Returns a job with each of its paths replaced. */
export const eachPath = <T extends Partial<StatedFields>>(
  job: T,
  place: (path: string, kind: PathKind) => string,
  kernels: readonly InputReader[],
): T => {
  const placed: Record<string, unknown> = { ...job }
  for (const [name, { path: kind, names }] of listFields(kernels)) {
    const value = placed[name]
    if (kind === undefined || value === undefined || names?.includes(String(value))) continue
    placed[name] = Array.isArray(value) ? value.map((path: string) => place(path, kind)) : place(String(value), kind)
  }
  // TypeScript loses the type: the fields and their types are the same.
  return placed as T
}
