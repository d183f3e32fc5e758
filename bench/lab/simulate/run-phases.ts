/** Simulates the phases of a plan, one after another. */
import type { Phase } from "../../../engine/core/stages.js"
import { idealEnd, runArray, type SimulatedCluster } from "./run-array.js"
import type { SimulatedTiles } from "./run-shard.js"
import type { StageCosts } from "./stage-costs.js"

/**
 * Simulates the phases one after another. Phases over tiles run as arrays; regions run evenly on
 * all nodes until the slowest ends. The others run as one task on the fastest node.
 */
export const runPhases = (
  tiles: SimulatedTiles,
  shards: readonly (readonly number[])[],
  phases: readonly Phase[],
  stages: StageCosts,
  cluster: SimulatedCluster,
) => {
  const arrays = phases.filter(isArray)
  const total = tiles.seconds.reduce((sum, value) => sum + value, 0)
  const speed = Math.max(...cluster.nodes.map((node) => node.speed))
  const done: { phase: Phase; hours: number }[] = []
  const sum = { busySeconds: 0, lostSeconds: 0, deaths: 0, breakdowns: 0, starts: 0, peakBytes: 0 }
  const spans = { ideal: 0, actual: 0 }
  let time = Math.min(...cluster.nodes.map(({ from }) => from))
  for (const phase of phases) {
    const from = time
    if (isArray(phase)) {
      const factor = arrays.length === 1 ? 1 : phase === "tile" ? stages.firstShare : 1 - stages.firstShare
      const ran = runArray(tiles, shards, cluster, { from, factor })
      if (ran.finished.some((times) => times !== 1)) throw new Error("a simulated tile was not finished once")
      time = ran.end
      spans.ideal += idealEnd(cluster, total * factor, from) - from
      spans.actual += time - from
      for (const name of ["busySeconds", "lostSeconds", "deaths", "breakdowns", "starts"] as const)
        sum[name] += ran[name]
      sum.peakBytes = Math.max(sum.peakBytes, ran.peakBytes)
    } else if (phase === "region") {
      time += regionsTime(tiles.seconds.length, stages, cluster)
    } else {
      const perTile = phase === "job" ? stages.joinSeconds : stages.finishSeconds
      time += (perTile * tiles.seconds.length) / speed
    }
    done.push({ phase, hours: (time - from) / 3600 })
  }
  const { busySeconds, lostSeconds, ...counts } = sum
  return {
    // From the first node's start to the end of the last phase.
    hours: done.reduce((hours, phase) => hours + phase.hours, 0),
    phases: done,
    // Time in which the same nodes, always busy, would do the work of the arrays, by theirs.
    efficiency: spans.ideal / spans.actual,
    // Core-hours of tiles, lost ones included.
    coreHours: busySeconds / 3600,
    lostCoreHours: lostSeconds / 3600,
    ...counts,
  }
}

/** Tiles of 1 km² in a region. */
const tilesOfRegion = 100

/** Seconds until the slowest node has done its share of the regions, plus one region at the end. */
const regionsTime = (tiles: number, { regionSeconds }: StageCosts, { nodes, cores }: SimulatedCluster): number => {
  const slowest = Math.min(...nodes.map(({ speed }) => speed))
  return (regionSeconds * (tiles / (nodes.length * cores) + tilesOfRegion)) / slowest
}

const isArray = (phase: Phase): boolean => phase === "tile" || phase === "model"
