import type { Metrics } from "../kernel.js"
import type { TileOutcome } from "./outcome.js"

/** A bound of the quality passport. A value beyond `warn` asks for a look, one beyond `fail` for not releasing the tile. */
export interface QualityThreshold {
  /** Name of the figure, `kernel.name`: one that the kernel tells, or with `share` one made of several. */
  readonly metric: string
  /** The figure is the sum of some metrics over that of others; with `rest` what is left of 1. */
  readonly share?: { readonly parts: readonly string[]; readonly whole: readonly string[]; readonly rest?: true }
  readonly meaning: string
  /** Unit of the figure and its bounds; "" for shares and counts. */
  readonly unit: string
  readonly warn: number
  /** Absent: never a reason against a release. Equal to `warn`: nothing beyond it may be released. */
  readonly fail?: number
}

/** What a tile's figures amount to. */
export type QualityVerdict = "good" | "warn" | "fail"

/**
 * THE thresholds of the passport, all upper bounds and absolute: the same for every tile, job and machine. Those of surfaces are two and four times the default
 * `maxError` (0.25 m of `mesh.surface`, 0.15 m of `mesh.terrain`); those of rasters speak of the tile's own cells; faults of a welded mesh have no tolerance.
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
  {
    metric: "mesh.terrain.maxErrorM",
    meaning: "largest height of a ground point over the mesh",
    unit: "m",
    warn: 0.3,
    fail: 0.6,
  },
  {
    metric: "mesh.terrain.p95ErrorM",
    meaning: "height of ground points over the mesh, 95 % are nearer",
    unit: "m",
    warn: 0.15,
    fail: 0.3,
  },
  {
    metric: "mesh.terrain.rmsErrorM",
    meaning: "height of ground points over the mesh, root mean square",
    unit: "m",
    warn: 0.07,
    fail: 0.15,
  },
  {
    metric: "mesh.terrain.rejectedShare",
    share: {
      parts: ["mesh.terrain.rejectedStep", "mesh.terrain.rejectedAtWall"],
      whole: ["mesh.terrain.rejectedStep", "mesh.terrain.rejectedAtWall", "mesh.terrain.accepted"],
    },
    meaning: "ground points that no mesh of heights can meet",
    unit: "",
    warn: 0.001,
    fail: 0.02,
  },
  {
    metric: "mesh.terrain.waterRmsErrorM",
    meaning: "height of water points over their surface, root mean square",
    unit: "m",
    warn: 0.15,
    fail: 0.6,
  },
  {
    metric: "mesh.terrain.droppedEdges",
    meaning: "edges of outlines and shores left out of the ground where they meet another",
    unit: "",
    warn: 0,
    fail: 20,
  },
  {
    metric: "mesh.terrain.droppedLines",
    meaning: "pieces of breaklines left out where they meet an outline or each other",
    unit: "",
    warn: 0,
    fail: 20,
  },
  {
    metric: "mesh.terrain.droppedAbutments",
    meaning: "pieces of bridge abutments left out of the ground where they meet an outline, a shore or a line",
    unit: "",
    warn: 0,
    fail: 20,
  },
  {
    metric: "mesh.building.roofRmseM",
    meaning: "distance of points of class 6 from the nearest roof or wall, root mean square",
    unit: "m",
    warn: 0.35,
    fail: 1,
  },
  {
    metric: "mesh.building.rmseMedianM",
    meaning: "the same of each building: half of them keep it",
    unit: "m",
    warn: 0.15,
    fail: 0.35,
  },
  {
    metric: "mesh.building.rmse95M",
    meaning: "the same of each building: 95 % of them keep it",
    unit: "m",
    warn: 0.35,
    fail: 1,
  },
  {
    metric: "mesh.building.simpleShare",
    share: { parts: ["mesh.building.buildingsLod22"], whole: ["mesh.building.buildings"], rest: true },
    meaning: "buildings with less than LoD 2.2",
    unit: "",
    warn: 0.2,
  },
  {
    metric: "mesh.building.failedShare",
    share: {
      parts: ["mesh.building.buildingsFailed"],
      whole: ["mesh.building.buildingsFailed", "mesh.building.buildings"],
    },
    meaning: "buildings without a solid",
    unit: "",
    warn: 0,
    fail: 0.05,
  },
  { metric: "mesh.weld.openEdges", meaning: "edges of one face inside the mesh", unit: "", warn: 0, fail: 0 },
  { metric: "mesh.weld.nonManifoldEdges", meaning: "edges of more than two faces", unit: "", warn: 0, fail: 0 },
  { metric: "mesh.weld.duplicated", meaning: "faces that are there twice", unit: "", warn: 0, fail: 0 },
  { metric: "mesh.weld.degenerate", meaning: "faces without area", unit: "", warn: 0 },
  {
    metric: "texture.drape.classColourShare",
    meaning: "surface in the colour of its class, without an image",
    unit: "",
    warn: 0.05,
    fail: 0.5,
  },
  {
    metric: "texture.drape.overhungShare",
    meaning: "surface with the image of what stands above it",
    unit: "",
    warn: 0.05,
  },
  { metric: "texture.drape.texelM", meaning: "size of a texel", unit: "m", warn: 0.5 },
  {
    metric: "vector.building.movedRings",
    meaning: "outlines that are straight but hardly regular",
    unit: "",
    warn: 10,
    fail: 200,
  },
  {
    metric: "vector.building.unfittedRings",
    meaning: "outlines not fitted to their points",
    unit: "",
    warn: 0,
    fail: 20,
  },
  { metric: "vector.building.failedBlocks", meaning: "given outlines that bound nothing", unit: "", warn: 0, fail: 5 },
  { metric: "vector.building.unsimplifiedRings", meaning: "outlines that could not be simplified", unit: "", warn: 0 },
]

/** The worst verdict of a tile's figures; undefined where it has none that is bounded. */
export const judgeMetrics = (metrics: Metrics | undefined): QualityVerdict | undefined => {
  let verdict: QualityVerdict | undefined
  for (const threshold of qualityThresholds) {
    const value = figureOf(threshold, metrics)
    if (value === undefined) continue
    const own = judge(threshold, value)
    if (verdict === undefined || own === "fail" || (own === "warn" && verdict === "good")) verdict = own
  }
  return verdict
}

/** The figure of a tile; undefined where it has none, or nothing that it could be a share of. */
const figureOf = ({ metric, share }: QualityThreshold, metrics: Metrics | undefined): number | undefined => {
  const sum = (names: readonly string[]): number => names.reduce((total, name) => total + (metrics?.[name] ?? 0), 0)
  const whole = share === undefined ? 0 : sum(share.whole)
  const part = share === undefined ? (metrics?.[metric] ?? Number.NaN) : sum(share.parts) / whole
  const value = share?.rest === true ? 1 - part : part
  return Number.isFinite(value) ? value : undefined
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
    const value = figureOf(threshold, metrics)
    if (value === undefined) continue
    tiles++
    if (value > worst) [worst, worstTile] = [value, key]
    const verdict = judge(threshold, value)
    if (verdict === "warn") warned++
    if (verdict === "fail") failed++
  }
  return { ...threshold, tiles, worst: tiles === 0 ? 0 : worst, worstTile, warned, failed }
}
