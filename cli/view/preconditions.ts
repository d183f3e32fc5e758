/** Conditional requests (RFC 9110): validators of a file, and whether a request holds for it. */
import type { BigIntStats } from "node:fs"
import type { IncomingHttpHeaders } from "node:http"

/** What tells one state of a file from another. */
export interface Validators {
  /** Strong: of place, size and time of change in nanoseconds; products appear under their name by a rename, whole. */
  readonly etag: string
  /** In whole seconds, as an HTTP date. */
  readonly lastModified: string
}

/** The validators of a file, or of the part of it that begins at a byte: parts of one archive are different things. */
export const validatorsOf = (stats: BigIntStats, begin = 0): Validators => ({
  etag: `"${stats.ino.toString(36)}-${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}${begin === 0 ? "" : `-${begin.toString(36)}`}"`,
  lastModified: new Date(Number(stats.mtimeMs)).toUTCString(),
})

/**
 * Evaluates the conditions of a GET or HEAD in the standard's order (RFC 9110, section 13.2.2): 412 where a precondition does not
 * hold, 304 where the client has the file already, else undefined.
 */
export const failedCondition = (headers: IncomingHttpHeaders, validators: Validators): 304 | 412 | undefined => {
  const changedSince = (date: string): boolean | undefined => {
    const time = Date.parse(date)
    return Number.isNaN(time) ? undefined : Date.parse(validators.lastModified) > time
  }
  const match = headers["if-match"]
  if (match !== undefined) {
    if (!names(match, validators.etag, false)) return 412
  } else if (headers["if-unmodified-since"] !== undefined && changedSince(headers["if-unmodified-since"]) === true) {
    return 412
  }
  const noneMatch = headers["if-none-match"]
  if (noneMatch !== undefined) return names(noneMatch, validators.etag, true) ? 304 : undefined
  const since = headers["if-modified-since"]
  return since !== undefined && changedSince(since) === false ? 304 : undefined
}

/** True where a range may be given: there is no `If-Range`, or it names the file's present state. */
export const rangeHolds = (ifRange: string | undefined, validators: Validators): boolean =>
  ifRange === undefined || ifRange.trim() === validators.etag || ifRange.trim() === validators.lastModified

/** True where a list of entity tags holds `etag`. Weak ones count only where the comparison is weak. */
const names = (list: string, etag: string, weak: boolean): boolean =>
  list.split(",").some((part) => {
    const tag = part.trim()
    return tag === "*" || tag === etag || (weak && tag === `W/${etag}`)
  })
