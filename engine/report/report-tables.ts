/** The tables of the report page: failures, tiles, quality, time, images. */
import type { ColourFile } from "../plan/colour/colour-file.js"
import { dot, grouped, type Html, html, seconds } from "./html.js"
import type { RunSummary } from "./outcome.js"
import {
  judgeMetrics,
  type QualityRow,
  type QualitySummary,
  type QualityThreshold,
  summariseMetrics,
} from "./quality.js"
import { outcomeColours, qualityColours } from "./tile-map.js"
import { isOwnTile, type OutcomeKind, type TileOutcome } from "./tile-outcome.js"

/**
 * Most rows of a table, with tiles that need attention first. report.json and colours.json have
 * all.
 */
const MOST_ROWS = 2000
/**
 * Characters of the table of failures: the page of a run in which everything failed must still
 * open.
 */
const MOST_FAILURE_TEXT = 2_000_000

/** Every failed or quarantined task: the reason, and the command that reproduces it. */
export const failureTable = (outcomes: readonly TileOutcome[]): Html => {
  const failed = outcomes.filter(({ outcome }) => outcome === "failed" || outcome === "quarantined")
  if (failed.length === 0) return html`<p>None.</p>`
  const rows: Html[] = []
  let letters = 0
  for (const { key, stage, outcome, reason = "", reproduce = "" } of failed) {
    letters += key.length + reason.length + reproduce.length
    if (letters > MOST_FAILURE_TEXT) break
    rows.push(html`<tr><td>${stage} ${key}</td><td>${dot(outcomeColours[outcome])}${outcome}</td>
<td class="reason">${reason}<br/>To meet it again: <code>${reproduce}</code></td></tr>\n`)
  }
  return html`<div class="wide"><table class="failures"><thead><tr><th>Task</th><th>Outcome</th><th>Reason</th></tr></thead>
<tbody>${rows}</tbody></table></div>${moreThan(failed.length - rows.length)}`
}

const moreThan = (rest: number): Html => (rest > 0 ? html`<p class="note">${rest} more in report.json.</p>` : html``)

const severity: readonly OutcomeKind[] = ["failed", "quarantined", "skipped", "done", "unchanged"]

/** The work tiles, those that need attention first. */
export const tileTable = (outcomes: readonly TileOutcome[], thresholds: readonly QualityThreshold[]): Html => {
  const tiles = outcomes.filter(isOwnTile)
  const rank = ({ outcome, metrics }: TileOutcome): number =>
    2 * severity.indexOf(outcome) + (["fail", "warn"].includes(judgeMetrics(metrics, thresholds) ?? "") ? 0 : 1)
  const sorted = [...tiles].sort((a, b) => rank(a) - rank(b))
  const rows = sorted.slice(0, MOST_ROWS).map((one) => {
    const quality = judgeMetrics(one.metrics, thresholds)
    // The table of failures has the reasons of failures.
    const reason = one.outcome === "skipped" ? (one.reason ?? "") : ""
    return html`<tr><td>${one.key}</td><td>${dot(outcomeColours[one.outcome])}${one.outcome} ${reason}</td><td>${quality === undefined ? "" : html`${dot(qualityColours[quality])}${quality}`}</td>
<td class="n">${one.timeMs === 0 ? "" : seconds(one.timeMs)}</td><td class="n">${grouped(one.points)}</td><td class="n">${megabytes(one.peakBytes)}</td></tr>\n`
  })
  return html`<details><summary>${tiles.length} tile(s)</summary><div class="wide"><table class="tiles"><thead><tr><th>Tile</th><th>Outcome</th><th>Quality</th><th class="n">Time</th><th class="n">Points</th><th class="n">Peak memory</th></tr></thead>
<tbody>${rows}</tbody></table></div>${moreThan(sorted.length - rows.length)}</details>`
}

/** The thresholds of the passport, and how the tiles compare with them. */
export const qualityTable = ({ ok, good, warned, failed, thresholds }: QualitySummary): Html => {
  if (thresholds.length === 0) return html`<p>No figures.</p>`
  const verdict = ok
    ? html`<span class="ok">Fit for release</span>`
    : html`<span class="bad">Not fit for release</span>`
  const rows = thresholds.map(
    (
      row,
    ) => html`<tr><td>${row.metric}<br/><span class="note">${row.meaning}</span></td><td class="n">${bound(row, row.warn)}</td><td class="n">${row.fail === undefined ? "" : bound(row, row.fail)}</td>
<td class="n">${bound(row, row.worst)}</td><td>${row.worstTile}</td><td class="n">${row.tiles}</td><td class="n ${row.warned > 0 ? "so" : ""}">${row.warned}</td><td class="n ${row.failed > 0 ? "bad" : ""}">${row.failed}</td></tr>\n`,
  )
  return html`<p>${verdict}: ${good} tile(s) good, ${warned} to look at, ${failed} beyond a bound.</p>
<div class="wide"><table class="thresholds"><thead><tr><th>Figure</th><th class="n">Look above</th><th class="n">Refuse above</th><th class="n">Worst</th><th>in</th><th class="n">Tiles</th><th class="n">to look at</th><th class="n">refused</th></tr></thead>
<tbody>${rows}</tbody></table></div>`
}

const bound = ({ unit }: QualityRow, value: number): string =>
  unit === "" ? figure(value) : `${figure(value)} ${unit}`

export const metricTable = (outcomes: readonly TileOutcome[]): Html => {
  const rows = summariseMetrics(outcomes).map(
    (row) => html`<tr><td>${row.name}</td><td class="n">${row.tiles}</td><td class="n">${figure(row.min)}</td>
<td class="n">${figure(row.median)}</td><td class="n">${figure(row.max)}</td><td>${row.highest}</td></tr>\n`,
  )
  if (rows.length === 0) return html``
  return html`<details><summary>All figures</summary><div class="wide"><table><thead><tr><th>Figure</th><th class="n">Tiles</th><th class="n">Least</th><th class="n">Median</th><th class="n">Largest</th><th>Largest in</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>`
}

/** Time by stage and step, with bars. */
export const stepTable = (steps: RunSummary["steps"]): Html => {
  if (steps.length === 0) return html`<p>Nothing was made.</p>`
  const longest = steps.reduce((most, { timeMs }) => Math.max(most, timeMs), 1)
  const rows = steps.map(
    ({
      stage,
      neighbour,
      step,
      tasks,
      timeMs,
      cpuMs,
    }) => html`<tr><td>${stage}${neighbour ? " (neighbour)" : ""}</td><td>${step}</td><td class="n">${tasks}</td>
<td class="n">${seconds(timeMs)}</td><td class="n">${cpuMs === undefined ? "" : seconds(cpuMs)}</td><td><span class="bar" style="width:${((8 * timeMs) / longest).toFixed(2)}rem"></span></td></tr>\n`,
  )
  return html`<div class="wide"><table class="stages"><thead><tr><th>Stage</th><th>Step</th><th class="n">Tasks</th><th class="n">Time</th><th class="n">On a processor</th><th></th></tr></thead>
<tbody>${rows}</tbody></table></div>`
}

/** Names with their values; objects as JSON. */
export const factTable = (facts: object): Html => {
  const rows = Object.entries(facts).map(
    ([name, value]) =>
      html`<tr><td>${name}</td><td><code>${typeof value === "string" ? value : JSON.stringify(value)}</code></td></tr>\n`,
  )
  return html`<div class="wide"><table><tbody>${rows}</tbody></table></div>`
}

const megabytes = (bytes: number): string => (bytes === 0 ? "" : `${(bytes / 1e6).toFixed(0)} MB`)
const figure = (value: number): string =>
  Number.isInteger(value) ? grouped(value) : String(Number(value.toPrecision(4)))

/** Most images in the table; colours.json has all. */
const MOST_IMAGES = 2000

/** The radiometric corrections of a job's images, with statistics of their solution. */
export type ReportColours = Omit<ColourFile, "format" | "version" | "zRange">

/**
 * The radiometric corrections of the images, and the differences between images before and after
 * them.
 */
export const colourTable = (colours: ReportColours | undefined): Html => {
  if (colours === undefined) return html`<p>No images had to match.</p>`
  const { edition, gauge, places, sites, before, after, images } = colours
  const rows = images.slice(0, MOST_IMAGES).map(
    (
      correction,
    ) => html`<tr><td>${correction.name}</td><td>${correction.kind}, ${correction.state}${correction.tied === true ? ", tied to orthophotos" : ""}</td>
<td class="n">${three(correction.gain, 3)}</td><td class="n">${three(correction.bias, 1)}</td><td class="n">${correction.places}</td><td class="n">${level(correction.before?.p95)}</td><td class="n">${level(correction.after?.p95)}</td></tr>\n`,
  )
  return html`<p>Edition ${edition}: ${places} places in ${sites} squares of 32 m. Images differed from the mean of all by ${level(before?.median)} of 255 in the median and ${level(before?.p95)} at 95 %, with their corrections by ${level(after?.median)} and ${level(after?.p95)}.</p>
<p class="note">${gauge}</p>
<details><summary>${images.length} correction(s)</summary><div class="wide"><table><thead><tr><th>Image</th><th>Correction</th><th class="n">Gain (red, green, blue)</th><th class="n">Bias</th><th class="n">Places</th><th class="n">Before, 95 %</th><th class="n">After, 95 %</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>`
}

const three = (values: readonly number[], digits: number): string =>
  values.map((value) => value.toFixed(digits)).join(" ")

const level = (value: number | undefined): string => (value === undefined ? "–" : value.toFixed(1))
