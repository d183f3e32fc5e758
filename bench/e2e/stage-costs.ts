/** Assigns the core-seconds of a run to parts of the work. */
import type { StepTotal } from "../../engine/report/step-totals.js"

/** Parts of the cost of a square kilometre. `engine` is the time that no stage counts. */
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
  "simulation",
  "encode",
  "write",
  "other",
  "engine",
] as const

export type CostStage = (typeof COST_STAGES)[number]

/**
 * Stages of the engine's clock and prefixes of kernel ids, by part. An empty list: no kernel does
 * this work yet.
 */
const PARTS: Readonly<Record<CostStage, readonly string[]>> = {
  read: ["read", "select"],
  raster: ["raster.", "terrain.voids", "points.ground-filter"],
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
  simulation: ["simulation."],
  encode: ["cog", "fgb", "glb", "mesh-file", "city", "merge"],
  write: ["write"],
  other: ["start", "other"],
  engine: [],
}

/** Explanations of names that do not speak for themselves. */
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

/** The part that a clock stage or kernel id belongs to; `other` if it is unknown. */
export const costStageOf = (stage: string): CostStage => {
  const isIn = (part: CostStage): boolean =>
    PARTS[part].some((name) => (name.includes(".") ? stage.startsWith(name) : stage === name))
  return COST_STAGES.find(isIn) ?? "other"
}

/** Processor time if the system reports it, else wall time; seconds. */
const secondsOf = ({ cpuMs, timeMs }: StepTotal): number => (cpuMs ?? timeMs) / 1000

/**
 * The core-seconds of a run by part, in order. The part `engine` is the time that stages do not
 * count, so the parts add up to the whole.
 *
 * @param coreSeconds processor time of the whole process
 */
export const stageCosts = (totals: readonly StepTotal[], coreSeconds: number, km2: number) => {
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
