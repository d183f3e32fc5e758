/** Writes `report.json` and `report.html` of a run. */
import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { jsonPieces } from "../core/json/json-pieces.js"
import { packageVersion } from "../core/package-files.js"
import { layout } from "../job/layout.js"
import { notMeasuredByRun } from "../job/release.js"
import type { Plan } from "../plan/plan.js"
import type { RunSummary } from "./outcome.js"
import { judgeMetrics, listThresholds, summariseMetrics, summariseQuality } from "./quality.js"
import { type ReportPlan, reportPage } from "./report-page.js"
import type { Language } from "./report-texts.js"
import { pointWarnings } from "./summarise.js"
import { isOwnTile } from "./tile-outcome.js"

export const reportFiles = ["report.json", "report.html"] as const

/**
 * Writes `report.json` (all facts, the passport and its summary) and `report.html` (the same as one
 * page, in `language`); returns their paths.
 */
export const writeReport = async (plan: Plan, summary: RunSummary, language?: Language): Promise<readonly string[]> => {
  const { out } = plan.job
  const temporary = join(out, layout.temporary)
  const thresholds = listThresholds(plan.kernels.map(({ kernel }) => kernel))
  const facts = { plan: toReportPlan(plan), summary, thresholds, pointWarnings: pointWarnings(summary, plan) }
  const { tiles } = summary
  const judged = tiles.map((tile) => {
    const quality = isOwnTile(tile) ? judgeMetrics(tile.metrics, thresholds) : undefined
    return quality === undefined ? tile : { ...tile, quality }
  })
  const json = {
    ...facts.plan,
    ...summary,
    tiles: judged,
    metrics: summariseMetrics(tiles),
    quality: summariseQuality(tiles, thresholds, summary.quality?.shares),
    notMeasured: notMeasuredByRun,
  }
  await atomicWrite(join(out, "report.json"), jsonPieces(json), temporary)
  await atomicWrite(join(out, "report.html"), reportPage(facts, language), temporary)
  return reportFiles
}

const toReportPlan = (plan: Plan): ReportPlan => {
  const { job, context, rejected, imagesIgnored, colours, warnings, points, hash } = plan
  return {
    job,
    version: packageVersion,
    epsg: context.epsg,
    source: context.source,
    images: context.images.length,
    rejected,
    imagesIgnored,
    ...(colours === undefined ? {} : { colours }),
    warnings,
    points,
    hash,
    optionsHash: context.optionsHash,
    kernels: plan.kernels.map(({ kernel }) => ({ id: kernel.id, version: kernel.version })),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
  }
}
