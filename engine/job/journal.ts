import { type FileHandle, mkdir, open } from "node:fs/promises"
import { join } from "node:path"
import { syncFolder } from "../core/atomic-write.js"
import { lineBatches } from "./journal-lines.js"
import type { EndRecord, JournalRecord, TaskScope } from "./journal-record.js"

/** State of an output folder as its journal tells it. */
export interface JournalState {
  /** Last end of each task, by `scope key`. */
  readonly ends: ReadonlyMap<string, EndRecord>
  /** Tasks that were running when the last process stopped. */
  readonly running: readonly { key: string; scope: TaskScope; hash: string }[]
  /** How often a task was begun and never ended, its process being gone, since it last came out well, by `scope key hash`. */
  readonly crashes: ReadonlyMap<string, number>
  /** Tasks that ended since the last run began, its restarts after crashes included, by `scope key`. */
  readonly endedInRun: ReadonlySet<string>
  /** Products that no single task writes, as the last run noted them. */
  readonly overall: readonly string[]
  /** The folder's job is being replaced by that of `job.json`; since when it is, or is no more. */
  readonly replacing: boolean
  readonly replacedAt?: string
  /** The last run that began; absent where none did. */
  readonly last?: LastRun
}

/** When a run began, with what plan, and whether it came to its end. */
export interface LastRun {
  readonly at: string
  readonly planHash: string
  readonly finished: boolean
}

/** Name of the journal under the output folder. */
export const journalName = "journal.jsonl"

/** Key of a task in {@link JournalState}. */
export const taskId = (task: { scope: TaskScope; key: string }): string => `${task.scope} ${task.key}`

/**
 * Reads a journal. A last line cut by a kill is dropped; any other line that is no JSON is kept out too, since a record that cannot be read only
 * means that its task is done again.
 */
export const readJournal = async (out: string): Promise<JournalState> => {
  const ends = new Map<string, EndRecord>()
  const running = new Map<string, { key: string; scope: TaskScope; hash: string }>()
  const crashes = new Map<string, number>()
  const endedInRun = new Set<string>()
  let [overall, replacing]: [readonly string[], boolean] = [[], false]
  let replacedAt: string | undefined
  let last: LastRun | undefined
  const note = (record: JournalRecord): void => {
    if (record.type === "overall") overall = record.files
    else if (record.type === "replace") [replacing, replacedAt] = [true, record.at]
    else if (record.type === "replaced") {
      ;[replacing, replacedAt] = [false, record.at]
      for (const [id, { former: _, ...end }] of ends) ends.set(id, end)
    } else if (record.type === "finish") last = last && { ...last, finished: true }
    else if (record.type === "run") {
      last = { at: record.at, planHash: record.planHash, finished: false }
      blame(running.values(), crashes)
      running.clear()
      if ((record.restart ?? 0) === 0) endedInRun.clear()
    } else if (record.type === "start") {
      // Begun again in one run: the process that it had of its own ended under it.
      const before = running.get(taskId(record))
      if (before !== undefined) blame([before], crashes)
      running.set(taskId(record), record)
    } else if (record.type === "stop") running.clear()
    else if (record.type === "retry") crashes.clear()
    else if (record.type === "drop") ends.delete(taskId(record))
    else {
      const id = crashId(record)
      // In the order of the last ends.
      ends.delete(taskId(record))
      ends.set(taskId(record), record)
      endedInRun.add(taskId(record))
      running.delete(taskId(record))
      if (record.fatal) crashes.set(id, (crashes.get(id) ?? 0) + 1)
      else if (record.outcome === "done" || record.outcome === "skipped") crashes.delete(id)
    }
  }
  for await (const lines of lineBatches(join(out, journalName), { torn: true }))
    for (const line of lines) {
      const record = parseRecord(line)
      if (record !== undefined) note(record)
    }
  blame(running.values(), crashes)
  return {
    ends,
    running: [...running.values()],
    crashes,
    endedInRun,
    overall,
    replacing,
    ...(replacedAt && { replacedAt }),
    ...(last && { last }),
  }
}

/** Key of a task in {@link JournalState.crashes}. */
export const crashId = (task: { scope: TaskScope; key: string; hash: string }): string => `${taskId(task)} ${task.hash}`

/** What was running when its process went, whoever took it down, counts once more. */
const blame = (
  running: Iterable<{ scope: TaskScope; key: string; hash: string }>,
  crashes: Map<string, number>,
): void => {
  for (const task of running) crashes.set(crashId(task), (crashes.get(crashId(task)) ?? 0) + 1)
}

/** The record of a line; undefined where it is none. */
export const parseRecord = (line: string): JournalRecord | undefined => {
  try {
    return line === "" ? undefined : ((JSON.parse(line) as JournalRecord | null) ?? undefined)
  } catch {
    return undefined
  }
}

/** Records that are written by one call and made durable by one fsync. */
interface Group {
  lines: string
  durable: boolean
  readonly written: Promise<void>
}

/** Appends records, each durable (fsync) before the promise resolves; those that come while the ones before them are written share an fsync. */
export class Journal {
  readonly #handle: FileHandle
  #tail: Promise<void> = Promise.resolve()
  /** The group that waits for its turn. */
  #waiting: Group | undefined
  /** The last line may be cut: a write failed. */
  #torn = false

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** Opens the journal of `out`, or one of another name there, for appending; starts on a new line when a kill cut the last one. */
  static async open(out: string, name = journalName): Promise<Journal> {
    await mkdir(out, { recursive: true })
    const handle = await open(join(out, name), "a+")
    const { size } = await handle.stat()
    if (size > 0) {
      const last = Buffer.alloc(1)
      await handle.read(last, 0, 1, size - 1)
      if (last[0] !== 10) await handle.appendFile("\n")
    }
    // Its name must last as long as its lines: else products outlive what is known of them.
    await syncFolder(out)
    return new Journal(handle)
  }

  /**
   * Appends one record; `durable` false leaves the fsync to the next durable one (a lost `start` costs nothing, and what a lost end of a source made is made again). Where it fails (disk full), the next
   * record starts on a line of its own.
   */
  append(record: JournalRecord, durable = true): Promise<void> {
    const group = this.#waiting ?? this.#openGroup()
    this.#waiting = group
    group.lines += `${JSON.stringify(record)}\n`
    group.durable ||= durable
    return group.written
  }

  #openGroup(): Group {
    const written = this.#tail.then(() => {
      this.#waiting = undefined
      return this.#write(group)
    })
    const group: Group = { lines: "", durable: false, written }
    this.#tail = written.catch(() => undefined)
    return group
  }

  async #write({ lines, durable }: Group): Promise<void> {
    const text = `${this.#torn ? "\n" : ""}${lines}`
    this.#torn = true
    await this.#handle.appendFile(text)
    if (durable) await this.#handle.datasync()
    this.#torn = false
  }

  /** Waits for what was appended and closes. */
  async close(): Promise<void> {
    await this.#tail
    await this.#handle.close()
  }
}
