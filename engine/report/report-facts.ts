/** The form of the facts that a report is made of, as `report.json` holds them. */
import type { ErrorData } from "../errors.js"
import type { ColourFile } from "../plan/colour/colour-file.js"
import type { RunSummary } from "./outcome.js"
import type { QualityThreshold } from "./quality.js"

/** The solve of the films of a job's images. */
export type ReportColours = Omit<ColourFile, "format" | "version" | "zRange">

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
  /** Those that the kernels of the job declare. */
  readonly thresholds: readonly QualityThreshold[]
}
