/** The bytes of point files that tasks have read, as their ends note them. */
import { addToList } from "../core/lists.js"
import type { NotedRead } from "../io/noted-reads.js"
import type { EndRecord } from "./journal-record.js"

/** The bytes that tasks have read of each point file, by its identity. */
export const readsOfSources = (ends: Iterable<EndRecord>): ReadonlyMap<string, readonly NotedRead[]> => {
  const all = new Map<string, NotedRead[]>()
  for (const { read = [], former } of ends)
    for (const { identity, ranges } of [...read, ...(former?.read ?? [])])
      for (const range of ranges) addToList(all, identity, range)
  return all
}

/** Identity of a file that has other bytes in one place than an earlier end of the task read. */
export const findChangedRead = (end: EndRecord, earlier: EndRecord | undefined): string | undefined =>
  end.read?.find(({ identity, ranges }) => {
    const before = earlier?.read?.find((one) => one.identity === identity)?.ranges ?? []
    const known = new Map(before.map(([from, to, hash]) => [`${from} ${to}`, hash]))
    return ranges.some(([from, to, hash]) => (known.get(`${from} ${to}`) ?? hash) !== hash)
  })?.identity
