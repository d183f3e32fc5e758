/**
 * The journal of an output folder: append-only, one durable record a line; reading, appending,
 * repairing.
 */
import { type FileHandle, mkdir, open, rename } from "node:fs/promises"
import { dirname, join } from "node:path"
import { syncFolder, temporaryName, writeSynced } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { lineBatches } from "../core/files/line-batches.js"
import { assertHeld } from "../core/files/write-guard.js"
import { openSealed, sealJson } from "../core/json/sealed-json.js"
import { taskId } from "../core/stages.js"
import { journalName, layout } from "../job/layout.js"
import { Attempts } from "./attempts.js"
import { checkRecord } from "./check-record.js"
import type { EndRecord, JournalRecord } from "./journal-record.js"
import { type NotedFile, noteWritten } from "./noted-files.js"

/** State of an output folder as its journal tells it. */
export interface JournalState {
  /** Last end of each task, by `stage key`. */
  readonly ends: ReadonlyMap<string, EndRecord>
  /** Attempts that came to nothing. */
  readonly attempts: Attempts
  /** Tasks that ended since the last run began, its restarts after crashes included, by `stage key`. */
  readonly endedInRun: ReadonlySet<string>
  /** Products that no single task writes, as the last run noted them. */
  readonly overall: readonly string[]
  /** Files that no task writes, with the hashes that runs noted when they wrote them, by path. */
  readonly noted: ReadonlyMap<string, NotedFile>
  /** Journals with lines that are damaged, or cut by a kill; relative to the output folder. */
  readonly damaged: readonly string[]
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

/**
 * Reads a journal. A line that a kill cut, whose checksum is missing or another is left out: a record that cannot be read only means that
 * its task is done again.
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
      // In the order of the last ends.
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

/** How the lines of a journal are gone through. */
interface LineReading {
  /** Default: true, a last line without its end counts. */
  readonly torn?: boolean
  /** False for lines that need not be parsed. */
  readonly isWanted?: (line: string) => boolean
  readonly onDamage?: (() => void) | undefined
}

/** Gives the records of a journal to `note`, one after the other. A file that is not there holds none. */
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

/** The record of a line; undefined where it is none, or damaged. Throws E_FORMAT as {@link checkRecord}. */
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

/** Records that are written by one call and made durable by one fsync. */
interface Group {
  lines: string
  durable: boolean
  readonly written: Promise<void>
}

/** Appends records, each durable (fsync) before the promise resolves; those that come while the ones before them are written share an fsync. */
export class Journal {
  readonly #path: string
  readonly #handle: FileHandle
  #tail: Promise<void> = Promise.resolve()
  /** The group that waits for its turn. */
  #waiting: Group | undefined
  /** The last line may be cut: a write failed. */
  #torn = false

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  /** Opens the journal of `out`, or one of another name there, for appending; starts on a new line when a kill cut the last one. */
  static async open(out: string, name = journalName): Promise<Journal> {
    await mkdir(out, { recursive: true })
    const path = joinInside(out, name)
    const handle = await open(path, "a+")
    const { size } = await handle.stat()
    if (size > 0) {
      const last = Buffer.alloc(1)
      await handle.read(last, 0, 1, size - 1)
      assertHeld(path)
      if (last[0] !== 10) await handle.appendFile("\n")
    }
    // Its name must last as long as its lines: else products outlive what is known of them.
    await syncFolder(out)
    return new Journal(path, handle)
  }

  /**
   * Appends one record; `durable` false leaves the fsync to the next durable one (a lost `start` costs nothing, and what a lost end of a source made is made again). Where it fails (disk full), the next
   * record starts on a line of its own. Rejects with E_INCOMPLETE when the folder's lock is lost.
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
    assertHeld(this.#path)
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

async function* goodLines(path: string): AsyncGenerator<string> {
  for await (const lines of lineBatches(path, { torn: true })) {
    const good = lines.filter((line) => parseRecord(line) !== undefined)
    if (good.length > 0) yield `${good.join("\n")}\n`
  }
}

/**
 * Writes a journal again without the lines that are damaged or cut. Nobody may have it open for
 * writing.
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
