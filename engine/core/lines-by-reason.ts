/** Turns a list of unused images into warnings: one line a reason, with a count and two names. */
import { basename } from "node:path"

import { counted } from "./count-text.js"

/** Names shown on a line. */
const EXAMPLES = 2

/**
 * One line a reason, in order of first occurrence: its count out of `total`, and two names. Reasons
 * that differ only in text in brackets count as one.
 *
 * @param what outcome of the images, such as "not used"
 */
export const linesByReason = (
  flag: string,
  what: string,
  files: readonly { readonly path: string; readonly reason: string }[],
  total: number,
): string[] => {
  const byReason = new Map<string, { readonly reason: string; readonly names: string[] }>()
  for (const { path, reason } of files) {
    const key = reason.split(" (", 1)[0] ?? reason
    const known = byReason.get(key) ?? { reason, names: [] }
    known.names.push(basename(path))
    byReason.set(key, known)
  }
  return [...byReason.values()].map(({ reason, names }) => {
    const some = `${names.slice(0, EXAMPLES).join(", ")}${names.length > EXAMPLES ? ", …" : ""}`
    return `${flag}: ${names.length} of ${counted(total, "image")} ${what} (${some}): ${reason}.`
  })
}
