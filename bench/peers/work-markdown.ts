import type { SummaryRow } from "./group.js"
import { markdownTable } from "./markdown.js"
import type { WorkReport, WorkRow } from "./work-comparison.js"

/** A column of figures that prove the work. */
export interface ProofColumn<Proof> {
  readonly heading: string
  readonly cell: (row: WorkRow<Proof>) => string
}

const TIMES = ["processor ms", "quartiles", "ms by the clock", "start-up ms", "× maille"] as const

/** The table of a comparison, and who was left out and how it is had. Peers in italics are whole processes. */
export const workTable = <Proof>(
  { rows, skipped }: WorkReport<Proof>,
  columns: readonly ProofColumn<Proof>[],
  more: readonly { readonly name: string; readonly reason: string }[] = [],
): string => {
  const heading = ["peer", "work", ...columns.map((column) => column.heading), ...TIMES]
  const right = heading.map((_, i) => i).filter((i) => i > 1)
  const table = markdownTable([heading, ...rows.map((row) => cellsOf(row, columns))], right)
  const left = [...skipped, ...more].map(({ name, reason }) => `Skipped ${name}: ${reason}.`)
  return [table, ...(left.length === 0 ? [] : [left.join(" ")])].join("\n\n")
}

const cellsOf = <Proof>(row: WorkRow<Proof>, columns: readonly ProofColumn<Proof>[]): string[] => {
  const { name, work, whole, passes, cpuMs, wallMs, start, times } = row
  return [
    whole ? `*${name}*` : name,
    `${work}${passes === 1 ? " (one pass)" : ""}`,
    ...columns.map(({ cell }) => cell(row)),
    milliseconds(cpuMs.median),
    `${milliseconds(cpuMs.low)}–${milliseconds(cpuMs.high)}`,
    milliseconds(wallMs.median),
    start === undefined ? "–" : milliseconds(start.cpuMs.median),
    times.median.toFixed(2),
  ]
}

/** Three digits that mean something. */
export const milliseconds = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

/** What the README tells of a comparison: each peer that is not ours beside the one of ours that it is measured by. */
export const summaryOf = <Proof>(
  work: string,
  { rows }: WorkReport<Proof>,
  proof: (row: WorkRow<Proof>, ours: WorkRow<Proof>) => string,
): SummaryRow[] =>
  rows.flatMap((row) => {
    const ours = rows.find(({ name }) => name === row.against)
    if (row.name.startsWith("maille") || ours === undefined) return []
    return [
      {
        work,
        peer: row.whole ? `${row.name} (whole process)` : row.name,
        ours: ours.cpuMs.median,
        theirs: row.cpuMs.median,
        times: row.times.median,
        proof: proof(row, ours),
      },
    ]
  })

/** Line over the tables of groups that compare work. */
export const WORK_NOTE =
  "Medians of interleaved passes, processor time of all threads unless said otherwise; *italics*: a program as a whole process, start included, and measured by maille's own whole process; × maille: its processor time through maille's, pass by pass."
