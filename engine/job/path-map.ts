/** Maps the paths of a job from one machine to another. */
import { usageError } from "../core/parse-values.js"
import { addressWithoutSecrets } from "../without-secrets.js"
import type { PathKind } from "./field-kinds.js"
import { fieldRows, type StatedFields } from "./fields.js"

/**
 * Where paths that a plan names lie on this machine: what is `from` there, and all below it, is
 * `to` here.
 */
export type PathMap = readonly { readonly from: string; readonly to: string }[]

/** Environment variable with such pairs, divided by semicolons. */
export const pathMapVariable = "MAILLE_MAP_PATH"

/**
 * Reads pairs as the command line gives them, and those of the environment behind them. Throws
 * E_USAGE.
 */
export const parsePathMap = (words: readonly string[], environment = ""): PathMap =>
  [
    ...words.map((word) => [word, "--map-path"] as const),
    ...environment.split(";").flatMap((word) => (word.trim() === "" ? [] : [[word.trim(), pathMapVariable] as const])),
  ].map(([word, option]) => {
    // The first "=" behind which a path or an address begins.
    const match = /^((?:\/|[a-z][a-z\d+.-]*:\/\/).*?)=((?:\/|[a-z][a-z\d+.-]*:\/\/).*)$/i.exec(word)
    if (addressWithoutSecrets(match?.[2] ?? "") !== (match?.[2] ?? "")) {
      throw usageError(option, `"${word}"`, "an address without password or signature", "Give them in MAILLE_SECRETS.")
    }
    if (match) return { from: withoutSlash(match[1] ?? ""), to: withoutSlash(match[2] ?? "") }
    const remedy = `Example: ${option === "--map-path" ? "--map-path " : `${option}=`}/data/lidar=/mnt/lidar.`
    throw usageError(option, `"${word}"`, "FROM=TO, two absolute paths or addresses", remedy)
  })

const withoutSlash = (path: string): string => path.replace(/\/+$/, "")

/**
 * The path as it is here: the longest `from` that it lies in counts, by whole names of folders; any
 * other path as it is.
 */
export const mapPath = (map: PathMap, path: string): string => {
  let best: PathMap[number] | undefined
  for (const pair of map) {
    const inside = path === pair.from || path.startsWith(`${pair.from}/`)
    if (inside && (best === undefined || pair.from.length > best.from.length)) best = pair
  }
  // A root folder has become nothing.
  return best === undefined ? path : best.to + path.slice(best.from.length) || "/"
}

/** The other way round: from here to what the plan names. */
export const invertPathMap = (map: PathMap): PathMap => map.map(({ from, to }) => ({ from: to, to: from }))

/** A job with every path mapped. */
export const mapJobPaths = <T extends Partial<StatedFields>>(map: PathMap, job: T): T =>
  map.length === 0 ? job : eachPath(job, (path) => mapPath(map, path))

/** A job with another path in place of each of its paths. */
export const eachPath = <T extends Partial<StatedFields>>(
  job: T,
  place: (path: string, kind: PathKind) => string,
): T => {
  const placed: Record<string, unknown> = { ...job }
  for (const [name, { path: kind }] of fieldRows) {
    const value = job[name]
    if (kind === undefined || value === undefined) continue
    placed[name] = Array.isArray(value) ? value.map((path: string) => place(path, kind)) : place(String(value), kind)
  }
  // The same fields, of the same types.
  return placed as T
}
