import type { ReadReport, ReadRow } from "./laz-reading.js"
import type { Machine } from "./machine.js"
import type { Target } from "./targets.js"

/** A Markdown table; the first row is the heading. Columns of `right` (by place) are aligned to the right. */
export const markdownTable = (rows: readonly (readonly string[])[], right: readonly number[] = []): string => {
  const [heading = [], ...body] = rows
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`
  return [line(heading), line(heading.map((_, i) => (right.includes(i) ? "--:" : "---"))), ...body.map(line)].join("\n")
}

/** More busy processes than this before the start: others took part of the time. */
const BUSY = 0.5
const BUSY_TEXT = " The machine was not idle: ratios of processor time hold, times by the clock do not."

/** Machine, versions, date and load in one paragraph. */
export const machineText = (machine: Machine): string => {
  const { date, cpu, memoryBytes, system, node, load, maille, commit, versions } = machine
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const programs = [`maille ${maille} (${commit})`, ...packages].join(", ")
  return (
    `${date}; ${cpu}, ${Math.round(memoryBytes / 2 ** 30)} GiB, ${system}, Node ${node}; ${programs}. ` +
    `Load average (1 minute) ${load[0]} before, ${load[1]} after.${load[0] > BUSY ? BUSY_TEXT : ""}`
  )
}

/** The comparison on one file: a heading, the table, what was left out. */
export const readMarkdown = (report: ReadReport, targets: readonly Target[]): string => {
  const { file, points, bytes, pointFormat, copc, passes, repeats, laszip, rows, skipped } = report
  const title = `**${file}**: ${grouped(points)} points of format ${pointFormat}${copc ? ", COPC" : ""}, ${(bytes / 1e6).toFixed(1)} MB`
  const native = laszip === undefined ? "" : ` LASzip ${laszip}.`
  const again = repeats > 1 ? ` of ${repeats} decodings` : ""
  const heading = [
    "reader",
    "work",
    "M points/s",
    "quartiles",
    "by the clock",
    "× laz-perf",
    "× LASzip",
    "× LASzip selective",
    "D",
  ]
  const table = markdownTable([heading, ...rows.map(cellsOf)], [2, 3, 4, 5, 6, 7, 8])
  return [
    `${title}; ${passes === 1 ? "one pass" : `medians of ${passes} interleaved passes`}${again}, one thread each, processor time unless said otherwise.${native} D: LASzip's full decoding of the same file is 1.`,
    table,
    ...(skipped.length === 0 ? [] : [skipped.map(({ name, reason }) => `${name}: ${reason}.`).join(" ")]),
    ...(targets.length === 0 ? [] : [targetsTable(targets)]),
  ].join("\n\n")
}

const cellsOf = (row: ReadRow): string[] => {
  const rate = (milliseconds: number): string => (row.points / milliseconds / 1000).toFixed(2)
  const { lazPerf, laszipFull, laszipSelective } = row.timesAsFast
  const times = (ratio: { median: number } | undefined): string => ratio?.median.toFixed(2) ?? "–"
  return [
    row.name,
    row.work,
    rate(row.cpuMs.median),
    `${rate(row.cpuMs.high)}–${rate(row.cpuMs.low)}`,
    rate(row.wallMs.median),
    times(lazPerf),
    times(laszipFull),
    times(laszipSelective),
    row.d?.toFixed(2) ?? "–",
  ]
}

/** Figures aimed at, with what was found. */
export const targetsTable = (targets: readonly Target[]): string =>
  markdownTable(
    [
      ["aimed at", "figure", "found", "met"],
      ...targets.map(({ what, bound, atLeast, found, met }) => [
        what,
        `${atLeast ? "≥" : "≤"} ${bound}`,
        found.toFixed(2),
        met ? "yes" : "no",
      ]),
    ],
    [1, 2],
  )

/** 12345678 → "12 345 678". */
export const grouped = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, " ")
