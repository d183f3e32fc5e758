/**
 * Compares every file of an output folder with the hash that its run recorded
 * (`maille validate --hashes`).
 */
import { createReadStream, existsSync } from "node:fs"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { lineBatches } from "../core/files/line-batches.js"
import { EngineError } from "../errors.js"
import { openArchive } from "../io/archive/open-archive.js"
import { distinctReads, hasNoted, type NotedRead } from "../io/noted-reads.js"
import { journalName, layout } from "../job/layout.js"
import { jobName, requireStoredJob } from "../job/output-folder.js"
import { findDamaged } from "../journal/find-damaged.js"
import { parseRecord, readJournal } from "../journal/journal.js"
import type { EndRecord } from "../journal/journal-record.js"
import { hashStored } from "../journal/read-verified.js"
import { listJournals, withShardEnds } from "../journal/shard-journals.js"
import { readsOfSources } from "../journal/source-reads.js"
import { readContext } from "../plan/read-context.js"
import { damageOfShardPlan } from "../plan/shards/check-shard-plan.js"

export interface HashReport {
  readonly ok: boolean
  /** One for each file that differs from what was written, or damaged line of a journal. */
  readonly problems: readonly string[]
  readonly files: number
  readonly bytes: number
  /** A command that makes the damaged files again. */
  readonly remedy?: string
}

/**
 * Compares every file that maille wrote to an output folder with its recorded hash: products,
 * packs, work files, the plan, `job.json`, reports. Also checks the checksums of journal lines.
 * Without a journal, as in a copy of the products, it checks the CRC-32 of files in archives.
 *
 * @param onProgress receives bytes, of the folder and of inputs
 * @throws EngineError E_INPUT where the folder is not the output of a run, or has neither a journal
 * nor an archive
 */
export const validateHashes = async (
  folder: string,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<HashReport> => {
  const hasJournal = existsSync(join(folder, journalName)) || (await listJournals(folder)).length > 0
  if (!hasJournal) return validateArchives(folder, onProgress)
  const state = await withShardEnds(folder, await readJournal(folder), true)
  const all = [...[...state.ends.values()].flatMap(({ files }) => files), ...state.noted.values()]
  const bytes = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const reads = await readsOfInputs(folder, state.ends.values())
  const inputBytes = reads.reduce((sum, { ranges }) => sum + bytesOf(ranges), 0)
  const problems: string[] = []
  problems.push(...(await damagedLines(folder)))
  let written = 0
  const atFile = (done: number, total: number): void => {
    written = total
    onProgress(done, total + inputBytes)
  }
  for await (const { path, what } of findDamaged(folder, state, atFile)) problems.push(`${path}: ${what}`)
  for (const { path, what } of await damageOfShardPlan(folder)) problems.push(`${path}: ${what}`)
  problems.push(...(await damagedContexts(folder)))
  const inputs = await changedInputs(reads, (done) => onProgress(written + done, written + inputBytes))
  const update = `maille update ${folder}`
  const remedy =
    problems.length > 0
      ? { remedy: `maille run --job ${join(folder, jobName)} --verify` }
      : inputs.length > 0
        ? { remedy: update }
        : {}
  const found = [...problems, ...inputs]
  return { ok: found.length === 0, problems: found, files: all.length, bytes, ...remedy }
}

/** A point file of the job, and the bytes that tasks have read of it. */
interface InputReads {
  readonly path: string
  readonly ranges: readonly NotedRead[]
}

const readsOfInputs = async (folder: string, ends: Iterable<EndRecord>): Promise<InputReads[]> => {
  const reads = readsOfSources(ends)
  return ((await readContext(folder))?.sources ?? []).flatMap(({ path, identity }) => {
    const ranges = reads.get(identity)
    return ranges === undefined ? [] : [{ path, ranges: distinctReads(ranges) }]
  })
}

const bytesOf = (ranges: readonly NotedRead[]): number => ranges.reduce((sum, [begin, end]) => sum + end - begin, 0)

/**
 * Point files whose bytes are not those that tasks have read, whatever their times say. Files that
 * cannot be opened are passed over: a folder of products outlives its inputs.
 */
const changedInputs = async (reads: readonly InputReads[], onProgress: (done: number) => void): Promise<string[]> => {
  const problems: string[] = []
  let before = 0
  for (const { path, ranges } of reads) {
    const start = before
    const isSame = await hasNoted(path, ranges, (done) => onProgress(start + done)).catch(() => true)
    if (!isSame) problems.push(`${path}: its bytes are not those that the run has read`)
    before += bytesOf(ranges)
    onProgress(before)
  }
  return problems
}

/** Damaged lines of journals. A last line without line end is not damaged: a kill cut it. */
const damagedLines = async (folder: string): Promise<string[]> => {
  const found: string[] = []
  for (const path of [journalName, ...(await listJournals(folder)).map((journal) => journal.path)]) {
    let number = 0
    let last = ""
    for await (const lines of lineBatches(join(folder, path), { torn: true }))
      for (const line of lines) {
        number++
        last = line
        if (line !== "" && parseRecord(line) === undefined) found.push(`${path}: line ${number} is damaged`)
      }
    const isTorn = last !== "" && parseRecord(last) === undefined && !(await endsLine(join(folder, path)))
    // A complete line whose line end was replaced was not cut.
    if (isTorn && parseRecord(last.slice(0, -1)) === undefined) found.pop()
  }
  return found
}

const endsLine = async (path: string): Promise<boolean> => {
  let last: number | undefined
  for await (const chunk of createReadStream(path)) last = (chunk as Uint8Array).at(-1)
  return last === 10
}

/** Files with the context of shard workers are named by the hash of their content. */
const damagedContexts = async (folder: string): Promise<string[]> => {
  const found: string[] = []
  for (const name of await readdir(join(folder, layout.contexts)).catch(() => [])) {
    const path = layout.contexts + name
    if (!(await hashStored(folder, { path })).startsWith(name.replace(/\.json$/, "")))
      found.push(`${path}: damaged: its SHA-256 differs from its name`)
  }
  return found
}

const validateArchives = async (
  folder: string,
  onProgress: (done: number, total: number) => void,
): Promise<HashReport> => {
  const names = (await readdir(join(folder, layout.packs)).catch(() => [])).filter((name) => /\.(3tz|zip)$/.test(name))
  if (names.length === 0) {
    await requireStoredJob(folder)
    const text = `${folder}: no journal and no archive to compare with. Give the folder that "maille run --out" wrote, not a part of it.`
    throw new EngineError("E_INPUT", text, { file: folder })
  }
  const problems: string[] = []
  let [files, bytes] = [0, 0]
  for (const name of names.sort()) {
    const path = join(folder, layout.packs, name)
    try {
      const entries = await (await openArchive(path)).entries()
      const total = bytes + entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      for (const entry of entries) {
        let sum = 0
        const range = { start: entry.at, end: entry.at + entry.sizeBytes - 1 }
        if (entry.sizeBytes > 0)
          for await (const chunk of createReadStream(path, range)) sum = crc32(chunk as Uint8Array, sum)
        if (sum !== entry.crc32) problems.push(`${layout.packs}/${name}: damaged: the CRC-32 of ${entry.path} is wrong`)
        files++
        bytes += entry.sizeBytes
        onProgress(bytes, total)
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      problems.push(error.message)
    }
  }
  return { ok: problems.length === 0, problems, files, bytes }
}
