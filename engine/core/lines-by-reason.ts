/** Turns a list of unused images into warnings: one line a reason, with a count and two names. */
import { basename } from "node:path"

/** Names in a line. */
const EXAMPLES = 2

/**
 * One line for each reason, by the order of its first file: how many of `total` images it holds for, and the names of two. Reasons that differ
 * only in what stands in brackets are one.
 *
 * @param what became of them, such as "not used"
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
    return `${flag}: ${names.length} of ${total} image(s) ${what} (${some}): ${reason}.`
  })
}
