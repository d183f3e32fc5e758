/** Summarises a run from the outcomes of its tasks. */
import { isTileStage } from "../core/stages.js"
import { counted } from "../core/texts.js"
import { classFigure, droppedFigure, unlistedFigure } from "../formats/points/class-schemes.js"
import { flagOf } from "../job/fields.js"
import { kernelOf } from "../job/kernels/load-kernels.js"
import { pointClasses } from "../plan/chains/chain.js"
import type { Plan } from "../plan/plan.js"
import type { RunSummary } from "./outcome.js"
import { type DeclaredShare, type QualityThreshold, summariseQuality, summariseShares } from "./quality.js"
import { type MemorySample, runHistory } from "./run-history.js"
import { totalSteps } from "./step-totals.js"
import { isOwnTile, type OutcomeKind, type TileOutcome } from "./tile-outcome.js"

/** What the kernels of a job declare for the passport. */
interface DeclaredQuality {
  readonly thresholds: readonly QualityThreshold[]
  readonly shares: readonly DeclaredShare[]
}

/**
 * Summarises a run from the outcomes of its tasks, and the bounds that its kernels declare.
 */
export const summarise = (
  outcomes: readonly TileOutcome[],
  memory: readonly MemorySample[],
  timeMs: number,
  { thresholds, shares }: DeclaredQuality,
  stopped?: RunSummary["stopped"],
): RunSummary => {
  const history = runHistory(outcomes, memory)
  const tiles = wholeTiles(outcomes)
  const others = outcomes.filter((one) => !isOwnTile(one) && one.stage !== "model" && isBad(one))
  const countOf = (list: readonly TileOutcome[], ...kinds: OutcomeKind[]): number =>
    list.filter(({ outcome }) => kinds.includes(outcome)).length
  const reused = outcomes.filter((one) => one.reused).length
  return {
    done: countOf(tiles, "done"),
    unchanged: countOf(tiles, "unchanged"),
    ...(reused === 0 ? {} : { reused }),
    skipped: countOf(tiles, "skipped"),
    failed: countOf([...tiles, ...others], "failed"),
    quarantined: countOf([...tiles, ...others], "quarantined"),
    aborted: stopped !== undefined,
    ...(stopped === undefined ? {} : { stopped }),
    ...sumReading(outcomes),
    ...sumByClass(outcomes, unlistedFigure, "pointsUnlisted"),
    ...sumByClass(outcomes, droppedFigure, "pointsDropped"),
    ...sumByClass(outcomes, classFigure, "pointsByClass"),
    // maxRSS is in KiB.
    processPeakBytes: process.resourceUsage().maxRSS * 1024,
    processCpuMs: processCpuMs(),
    steps: totalSteps(outcomes),
    ...(history === undefined ? {} : { history }),
    ...(stopped === undefined
      ? { quality: summariseQuality(tiles, thresholds, summariseShares(outcomes, shares)) }
      : {}),
    tiles: [...tiles, ...others],
    timeMs: Math.round(timeMs),
  }
}

/** Merges the outcomes of both stages of each tile. */
const wholeTiles = (outcomes: readonly TileOutcome[]): TileOutcome[] => {
  const models = new Map(outcomes.flatMap((one) => (one.stage === "model" ? [[one.key, one] as const] : [])))
  return outcomes.flatMap((tile) => {
    if (!isOwnTile(tile)) return []
    const model = models.get(tile.key)
    return [model === undefined ? tile : bothStages(tile, model)]
  })
}

const bothStages = (tile: TileOutcome, model: TileOutcome): TileOutcome => {
  const tells = isBad(tile) || (!isBad(model) && model.outcome === "unchanged") ? tile : model
  const { reason, error, reproduce, outcome } = tells
  const metrics = { ...tile.metrics }
  for (const [name, value] of Object.entries(model.metrics ?? {}))
    metrics[name in metrics ? `model.${name}` : name] = value
  const steps = { ...tile.steps }
  for (const [name, { timeMs, cpuMs }] of Object.entries(model.steps ?? {})) {
    const first = steps[name]
    const cpu = cpuMs === undefined ? first?.cpuMs : (first?.cpuMs ?? 0) + cpuMs
    steps[name] = { timeMs: (first?.timeMs ?? 0) + timeMs, ...(cpu === undefined ? {} : { cpuMs: cpu }) }
  }
  const { reason: _, error: __, reproduce: ___, ...rest } = tile
  return {
    ...rest,
    outcome,
    timeMs: tile.timeMs + model.timeMs,
    peakBytes: Math.max(tile.peakBytes, model.peakBytes),
    ...(reason === undefined ? {} : { reason }),
    ...(error === undefined ? {} : { error }),
    ...(reproduce === undefined ? {} : { reproduce }),
    ...(Object.keys(metrics).length === 0 ? {} : { metrics }),
    ...(Object.keys(steps).length === 0 ? {} : { steps }),
    outputs: [...(tile.outputs ?? []), ...(model.outputs ?? [])],
  }
}

const isBad = ({ outcome }: TileOutcome): boolean => outcome === "failed" || outcome === "quarantined"

const processCpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return Math.round((user + system) / 1000)
}

type Counted = "pointsUnlisted" | "pointsDropped" | "pointsByClass"

/** Points by class of the sources: all, or those that the scheme lacks or leaves out. */
const sumByClass = (outcomes: readonly TileOutcome[], figure: string, name: Counted): Pick<RunSummary, Counted> => {
  const counts: Record<string, number> = {}
  for (const { stage, neighbour, metrics = {} } of outcomes) {
    // The second stage of a tile reads a COPC again.
    if (stage === "model" || (figure === classFigure && neighbour === true)) continue
    for (const [metric, count] of Object.entries(metrics)) {
      if (!metric.startsWith(figure)) continue
      const code = metric.slice(figure.length)
      counts[code] = (counts[code] ?? 0) + count
    }
  }
  return Object.keys(counts).length === 0 ? {} : { [name]: counts }
}

type PointFigures = Pick<RunSummary, "pointsUnlisted" | "pointsOutside" | "pointsByClass">

/**
 * The warnings for points outside the bounds of their files, for points of classes that the scheme
 * lacks, and for sources of which nearly all points have no class.
 */
export const pointWarnings = (summary: PointFigures, plan: Pick<Plan, "context" | "kernels">): string[] => [
  ...outsideWarnings(summary),
  ...unlistedWarnings(summary),
  ...unclassifiedWarnings(summary, plan),
]

/** Share of points without a class above which a job is asked whether it means so. */
const MOST_UNCLASSIFIED = 0.9
/** Classes of vegetation and buildings. */
const COVER = [3, 4, 5, 6]

const unclassifiedWarnings = (
  { pointsByClass = {} }: PointFigures,
  { context, kernels }: Pick<Plan, "context" | "kernels">,
): string[] => {
  const all = Object.values(pointsByClass).reduce((sum, count) => sum + count, 0)
  const open = ["0", "1"].filter((code) => (pointsByClass[code] ?? 0) > 0)
  const count = open.reduce((sum, code) => sum + pointsByClass[code]!, 0)
  if (count < MOST_UNCLASSIFIED * all || count === 0 || context.fromUnclassified !== undefined) return []
  const read = pointClasses(context, (id) => kernelOf(kernels, id))
  if (read !== undefined && !COVER.some((code) => read.includes(code))) return []
  const found = `${Math.floor((100 * count) / all)} % of the points have no class (${open.join(" and ")}: ${counted(count, "point")})`
  const [vegetation, buildings] = [flagOf("vegetationFrom"), flagOf("buildingsFrom")]
  const remedy = `${vegetation} unclassified; with outlines of buildings also ${buildings} unclassified`
  return [`${found}: no vegetation and no building is made of them. To fix: ${remedy}`]
}

const outsideWarnings = ({ pointsOutside = 0 }: Pick<RunSummary, "pointsOutside">): string[] =>
  pointsOutside === 0
    ? []
    : [
        `${counted(pointsOutside, "point")} outside the box or heights that the header of their file states; read where a tile covers them. To fix: rewrite the header (lasinfo -repair)`,
      ]

const unlistedWarnings = ({ pointsUnlisted: counts = {} }: Pick<RunSummary, "pointsUnlisted">): string[] => {
  const codes = Object.keys(counts)
  if (codes.length === 0) return []
  const points = counted(
    codes.reduce((sum, code) => sum + counts[code]!, 0),
    "point",
  )
  const classes = `${codes.length === 1 ? "class" : "classes"} ${codes.join(", ")}`
  return [`the class scheme lacks ${classes}: ${points} read as unclassified. To fix: --classes SCHEME, or FILE.json`]
}

/** Points that this run decoded, in both stages of the tiles, and points that its tiles needed. */
const sumReading = (
  outcomes: readonly TileOutcome[],
): Pick<RunSummary, "pointsDecoded" | "pointsNeeded" | "decodedPerNeeded" | "pointsFlagged" | "pointsOutside"> => {
  let [pointsDecoded, pointsNeeded, flagged, outside] = [0, 0, 0, 0]
  for (const { stage, outcome, points, metrics = {} } of outcomes) {
    // Also of tasks that did not run again.
    if (stage !== "model") outside += metrics["points.outside"] ?? 0
    if (outcome !== "done" && outcome !== "skipped") continue
    if (stage === "source") pointsDecoded += points
    // The second stage of a tile reads a COPC again.
    if (stage !== "model") flagged += metrics["points.flagged"] ?? 0
    if (!isTileStage(stage)) continue
    const { "points.decoded": decoded = 0, "points.read": read = 0 } = metrics
    const { "points.duplicates": duplicates = 0, "points.noise": noise = 0 } = metrics
    pointsDecoded += decoded
    if (stage === "model") continue
    pointsNeeded += read + duplicates + noise
  }
  const read = {
    pointsDecoded,
    pointsNeeded,
    ...(flagged === 0 ? {} : { pointsFlagged: flagged }),
    ...(outside === 0 ? {} : { pointsOutside: outside }),
  }
  if (pointsNeeded === 0) return read
  return { ...read, decodedPerNeeded: Math.round((1000 * pointsDecoded) / pointsNeeded) / 1000 }
}
