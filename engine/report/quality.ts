import type { Metrics } from "../kernel.js"
import type { TileOutcome } from "./outcome.js"

/** A bound of the quality passport. A value beyond `warn` asks for a look, one beyond `fail` for not releasing the tile. */
export interface QualityThreshold {
  /** Name of the figure, `kernel.name`. */
  readonly metric: string
  readonly meaning: string
  /** Unit of the figure and its bounds; "" for shares and counts. */
  readonly unit: string
  readonly warn: number
  /** Absent: never a reason against a release. */
  readonly fail?: number
}

/** What a tile's figures amount to. */
export type QualityVerdict = "good" | "warn" | "fail"

/**
 * THE thresholds of the passport, all upper bounds and absolute: the same for every tile, job and machine. Those of meshes are two and four times the default
 * `maxError` of 0.25 m; those of rasters speak of the tile's own cells.
 */
export const qualityThresholds: readonly QualityThreshold[] = [
  { metric: "raster.dtm.voidPercent", meaning: "terrain without a height", unit: "%", warn: 2, fail: 25 },
  { metric: "raster.dtm.filledPercent", meaning: "terrain filled from afar", unit: "%", warn: 20, fail: 60 },
  { metric: "raster.dsm.voidPercent", meaning: "surface without a height", unit: "%", warn: 2, fail: 25 },
  { metric: "raster.dsm.filledPercent", meaning: "surface filled from afar", unit: "%", warn: 20, fail: 60 },
  { metric: "raster.dhm.belowGroundPercent", meaning: "surface below the terrain", unit: "%", warn: 1, fail: 5 },
  {
    metric: "mesh.surface.maxErrorM",
    meaning: "largest distance of the mesh to the points",
    unit: "m",
    warn: 0.5,
    fail: 1,
  },
  {
    metric: "mesh.surface.rmsErrorM",
    meaning: "distance of the mesh to the points, root mean square",
    unit: "m",
    warn: 0.12,
    fail: 0.25,
  },
  { metric: "texture.drape.classColourShare", meaning: "texture without an image", unit: "", warn: 0.05, fail: 0.5 },
  { metric: "texture.drape.texelM", meaning: "size of a texel", unit: "m", warn: 0.5 },
  { metric: "vector.building.unsimplifiedRings", meaning: "outlines that could not be simplified", unit: "", warn: 0 },
]

/** The worst verdict of a tile's figures; undefined where it has none that is bounded. */
export const judgeMetrics = (metrics: Metrics | undefined): QualityVerdict | undefined => {
  let verdict: QualityVerdict | undefined
  for (const threshold of qualityThresholds) {
    const value = metrics?.[threshold.metric]
    if (value === undefined || !Number.isFinite(value)) continue
    const own = judge(threshold, value)
    if (verdict === undefined || own === "fail" || (own === "warn" && verdict === "good")) verdict = own
  }
  return verdict
}

const judge = ({ warn, fail }: QualityThreshold, value: number): QualityVerdict => {
  if (fail !== undefined && value > fail) return "fail"
  return value > warn ? "warn" : "good"
}

/** A threshold and how the tiles of a run stand to it. */
export interface QualityRow extends QualityThreshold {
  /** Tiles that have the figure. */
  readonly tiles: number
  readonly worst: number
  /** Key of the tile with the worst value, the first of them. */
  readonly worstTile: string
  /** Tiles beyond `warn` but not beyond `fail`, and beyond `fail`. */
  readonly warned: number
  readonly failed: number
}

/** The quality passport of a run. */
export interface QualitySummary {
  /** False when a tile is beyond a `fail` bound. */
  readonly ok: boolean
  /** Tiles by their worst verdict; those without a bounded figure are in none. */
  readonly good: number
  readonly warned: number
  readonly failed: number
  /** Thresholds whose figure a tile of the run has. */
  readonly thresholds: readonly QualityRow[]
}

/** Holds the tiles of a run against the thresholds. */
export const summariseQuality = (outcomes: readonly TileOutcome[]): QualitySummary => {
  const tiles = outcomes.filter(({ scope }) => scope === "tile")
  const verdicts = tiles.map(({ metrics }) => judgeMetrics(metrics))
  const count = (verdict: QualityVerdict): number => verdicts.filter((one) => one === verdict).length
  const thresholds = qualityThresholds.flatMap((threshold) => {
    const row = rowOf(threshold, tiles)
    return row.tiles === 0 ? [] : [row]
  })
  const failed = count("fail")
  return { ok: failed === 0, good: count("good"), warned: count("warn"), failed, thresholds }
}

const rowOf = (threshold: QualityThreshold, outcomes: readonly TileOutcome[]): QualityRow => {
  let [tiles, worst, worstTile, warned, failed] = [0, Number.NEGATIVE_INFINITY, "", 0, 0]
  for (const { key, metrics } of outcomes) {
    const value = metrics?.[threshold.metric]
    if (value === undefined || !Number.isFinite(value)) continue
    tiles++
    if (value > worst) [worst, worstTile] = [value, key]
    const verdict = judge(threshold, value)
    if (verdict === "warn") warned++
    if (verdict === "fail") failed++
  }
  return { ...threshold, tiles, worst: tiles === 0 ? 0 : worst, worstTile, warned, failed }
}
