import type { RunSummary } from "../../engine/report/outcome.js"

/** What the texture of a run cost. */
export interface TextureCost {
  /** Reading images, drape, atlas and encoding, of tiles and their parents. */
  readonly coreSecondsPerKm2: number
  readonly wholePerKm2: number
  /** Part of the whole run, 0 to 1. */
  readonly share: number
  /** Peak resident memory of the process (VmHWM). */
  readonly peakBytes: number
  readonly of: readonly { readonly stage: string; readonly coreSeconds: number }[]
}

const STAGES = ["image", "texture.drape", "texture.views", "atlas", "image-encode"]

/**
 * The part of a run that its texture took, in processor time of the threads that did the work.
 *
 * @throws Error where the system does not tell the processor time of a thread, or a tile was not made
 */
export const textureCost = (summary: RunSummary, km2: number): TextureCost => {
  if (summary.failed + summary.quarantined > 0) throw new Error("not every tile was made")
  const of = summary.stages
    .filter(({ stage }) => STAGES.includes(stage))
    .map(({ stage, cpuMs }) => {
      if (cpuMs === undefined) throw new Error("this system does not tell the processor time of a thread")
      return { stage, coreSeconds: cpuMs / 1000 }
    })
  const seconds = of.reduce((sum, { coreSeconds }) => sum + coreSeconds, 0)
  return {
    coreSecondsPerKm2: seconds / km2,
    wholePerKm2: summary.processCpuMs / 1000 / km2,
    share: seconds / (summary.processCpuMs / 1000),
    peakBytes: summary.processPeakBytes,
    of,
  }
}
