/** Compares a run of `maille bench` with an earlier one. */
import { readFile } from "node:fs/promises"
import { EngineError } from "../../engine/errors.js"
import type { BenchDocument, BenchRow } from "./bench-tile.js"

/** A row and its counterpart in the earlier run. */
export interface RowComparison {
  readonly name: string
  /** Rate divided by the earlier rate: below 1 it is slower. Absent without a counterpart. */
  readonly ratio?: number
  /** Why the row is a regression. */
  readonly fault?: string
  /** A remark that is no regression. */
  readonly note?: string
}

/**
 * Compares rows by name. A row is a regression if it is missing, or if its rate is lower by at
 * least `threshold` per cent. In the second case the difference must exceed both spreads.
 */
export const compareRuns = (before: BenchDocument, now: BenchDocument, threshold: number): RowComparison[] => {
  const old = new Map(before.rows.map((row) => [row.name, row]))
  const compared = now.rows.map((row) => compareRow(old.get(row.name), row, threshold))
  const gone = before.rows.filter(({ name }) => now.rows.every((row) => row.name !== name))
  return [
    ...compared,
    ...gone.map(({ name }) => {
      const reason = now.skipped.find((skipped) => skipped.name === name)?.reason
      return { name, fault: `measured before, not now${reason === undefined ? "" : `: ${reason}`}` }
    }),
  ]
}

const compareRow = (before: BenchRow | undefined, now: BenchRow, threshold: number): RowComparison => {
  const { name, median, spread, checksum, version } = now
  if (before === undefined) return { name, note: "not measured before" }
  const ratio = median / before.median
  const isSlower = ratio <= 1 - threshold / 100 && before.median - median > (before.spread + spread) / 2
  const isOther = checksum !== before.checksum
  const change = `output changed${version === before.version ? "" : `, version ${before.version} → ${version}`}`
  return {
    name,
    ratio,
    ...(isSlower ? { fault: `slower by ${((1 - ratio) * 100).toFixed(1)} %` } : {}),
    ...(isOther ? { note: change } : {}),
  }
}

/** Reads the output of `maille bench --json`. @throws EngineError E_INPUT for any other file */
export const readRun = async (path: string): Promise<BenchDocument> => {
  const refuse = (why: string, cause?: unknown): EngineError =>
    new EngineError("E_INPUT", `${path}: ${why}. Give a file that "maille bench --json" wrote.`, { file: path }, cause)
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw refuse("cannot be read", error)
  })
  let found: Partial<BenchDocument>
  try {
    found = JSON.parse(text) as Partial<BenchDocument>
  } catch (error) {
    throw refuse("not JSON", error)
  }
  const isRow = ({ name, median, spread, checksum }: BenchRow): boolean =>
    typeof name === "string" && typeof checksum === "string" && median > 0 && spread >= 0
  if (!Array.isArray(found?.rows) || !found.rows.every(isRow)) throw refuse("no rows of a benchmark")
  return { skipped: [], ...found } as BenchDocument
}
