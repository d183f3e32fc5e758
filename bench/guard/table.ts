/** Formats the verdicts of the guard as a table. */
import { quantile } from "../product/measure.js"
import { textTable } from "../text-table.js"
import { type Comparison, runTimes } from "./compare.js"
import { percent } from "./decide.js"

/**
 * Why a comparison fails; empty if it passes.
 *
 * @param accepted names whose output may change and that may be missing
 */
export const listFaults = (comparison: Comparison, accepted: readonly string[] = []): readonly string[] => {
  const isAccepted = accepted.includes(comparison.name)
  if (comparison.kind === "gone") return isAccepted ? [] : [comparison.reason]
  if (comparison.kind === "broken") return [comparison.reason]
  if (comparison.kind !== "compared") return []
  return comparison.decision.faults.filter((fault) => !(isAccepted && fault.startsWith("output ")))
}

export const guardTable = (comparisons: readonly Comparison[], accepted: readonly string[] = []): string => {
  const heading = ["benchmark", "base ms", "head ms", "cost", "spread", "base MB", "head MB", "verdict"]
  const rows = comparisons.map((comparison) => {
    const faults = listFaults(comparison, accepted)
    if (comparison.kind !== "compared") {
      const verdict = faults.length > 0 ? "FAIL" : comparison.kind
      return [comparison.name, "", "", "", "", "", "", `${verdict}: ${comparison.reason}`]
    }
    const { decision } = comparison
    const { base, head } = decision
    const notes = [...faults, ...decision.notes]
    const verdict = `${faults.length > 0 ? "FAIL" : "ok"}${notes.length > 0 ? `: ${notes.join("; ")}` : ""}`
    const times = runTimes(comparison).map((ms) => ms.toPrecision(3))
    const peaks = [base, head].map(({ peaks }) => String(Math.round(Math.min(...peaks) / 1e6)))
    return [comparison.name, ...times, percent(decision.ratio), `± ${spreadOf(base.cpuMs)} %`, ...peaks, verdict]
  })
  return textTable([heading, ...rows])
}

/** Half the interquartile range of base's passes, per cent of their median. */
const spreadOf = (costs: readonly number[]): string =>
  ((50 * (quantile(costs, 0.75) - quantile(costs, 0.25))) / quantile(costs, 0.5)).toFixed(1)
