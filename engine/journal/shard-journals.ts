/** Merges the journals of shards with that of the whole folder. */
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { joinInside } from "../core/files/join-inside.js"
import { type Phase, phases, taskId } from "../core/stages.js"
import { journalName, planLayout } from "../job/layout.js"
import type { Attempts } from "./attempts.js"
import { eachRecord, type JournalState, type LastRun } from "./journal.js"
import { type EndRecord, isGood, type JournalRecord } from "./journal-record.js"
import { type NotedFile, noteWritten } from "./noted-files.js"

/** A shard's journal, by its name: `tile-12-0f3a….jsonl`. */
interface JournalFile {
  /** Relative to the output folder. */
  readonly path: string
  readonly phase: Phase
  readonly shard: number
  readonly attempt: string
  /** Name of its folder: the first characters of the plan's hash. */
  readonly plan: string
}

const planDigits = 12
const journalPattern = new RegExp(`^(${phases.join("|")})-(\\d+)-([0-9a-f-]+)\\.jsonl$`)

/** Folder of the journals of a plan, relative to the output folder. */
export const journalFolder = (planHash: string): string => `${planLayout.journals}/${planHash.slice(0, planDigits)}`

/** Name of the journal of one attempt at a shard; no other attempt writes it. */
export const journalFile = (phase: Phase, shard: number, attempt: string): string =>
  `${phase}-${shard}-${attempt}.jsonl`

/** Lists the journals of all attempts at shards, of this plan and former ones, sorted by path. */
export const listJournals = async (out: string): Promise<JournalFile[]> => {
  const root = join(out, planLayout.journals)
  const files: JournalFile[] = []
  for (const plan of (await readdir(root).catch(() => [])).sort()) {
    for (const name of (await readdir(joinInside(root, plan)).catch(() => [])).sort()) {
      const match = journalPattern.exec(name)
      if (!match) continue
      const path = `${planLayout.journals}/${plan}/${name}`
      files.push({ path, phase: match[1] as Phase, shard: Number(match[2]), attempt: match[3] ?? "", plan })
    }
  }
  return files
}

/**
 * Ends of tasks from several writers. Of two under one hash, a good one wins, else the later one.
 */
export class Ends {
  readonly #ends = new Map<string, { end: EndRecord; at: string }>()
  readonly #dropped = new Map<string, string>()

  /** `at`: when the attempt began, as ISO 8601. */
  add(end: EndRecord, at: string): void {
    const id = taskId(end)
    if (at <= (this.#dropped.get(id) ?? "")) return
    const known = this.#ends.get(id)
    const better =
      known?.end.hash === end.hash && isGood(known.end) !== isGood(end) ? isGood(end) : at >= (known?.at ?? "")
    if (known === undefined || better) this.#ends.set(id, { end, at })
  }

  /** Forgets a task's ends from attempts that began at `at` or earlier. */
  drop(id: string, at: string): void {
    this.#dropped.set(id, at)
    if ((this.#ends.get(id)?.at ?? "") <= at) this.#ends.delete(id)
  }

  get all(): Map<string, EndRecord> {
    return new Map([...this.#ends].map(([id, { end }]) => [id, end]))
  }
}

/** What to read of a journal besides its ends. */
interface Reading {
  wanted?(end: EndRecord): boolean
  /** Receives the records too. */
  readonly attempts?: Attempts
  /** Called for each run of the journal, and again when it finished. */
  onRun?(run: LastRun): void
  /** Called for records about the whole folder. */
  onChange?(record: FolderRecord): void
  /** Called for a complete line that is damaged. */
  readonly onDamage?: () => void
}

type FolderRecord = Extract<JournalRecord, { readonly type: "overall" | "written" | "replace" | "replaced" }>

/** Adds the ends of a journal. */
export const addEnds = async (
  ends: Ends,
  path: string,
  { wanted, attempts, onRun, onChange, onDamage }: Reading = {},
): Promise<void> => {
  let at = ""
  let planHash = ""
  const note = (record: JournalRecord): void => {
    attempts?.note(record)
    if (isOfFolder(record)) onChange?.(record)
    else if (record.type === "finish") onRun?.({ at, planHash, finished: true })
    else if (record.type === "run") {
      ;({ at, planHash } = record)
      onRun?.({ at, planHash, finished: false })
    } else if (record.type === "drop") ends.drop(taskId(record), record.at ?? at)
    else if (record.type === "end" && wanted?.(record) !== false) ends.add(record, at)
  }
  // Starts are half of the records and matter only to count attempts.
  const isWanted = (line: string): boolean => attempts !== undefined || !line.startsWith('{"type":"start"')
  await eachRecord(path, note, { torn: false, isWanted, onDamage })
  attempts?.close()
}

const isOfFolder = (record: JournalRecord): record is FolderRecord =>
  ["overall", "written", "replace", "replaced"].includes(record.type)

/** The ends of all journals of an output folder: that of whole runs and those of shards. */
export const readAllEnds = async (out: string): Promise<ReadonlyMap<string, EndRecord>> => {
  const ends = new Ends()
  await addEnds(ends, join(out, journalName))
  for (const { path } of await listJournals(out)) await addEnds(ends, joinInside(out, path))
  return ends.all
}

/**
 * The state of an output folder with the ends and failed attempts of its shards. With `retry`,
 * failed attempts are ignored: everything is tried again.
 */
export const withShardEnds = async (out: string, state: JournalState, retry: boolean): Promise<JournalState> => {
  const journals = await listJournals(out)
  if (journals.length === 0) return state
  const ends = new Ends()
  const folder = mutableState(state)
  await addEnds(ends, join(out, journalName))
  const damaged = new Set(state.damaged)
  for (const { path, phase } of journals) {
    const noted = phase === "finish" ? folder.reading() : {}
    const onDamage = (): unknown => damaged.add(path)
    const read = { ...(retry ? {} : { attempts: state.attempts }), ...noted, onDamage }
    await addEnds(ends, joinInside(out, path), read)
  }
  const { all } = ends
  const facts = folder.facts()
  // Former results vanish once a job has been replaced.
  if (!facts.replacing) for (const [id, { former: _, ...end }] of all) if (isGood(end)) all.set(id, end)
  return { ...state, ...facts, ends: all, damaged: [...damaged] }
}

/** The state of the whole folder: the main journal, updated by the journals of last phases. */
const mutableState = (state: JournalState) => {
  let { last, replacing, replacedAt = "" } = state
  const overall = new Set(state.overall)
  const written = new Map<string, NotedFile>(state.noted)
  return {
    reading: (): Pick<Reading, "onRun" | "onChange"> => ({
      onRun: (run) => {
        if (run.at >= (last?.at ?? "")) last = run
      },
      onChange: (record) => {
        if (record.type === "overall") for (const path of record.files) overall.add(path)
        else if (record.type === "written") noteWritten(written, record)
        else if (record.at >= replacedAt) [replacing, replacedAt] = [record.type === "replace", record.at]
      },
    }),
    facts: () => ({ replacing, replacedAt, overall: [...overall], noted: written, ...(last && { last }) }),
  }
}
