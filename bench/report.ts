import { writeFile } from "node:fs/promises"
import { EngineError } from "../engine/errors.js"
import { type Html, html } from "../engine/report/html.js"
import { type HistoryRecord, readHistory, resultsFolder } from "./history.js"
import { figure, trendChart } from "./report-chart.js"

/** What a report shows. */
export interface ReportSummary {
  readonly path: string
  readonly machines: number
  readonly benchmarks: number
  readonly records: number
}

/**
 * Draws the history of all machines as one HTML page without script or outside resource.
 *
 * @throws EngineError when nothing was recorded yet
 */
export const writeBenchReport = async (path: string, folder = resultsFolder): Promise<ReportSummary> => {
  const machines = await readHistory(folder)
  const records = [...machines.values()].reduce((sum, rows) => sum + rows.length, 0)
  if (records === 0) {
    throw new EngineError(
      "E_INPUT",
      `nothing was recorded in ${folder} yet: maille bench --record measures and records`,
    )
  }
  await writeFile(path, benchPage(machines))
  const benchmarks = new Set([...machines.values()].flatMap((rows) => rows.map(({ name }) => name))).size
  return { path, machines: machines.size, benchmarks, records }
}

/** The page: for each machine a small chart for each benchmark, then a table. */
export const benchPage = (machines: ReadonlyMap<string, readonly HistoryRecord[]>): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>maille: benchmarks over time</title>
<style>${style}</style>
</head>
<body>
<h1>Benchmarks over time</h1>
<p>Median rate, higher is faster; the band holds the middle half of the passes. Point at a dot for its commit. A hollow dot: the output changed there.
Compare within one machine only.</p>
${[...machines].map(([machine, records]) => machineSection(machine, records))}
</body>
</html>
`.html

const style: Html = {
  html: `:root{color-scheme:light dark;--ink:#222;--paper:#fff;--line:#ccc;--trend:#1565a8;--band:#1565a833}
@media(prefers-color-scheme:dark){:root{--ink:#ddd;--paper:#16181b;--line:#444;--trend:#6db3ee;--band:#6db3ee33}}
body{font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;color:var(--ink);background:var(--paper)}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.5rem}figure{margin:0}figcaption{font-size:13px}figcaption b{font-weight:600}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:1.2rem 1.6rem}svg{width:100%;height:auto;display:block}
svg text{font-size:9px;fill:var(--ink);opacity:.65}.axis{stroke:var(--line)}.trend{fill:none;stroke:var(--trend);stroke-width:1.5}.band{fill:var(--band)}
circle.same{fill:var(--trend)}circle.other{fill:var(--paper);stroke:var(--trend);stroke-width:2}
table{border-collapse:collapse;font-size:13px;margin-top:1.5rem}th,td{padding:.2rem .7rem;border-bottom:1px solid var(--line);text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums}.scroll{overflow-x:auto}`,
}

const machineSection = (machine: string, records: readonly HistoryRecord[]): Html => {
  const names = [...new Set(records.map(({ name }) => name))].sort()
  const series = names.map((name) => [name, records.filter((record) => record.name === name)] as const)
  return html`<h2>${machine}</h2>
<div class="charts">
${series.map(
  ([name, rows]) =>
    html`<figure><figcaption><b>${name}</b> ${figure(rows.at(-1)?.median ?? 0)} ${rows.at(-1)?.unit ?? ""}</figcaption>${trendChart(rows)}</figure>
`,
)}</div>
<div class="scroll"><table>
<tr><th>benchmark</th><th>unit</th><th>first</th><th>before</th><th>latest</th><th>change</th><th>since the first</th><th>peak MB</th><th>records</th><th>outputs</th><th>latest commit</th></tr>
${series.map(([name, rows]) => tableRow(name, rows))}</table></div>
`
}

const tableRow = (name: string, rows: readonly HistoryRecord[]): Html => {
  const [first, before, latest] = [rows[0], rows.at(-2), rows.at(-1)]
  if (first === undefined || latest === undefined) return html``
  const figures = [
    figure(first.median),
    before === undefined ? "" : figure(before.median),
    figure(latest.median),
    before === undefined ? "" : change(before.median, latest.median),
    before === undefined ? "" : change(first.median, latest.median),
    Math.round(latest.peakBytes / 1e6),
    rows.length,
    new Set(rows.map(({ checksum }) => checksum)).size,
  ]
  return html`<tr><td>${name}</td><td>${latest.unit}</td>${figures.map((cell) => html`<td class="n">${cell}</td>`)}<td>${latest.commit}</td></tr>
`
}

const change = (from: number, to: number): string =>
  `${to >= from ? "+" : "−"}${Math.abs((to / from - 1) * 100).toFixed(1)} %`
