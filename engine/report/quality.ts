/**
 * The quality passport: summarises the figures of tiles, and judges them by the thresholds that
 * kernels declare.
 */

import type { JobShare } from "../core/kernel-styles.js"
import { classFigure } from "../formats/points/class-schemes.js"
import type { Kernel, Metrics, Threshold } from "../kernel.js"
import { isOwnTile, type TileOutcome } from "./tile-outcome.js"

/** A declared threshold, with the names that its figures have in the passport: `kernel.name`. */
export interface QualityThreshold extends Threshold {
  readonly metric: string
  readonly unit: string
}

export type QualityVerdict = "good" | "warn" | "fail"

/** A threshold, and how the tiles of a run compare with it. */
export interface QualityRow extends QualityThreshold {
  /** Tiles that have the figure. */
  readonly tiles: number
  readonly worst: number
  /** Key of the tile with the worst value; the first in a tie. */
  readonly worstTile: string
  /** Tiles beyond `warn` but not beyond `fail`, and tiles beyond `fail`. */
  readonly warned: number
  readonly failed: number
}

/** The quality passport of a run. */
export interface QualitySummary {
  /** False when a tile is beyond a `fail` bound. */
  readonly ok: boolean
  /** Tiles by their worst verdict; tiles without a bounded figure are not counted. */
  readonly good: number
  readonly warned: number
  readonly failed: number
  /** Thresholds for which a tile of the run has the figure. */
  readonly thresholds: readonly QualityRow[]
  /** Figures of the whole job. */
  readonly shares: readonly QualityShare[]
}

/** The thresholds that kernels declare on their ports of metrics, in the order of the kernels. */
export const listThresholds = (kernels: readonly Pick<Kernel, "id" | "outputs">[]): QualityThreshold[] =>
  kernels.flatMap(({ id, outputs }) =>
    Object.values(outputs).flatMap((port) =>
      port.kind !== "metrics"
        ? []
        : Object.entries(port.thresholds ?? {}).map(([name, { share, meaning, unit = "", ...bounds }]) => {
            const full = (names: readonly string[]): string[] => names.map((one) => `${id}.${one}`)
            const sums = share && { share: { ...share, parts: full(share.parts), whole: full(share.whole) } }
            return { metric: `${id}.${name}`, ...sums, meaning, unit, ...bounds }
          }),
    ),
  )

/** A declared figure of the job, with its name in the passport: `kernel.name`. */
export interface DeclaredShare extends JobShare {
  readonly metric: string
}

/** A figure of the job in the passport. */
export interface QualityShare extends Pick<DeclaredShare, "metric" | "meaning" | "least" | "remedy"> {
  readonly value: number
}

/** The figures of the job that kernels declare, in the order of the kernels. */
export const listShares = (kernels: readonly Pick<Kernel, "id" | "outputs">[]): DeclaredShare[] =>
  kernels.flatMap(({ id, outputs }) =>
    Object.values(outputs).flatMap((port) =>
      Object.entries((port.kind === "metrics" && port.shares) || {}).map(([name, share]) => ({
        metric: `${id}.${name}`,
        ...share,
      })),
    ),
  )

/** The figures of the job from the metrics of all its tasks; none where the whole is 0. */
export const summariseShares = (
  outcomes: readonly Pick<TileOutcome, "metrics" | "neighbour">[],
  declared: readonly DeclaredShare[],
): QualityShare[] => {
  const sum = (names: readonly string[]): number =>
    outcomes.reduce(
      (total, { metrics, neighbour }) =>
        neighbour ? total : names.reduce((own, name) => own + (metrics?.[name] ?? 0), total),
      0,
    )
  return declared.flatMap(({ metric, meaning, least, remedy, parts, whole }) => {
    const all = sum(whole)
    // Parts of objects may be in tiles beyond the job's area, whose whole does not count.
    return all > 0 ? [{ metric, value: Math.min(1, sum(parts) / all), least, meaning, remedy }] : []
  })
}

/** The warnings for figures of the job below their bounds. */
export const shareWarnings = (shares: readonly QualityShare[]): string[] =>
  shares.flatMap(({ value, least, meaning, remedy }) =>
    value < least ? [`${Math.floor(1000 * value) / 10} % ${meaning}, fewer than ${100 * least} %. ${remedy}`] : [],
  )

/** The worst verdict on a tile's figures; undefined where none is bounded. */
export const judgeMetrics = (
  metrics: Metrics | undefined,
  thresholds: readonly QualityThreshold[],
): QualityVerdict | undefined => {
  const verdicts = thresholds.flatMap((threshold) => {
    const value = computeFigure(threshold, metrics)
    return value === undefined ? [] : [judge(threshold, value)]
  })
  return (["fail", "warn", "good"] as const).find((verdict) => verdicts.includes(verdict))
}

/** The figure of a tile; undefined without a value, or where the whole of a share is 0. */
const computeFigure = ({ metric, share }: QualityThreshold, metrics: Metrics | undefined): number | undefined => {
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

/** Compares the tiles of a run with the thresholds. */
export const summariseQuality = (
  outcomes: readonly TileOutcome[],
  declared: readonly QualityThreshold[],
  shares: readonly QualityShare[] = [],
): QualitySummary => {
  const tiles = outcomes.filter(isOwnTile)
  const verdicts = tiles.map(({ metrics }) => judgeMetrics(metrics, declared))
  const count = (verdict: QualityVerdict): number => verdicts.filter((one) => one === verdict).length
  const thresholds = declared.flatMap((threshold) => {
    const row = makeRow(threshold, tiles)
    return row.tiles === 0 ? [] : [row]
  })
  const failed = count("fail")
  return { ok: failed === 0, good: count("good"), warned: count("warn"), failed, thresholds, shares }
}

const makeRow = (threshold: QualityThreshold, outcomes: readonly TileOutcome[]): QualityRow => {
  let [tiles, worst, worstTile, warned, failed] = [0, Number.NEGATIVE_INFINITY, "", 0, 0]
  for (const { key, metrics } of outcomes) {
    const value = computeFigure(threshold, metrics)
    if (value === undefined) continue
    tiles++
    // In a tie the first by key, whichever ended first.
    const isWorse = value > worst || (value === worst && key < worstTile)
    if (isWorse) [worst, worstTile] = [value, key]
    const verdict = judge(threshold, value)
    if (verdict === "warn") warned++
    if (verdict === "fail") failed++
  }
  return { ...threshold, tiles, worst: tiles === 0 ? 0 : worst, worstTile, warned, failed }
}

/**
 * The passport figures of a run, by name: least, median (lower of two) and largest over the tiles.
 * Ignores NaN.
 */
export const summariseMetrics = (outcomes: readonly TileOutcome[]) => {
  const values = new Map<string, { key: string; value: number }[]>()
  for (const { key, metrics } of outcomes) {
    for (const [name, value] of Object.entries(metrics ?? {})) {
      // The summary has the sums of points by class.
      if (!Number.isFinite(value) || name.startsWith(classFigure)) continue
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
      let highest: string | undefined
      for (const { key, value } of list) if (value === max && (highest === undefined || key < highest)) highest = key
      return { name, tiles: list.length, min: at(0), median: at((sorted.length - 1) >> 1), max, highest: highest ?? "" }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
