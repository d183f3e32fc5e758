import type { EndRecord, TaskScope } from "../job/journal-record.js"
import type { StageTimes } from "../report/stage-times.js"

/** What the stages of a run cost, per work tile. */
export interface StageCosts {
  /** Share of the first stage, with the reading of sources, in what a tile costs in both its stages. */
  readonly firstShare: number
  /** Seconds of the longest kernel over all tiles, for each tile of the job: such a kernel is one task. */
  readonly joinSeconds: number
  /** The same for the layers and what else the last phase makes. */
  readonly finishSeconds: number
  /** Bytes read and written for each point. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** Tiles that it was fitted to; 0: the default. */
  readonly tiles: number
}

/**
 * Measured on an Epyc core on 2026-11-25: shares and bytes with the full-density quarter of a square kilometre of LiDAR HD (6.3 million points, tiles of 250 m, all products but textures, 40 s of a core), joins with a
 * made land of 1 km² (buildings 0.04 s), the last phase by layers of two million features (41 µs each) and 2,500 trees a km². Files of LiDAR HD have 205 MB for 30 million points.
 */
export const defaultStages: StageCosts = {
  firstShare: 0.48,
  joinSeconds: 0.04,
  finishSeconds: 0.1,
  bytesIn: 6.8,
  bytesOut: 5,
  tiles: 0,
}

/** Fits the stages to the ends of a run. Undefined below three tiles. */
export const fitStages = (ends: Iterable<EndRecord>): StageCosts | undefined => {
  const seconds: Record<TaskScope, number> = { source: 0, tile: 0, join: 0, model: 0, parent: 0, layer: 0 }
  const longest = { join: 0, layer: 0 }
  const tiles = new Set<string>()
  let points = 0
  let bytesOut = 0
  for (const { scope, key, outcome, stages, files, points: own } of ends) {
    if (outcome !== "done") continue
    const taken = coreSeconds(stages)
    seconds[scope] += taken
    if (scope === "tile" || scope === "model") tiles.add(key)
    if (scope === "join" || scope === "layer") longest[scope] = Math.max(longest[scope], taken)
    if (scope === "tile") points += own
    // Slices of sources and what stages hand on lie in the work folder and go at the end.
    for (const { path, sizeBytes } of files) if (!path.startsWith(".work/")) bytesOut += sizeBytes
  }
  const both = seconds.source + seconds.tile + seconds.model + seconds.parent
  if (tiles.size < 3 || points === 0 || both === 0) return undefined
  return {
    firstShare: (seconds.source + seconds.tile) / both,
    joinSeconds: longest.join / tiles.size,
    finishSeconds: longest.layer / tiles.size,
    bytesIn: defaultStages.bytesIn,
    bytesOut: bytesOut / points,
    tiles: tiles.size,
  }
}

/** Of the thread that ran the task; wall time where the system does not tell. */
const coreSeconds = (stages: StageTimes = {}): number =>
  Object.values(stages).reduce((sum, { timeMs, cpuMs }) => sum + (cpuMs ?? timeMs), 0) / 1000
