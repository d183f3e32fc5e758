import { join } from "node:path"
import { atomicWrite } from "../core/atomic-write.js"
import type { ErrorData } from "../errors.js"
import { summariseMetrics } from "./metrics.js"
import type { RunSummary } from "./outcome.js"
import { reportPage } from "./report-page.js"

/** What a report tells of the plan. */
export interface ReportPlan {
  /** The resolved job. */
  readonly job: object
  readonly version: string
  readonly epsg: number
  /** Attribution and licence line. */
  readonly source: string
  /** Images that could be used. */
  readonly images: number
  readonly rejected: readonly { readonly path: string; readonly error: ErrorData }[]
  readonly imagesIgnored: readonly { readonly path: string; readonly reason: string }[]
  readonly warnings: readonly string[]
  readonly points: number
  readonly hash: string
}

/** What a report is made of. */
export interface ReportFacts {
  readonly plan: ReportPlan
  readonly summary: RunSummary
}

/** Writes `report.json` (all facts and the summary of the passport) and `report.html` (the same, one self-contained page). */
export const writeReport = async (out: string, facts: ReportFacts): Promise<void> => {
  const temporary = join(out, ".work", "tmp")
  const json = { ...facts.plan, ...facts.summary, metrics: summariseMetrics(facts.summary.tiles) }
  await atomicWrite(join(out, "report.json"), `${JSON.stringify(json, undefined, 1)}\n`, temporary)
  await atomicWrite(join(out, "report.html"), reportPage(facts), temporary)
}
