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
  /** Of the texture's seconds a km², those of tiles and those of parents. */
  readonly tilesPerKm2: number
  readonly parentsPerKm2: number
  readonly of: readonly { readonly stage: string; readonly step: string; readonly coreSeconds: number }[]
}

const STEPS = ["image", "texture.drape", "texture.views", "atlas", "image-encode"]

/**
 * The part of a run that its texture took, in processor time of the threads that did the work.
 *
 * @throws Error where the system does not tell the processor time of a thread, or a tile was not made
 */
export const textureCost = (summary: RunSummary, km2: number): TextureCost => {
  if (summary.failed + summary.quarantined > 0) throw new Error("not every tile was made")
  const of = summary.steps
    .filter(({ step }) => STEPS.includes(step))
    .map(({ stage, step, cpuMs }) => {
      if (cpuMs === undefined) throw new Error("this system does not tell the processor time of a thread")
      return { stage, step, coreSeconds: cpuMs / 1000 }
    })
  const sumOf = (parts: typeof of): number => parts.reduce((sum, { coreSeconds }) => sum + coreSeconds, 0)
  const seconds = sumOf(of)
  return {
    coreSecondsPerKm2: seconds / km2,
    tilesPerKm2: sumOf(of.filter(({ stage }) => stage !== "parent")) / km2,
    parentsPerKm2: sumOf(of.filter(({ stage }) => stage === "parent")) / km2,
    wholePerKm2: summary.processCpuMs / 1000 / km2,
    share: seconds / (summary.processCpuMs / 1000),
    peakBytes: summary.processPeakBytes,
    of,
  }
}

/** What the texture of a square kilometre costs with its share of all parents above it. */
export interface PyramidCost {
  readonly coreSecondsPerKm2: number
  /** Part of the whole run, parents' other work continued in the same way. */
  readonly share: number
}

/**
 * The cost of tiles with all parents above them, from a run of four tiles and the one parent that they fill: a parent of the next level costs as much as this one for four times the ground, so that all of them cost 4/3 of it.
 * That holds where images have overviews, as deliveries do (JP2, COG); without them each level reads the pixels of the finest again.
 *
 * @throws Error as {@link textureCost}
 */
export const pyramidCost = (summary: RunSummary, km2: number): PyramidCost => {
  const { tilesPerKm2, parentsPerKm2, wholePerKm2 } = textureCost(summary, km2)
  const allParents = summary.steps.reduce(
    (sum, { stage, cpuMs = 0 }) => sum + (stage === "parent" ? cpuMs / 1000 : 0),
    0,
  )
  const coreSecondsPerKm2 = tilesPerKm2 + (4 / 3) * parentsPerKm2
  return { coreSecondsPerKm2, share: coreSecondsPerKm2 / (wholePerKm2 + allParents / 3 / km2) }
}
