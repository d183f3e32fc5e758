/** Reads from journals which attempts failed, and which tasks are given up. */
import { type Stage, taskId } from "../core/stages.js"
import type { ErrorData } from "../errors.js"
import { isGood, type JournalRecord } from "./journal-record.js"

/** Key of a task under the hash of what it is made from. */
export const attemptId = (task: { stage: Stage; key: string; hash: string }): string => `${taskId(task)} ${task.hash}`

/**
 * What journals say of attempts that came to nothing. A start without an end blames nobody: the run
 * may have been
 * preempted, or its machine lost. A task is given up only where its process died with nothing
 * beside it, which the
 * journal says of its end.
 */
export class Attempts {
  /** How often a task was begun and did not end, since it last ended, by {@link attemptId}. */
  readonly begun = new Map<string, number>()
  /** Why a task is left alone until `maille retry`, by {@link attemptId}. */
  readonly givenUp = new Map<string, ErrorData>()
  readonly #running = new Set<string>()
  #retriedAt = ""
  /** The journal at hand has the `retry`: what follows it there counts, whatever the clock said. */
  #isBehindRetry = false
  /**
   * The run at hand began before the `retry` of another journal, which forgives what came of it.
   */
  #isForgiven = false

  /**
   * Takes the next record of a journal; of several journals that of the whole folder comes first.
   */
  note(record: JournalRecord): void {
    if (record.type === "run") {
      this.#lose()
      this.#isForgiven = !this.#isBehindRetry && record.at < this.#retriedAt
    } else if (record.type === "stop") this.#running.clear()
    else if (record.type === "retry") {
      this.#retriedAt = record.at
      this.#isBehindRetry = true
      this.#running.clear()
      this.begun.clear()
      this.givenUp.clear()
    } else if (record.type === "start") {
      const id = attemptId(record)
      // Begun again in one run: the process that it had of its own died.
      if (this.#running.has(id)) this.#count(id)
      this.#running.add(id)
    } else if (record.type === "end") {
      const id = attemptId(record)
      this.#running.delete(id)
      this.begun.delete(id)
      if (isGood(record)) this.givenUp.delete(id)
      else if (record.fatal && record.error && !this.#isForgiven) this.givenUp.set(id, record.error)
    }
  }

  /** Takes the end of a journal: what was running then did not end. */
  close(): void {
    this.#lose()
    this.#isBehindRetry = false
  }

  /** The tasks that were begun and did not end, by `stage key`. */
  get suspects(): ReadonlySet<string> {
    return new Set([...this.begun.keys()].map((id) => id.slice(0, id.lastIndexOf(" "))))
  }

  #lose(): void {
    for (const id of this.#running) this.#count(id)
    this.#running.clear()
  }

  #count(id: string): void {
    if (!this.#isForgiven) this.begun.set(id, (this.begun.get(id) ?? 0) + 1)
  }
}
