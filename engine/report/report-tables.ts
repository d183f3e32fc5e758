/** The tables of the report page: failures, tiles, quality, time, images. */

import { grouped } from "../core/texts.js"
import type { ColourFile } from "../plan/colour/colour-file.js"
import { dot, type Html, html, seconds } from "./html.js"
import type { RunSummary } from "./outcome.js"
import {
  judgeMetrics,
  type QualityRow,
  type QualitySummary,
  type QualityThreshold,
  summariseMetrics,
} from "./quality.js"
import type { ReportTexts } from "./report-texts.js"
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
export const failureTable = (outcomes: readonly TileOutcome[], texts: ReportTexts): Html => {
  const { columns } = texts
  const failed = outcomes.filter(({ outcome }) => outcome === "failed" || outcome === "quarantined")
  if (failed.length === 0) return html`<p>${texts.noFailure}</p>`
  const rows: Html[] = []
  let letters = 0
  for (const { key, stage, outcome, reason = "", reproduce = "" } of failed) {
    letters += key.length + reason.length + reproduce.length
    if (letters > MOST_FAILURE_TEXT) break
    rows.push(html`<tr><td>${stage} ${key}</td><td>${dot(outcomeColours[outcome])}${texts.outcomes[outcome]}</td>
<td class="reason">${reason}<br/>${texts.reproduce} <code>${reproduce}</code></td></tr>\n`)
  }
  return html`<div class="wide"><table class="failures"><thead><tr><th>${columns.task}</th><th>${columns.outcome}</th><th>${columns.reason}</th></tr></thead>
<tbody>${rows}</tbody></table></div>${moreThan(failed.length - rows.length, texts)}`
}

const moreThan = (rest: number, { moreRows }: ReportTexts): Html =>
  rest > 0 ? html`<p class="note">${moreRows(rest)}</p>` : html``

const severity: readonly OutcomeKind[] = ["failed", "quarantined", "skipped", "done", "unchanged"]

/** The work tiles, those that need attention first. */
export const tileTable = (
  outcomes: readonly TileOutcome[],
  thresholds: readonly QualityThreshold[],
  texts: ReportTexts,
): Html => {
  const { columns } = texts
  const tiles = outcomes.filter(isOwnTile)
  const rank = ({ outcome, metrics }: TileOutcome): number =>
    2 * severity.indexOf(outcome) + (["fail", "warn"].includes(judgeMetrics(metrics, thresholds) ?? "") ? 0 : 1)
  const sorted = [...tiles].sort((a, b) => rank(a) - rank(b))
  const rows = sorted.slice(0, MOST_ROWS).map((one) => {
    const quality = judgeMetrics(one.metrics, thresholds)
    // The table of failures has the reasons of failures.
    const reason = one.outcome === "skipped" ? (one.reason ?? "") : ""
    return html`<tr><td>${one.key}</td><td>${dot(outcomeColours[one.outcome])}${texts.outcomes[one.outcome]} ${reason}</td><td>${quality === undefined ? "" : html`${dot(qualityColours[quality])}${texts.verdicts[quality]}`}</td>
<td class="n">${one.timeMs === 0 ? "" : seconds(one.timeMs, texts)}</td><td class="n">${grouped(one.points)}</td><td class="n">${one.peakBytes === 0 ? "" : texts.megabytes(one.peakBytes / 1e6)}</td></tr>\n`
  })
  return html`<details><summary>${texts.tiles(tiles.length)}</summary><div class="wide"><table class="tiles"><thead><tr><th>${columns.tile}</th><th>${columns.outcome}</th><th>${columns.quality}</th><th class="n">${columns.time}</th><th class="n">${columns.points}</th><th class="n">${columns.peak}</th></tr></thead>
<tbody>${rows}</tbody></table></div>${moreThan(sorted.length - rows.length, texts)}</details>`
}

/** The thresholds of the passport, and how the tiles compare with them. */
export const qualityTable = (
  { good, warned, failed, thresholds, shares }: QualitySummary,
  unfit: boolean,
  texts: ReportTexts,
): Html => {
  const { columns } = texts
  const bound = ({ unit }: QualityRow, value: number): string => `${figure(value, texts)} ${unit}`.trimEnd()
  if (thresholds.length === 0) return html`<p>${texts.noQuality}</p>`
  const verdict = unfit ? html`<span class="bad">${texts.unfit}</span>` : html`<span class="ok">${texts.noFault}</span>`
  const rows = thresholds.map(
    (
      row,
    ) => html`<tr><td>${row.metric}<br/><span class="note">${row.meaning}</span></td><td class="n">${bound(row, row.warn)}</td><td class="n">${row.fail === undefined ? "" : bound(row, row.fail)}</td>
<td class="n">${bound(row, row.worst)}</td><td>${row.worstTile}</td><td class="n">${row.tiles}</td><td class="n ${row.warned > 0 ? "so" : ""}">${row.warned}</td><td class="n ${row.failed > 0 ? "bad" : ""}">${row.failed}</td></tr>\n`,
  )
  return html`<p>${verdict} (${texts.quality(good, warned, failed)})</p>
<p class="note">${texts.notMeasured}</p>
<div class="wide"><table class="thresholds"><thead><tr><th>${columns.figure}</th><th class="n">${columns.warnAbove}</th><th class="n">${columns.failAbove}</th><th class="n">${columns.worst}</th><th>${columns.worstTile}</th><th class="n">${columns.tiles}</th><th class="n">${columns.warned}</th><th class="n">${columns.failed}</th></tr></thead>
<tbody>${rows}</tbody></table></div>
${shares.map(({ metric, value, meaning }) => html`<p class="note">${metric}: ${figure(100 * value, texts)} % ${meaning}</p>`)}`
}

export const metricTable = (outcomes: readonly TileOutcome[], texts: ReportTexts): Html => {
  const { columns } = texts
  const rows = summariseMetrics(outcomes).map(
    (row) => html`<tr><td>${row.name}</td><td class="n">${row.tiles}</td><td class="n">${figure(row.min, texts)}</td>
<td class="n">${figure(row.median, texts)}</td><td class="n">${figure(row.max, texts)}</td><td>${row.highest}</td></tr>\n`,
  )
  if (rows.length === 0) return html``
  return html`<details><summary>${texts.allFigures}</summary><div class="wide"><table><thead><tr><th>${columns.figure}</th><th class="n">${columns.tiles}</th><th class="n">${columns.least}</th><th class="n">${columns.median}</th><th class="n">${columns.most}</th><th>${columns.highest}</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>`
}

/** Time by stage and step, with bars. */
export const stepTable = (steps: RunSummary["steps"], texts: ReportTexts): Html => {
  const { columns } = texts
  if (steps.length === 0) return html`<p>${texts.noStep}</p>`
  const longest = steps.reduce((most, { timeMs }) => Math.max(most, timeMs), 1)
  const rows = steps.map(
    ({
      stage,
      neighbour,
      step,
      tasks,
      timeMs,
      cpuMs,
    }) => html`<tr><td>${stage}${neighbour ? ` (${texts.neighbour})` : ""}</td><td>${step}</td><td class="n">${tasks}</td>
<td class="n">${seconds(timeMs, texts)}</td><td class="n">${cpuMs === undefined ? "" : seconds(cpuMs, texts)}</td><td><span class="bar" style="width:${((8 * timeMs) / longest).toFixed(2)}rem"></span></td></tr>\n`,
  )
  return html`<div class="wide"><table class="stages"><thead><tr><th>${columns.stage}</th><th>${columns.step}</th><th class="n">${columns.tasks}</th><th class="n">${columns.time}</th><th class="n">${columns.cpu}</th><th></th></tr></thead>
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

const figure = (value: number, { decimal }: ReportTexts): string =>
  Number.isInteger(value) ? grouped(value) : decimal(String(Number(value.toPrecision(4))))

/** Most images in the table; colours.json has all. */
const MOST_IMAGES = 2000

/** The radiometric corrections of a job's images, with statistics of their solution. */
export type ReportColours = Omit<ColourFile, "format" | "version" | "zRange">

/**
 * The radiometric corrections of the images, and the differences between images before and after
 * them.
 */
export const colourTable = (colours: ReportColours | undefined, texts: ReportTexts): Html => {
  if (colours === undefined) return html`<p>${texts.noColours}</p>`
  const { edition, gauge, places, sites, before, after, images } = colours
  const { columns, decimal } = texts
  const level = (value: number | undefined): string => (value === undefined ? "–" : decimal(value.toFixed(1)))
  const three = (values: readonly number[], digits: number): string =>
    values.map((value) => decimal(value.toFixed(digits))).join(" ")
  const rows = images.slice(0, MOST_IMAGES).map(
    (
      correction,
    ) => html`<tr><td>${correction.name}</td><td>${correction.kind}, ${correction.state}${correction.tied === true ? `, ${texts.tied}` : ""}</td>
<td class="n">${three(correction.gain, 3)}</td><td class="n">${three(correction.bias, 1)}</td><td class="n">${correction.places}</td><td class="n">${level(correction.before?.p95)}</td><td class="n">${level(correction.after?.p95)}</td></tr>\n`,
  )
  return html`<p>${texts.colours(String(edition), places, sites)} ${texts.differences([level(before?.median), level(before?.p95)], [level(after?.median), level(after?.p95)])}</p>
<p class="note">${gauge}</p>
<details><summary>${texts.corrections(images.length)}</summary><div class="wide"><table><thead><tr><th>${columns.image}</th><th>${columns.correction}</th><th class="n">${columns.gain}</th><th class="n">${columns.bias}</th><th class="n">${columns.places}</th><th class="n">${columns.before}</th><th class="n">${columns.after}</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>`
}
