import { describe, expect, it } from "vitest"
import type { WorkRow } from "../../../bench/peers/work-comparison.js"
import { milliseconds, summaryOf, workTable } from "../../../bench/peers/work-markdown.js"

const all = (median: number) => ({ median, low: median - 1, high: median + 1 })

const row = (
  name: string,
  cpu: number,
  more: Partial<WorkRow<{ count: number }>> = {},
): WorkRow<{ count: number }> => ({
  name,
  work: "all of it",
  whole: false,
  passes: 5,
  amount: 1000,
  cpuMs: all(cpu),
  wallMs: all(2 * cpu),
  against: "maille",
  times: all(cpu / 50),
  proof: { count: 7 },
  ...more,
})

const report = {
  rows: [
    row("maille", 50),
    row("peer", 200),
    row("program", 25, { whole: true, passes: 1, start: { cpuMs: all(12), wallMs: all(30) } }),
  ],
  skipped: [{ name: "saga", reason: "saga_cmd is not installed (Debian: saga)" }],
}

describe("workTable", () => {
  const text = workTable(report, [{ heading: "count", cell: ({ proof }) => String(proof.count) }])

  it("gives times, the proof and the quotient by ours", () => {
    expect(text).toContain("| peer | all of it | 7 | 200 | 199–201 | 400 | – | 4.00 |")
  })

  it("marks whole processes and single passes, start-up beside", () => {
    expect(text).toContain("| *program* | all of it (one pass) | 7 | 25.0 | 24.0–26.0 | 50.0 | 12.0 | 0.50 |")
  })

  it("names the remedy for who was left out", () => {
    expect(text).toContain("Skipped saga: saga_cmd is not installed (Debian: saga).")
  })
})

describe("summaryOf", () => {
  it("sets each peer beside the one of ours that it is measured by", () => {
    const proof = (theirs: WorkRow<{ count: number }>, ours: WorkRow<{ count: number }>): string =>
      `${theirs.proof.count} and ${ours.proof.count}`
    expect(summaryOf("work", report, proof)).toEqual([
      { work: "work", peer: "peer", ours: 50, theirs: 200, times: 4, proof: "7 and 7" },
      { work: "work", peer: "program (whole process)", ours: 50, theirs: 25, times: 0.5, proof: "7 and 7" },
    ])
  })
})

describe("milliseconds", () => {
  it("keeps three digits", () => {
    expect([1.234, 12.34, 123.4].map(milliseconds)).toEqual(["1.23", "12.3", "123"])
  })
})
