/** Writes the report of a run: report.json and report.html. */
import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { jsonPieces } from "../core/json/json-pieces.js"
import { summariseMetrics } from "./metrics.js"
import { judgeMetrics, summariseQuality } from "./quality.js"
import { type ReportFacts, reportPage } from "./report-page.js"

/** What a report is written to. */
export const reportFiles = ["report.json", "report.html"] as const

/** Writes `report.json` (all facts, the passport and what it amounts to) and `report.html` (the same, one self-contained page); gives their paths. */
export const writeReport = async (out: string, facts: ReportFacts): Promise<readonly string[]> => {
  const temporary = join(out, ".work", "tmp")
  const { tiles } = facts.summary
  const judged = tiles.map((tile) => {
    const quality = tile.scope === "tile" ? judgeMetrics(tile.metrics, facts.thresholds) : undefined
    return quality === undefined ? tile : { ...tile, quality }
  })
  const json = {
    ...facts.plan,
    ...facts.summary,
    tiles: judged,
    metrics: summariseMetrics(tiles),
    quality: summariseQuality(tiles, facts.thresholds),
  }
  await atomicWrite(join(out, "report.json"), jsonPieces(json), temporary)
  await atomicWrite(join(out, "report.html"), reportPage(facts), temporary)
  return reportFiles
}
