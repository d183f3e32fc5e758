/**
 * Lists the product files that the journals of an output folder name; all others belong to the
 * user.
 */
import { layout } from "../job/layout.js"
import { readJournal } from "./journal.js"
import type { EndRecord } from "./journal-record.js"
import { withShardEnds } from "./shard-journals.js"

/**
 * Paths of the files that task ends list, products and others. A pack is listed as a whole, once
 * for each file in it.
 */
export function* pathsOfEnds(ends: Iterable<EndRecord>): Generator<string> {
  for (const end of ends)
    for (const one of end.former === undefined ? [end] : [end, end.former])
      for (const { path, packed } of one.files) yield packed?.pack ?? path
}

/**
 * The product files that maille wrote in an output folder, as relative paths; packs as a whole. All
 * other files there belong to the user.
 */
export const readKnownProducts = async (out: string): Promise<ReadonlySet<string>> => {
  const { ends, overall } = await withShardEnds(out, await readJournal(out), true)
  const known = new Set(overall)
  for (const path of pathsOfEnds(ends.values())) if (!path.startsWith(`${layout.work}/`)) known.add(path)
  return known
}
