/** Summarises the figures of the quality passport over all tiles. */
import type { TileOutcome } from "./tile-outcome.js"

/** One figure of the quality passport over all tiles that have it. */
export interface MetricRow {
  readonly name: string
  readonly tiles: number
  readonly min: number
  readonly median: number
  readonly max: number
  /** Key of the tile with the largest value (the first of them). */
  readonly highest: string
}

/** The passport figures of a run, by name: least, median (lower of two) and largest over the tiles. NaN values are left out. */
export const summariseMetrics = (outcomes: readonly TileOutcome[]): MetricRow[] => {
  const values = new Map<string, { key: string; value: number }[]>()
  for (const { key, metrics } of outcomes) {
    for (const [name, value] of Object.entries(metrics ?? {})) {
      if (!Number.isFinite(value)) continue
      const list = values.get(name) ?? []
      list.push({ key, value })
      values.set(name, list)
    }
  }
  return [...values]
    .map(([name, list]) => {
      const sorted = [...list].sort((a, b) => a.value - b.value)
      const at = (index: number): number => sorted[index]?.value ?? Number.NaN
      const max = at(sorted.length - 1)
      const highest = list.find(({ value }) => value === max)?.key ?? ""
      return { name, tiles: list.length, min: at(0), median: at((sorted.length - 1) >> 1), max, highest }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
