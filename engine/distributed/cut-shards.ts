/**
 * Cuts the tiles of a job along the Hilbert curve into shards, long ones first, by estimated cost.
 * See docs/decisions/21-shards.md.
 */
import { lowerBound } from "../core/lists.js"

/** Work tiles in the order of the curve, as columns. */
export interface TileCosts {
  /** Place along the Hilbert curve, ascending. */
  readonly place: Float64Array
  /** Core-seconds. */
  readonly cost: Float64Array
}

/** A run of neighbouring tiles, made by one task of an array. */
export interface ShardCut {
  /** Index of its first tile. */
  readonly first: number
  readonly count: number
  /** Start along the curve; it ends where the next shard starts. */
  readonly place: number
  /** Core-seconds. */
  readonly cost: number
}

/** No shard costs less than this share of an equal part, except a rest at the end. */
const leastShare = 1 / 64
/** A cut may move by this share of a shard's cost to fall between cells. */
const snapShare = 0.25

/**
 * Cuts tiles into contiguous shards by factoring. Each round cuts half of the remaining cost into
 * `parallel` equal shards, never below a 64th of an equal part. Long shards start first; the short
 * ones at the end compensate errors of estimates and nodes. A cut moves to the border of the
 * largest cell of 4^k tiles near it, so that it divides few cells of the pyramid.
 *
 * Source: S. F. Hummel, E. Schonberg, L. E. Flynn, "Factoring: a method for scheduling parallel
 * loops", CACM 35(8), 1992. Pure and deterministic; linear in the tiles.
 *
 * @param parallel number of tasks expected to run at one time
 */
export const cutShards = ({ place, cost }: TileCosts, parallel: number): ShardCut[] => {
  const tiles = place.length
  const ends = new Float64Array(tiles + 1)
  for (let i = 0; i < tiles; i++) ends[i + 1] = ends[i]! + cost[i]!
  const total = ends[tiles]!
  const least = (total / parallel) * leastShare
  const shards: ShardCut[] = []
  let first = 0
  while (first < tiles) {
    const done = ends[first]!
    const target = Math.max(least, (total - done) / (2 * parallel))
    for (let i = 0; i < parallel && first < tiles; i++) {
      // Counted from the round's beginning: shifts of cuts do not add up.
      const end = cutNear(place, ends, { first, wanted: done + (i + 1) * target, play: snapShare * target })
      shards.push({
        first,
        count: end - first,
        // The first shard starts where the curve does: cells before its first tile are then whole.
        place: first === 0 ? 0 : place[first]!,
        cost: ends[end]! - ends[first]!,
      })
      first = end
    }
  }
  return shards
}

/** A shard's first tile, the cumulative cost to end at, and the tolerance. */
interface Wanted {
  readonly first: number
  readonly wanted: number
  readonly play: number
}

/**
 * The first tile of the next shard: near the wanted cost, at the border of the largest cell there.
 */
const cutNear = (place: Float64Array, ends: Float64Array, { first, wanted, play }: Wanted): number => {
  const tiles = place.length
  const least = first + 1
  const ideal = Math.max(least, lowerBound(ends, wanted, first, tiles))
  const low = Math.max(least, lowerBound(ends, wanted - play, first, tiles))
  const high = lowerBound(ends, wanted + play, first, tiles)
  // A rest smaller than the tolerance makes no shard of its own.
  if (ideal >= tiles || ends[tiles]! - wanted <= play) return tiles
  let best = ideal
  let bestLevel = -1
  for (let i = low; i <= Math.min(high, tiles - 1); i++) {
    const level = borderLevel(place[i - 1]!, place[i]!)
    if (level > bestLevel || (level === bestLevel && Math.abs(i - ideal) < Math.abs(best - ideal))) {
      best = i
      bestLevel = level
    }
  }
  return best
}

/**
 * The largest k for which a border of a cell of 4^k tiles separates two places of the curve; −1
 * where they are equal.
 */
export const borderLevel = (before: number, after: number): number => {
  let level = -1
  for (let size = 1; Math.floor(before / size) !== Math.floor(after / size); size *= 4) level++
  return level
}
