import { readFile } from "node:fs/promises"
import { join } from "node:path"

/** A record of a journal, as far as tests of runs look at it. */
export interface JournalLine {
  readonly type: string
  readonly stage?: string
  readonly key?: string
  /** Of a start: what the task was admitted by. */
  readonly bytes?: number
  /** Of an end: what it took. */
  readonly peakBytes?: number
}

/**
 * The records of a run's journal; a line that a kill cut is none, and a run that was killed before
 * its first has no journal.
 */
export const journalLines = async (out: string): Promise<JournalLine[]> => {
  const text = await readFile(join(out, "journal.jsonl"), "utf8").catch(() => "")
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as JournalLine]
    } catch {
      return []
    }
  })
}

/** Tasks of the records of one type, decoding left out. */
export const tasksOf = (lines: readonly JournalLine[], type: string): string[] =>
  lines.filter((line) => line.type === type && line.stage !== "source").map(({ stage, key }) => `${stage} ${key}`)
