/** Where the core-seconds of a run went. */
import type { StepTotal } from "../../engine/report/step-totals.js"

/** Parts that the cost of a square kilometre is told in. `engine`: what no stage counts. */
export const COST_STAGES = [
  "read",
  "raster",
  "outlines",
  "roofs",
  "ground",
  "weld",
  "contours",
  "pyramid",
  "texture",
  "encode",
  "write",
  "other",
  "engine",
] as const

/** One of them. */
export type CostStage = (typeof COST_STAGES)[number]

/**
 * What belongs to a part: stages of the engine's clock, and kernels by the start of their id.
 * Nothing: no kernel does it yet.
 */
const PARTS: Readonly<Record<CostStage, readonly string[]>> = {
  read: ["read", "select"],
  raster: ["raster."],
  outlines: [
    "vector.building",
    "vector.water",
    "vector.bridge",
    "vector.tree",
    "vector.vegetation",
    "vector.artificial",
  ],
  roofs: ["mesh.building", "mesh.bridge", "vector.roof", "vector.breakline"],
  ground: ["mesh.terrain", "mesh.surface"],
  weld: ["mesh.weld", "mesh.vegetation"],
  contours: ["vector.contour"],
  pyramid: ["mesh.pyramid", "mesh.model-pyramid"],
  texture: ["image", "texture.", "atlas", "image-encode"],
  encode: ["cog", "fgb", "glb", "mesh-file", "city", "merge"],
  write: ["write"],
  other: ["start", "other"],
  engine: [],
}

/** What the name of a part does not say. */
export const STAGE_NOTES: Partial<Record<CostStage, string>> = {
  outlines: "of buildings, water, decks, vegetation and other things, and trees",
  roofs: "buildings and bridge decks, layers of roof planes and breaklines",
  ground: "with --mesh surface: ground, and all that stands on it, in one surface",
  texture: "reading images, drape, atlas and encoding, of tiles and their parents",
  weld: "crowns of trees, or their canopy, with it",
  other: "loading kernels, waiting between stages, kernels that no part names",
  engine:
    "garbage collection, compiling, the main thread, threads for files: processor time of the process that no stage counts",
}

/** What one part cost. */
export interface StageCost {
  readonly stage: CostStage
  readonly coreSeconds: number
  readonly coreSecondsPerKm2: number
  /** Part of the whole, 0 to 1. */
  readonly share: number
  /**
   * Stages of the engine's clock in it, the dearest first. Empty where nothing does the work yet.
   */
  readonly of: readonly string[]
}

/**
 * The part that a stage of the engine's clock, or a kernel's id, belongs to; `other` for one that
 * is not known.
 */
export const costStageOf = (stage: string): CostStage => {
  const isIn = (part: CostStage): boolean =>
    PARTS[part].some((name) => (name.includes(".") ? stage.startsWith(name) : stage === name))
  return COST_STAGES.find(isIn) ?? "other"
}

/** Processor time where the system told it, else wall time, seconds. */
const secondsOf = ({ cpuMs, timeMs }: StepTotal): number => (cpuMs ?? timeMs) / 1000

/**
 * Where the core-seconds of a run went: every part, in order. What the stages' threads did not
 * count themselves is `engine`, so that the parts add up to the whole.
 *
 * @param coreSeconds processor time of the whole process
 */
export const stageCosts = (totals: readonly StepTotal[], coreSeconds: number, km2: number): StageCost[] => {
  const counted = totals.reduce((sum, total) => sum + secondsOf(total), 0)
  return COST_STAGES.map((stage) => {
    const own = totals.filter((total) => costStageOf(total.step) === stage)
    const seconds =
      stage === "engine" ? Math.max(0, coreSeconds - counted) : own.reduce((sum, total) => sum + secondsOf(total), 0)
    const dearest = [...own].sort((a, b) => secondsOf(b) - secondsOf(a))
    return {
      stage,
      coreSeconds: round(seconds),
      coreSecondsPerKm2: round(seconds / km2),
      share: coreSeconds === 0 ? 0 : round(seconds / Math.max(coreSeconds, counted)),
      of: [...new Set(dearest.map((total) => total.step))],
    }
  })
}

const round = (value: number): number => Number(value.toPrecision(4))
