/** The stages of the pipeline: one enumeration for kernels, journal, plan, shards and report. */

/** Stages in the order of a run. */
export const stageNames = ["source", "tile", "region", "job", "model", "parent", "layer"] as const

/**
 * A step of the pipeline that a task belongs to: decoding a part of a plain source; a work tile; a kernel over the tiles of a
 * region; a kernel over the whole job; the tile again, with what those made; a parent tile of the pyramid; a vector layer.
 */
export type Stage = (typeof stageNames)[number]

/** What the arrays of a plan run, in order: each phase reads what those before it wrote. */
export const phases = ["tile", "region", "job", "model", "finish"] as const

/** Part of a plan that is cut into shards; `finish` is a whole run, which makes what the others left. */
export type Phase = (typeof phases)[number]

/** What holds for all tasks of a stage. */
interface StageFacts {
  /** What the key of a task names: `identity#part`, `L/X/Y`, `kernel@column_row`, `kernel`, `layer`. */
  readonly key: "part" | "tile" | "kernel in region" | "kernel" | "layer"
  /** The phase of a plan that makes its tasks; parents that lie in one shard are made with the tiles below them. */
  readonly phase: Phase
  /** Stages whose tasks a task waits for. */
  readonly reads: readonly Stage[]
}

/** What each stage is named after, which phase makes it, and what it reads. */
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

/** The stage that the identifier of a task names. */
export const stageOfId = (id: string): Stage => id.slice(0, id.indexOf(" ")) as Stage

/** True for a kernel that joins what tiles made. */
export const isJoin = (stage: Stage): stage is "region" | "job" => stage === "region" || stage === "job"

/** True for a task that reads the points of a work tile. */
export const isTileStage = (stage: Stage): stage is "tile" | "model" => stage === "tile" || stage === "model"
