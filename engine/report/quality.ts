/** The quality passport: figures of tiles against the thresholds that kernels declare. */
import type { Kernel, Metrics } from "../kernel.js"
import type { QualityRow, QualitySummary, QualityThreshold, QualityVerdict, TileOutcome } from "./outcome.js"

/** The thresholds that kernels declare on their ports of metrics, in the order of the kernels. */
export const thresholdsOf = (kernels: readonly Pick<Kernel, "id" | "outputs">[]): QualityThreshold[] =>
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

/** The worst verdict of a tile's figures; undefined where it has none that is bounded. */
export const judgeMetrics = (
  metrics: Metrics | undefined,
  thresholds: readonly QualityThreshold[],
): QualityVerdict | undefined => {
  const verdicts = thresholds.flatMap((threshold) => {
    const value = figureOf(threshold, metrics)
    return value === undefined ? [] : [judge(threshold, value)]
  })
  return (["fail", "warn", "good"] as const).find((verdict) => verdicts.includes(verdict))
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

/** Holds the tiles of a run against the thresholds. */
export const summariseQuality = (
  outcomes: readonly TileOutcome[],
  declared: readonly QualityThreshold[],
): QualitySummary => {
  const tiles = outcomes.filter(({ scope }) => scope === "tile")
  const verdicts = tiles.map(({ metrics }) => judgeMetrics(metrics, declared))
  const count = (verdict: QualityVerdict): number => verdicts.filter((one) => one === verdict).length
  const thresholds = declared.flatMap((threshold) => {
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
