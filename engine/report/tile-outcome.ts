/** The outcome of one task, as runs yield it and reports count it. */
import type { Stage } from "../core/stages.js"
import type { ErrorData } from "../errors.js"
import type { TaskFigures } from "../journal/journal-record.js"
import type { Metrics } from "../kernel.js"

/**
 * How a task ended. `unchanged`: its earlier result is up to date; `quarantined`: given up, because
 * its input is unfit or fatal.
 */
export type OutcomeKind = "done" | "skipped" | "failed" | "quarantined" | "unchanged"

/** The outcome of one task: always data, never an exception. */
export interface TileOutcome extends TaskFigures {
  /**
   * Tile key `level/x/y`; the path of a source; the name of a layer, or of a kernel
   * (`kernel@column_row` in a region).
   */
  readonly key: string
  /** In a job without a tile stage, the tiles of the model stage are reported as `tile`. */
  readonly stage: Stage
  /** A tile outside the job's area, read only for its neighbours. */
  readonly neighbour?: true
  readonly outcome: OutcomeKind
  /** Taken from another output folder (`--reuse`). */
  readonly reused?: true
  readonly points: number
  /** Why it was not done, with the remedy. */
  readonly reason?: string
  readonly error?: ErrorData
  /** Figures of the quality passport. */
  readonly metrics?: Metrics
  /** The command that reproduces the failure. */
  readonly reproduce?: string
  /** Products, relative to the output folder. */
  readonly outputs?: readonly string[]
}

/** True for a tile of the job's own area. */
export const isOwnTile = ({ stage, neighbour }: TileOutcome): boolean => stage === "tile" && neighbour !== true
