import type { EndRecord } from "./journal-record.js"

/** Core-seconds of a work tile: `perPoint · points + perTile`. */
export interface CostModel {
  readonly perPoint: number
  readonly perTile: number
  /** Tiles it was fitted to; 0 for the default. */
  readonly tiles: number
  /** Standard deviation of what was measured about the model, as a share. */
  readonly spread: number
}

/**
 * The model before anything was measured at hand: the full-density tile of `maille bench e2e` (30 million points, 1 km²) took 48 core-seconds, a fifth of them for its area.
 */
export const defaultCost = (tileSize: number): CostModel => ({
  perPoint: 1.28e-6,
  perTile: 9.6 * (tileSize / 1000) ** 2,
  tiles: 0,
  spread: 0.35,
})

/**
 * Fits the model to what tiles took in former runs, both their stages together: least squares, with the factors held at zero or above. Undefined below three tiles.
 */
export const fitCost = (ends: Iterable<EndRecord>): CostModel | undefined => {
  const tiles = new Map<string, { points: number; seconds: number }>()
  for (const { scope, outcome, key, points, timeMs } of ends) {
    if ((scope !== "tile" && scope !== "model") || outcome !== "done" || timeMs <= 0) continue
    const tile = tiles.get(key) ?? { points: 0, seconds: 0 }
    tiles.set(key, { points: Math.max(tile.points, points), seconds: tile.seconds + timeMs / 1000 })
  }
  const measured = [...tiles.values()]
  const count = measured.length
  if (count < 3) return undefined
  const mean = (value: (tile: { points: number; seconds: number }) => number): number =>
    measured.reduce((sum, tile) => sum + value(tile), 0) / count
  const points = mean((tile) => tile.points)
  const seconds = mean((tile) => tile.seconds)
  const spreadOfPoints = mean((tile) => (tile.points - points) ** 2)
  const common = mean((tile) => (tile.points - points) * (tile.seconds - seconds))
  let perPoint = spreadOfPoints > 0 ? Math.max(0, common / spreadOfPoints) : 0
  let perTile = seconds - perPoint * points
  if (perTile < 0) {
    perTile = 0
    perPoint = points > 0 ? seconds / points : 0
  }
  const spread = Math.sqrt(mean((tile) => (tile.seconds - perPoint * tile.points - perTile) ** 2)) / seconds
  return { perPoint, perTile, tiles: count, spread }
}
