import { type Html, html } from "./html.js"
import { summariseMetrics } from "./metrics.js"
import type { OutcomeKind, TileOutcome } from "./outcome.js"
import { outcomeColours, tileMap } from "./tile-map.js"
import type { ReportFacts } from "./write-report.js"

/** Rows of the table of tiles; what needs attention comes first, all of them are in report.json. */
const MOST_ROWS = 2000

/** The report of a run as one HTML page without any reference outside itself. Everything that comes from inputs is escaped. */
export const reportPage = ({ plan, summary }: ReportFacts): string => {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>maille: run report</title>
<style>${style}</style>
</head>
<body>
<h1>Run report</h1>
<p class="counts">${counts(summary)}</p>
${summary.aborted ? html`<p><strong>Stopped before its end.</strong> The same command goes on where it stopped.</p>` : html``}
<h2>Tiles</h2>
${tileMap(summary.tiles)}
<p>${legend()}</p>
${tileTable(summary.tiles)}
<h2>Quality</h2>
${metricTable(summary.tiles)}
<h2>Where the time went</h2>
${stageTable(summary.stages)}
<h2>Warnings</h2>
${list(plan.warnings, "None.")}
<h2>Inputs left out</h2>
${list(
  plan.rejected.map(({ error }) => error.message),
  "None.",
)}
<h2>Images</h2>
<p>${plan.images} image(s) could be used, ${plan.imagesIgnored.length} were left alone.</p>
${ignoredImages(plan.imagesIgnored)}
<h2>What was asked</h2>
${jobTable(plan.job)}
<h2>Origin</h2>
<p>Source: ${plan.source}<br>Made with maille ${plan.version}, EPSG:${plan.epsg}, plan ${plan.hash.slice(0, 16)}, ${grouped(plan.points)} points in the sources.</p>
</body>
</html>
`
  return page.html
}

const style: Html = {
  html: `body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;font-size:13px}
th,td{padding:.2rem .6rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}
code{font-size:12px;overflow-wrap:anywhere}.dot{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.4em}.counts{font-size:1.1rem}`,
}

const dot = (outcome: OutcomeKind): Html =>
  html`<span class="dot" style="background:${outcomeColours[outcome]}"></span>`

const counts = (summary: ReportFacts["summary"]): Html => {
  const skipped = summary.skipped - summary.unchanged
  const parts = `${summary.done} done, ${summary.unchanged} unchanged, ${skipped} skipped, ${summary.failed} failed, ${summary.quarantined} quarantined`
  return html`${parts} in ${seconds(summary.timeMs)}`
}

const legend = (): Html[] =>
  (Object.keys(outcomeColours) as OutcomeKind[]).map((outcome) => html`${dot(outcome)}${outcome} &nbsp; `)

const severity: readonly OutcomeKind[] = ["failed", "quarantined", "skipped", "done", "unchanged"]

const tileTable = (outcomes: readonly TileOutcome[]): Html => {
  const sorted = [...outcomes].sort((a, b) => severity.indexOf(a.outcome) - severity.indexOf(b.outcome))
  const rows = sorted.slice(0, MOST_ROWS).map(
    (
      one,
    ) => html`<tr><td>${one.key}</td><td>${dot(one.outcome)}${one.outcome}</td><td class="n">${seconds(one.timeMs)}</td>
<td class="n">${grouped(one.points)}</td><td class="n">${megabytes(one.peakBytes)}</td><td>${one.reason ?? ""}${reproduce(one)}</td></tr>\n`,
  )
  const rest = sorted.length - rows.length
  return html`<table><thead><tr><th>Tile</th><th>Outcome</th><th>Time</th><th>Points</th><th>Peak memory</th><th>Reason</th></tr></thead>
<tbody>${rows}</tbody></table>${rest > 0 ? html`<p>${rest} more in report.json.</p>` : html``}`
}

const reproduce = ({ reproduce: command }: TileOutcome): Html =>
  command === undefined ? html`` : html`<br>To meet it again: <code>${command}</code>`

const metricTable = (outcomes: readonly TileOutcome[]): Html => {
  const rows = summariseMetrics(outcomes).map(
    (row) => html`<tr><td>${row.name}</td><td class="n">${row.tiles}</td><td class="n">${figure(row.min)}</td>
<td class="n">${figure(row.median)}</td><td class="n">${figure(row.max)}</td><td>${row.highest}</td></tr>\n`,
  )
  if (rows.length === 0) return html`<p>No figures.</p>`
  return html`<table><thead><tr><th>Figure</th><th>Tiles</th><th>Least</th><th>Median</th><th>Largest</th><th>Largest in</th></tr></thead>
<tbody>${rows}</tbody></table>`
}

const stageTable = (stages: ReportFacts["summary"]["stages"]): Html => {
  const rows = stages.map(
    ({ scope, stage, tasks, timeMs, cpuMs }) => html`<tr><td>${scope}</td><td>${stage}</td><td class="n">${tasks}</td>
<td class="n">${seconds(timeMs)}</td><td class="n">${cpuMs === undefined ? "" : seconds(cpuMs)}</td></tr>\n`,
  )
  if (rows.length === 0) return html`<p>Nothing was made.</p>`
  return html`<table><thead><tr><th>Task</th><th>Stage</th><th>Tasks</th><th>Time</th><th>On a processor</th></tr></thead>
<tbody>${rows}</tbody></table>`
}

const list = (texts: readonly string[], none: string): Html =>
  texts.length === 0 ? html`<p>${none}</p>` : html`<ul>${texts.map((text) => html`<li>${text}</li>\n`)}</ul>`

const ignoredImages = (ignored: readonly { path: string; reason: string }[]): Html => {
  if (ignored.length === 0) return html``
  const rows = ignored.map(({ path, reason }) => html`<tr><td>${path}</td><td>${reason}</td></tr>\n`)
  return html`<details><summary>Images left alone</summary><table><tbody>${rows}</tbody></table></details>`
}

const jobTable = (job: object): Html => {
  const rows = Object.entries(job).map(
    ([name, value]) =>
      html`<tr><td>${name}</td><td><code>${typeof value === "string" ? value : JSON.stringify(value)}</code></td></tr>\n`,
  )
  return html`<table><tbody>${rows}</tbody></table>`
}

const seconds = (timeMs: number): string => `${(timeMs / 1000).toFixed(1)} s`
const megabytes = (bytes: number): string => (bytes === 0 ? "" : `${(bytes / 1e6).toFixed(0)} MB`)
const grouped = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, " ")
const figure = (value: number): string => (Number.isInteger(value) ? grouped(value) : value.toPrecision(4))
