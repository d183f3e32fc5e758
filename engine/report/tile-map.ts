/** Draws the map of work tiles in the report, coloured by outcome, time or quality. */
import { TileKey } from "../grid/tile-key.js"
import { type Html, html, keyEntry, seconds } from "./html.js"
import { judgeMetrics, type QualityThreshold, type QualityVerdict } from "./quality.js"
import type { ReportTexts } from "./report-texts.js"
import { isOwnTile, type OutcomeKind, type TileOutcome } from "./tile-outcome.js"

/** Colour of each outcome, in the map and in the tables. */
export const outcomeColours: Readonly<Record<OutcomeKind, string>> = {
  done: "#2e9e5b",
  unchanged: "#8cc9a1",
  skipped: "#c9c3b4",
  failed: "#d1495b",
  quarantined: "#8e2f6b",
}

export const qualityColours: Readonly<Record<QualityVerdict, string>> = {
  good: "#2e9e5b",
  warn: "#e9a23b",
  fail: "#d1495b",
}

/** From short to long times, in equal shares of the longest; also readable in grey. */
const timeColours = ["#fff3cf", "#fdd694", "#f6ac6a", "#e47a55", "#bf4a55", "#7d2858"] as const
const NONE = "#e3e6e8"

/** CSS of the map: the radio buttons that precede it choose its colours without a script. */
export const tileMapStyle: string = [
  ...timeColours.map((colour, i) => `#by-time:checked~svg .t${i}{fill:${colour}}`),
  `#by-time:checked~svg .tn,#by-quality:checked~svg .qn{fill:${NONE}}`,
  ...Object.entries(qualityColours).map(([name, colour]) => `#by-quality:checked~svg .q${name}{fill:${colour}}`),
  ".key{display:none}#by-outcome:checked~.key.o,#by-time:checked~.key.t,#by-quality:checked~.key.q{display:block}",
].join("\n")

/**
 * A map of the work tiles, north up: an SVG whose squares are coloured by outcome, time or quality,
 * as the radio buttons above it choose. Each square's title has its key, outcome, time and reason.
 * About 150 bytes a tile.
 */
export const tileMap = (
  outcomes: readonly TileOutcome[],
  thresholds: readonly QualityThreshold[],
  texts: ReportTexts,
): Html => {
  const { map, outcomes: outcomeNames, verdicts } = texts
  const tiles = outcomes.filter(isOwnTile).map((outcome) => ({ outcome, key: TileKey.parse(outcome.key) }))
  if (tiles.length === 0) return html`<p>${texts.noTile}</p>`
  const least = (of: (key: TileKey) => number): number => tiles.reduce((a, { key }) => Math.min(a, of(key)), Infinity)
  const most = (of: (key: TileKey) => number): number => tiles.reduce((a, { key }) => Math.max(a, of(key)), -Infinity)
  const [minX, maxY] = [least(({ x }) => x), most(({ y }) => y)]
  const [columns, rows] = [most(({ x }) => x) - minX + 1, maxY - least(({ y }) => y) + 1]
  const longest = tiles.reduce((a, { outcome }) => Math.max(a, outcome.timeMs), 0)
  const letters = tiles.length > MANY ? 40 : 200
  const squares = tiles.map(({ outcome, key }) =>
    square(texts, outcome, [key.x - minX, maxY - key.y], {
      ...{ longest, letters, verdict: judgeMetrics(outcome.metrics, thresholds) },
    }),
  )
  // Small jobs have squares of a handy size; large ones fill the page.
  const width = Math.min(720, 64 * columns, (720 * columns) / rows)
  return html`<div class="map">
<input type="radio" name="by" id="by-outcome" checked="checked"/><label for="by-outcome">${map.outcome}</label>
<input type="radio" name="by" id="by-time"/><label for="by-time">${map.time}</label>
<input type="radio" name="by" id="by-quality"/><label for="by-quality">${map.quality}</label>
<p class="key o">${(Object.keys(outcomeColours) as OutcomeKind[]).map((kind) => keyEntry(outcomeColours[kind], outcomeNames[kind]))}</p>
<p class="key t">${timeColours.map((colour, i) => keyEntry(colour, map.upTo(seconds(((i + 1) * longest) / timeColours.length, texts))))}${keyEntry(NONE, map.notRun)}</p>
<p class="key q">${(Object.keys(qualityColours) as QualityVerdict[]).map((kind) => keyEntry(qualityColours[kind], verdicts[kind]))}${keyEntry(NONE, map.noFigure)}</p>
<svg role="img" aria-label="${map.label}" viewBox="-0.05 -0.05 ${columns + 0.1} ${rows + 0.1}" style="width:${Math.round(width)}px"><g stroke="#fff" stroke-width="0.04">${squares}</g></svg>
<p class="note">${map.note(columns, rows, tiles.length)}</p>
</div>`
}

interface CellFacts {
  /** Longest time of a tile. */
  readonly longest: number
  /** Most letters of the title. */
  readonly letters: number
  readonly verdict: QualityVerdict | undefined
}

const square = (
  texts: ReportTexts,
  outcome: TileOutcome,
  [x, y]: readonly [number, number],
  { longest, letters, verdict }: CellFacts,
): Html => {
  const last = timeColours.length - 1
  const ran = outcome.timeMs > 0 && longest > 0
  const time = ran ? String(Math.min(last, Math.floor((outcome.timeMs / longest) * timeColours.length))) : "n"
  const quality = verdict ?? "n"
  const kind = texts.outcomes[outcome.outcome]
  const parts = [outcome.key, kind, ...(ran ? [seconds(outcome.timeMs, texts)] : []), outcome.reason]
  const title = parts.filter((part) => part !== undefined).join(": ")
  const short = title.length > letters ? `${title.slice(0, letters)}…` : title
  return html`<rect x="${x}" y="${y}" width="1" height="1" class="t${time} q${quality}" fill="${outcomeColours[outcome.outcome]}"><title>${short}</title></rect>`
}

/**
 * Tiles above which a square's title truncates the reason, which the table of failures has in full.
 */
const MANY = 2000
