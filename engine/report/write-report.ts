import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { jsonPieces } from "../core/json/json-pieces.js"
import type { ErrorData } from "../errors.js"
import type { Film } from "../formats/raster/radiometric-correction.js"
import type { ColourResidual } from "../plan/colour/places.js"
import { summariseMetrics } from "./metrics.js"
import type { RunSummary } from "./outcome.js"
import { judgeMetrics, summariseQuality } from "./quality.js"
import { reportPage } from "./report-page.js"

/** Films of a job's images: one solve. */
export interface ReportColours {
  readonly edition: number
  readonly gauge: string
  readonly sites: number
  readonly places: number
  /** How far images were from the mean of all where they were compared, of 255. */
  readonly before?: ColourResidual
  readonly after?: ColourResidual
  readonly images: readonly (Film & {
    readonly name: string
    readonly kind: string
    readonly state: string
    readonly tied?: true
    readonly edition: number
    readonly places: number
    readonly before?: ColourResidual
    readonly after?: ColourResidual
  })[]
}

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
  /** Absent where no images had to match. */
  readonly colours?: ReportColours
  readonly warnings: readonly string[]
  readonly points: number
  /** Hash of the plan: of every task with its inputs and options. */
  readonly hash: string
  /** Hash of what shapes the products beside the inputs; products carry its first 16 digits. */
  readonly optionsHash: string
  readonly kernels: readonly { readonly id: string; readonly version: number }[]
  /** Version of Node.js, and the system with its processor. */
  readonly node: string
  readonly platform: string
}

/** What a report is made of. */
export interface ReportFacts {
  readonly plan: ReportPlan
  readonly summary: RunSummary
}

/** What a report is written to. */
export const reportFiles = ["report.json", "report.html"] as const

/** Writes `report.json` (all facts, the passport and what it amounts to) and `report.html` (the same, one self-contained page); gives their paths. */
export const writeReport = async (out: string, facts: ReportFacts): Promise<readonly string[]> => {
  const temporary = join(out, ".work", "tmp")
  const { tiles } = facts.summary
  const judged = tiles.map((tile) => {
    const quality = tile.scope === "tile" ? judgeMetrics(tile.metrics) : undefined
    return quality === undefined ? tile : { ...tile, quality }
  })
  const json = {
    ...facts.plan,
    ...facts.summary,
    tiles: judged,
    metrics: summariseMetrics(tiles),
    quality: summariseQuality(tiles),
  }
  await atomicWrite(join(out, "report.json"), jsonPieces(json), temporary)
  await atomicWrite(join(out, "report.html"), reportPage(facts), temporary)
  return reportFiles
}
