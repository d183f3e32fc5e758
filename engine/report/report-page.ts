/** Writes the report of a run as one self-contained HTML page. */

import { grouped } from "../core/texts.js"
import { isUnfit } from "../job/release.js"
import type { WorkContext } from "../plan/context.js"
import type { Plan } from "../plan/plan.js"
import { type Html, html, htmlPage } from "./html.js"
import type { RunSummary } from "./outcome.js"
import { duration, memoryPlot, throughputPlot, workerPlot } from "./plots.js"
import { type QualityThreshold, shareWarnings, summariseQuality } from "./quality.js"
import {
  colourTable,
  factTable,
  failureTable,
  metricTable,
  qualityTable,
  type ReportColours,
  stepTable,
  tileTable,
} from "./report-tables.js"
import { type Language, type ReportTexts, reportTexts } from "./report-texts.js"
import { tileMap, tileMapStyle } from "./tile-map.js"

export interface ReportPlan
  extends Pick<Plan, "rejected" | "imagesIgnored" | "warnings" | "points" | "hash">,
    Pick<WorkContext, "version" | "epsg" | "source" | "optionsHash"> {
  /** The resolved job. */
  readonly job: object
  /** Usable images. */
  readonly images: number
  /** Absent where no images had to match. */
  readonly colours?: ReportColours
  readonly kernels: readonly { readonly id: string; readonly version: number }[]
  /** Version of Node.js; system and processor. */
  readonly node: string
  readonly platform: string
}

export interface ReportFacts {
  readonly plan: ReportPlan
  readonly summary: RunSummary
  /** Warnings of the points read. */
  readonly pointWarnings: readonly string[]
  /** Thresholds that the kernels of the job declare. */
  readonly thresholds: readonly QualityThreshold[]
}

/**
 * The report of a run as one HTML page, also well-formed XML, without scripts or external
 * references. Escapes everything that inputs contain. At most about 400 bytes a tile; 10,000 tiles
 * stay under 5 MB.
 */
export const reportPage = (
  { plan, summary, thresholds, pointWarnings }: ReportFacts,
  language: Language = "en",
): string => {
  const texts = reportTexts[language]
  const { sections } = texts
  const quality = summariseQuality(summary.tiles, thresholds, summary.quality?.shares)
  const body = html`<h1>${texts.heading}</h1>
<p class="counts">${counts(summary, texts)}</p>
${summary.aborted ? html`<p><strong>${texts.stopped}</strong> ${texts.resume}</p>` : html``}
<p class="note">${plan.source}</p>
<h2>${sections.tiles}</h2>
${tileMap(summary.tiles, thresholds, texts)}
<h2>${sections.failures}</h2>
${failureTable(summary.tiles, texts)}
<h2>${sections.quality}</h2>
${qualityTable(quality, isUnfit({ ...summary, quality }), texts)}
${metricTable(summary.tiles, texts)}
<h2>${sections.history}</h2>
${history(plan, summary, texts)}
<h2>${sections.steps}</h2>
${stepTable(summary.steps, texts)}
<h2>${sections.allTiles}</h2>
${tileTable(summary.tiles, thresholds, texts)}
<h2>${sections.warnings}</h2>
${list([...plan.warnings, ...pointWarnings, ...shareWarnings(quality.shares)], texts.noWarning)}
<h2>${sections.rejected}</h2>
${list(
  plan.rejected.map(({ error }) => error.message),
  texts.noRejected,
)}
<h2>${sections.images}</h2>
<p>${texts.images(plan.images, plan.imagesIgnored.length)}</p>
${ignoredImages(plan.imagesIgnored, texts)}
<h2>${sections.colours}</h2>
${colourTable(plan.colours, texts)}
<h2>${sections.job}</h2>
${factTable(plan.job)}
<h2>${sections.origin}</h2>
${factTable(origin(plan, summary, texts))}`
  return htmlPage(language, texts.title, [reportStyle], body)
}

const counts = ({ done, unchanged, skipped, failed, quarantined, timeMs }: RunSummary, texts: ReportTexts): string =>
  `${texts.counts(done, unchanged, skipped)}. ${texts.failures(failed, quarantined, duration(timeMs, texts))}.`

const history = (plan: ReportFacts["plan"], summary: ReportFacts["summary"], texts: ReportTexts): Html => {
  if (summary.history === undefined) return html`<p>${texts.noStep}</p>`
  const { workers = 1, memoryBytes } = plan.job as { workers?: number; memoryBytes?: number }
  const { workers: threads, start } = summary.history
  const shares = threads.map(({ busyShare }) => `${Math.round(100 * busyShare)} %`).join(", ")
  return html`<p class="note">${texts.started(`${start.slice(0, 16).replace("T", " ")} UTC`, shares)}</p>
${throughputPlot(summary.history, texts)}
${workerPlot(summary.history, workers, texts)}
${memoryPlot(summary.history, memoryBytes, texts)}
<p class="note">${texts.process(texts.megabytes(summary.processPeakBytes / 1e6), duration(summary.processCpuMs, texts))}</p>`
}

const origin = (
  plan: ReportFacts["plan"],
  { pointsDecoded }: ReportFacts["summary"],
  { origin: names }: ReportTexts,
): object => ({
  maille: plan.version,
  "Node.js": plan.node,
  [names.system]: plan.platform,
  [names.crs]: `EPSG:${plan.epsg}`,
  [names.plan]: plan.hash,
  [names.options]: plan.optionsHash,
  [names.kernels]: plan.kernels.map(({ id, version }) => `${id} ${version}`).join(", "),
  [names.points]: grouped(plan.points),
  [names.decoded]: grouped(pointsDecoded),
})

const list = (texts: readonly string[], none: string): Html =>
  texts.length === 0 ? html`<p>${none}</p>` : html`<ul>${texts.map((text) => html`<li>${text}</li>\n`)}</ul>`

const ignoredImages = (
  ignored: readonly { path: string; reason: string }[],
  { ignoredImages: title }: ReportTexts,
): Html => {
  if (ignored.length === 0) return html``
  const rows = ignored.map(({ path, reason }) => html`<tr><td>${path}</td><td>${reason}</td></tr>\n`)
  return html`<details><summary>${title}</summary><div class="wide"><table><tbody>${rows}</tbody></table></div></details>`
}

/** The style sheet of maille's pages: light, readable on a telephone, fit for paper. */
export const reportStyle: Html = {
  html: `*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1.5rem 1rem 4rem;color:#1f2a33;background:#fff}
h1{font-size:1.6rem;margin:0 0 .5rem}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-top:.6rem;border-top:1px solid #d8dee3}
.counts{font-size:1.1rem;margin:.2rem 0}.note{color:#5c6770;font-size:13px;margin:.3rem 0}.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:13px}th,td{padding:.25rem .6rem .25rem 0;border-bottom:1px solid #e3e6e8;text-align:left;vertical-align:top}
th{font-weight:600;color:#5c6770}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.reason{min-width:16rem}
code{font-size:12px;overflow-wrap:anywhere}.dot{display:inline-block;width:.75em;height:.75em;border-radius:50%;margin-right:.35em}.entry{margin-right:.9em;white-space:nowrap}
.map label{margin-right:1rem;cursor:pointer}.map svg{display:block;max-width:100%;height:auto}.map .key{margin:.4rem 0}
figure{margin:1rem 0}figcaption{font-weight:600;font-size:14px}.plot{width:100%;max-width:720px;height:auto;font-size:12px;fill:#5c6770}
.axis{stroke:#d8dee3;stroke-width:1}.limit{stroke:#d1495b;stroke-width:1.5;stroke-dasharray:5 4}.curve{fill:none;stroke:#2f6690;stroke-width:2}
.bar{display:inline-block;height:.7em;background:#7a93ac;min-width:1px}.ok{color:#1d7a43;font-weight:600}.bad{color:#b3263a;font-weight:600}.so{color:#a86b0c;font-weight:600}
@media(max-width:40rem){body{font-size:14px}th,td{padding-right:.4rem}}
@media print{body{max-width:none;padding:0}h2,figure,tr,.map{break-inside:avoid}h2{break-after:avoid}a{color:inherit}.map input,.map label{display:none}.wide{overflow:visible}}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
${tileMapStyle}`,
}
