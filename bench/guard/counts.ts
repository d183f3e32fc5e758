/** Exact counts of a whole run's work. A rise fails, unless `counts.json` gives the reason. */
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import type { EndRecord } from "../../engine/journal/journal-record.js"
import type { RunSummary } from "../../engine/report/outcome.js"
import { readTasks } from "../same/tree.js"
import { textTable } from "../text-table.js"

/** Counts by name; undefined where a commit does not record one. */
export type Counts = Readonly<Record<string, number | undefined>>

/** An entry of `counts.json`: a count that a commit raised, its new value, and why. */
export interface AcceptedCount {
  readonly run: string
  readonly count: string
  readonly value: number
  readonly reason: string
}

/** A count on both sides; it fails if `fault` is there. */
export interface CountRow {
  readonly run: string
  readonly count: string
  readonly base: number | undefined
  readonly head: number | undefined
  readonly fault?: string
  readonly note?: string
}

/**
 * Counts what a finished run did.
 *
 * @param folder contains the products in `out`
 * @param coverage what V8 wrote of each thread, for `NODE_V8_COVERAGE`
 */
export const countWork = async (summary: RunSummary, folder: string, coverage: string): Promise<Counts> => {
  const ends = (await readTasks({ folder }, "out")) as unknown as readonly EndRecord[]
  const ranges = ends.flatMap(({ read = [] }) => read.flatMap((one) => one.ranges))
  const work = ends.flatMap(({ files }) => files.filter(({ path }) => path.startsWith(".work/")))
  return {
    tasks: ends.length,
    "points decoded": summary.pointsDecoded,
    "points ordered": sum(ends.map(({ metrics }) => metrics?.["points.read"])),
    "bytes read": sum(ranges.map(([from, to]) => to - from)),
    "bytes between tasks": sum(work.map(({ sizeBytes }) => sizeBytes)),
    "code files loaded": await countScripts(coverage),
  }
}

/** Undefined if no value is known. */
const sum = (values: readonly (number | undefined)[]): number | undefined =>
  values.reduce((total, value) => (value === undefined ? total : (total ?? 0) + value), undefined)

/** The thread that renews the lock: only long runs start it. */
const BY_TIME = /\/lock-beat\.js$/

/** Each file counts once, because the number of threads depends on time. */
const countScripts = async (coverage: string): Promise<number> => {
  const urls = new Set<string>()
  for (const name of await readdir(coverage)) {
    const { result } = JSON.parse(await readFile(join(coverage, name), "utf8")) as { result: { url: string }[] }
    for (const { url } of result) if (url.startsWith("file:") && !BY_TIME.test(url)) urls.add(url)
  }
  return urls.size
}

/** The accepted rises of a commit; none where it has no such file. */
export const readAccepted = async (root: string): Promise<readonly AcceptedCount[]> => {
  const text = await readFile(join(root, "bench", "guard", "counts.json"), "utf8").catch(() => "[]")
  return JSON.parse(text) as AcceptedCount[]
}

/** Compares the counts of a run. An accepted value must be head's, so that no later rise passes. */
export const compareCounts = (
  run: string,
  base: Counts,
  head: Counts,
  accepted: readonly AcceptedCount[],
): CountRow[] =>
  [...new Set([...Object.keys(base), ...Object.keys(head)])].map((count) => {
    const row = { run, count, base: base[count], head: head[count] }
    if (row.base === undefined) return { ...row, note: "base does not count it" }
    if (row.head === undefined) return { ...row, fault: "head does not count it" }
    if (row.head <= row.base) return row
    const entry = accepted.find((one) => one.run === run && one.count === count && one.value === row.head)
    if (entry !== undefined) return { ...row, note: `accepted: ${entry.reason}` }
    return { ...row, fault: `rose by ${row.head - row.base}; accept it with a reason in bench/guard/counts.json` }
  })

export const countTable = (rows: readonly CountRow[]): string => {
  const cell = (value: number | undefined): string => (value === undefined ? "" : String(value))
  const lines = rows.map(({ run, count, base, head, fault, note }) => {
    const verdict = fault === undefined ? `ok${note === undefined ? "" : `: ${note}`}` : `FAIL: ${fault}`
    return [`${run} ${count}`, cell(base), cell(head), verdict]
  })
  return textTable([["count", "base", "head", "verdict"], ...lines])
}
