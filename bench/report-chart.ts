import { type Html, html } from "../engine/report/html.js"
import type { HistoryRecord } from "./history.js"

const WIDTH = 300
const HEIGHT = 96
const MARGIN = 8

/** A rate for people: "12 345 678" or three digits. */
export const figure = (value: number): string =>
  value >= 1000 ? String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, " ") : value.toPrecision(3)

/**
 * A benchmark's median rates in order of recording, with the interquartile range as a band. A point's title holds its commit, date and values; a
 * hollow point gave another output than the one before it. The height spans at least ± 15 % of the latest value, so that noise does not look like news.
 */
export const trendChart = (records: readonly HistoryRecord[]): Html => {
  const latest = records.at(-1)?.median ?? 0
  const low = Math.min(latest * 0.85, ...records.map(({ median, spread }) => median - spread / 2))
  const high = Math.max(latest * 1.15, ...records.map(({ median, spread }) => median + spread / 2))
  const x = (index: number): string =>
    (records.length < 2 ? WIDTH / 2 : MARGIN + (index * (WIDTH - 2 * MARGIN)) / (records.length - 1)).toFixed(1)
  const y = (value: number): string =>
    (HEIGHT - MARGIN - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN)).toFixed(1)
  const line = records.map(({ median }, i) => `${x(i)},${y(median)}`).join(" ")
  const upper = records.map(({ median, spread }, i) => `${x(i)},${y(median + spread / 2)}`)
  const lower = records.map(({ median, spread }, i) => `${x(i)},${y(median - spread / 2)}`).reverse()
  const points = records.map((record, i) => {
    const isOther = i > 0 && records[i - 1]?.checksum !== record.checksum
    return html`<circle class="${isOther ? "other" : "same"}" cx="${x(i)}" cy="${y(record.median)}" r="3.5"><title>${titleOf(record, isOther)}</title></circle>`
  })
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${records[0]?.name ?? ""}: trend of the rate">
<line class="axis" x1="0" x2="${WIDTH}" y1="${y(low)}" y2="${y(low)}"/>
<polygon class="band" points="${[...upper, ...lower].join(" ")}"/>
<polyline class="trend" points="${line}"/>
${points}
<text x="${WIDTH}" y="10" text-anchor="end">${figure(high)}</text><text x="${WIDTH}" y="${HEIGHT - MARGIN - 3}" text-anchor="end">${figure(low)}</text>
</svg>`
}

const titleOf = (record: HistoryRecord, isOther: boolean): string =>
  [
    `${record.commit}, ${record.date}`,
    `${figure(record.median)} ± ${figure(record.spread / 2)} ${record.unit}, peak ${Math.round(record.peakBytes / 1e6)} MB`,
    `Node.js ${record.node}, maille ${record.maille}${record.kernel === "" ? "" : `, kernel version ${record.kernel}`}`,
    ...(isOther ? [`output changed: ${record.checksum}`] : []),
  ].join("\n")
