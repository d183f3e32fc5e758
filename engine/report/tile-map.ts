import { TileKey } from "../grid/tile-key.js"
import { type Html, html } from "./html.js"
import type { OutcomeKind, TileOutcome } from "./outcome.js"

/** Colour of each outcome, in the map and in the table. */
export const outcomeColours: Readonly<Record<OutcomeKind, string>> = {
  done: "#2e9e5b",
  unchanged: "#8cc9a1",
  skipped: "#c9c3b4",
  failed: "#d1495b",
  quarantined: "#8e2f6b",
}

/** An SVG map of the work tiles, north up, coloured by outcome; each square's title tells its key, outcome and reason. */
export const tileMap = (outcomes: readonly TileOutcome[]): Html => {
  const tiles = outcomes
    .filter(({ scope }) => scope === "tile")
    .map((outcome) => ({ outcome, key: TileKey.parse(outcome.key) }))
  if (tiles.length === 0) return html`<p>No tile.</p>`
  const xs = tiles.map(({ key }) => key.x)
  const ys = tiles.map(({ key }) => key.y)
  const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b))
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b))
  const [minX, maxY] = [least(xs), most(ys)]
  const [columns, rows] = [most(xs) - minX + 1, maxY - least(ys) + 1]
  const width = Math.min(640, 48 * columns)
  const squares = tiles.map(({ outcome, key }) => {
    const title = [outcome.key, outcome.outcome, outcome.reason].filter((part) => part !== undefined).join(": ")
    const colour = outcomeColours[outcome.outcome]
    return html`<rect x="${key.x - minX}" y="${maxY - key.y}" width="1" height="1" fill="${colour}"><title>${title}</title></rect>`
  })
  return html`<svg role="img" aria-label="Map of the tiles" viewBox="-0.05 -0.05 ${columns + 0.1} ${rows + 0.1}" width="${width}" style="max-height:640px"><g stroke="#fff" stroke-width="0.04">${squares}</g></svg>`
}
