/** What the runs of an output folder know of its point files. */
import type { NotedRead } from "../io/noted-reads.js"
import { readJournal } from "../journal/journal.js"
import { withShardEnds } from "../journal/shard-journals.js"
import { readsOfSources } from "../journal/source-reads.js"
import { readContext } from "../plan/read-context.js"
import type { KnownSources } from "../spatial/known-sources.js"

/** The sources of the folder's last run. Journals are read only if a file was touched. */
export const folderSources = async (out: string): Promise<KnownSources> => {
  const context = await readContext(out)
  let reads: Promise<ReadonlyMap<string, readonly NotedRead[]>> | undefined
  const gather = async (): Promise<ReadonlyMap<string, readonly NotedRead[]>> =>
    readsOfSources((await withShardEnds(out, await readJournal(out), true)).ends.values())
  return {
    sources: new Map((context?.sources ?? []).map((source) => [source.path, source])),
    reads: () => (reads ??= gather()),
  }
}
