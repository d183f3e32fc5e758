import type { Comparison } from "./guard-compare.js"
import { runTimes } from "./guard-compare.js"
import { percent, quantile } from "./guard-decide.js"

/** Columns aligned by spaces, those of figures to the right; the first row is the heading. */
export const alignColumns = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const isFigure = widths.map((_, column) => rows.slice(1).every((row) => /^[\d .±+−%-]*$/.test(row[column] ?? "")))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (isFigure[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd()
  return rows.map(line).join("\n")
}

/** Why a comparison fails; none: it passes. `accepted`: names whose output may change and that may be missing. */
export const faultsOf = (comparison: Comparison, accepted: readonly string[] = []): readonly string[] => {
  const isAccepted = accepted.includes(comparison.name)
  if (comparison.kind === "gone") return isAccepted ? [] : [comparison.reason]
  if (comparison.kind === "broken") return [comparison.reason]
  if (comparison.kind !== "compared") return []
  return comparison.decision.faults.filter((fault) => !(isAccepted && fault.startsWith("output ")))
}

/** The table of a guard's comparisons for people. */
export const guardTable = (comparisons: readonly Comparison[], accepted: readonly string[] = []): string => {
  const heading = ["benchmark", "base ms", "head ms", "cost", "spread", "base MB", "head MB", "verdict"]
  const rows = comparisons.map((comparison) => {
    const faults = faultsOf(comparison, accepted)
    if (comparison.kind !== "compared") {
      const verdict = faults.length > 0 ? "FAIL" : comparison.kind
      return [comparison.name, "", "", "", "", "", "", `${verdict}: ${comparison.reason}`]
    }
    const { base, head, decision } = comparison
    const notes = [...faults, ...decision.notes]
    const verdict = `${faults.length > 0 ? "FAIL" : "ok"}${notes.length > 0 ? `: ${notes.join("; ")}` : ""}`
    const times = runTimes(comparison).map((ms) => ms.toPrecision(3))
    const peaks = [base, head].map(({ peaks }) => String(Math.round(Math.min(...peaks) / 1e6)))
    return [comparison.name, ...times, percent(decision.ratio), `± ${spreadOf(base.costs)} %`, ...peaks, verdict]
  })
  return alignColumns([heading, ...rows])
}

/** Half the interquartile range of base's passes, per cent of their median. */
const spreadOf = (costs: readonly number[]): string =>
  ((50 * (quantile(costs, 0.75) - quantile(costs, 0.25))) / quantile(costs, 0.5)).toFixed(1)
