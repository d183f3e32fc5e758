/** Draws the plots of the report page as SVG: throughput, running tasks, memory. */
import { grouped } from "../core/texts.js"
import { type Html, html, keyEntry } from "./html.js"
import type { ReportTexts } from "./report-texts.js"
import { type RunHistory, roundAbove } from "./run-history.js"

const [WIDTH, HEIGHT] = [720, 200]
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 12, 10, 26]
const [SPAN_X, SPAN_Y] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM]

export const kindColours = { source: "#7a93ac", tile: "#2e9e5b", parent: "#e9a23b", job: "#8e5aa8" } as const
const KINDS = Object.keys(kindColours) as (keyof typeof kindColours)[]

/** Most bars of the throughput. */
const MOST_BARS = 30

/** Tiles that ended, by time step, and points a second. */
export const throughputPlot = ({ tiles, points, stepMs }: RunHistory, texts: ReportTexts): Html => {
  // Tiles end one by one: over short steps a rate is noise.
  const merged = Math.ceil(tiles.length / MOST_BARS)
  const perMinute = Array.from({ length: Math.ceil(tiles.length / merged) }, (_, i) => {
    const part = tiles.slice(i * merged, (i + 1) * merged)
    return (part.reduce((sum, count) => sum + count, 0) * 60_000) / (part.length * stepMs)
  })
  const width = (SPAN_X * merged) / tiles.length
  const top = niceTop(Math.max(...perMinute))
  const bars = perMinute.map((value, i) =>
    value === 0
      ? html``
      : html`<rect x="${num(LEFT + i * width)}" y="${up(value, top)}" width="${num(Math.min(width, SPAN_X - i * width))}" height="${num((SPAN_Y * value) / top)}" fill="#2e9e5b"/>`,
  )
  const total = points.reduce((sum, value) => sum + value, 0)
  const rate = (1000 * total) / (points.length * stepMs)
  const { note } = texts.throughput
  return plot(texts, texts.throughput, [tiles.length * stepMs, top], {
    marks: html`${bars}`,
    note: html`<p class="note">${note(grouped(rate), grouped(total))}</p>`,
  })
}

/** Tasks of each kind that ran at once, stacked, and the number of workers. */
export const workerPlot = ({ busy, stepMs, tiles }: RunHistory, workers: number, texts: ReportTexts): Html => {
  const steps = tiles.length
  const totals = tiles.map((_, i) => KINDS.reduce((sum, kind) => sum + (busy[kind][i] ?? 0), 0))
  const top = niceTop(Math.max(workers, ...totals))
  const below = new Array<number>(steps).fill(0)
  const bars = KINDS.map((kind) => {
    const rects = busy[kind].map((value, i) => {
      if (value === 0) return html``
      const base = below[i] ?? 0
      below[i] = base + value
      return html`<rect x="${at(i, steps)}" y="${up(base + value, top)}" width="${num(SPAN_X / steps)}" height="${num((SPAN_Y * value) / top)}"/>`
    })
    return html`<g fill="${kindColours[kind]}">${rects}</g>`
  })
  const limit = html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${up(workers, top)}" y2="${up(workers, top)}" class="limit"/>`
  const key = KINDS.map((kind) => keyEntry(kindColours[kind], texts.workers.kinds[kind]))
  return plot(texts, texts.workers, [steps * stepMs, top], {
    marks: html`${bars}${limit}`,
    note: html`<p class="note">${key}${texts.workers.line(workers)}</p>`,
  })
}

/** Resident memory of the engine process, and the job's budget. */
export const memoryPlot = (
  { memoryBytes, stepMs }: RunHistory,
  budgetBytes: number | undefined,
  texts: ReportTexts,
): Html => {
  const values = memoryBytes.map((bytes) => (bytes === null ? null : bytes / 1e6))
  const most = Math.max(0, ...values.map((value) => value ?? 0))
  const budget = budgetBytes === undefined ? undefined : budgetBytes / 1e6
  // A budget far above the memory used would flatten the curve; a note states it instead.
  const near = budget !== undefined && budget < 3 * most
  const top = niceTop(near ? Math.max(budget, most) : most)
  const points = values.flatMap((value, i) =>
    value === null ? [] : [`${num(LEFT + ((i + 0.5) * SPAN_X) / values.length)},${up(value, top)}`],
  )
  const limit = near
    ? html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${up(budget, top)}" y2="${up(budget, top)}" class="limit"/>`
    : html``
  const words = budget === undefined ? "" : texts.memory.budget(texts.megabytes(budget), near)
  return plot(texts, texts.memory, [values.length * stepMs, top], {
    marks: html`<polyline points="${points.join(" ")}" class="curve"/>${limit}`,
    note: html`<p class="note">${words}</p>`,
  })
}

const plot = (
  texts: ReportTexts,
  { title, unit }: { readonly title: string; readonly unit: string },
  [spanMs, top]: readonly [spanMs: number, top: number],
  { marks, note }: { readonly marks: Html; readonly note: Html },
): Html => {
  const lines = [0, 0.5, 1].map((share) => {
    const y = up(share * top, top)
    return html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" class="axis"/><text x="${LEFT - 6}" y="${num(Number(y) + 4)}" text-anchor="end">${figure(share * top, texts)}</text>`
  })
  const times = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle"
    return html`<text x="${num(LEFT + share * SPAN_X)}" y="${HEIGHT - 8}" text-anchor="${anchor}">${duration(share * spanMs, texts)}</text>`
  })
  return html`<figure><figcaption>${title}, ${unit}</figcaption>
<svg role="img" aria-label="${texts.plotLabel(title, unit)}" viewBox="0 0 ${WIDTH} ${HEIGHT}" class="plot">${lines}${marks}${times}</svg>
${note}</figure>`
}

const at = (step: number, steps: number): string => num(LEFT + (step * SPAN_X) / steps)
const up = (value: number, top: number): string => num(TOP + SPAN_Y * (1 - value / top))
const num = (value: number): string => String(Math.round(100 * value) / 100)

/** The top of an axis; 1 without values. */
const niceTop = (value: number): number => (value > 0 ? roundAbove(value) : 1)

/** A duration: "15.7 s", "12.5 min", "11.1 h". */
export const duration = (timeMs: number, texts: ReportTexts): string => {
  const seconds = timeMs / 1000
  if (seconds < 120) return `${figure(Math.round(10 * seconds) / 10, texts)} s`
  const minutes = seconds / 60
  return minutes < 120
    ? `${figure(Math.round(10 * minutes) / 10, texts)} min`
    : `${figure(Math.round((10 * minutes) / 60) / 10, texts)} h`
}

/** "12 345 678", or up to three digits. */
const figure = (value: number, { decimal }: ReportTexts): string =>
  value >= 1000 ? grouped(value) : decimal(String(Number(value.toPrecision(3))))
