/** The stages of the pipeline: one enumeration for kernels, journal, plan, shards and report. */

/** Stages in the order of a run. */
export const stageNames = ["source", "tile", "region", "job", "model", "parent", "layer"] as const

/**
 * The stage of a task:
 * - source: decode a part of a plain source
 * - tile: a work tile
 * - region: a kernel over the tiles of a region
 * - job: a kernel over the whole job
 * - model: the tile again, with results of regions and job
 * - parent: a parent tile of the pyramid
 * - layer: a vector layer
 */
export type Stage = (typeof stageNames)[number]

/** The phases of a plan in order; each reads what earlier ones wrote. */
export const phases = ["tile", "region", "job", "model", "finish"] as const

/**
 * A part of a plan that is cut into shards; `finish` is a whole run, which makes what the others
 * left.
 */
export type Phase = (typeof phases)[number]

interface StageFacts {
  /** What a task's key names: `identity#part`, `L/X/Y`, `kernel@column_row`, `kernel`, `layer`. */
  readonly key: "part" | "tile" | "kernel in region" | "kernel" | "layer"
  /**
   * The phase that makes its tasks. Parents whose tiles are all in one shard are made with those
   * tiles.
   */
  readonly phase: Phase
  /** Stages whose tasks a task waits for. */
  readonly reads: readonly Stage[]
}

export const stages: Readonly<Record<Stage, StageFacts>> = {
  source: { key: "part", phase: "tile", reads: [] },
  tile: { key: "tile", phase: "tile", reads: ["source"] },
  region: { key: "kernel in region", phase: "region", reads: ["tile"] },
  job: { key: "kernel", phase: "job", reads: ["tile", "region"] },
  model: { key: "tile", phase: "model", reads: ["source", "tile", "region", "job"] },
  parent: { key: "tile", phase: "finish", reads: ["tile", "model", "parent"] },
  layer: { key: "layer", phase: "finish", reads: ["tile", "region", "job", "model"] },
}

/** Identifier of a task: its stage and its key. */
export const taskId = ({ stage, key }: { readonly stage: Stage; readonly key: string }): string => `${stage} ${key}`

export const stageOfId = (id: string): Stage => id.slice(0, id.indexOf(" ")) as Stage

/** True for the stages whose kernels join the results of tiles. */
export const isJoin = (stage: Stage): stage is "region" | "job" => stage === "region" || stage === "job"

/** True for the stages that read the points of a work tile. */
export const isTileStage = (stage: Stage): stage is "tile" | "model" => stage === "tile" || stage === "model"
