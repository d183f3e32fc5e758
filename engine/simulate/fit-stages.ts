import type { EndRecord, TaskScope } from "../job/journal-record.js"
import { SquareKey } from "../job/square-key.js"
import type { StageTimes } from "../report/stage-times.js"

/** What the stages of a run cost, per work tile. */
export interface StageCosts {
  /** Share of the first stage, with the reading of sources, in what a tile costs in both its stages. */
  readonly firstShare: number
  /** Seconds of the kernels of squares, which run in an array, for each tile of the job. */
  readonly squareSeconds: number
  /** Seconds of the longest kernel over all tiles on what squares left, for each tile of the job: such a kernel is one task. */
  readonly joinSeconds: number
  /** The same for the longest layer: layers run beside each other. */
  readonly finishSeconds: number
  /** Bytes read and written for each point. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** Tiles that it was fitted to; 0: the default. */
  readonly tiles: number
}

/**
 * Measured on Epyc cores in November 2026: shares and bytes with the full-density quarter of a square kilometre of LiDAR HD (6.3 million points, tiles of 250 m, all products but textures, 40 s of a core). Squares: buildings of a
 * made land 0.04 s a km² (real pieces: 0.11 to 0.23 s a megabyte), vegetation 0.09 s, contours of hills every metre 0.04 s. What they leave: a tenth of the buildings (a square of 10 km has a tenth of the borders of its tiles), and 20 µs a tile to know which there are. The
 * last phase: 2,500 trees a km² at 1.4 µs each and 0.75 ms to open a tile's file. Files of LiDAR HD have 205 MB for 30 million points.
 */
export const defaultStages: StageCosts = {
  firstShare: 0.48,
  squareSeconds: 0.17,
  joinSeconds: 0.004,
  finishSeconds: 0.0043,
  bytesIn: 6.8,
  bytesOut: 5,
  tiles: 0,
}

/** Share of what they join that squares leave to the job: a run in one square does not tell it. */
const leftShare = 0.1

/** Fits the stages to the ends of a run. Undefined below three tiles. */
export const fitStages = (records: Iterable<EndRecord>): StageCosts | undefined => {
  const ends = [...records]
  const inJob = new Set(ends.flatMap(({ scope, key }) => (scope === "join" ? [key] : [])))
  const seconds: Record<TaskScope, number> = { source: 0, tile: 0, join: 0, model: 0, parent: 0, layer: 0 }
  const longest = { join: 0, layer: 0 }
  const joins = { squares: 0, job: 0, bySquare: false }
  const tiles = new Set<string>()
  let points = 0
  let bytesOut = 0
  for (const { scope, key, outcome, stages, files, points: own } of ends) {
    if (outcome !== "done") continue
    const taken = coreSeconds(stages)
    seconds[scope] += taken
    if (scope === "tile" || scope === "model") tiles.add(key)
    const { kernel, square } = SquareKey.parse(key)
    if (scope === "join") joins[square === undefined ? "job" : "squares"] += taken
    // A kernel of squares alone is no sign of it.
    if (scope === "join" && square !== undefined && inJob.has(kernel)) joins.bySquare = true
    if (scope === "layer" || (scope === "join" && square === undefined))
      longest[scope] = Math.max(longest[scope], taken)
    if (scope === "tile") points += own
    // Slices of sources and what stages hand on lie in the work folder and go at the end.
    for (const { path, sizeBytes } of files) if (!path.startsWith(".work/")) bytesOut += sizeBytes
  }
  const both = seconds.source + seconds.tile + seconds.model + seconds.parent
  if (tiles.size < 3 || points === 0 || both === 0) return undefined
  return {
    firstShare: (seconds.source + seconds.tile) / both,
    squareSeconds: (joins.squares + (joins.bySquare ? 0 : joins.job)) / tiles.size,
    joinSeconds: ((joins.bySquare ? 1 : leftShare) * longest.join) / tiles.size,
    finishSeconds: longest.layer / tiles.size,
    bytesIn: defaultStages.bytesIn,
    bytesOut: bytesOut / points,
    tiles: tiles.size,
  }
}

/** Of the thread that ran the task; wall time where the system does not tell. */
const coreSeconds = (stages: StageTimes = {}): number =>
  Object.values(stages).reduce((sum, { timeMs, cpuMs }) => sum + (cpuMs ?? timeMs), 0) / 1000
