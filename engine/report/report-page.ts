import { colourTable } from "./colour-table.js"
import { type Html, html } from "./html.js"
import { duration, memoryPlot, throughputPlot, workerPlot } from "./plots.js"
import { summariseQuality } from "./quality.js"
import { reportStyle } from "./report-style.js"
import { factTable, failureTable, grouped, metricTable, qualityTable, stageTable, tileTable } from "./report-tables.js"
import { tileMap } from "./tile-map.js"
import type { ReportFacts } from "./write-report.js"

/**
 * The report of a run as one HTML page (well-formed as XML too) without any script or reference outside itself. Everything that comes from inputs is escaped. About 400
 * bytes a tile at most; 10,000 tiles stay under 5 MB.
 */
export const reportPage = ({ plan, summary }: ReportFacts): string => {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>maille: run report</title>
<style>${reportStyle}</style>
</head>
<body>
<h1>Run report</h1>
<p class="counts">${counts(summary)}</p>
${summary.aborted ? html`<p><strong>Stopped before its end.</strong> The same command goes on where it stopped.</p>` : html``}
<p class="note">${plan.source}</p>
<h2>Tiles</h2>
${tileMap(summary.tiles)}
<h2>What failed</h2>
${failureTable(summary.tiles)}
<h2>Quality</h2>
${qualityTable(summariseQuality(summary.tiles))}
${metricTable(summary.tiles)}
<h2>The run over time</h2>
${history({ plan, summary })}
<h2>Where the time went</h2>
${stageTable(summary.stages)}
<h2>Every tile</h2>
${tileTable(summary.tiles)}
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
<h2>Colours of images</h2>
${colourTable(plan.colours)}
<h2>What was asked</h2>
${factTable(plan.job)}
<h2>Versions and hashes</h2>
${factTable(origin(plan, summary))}
</body>
</html>
`
  return page.html
}

const counts = (summary: ReportFacts["summary"]): string => {
  const parts = `${summary.done} done, ${summary.unchanged} unchanged, ${summary.skipped} skipped, ${summary.failed} failed, ${summary.quarantined} quarantined`
  return `${parts} in ${duration(summary.timeMs)}`
}

const history = ({ plan, summary }: ReportFacts): Html => {
  if (summary.history === undefined) return html`<p>Nothing was run.</p>`
  const { workers = 1, memoryBytes } = plan.job as { workers?: number; memoryBytes?: number }
  const { workers: threads, start } = summary.history
  const shares = threads.map(({ busyShare }) => `${Math.round(100 * busyShare)} %`).join(", ")
  return html`<p class="note">From ${start}. Each thread's share of that time at work: ${shares} (layers have threads of their own).</p>
${throughputPlot(summary.history)}
${workerPlot(summary.history, workers)}
${memoryPlot(summary.history, memoryBytes)}
<p class="note">Peak of the process: ${grouped(summary.processPeakBytes / 1e6)} MB. Processor time: ${duration(summary.processCpuMs)}.</p>`
}

const origin = (plan: ReportFacts["plan"], { pointsDecoded }: ReportFacts["summary"]): object => ({
  maille: plan.version,
  "Node.js": plan.node,
  system: plan.platform,
  CRS: `EPSG:${plan.epsg}`,
  plan: plan.hash,
  options: plan.optionsHash,
  kernels: plan.kernels.map(({ id, version }) => `${id} ${version}`).join(", "),
  "points in the sources": grouped(plan.points),
  "points decoded": grouped(pointsDecoded),
})

const list = (texts: readonly string[], none: string): Html =>
  texts.length === 0 ? html`<p>${none}</p>` : html`<ul>${texts.map((text) => html`<li>${text}</li>\n`)}</ul>`

const ignoredImages = (ignored: readonly { path: string; reason: string }[]): Html => {
  if (ignored.length === 0) return html``
  const rows = ignored.map(({ path, reason }) => html`<tr><td>${path}</td><td>${reason}</td></tr>\n`)
  return html`<details><summary>Images left alone</summary><div class="wide"><table><tbody>${rows}</tbody></table></div></details>`
}
