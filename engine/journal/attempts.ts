/** Reads from journals which attempts failed, and which tasks are given up. */
import { type Stage, taskId } from "../core/stages.js"
import type { ErrorData } from "../errors.js"
import { isGood, type JournalRecord } from "./journal-record.js"

/** Key of a task under the hash of its inputs. */
export const attemptId = (task: { stage: Stage; key: string; hash: string }): string => `${taskId(task)} ${task.hash}`

/**
 * Attempts that did not succeed, as journals record them.
 *
 * A start without an end blames nobody: the run may have been preempted, or its machine lost. A
 * task is given up when its end record says `fatal`: its process died while nothing ran beside it,
 * or it ran away.
 */
export class Attempts {
  /** How often a task has started without ending since its last end, by {@link attemptId}. */
  readonly begun = new Map<string, number>()
  /** Why a task is not tried again before `maille retry`, by {@link attemptId}. */
  readonly abandoned = new Map<string, ErrorData>()
  readonly #running = new Set<string>()
  #retriedAt = ""
  /**
   * The journal at hand contains the `retry`: the records after it count, whatever the clock said.
   */
  #isBehindRetry = false
  /** The run at hand began before the `retry` of another journal, which forgives its failures. */
  #isForgiven = false

  /**
   * Takes the next record of a journal. Of several journals, that of the whole folder must be read
   * first.
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
      this.abandoned.clear()
    } else if (record.type === "start") {
      const id = attemptId(record)
      // Started again in the same run: its first process died.
      if (this.#running.has(id)) this.#count(id)
      this.#running.add(id)
    } else if (record.type === "end") {
      const id = attemptId(record)
      this.#running.delete(id)
      this.begun.delete(id)
      if (isGood(record)) this.abandoned.delete(id)
      else if (record.fatal && record.error && !this.#isForgiven) this.abandoned.set(id, record.error)
    }
  }

  /** Ends a journal: tasks still running then count as not ended. */
  close(): void {
    this.#lose()
    this.#isBehindRetry = false
  }

  /** Tasks that started and did not end, by `stage key`. */
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
