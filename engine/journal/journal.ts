/**
 * The journal of an output folder: append-only, one durable record a line; reading, appending,
 * repairing.
 */
import { type FileHandle, mkdir, open, rename } from "node:fs/promises"
import { dirname, join } from "node:path"
import { assertLocked, syncFolder, temporaryName, writeSynced } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { lineBatches } from "../core/files/line-batches.js"
import { openSealed, sealJson } from "../core/json/sealed-json.js"
import { taskId } from "../core/stages.js"
import { journalName, layout } from "../job/layout.js"
import { Attempts } from "./attempts.js"
import { checkRecord } from "./check-record.js"
import type { EndRecord, JournalRecord } from "./journal-record.js"
import { type NotedFile, noteWritten } from "./noted-files.js"

/** State of an output folder according to its journal. */
export interface JournalState {
  /** Last end of each task, by `stage key`. */
  readonly ends: ReadonlyMap<string, EndRecord>
  /** Attempts that did not succeed. */
  readonly attempts: Attempts
  /**
   * Tasks that ended since the last run began (restarts after crashes belong to it), by
   * `stage key`.
   */
  readonly endedInRun: ReadonlySet<string>
  /** Products that no single task writes, as the last run recorded them. */
  readonly overall: readonly string[]
  /** Files that no task writes, with the hashes recorded at writing, by path. */
  readonly noted: ReadonlyMap<string, NotedFile>
  /** Journals with damaged lines, or lines cut by a kill; relative to the output folder. */
  readonly damaged: readonly string[]
  /**
   * True while the job of `job.json` replaces the folder's former job. `replacedAt` is when this
   * last changed.
   */
  readonly replacing: boolean
  readonly replacedAt?: string
  /** The last run that began; absent where none did. */
  readonly last?: LastRun
}

/** A run: start, plan, and whether it reached its end. */
export interface LastRun {
  readonly at: string
  readonly planHash: string
  readonly finished: boolean
}

/**
 * Reads a journal. Skips a line that a kill cut, or whose checksum is missing or wrong. A lost
 * record only means that its task runs again.
 */
export const readJournal = async (out: string): Promise<JournalState> => {
  const ends = new Map<string, EndRecord>()
  const attempts = new Attempts()
  const endedInRun = new Set<string>()
  let [overall, replacing]: [readonly string[], boolean] = [[], false]
  const written = new Map<string, NotedFile>()
  let bad = 0
  let replacedAt: string | undefined
  let last: LastRun | undefined
  const note = (record: JournalRecord): void => {
    attempts.note(record)
    if (record.type === "overall") overall = record.files
    else if (record.type === "written") noteWritten(written, record)
    else if (record.type === "replace") [replacing, replacedAt] = [true, record.at]
    else if (record.type === "replaced") {
      ;[replacing, replacedAt] = [false, record.at]
      for (const [id, { former: _, ...end }] of ends) ends.set(id, end)
    } else if (record.type === "finish") last = last && { ...last, finished: true }
    else if (record.type === "run") {
      last = { at: record.at, planHash: record.planHash, finished: false }
      if ((record.restart ?? 0) === 0) endedInRun.clear()
    } else if (record.type === "drop") ends.delete(taskId(record))
    else if (record.type === "end") {
      // Moves the task to the end: `ends` is ordered by last end.
      ends.delete(taskId(record))
      ends.set(taskId(record), record)
      endedInRun.add(taskId(record))
    }
  }
  const path = join(out, journalName)
  await eachRecord(path, note, { onDamage: () => bad++ })
  attempts.close()
  return {
    ends,
    attempts,
    endedInRun,
    overall,
    noted: written,
    damaged: bad > 0 ? [journalName] : [],
    replacing,
    ...(replacedAt && { replacedAt }),
    ...(last && { last }),
  }
}

/** How to read the lines of a journal. */
interface LineReading {
  /** True: a last line without its line feed counts. Default true. */
  readonly torn?: boolean
  /** False for lines that need no parsing. */
  readonly isWanted?: (line: string) => boolean
  readonly onDamage?: (() => void) | undefined
}

/** Passes the records of a journal to `note`, one by one. A missing file has none. */
export const eachRecord = async (
  path: string,
  note: (record: JournalRecord) => void,
  { torn = true, isWanted = () => true, onDamage = () => undefined }: LineReading = {},
): Promise<void> => {
  for await (const lines of lineBatches(path, { torn }))
    for (const line of lines) {
      if (line === "" || !isWanted(line)) continue
      const record = parseRecord(line, path)
      if (record === undefined) onDamage()
      else note(record)
    }
}

/**
 * The record of a line; undefined where it is damaged or no record. Throws E_FORMAT as
 * {@link checkRecord}.
 */
export const parseRecord = (line: string, from = journalName): JournalRecord | undefined => {
  let value: unknown
  try {
    const opened = openSealed(line)
    value = opened && JSON.parse(opened)
  } catch {
    return undefined
  }
  return checkRecord(value, from)
}

/** Appends one record to the journal of a folder that no run writes. */
export const noteInJournal = async (out: string, record: JournalRecord): Promise<void> => {
  const journal = await Journal.open(out)
  await journal.append(record).finally(() => journal.close())
}

/** Records that one call writes and one fsync makes durable. */
interface Group {
  lines: string
  durable: boolean
  readonly written: Promise<void>
}

/**
 * Appends records; each is durable (fsync) when its promise resolves. Records appended while others
 * are being written share the next fsync.
 */
export class Journal {
  readonly #path: string
  readonly #handle: FileHandle
  #tail: Promise<void> = Promise.resolve()
  /** The next group to write. */
  #waiting: Group | undefined
  /** A write failed: the last line may be cut. */
  #torn = false

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  /**
   * Opens the journal of `out`, or one of another name there, for appending. Starts a new line
   * where a kill cut the last one.
   */
  static async open(out: string, name = journalName): Promise<Journal> {
    await mkdir(out, { recursive: true })
    const path = joinInside(out, name)
    const handle = await open(path, "a+")
    const { size } = await handle.stat()
    if (size > 0) {
      const last = Buffer.alloc(1)
      await handle.read(last, 0, 1, size - 1)
      assertLocked(path)
      if (last[0] !== 10) await handle.appendFile("\n")
    }
    // Makes the name durable too; else products could outlive the journal that lists them.
    await syncFolder(out)
    return new Journal(path, handle)
  }

  /**
   * Appends one record. With `durable` false, the fsync waits for the next durable record: a lost
   * `start` costs nothing, and a lost end of a source only runs it again. After a failure (disk
   * full) the next record starts on a new line. Rejects with E_INCOMPLETE when the folder's lock is
   * lost.
   */
  append(record: JournalRecord, durable = true): Promise<void> {
    const group = this.#waiting ?? this.#openGroup()
    this.#waiting = group
    group.lines += `${sealJson(JSON.stringify(record))}\n`
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
    assertLocked(this.#path)
    const text = `${this.#torn ? "\n" : ""}${lines}`
    this.#torn = true
    await this.#handle.appendFile(text)
    if (durable) await this.#handle.datasync()
    this.#torn = false
  }

  /** Waits for pending records, then closes. */
  async close(): Promise<void> {
    await this.#tail
    await this.#handle.close()
  }
}

async function* goodLines(path: string): AsyncGenerator<string> {
  for await (const lines of lineBatches(path, { torn: true })) {
    const good = lines.filter((line) => parseRecord(line) !== undefined)
    if (good.length > 0) yield `${good.join("\n")}\n`
  }
}

/**
 * Rewrites a journal without damaged or cut lines. Nobody may have it open for writing.
 *
 * @param path relative to the output folder
 */
export const repairJournal = async (out: string, path: string): Promise<void> => {
  const full = joinInside(out, path)
  const temporary = join(out, layout.temporary, temporaryName(full))
  await mkdir(dirname(temporary), { recursive: true })
  await writeSynced(temporary, goodLines(full))
  await rename(temporary, full)
  await syncFolder(dirname(full))
}
