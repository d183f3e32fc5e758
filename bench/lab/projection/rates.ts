/** Computes the cost of a square kilometre of each kind of ground. */

import type { BenchMeasurement, TileMeasurement } from "../../e2e/measurement.js"
import { NEAREST, type PerStratum, perStratum, type Stratum } from "../../e2e/strata.js"
import type { Interval } from "./interval.js"

/** Cost of a square kilometre of one kind of ground. */
export interface Rates {
  readonly coreSeconds: Interval
  readonly bytesIn: Interval
  readonly bytesOut: Interval
  /** Peak memory of a worker over all tiles, bytes. */
  readonly peakBytes: number
  /** Number of measured tiles; 0 if the figures are another stratum's. */
  readonly tiles: number
  readonly measuredKm2: number
  /** The stratum that the figures are from, if this one was not measured. */
  readonly takenFrom?: Stratum
}

/** Least number of tiles whose spread is trusted. */
export const ENOUGH_TILES = 3
/** Least half width of an interval, relative: with few tiles, and with enough. */
export const LEAST_SPREAD = { few: 0.3, enough: 0.1 } as const
/** Factors that widen the interval of figures taken from another stratum. */
export const STAND_IN = { low: 0.5, high: 2 } as const

/**
 * Costs per km² of each kind of ground. The best value is the mean over all measured tiles. The
 * bounds are the cheapest and the most expensive tile, but at least ±30 % with fewer than three
 * tiles and ±10 % with more. A stratum without tiles takes the figures of the nearest measured one,
 * with the bounds times 0.5 and 2.
 */
export const computeRates = (measurement: BenchMeasurement): PerStratum<Rates> => {
  const tilesOf = (stratum: Stratum): TileMeasurement[] => measurement.runs.filter((run) => run.stratum === stratum)
  return perStratum((stratum) => {
    const own = tilesOf(stratum)
    if (own.length > 0) return measured(own)
    const nearest = NEAREST[stratum].find((other) => tilesOf(other).length > 0)
    if (nearest === undefined) throw new Error("no stratum was measured: checkMeasurement lets none through")
    const figures = measured(tilesOf(nearest))
    return {
      ...figures,
      coreSeconds: widened(figures.coreSeconds),
      bytesIn: widened(figures.bytesIn),
      bytesOut: widened(figures.bytesOut),
      tiles: 0,
      measuredKm2: 0,
      takenFrom: nearest,
    }
  })
}

const widened = ({ low, best, high }: Interval): Interval => {
  return { low: low * STAND_IN.low, best, high: high * STAND_IN.high }
}

const measured = (tiles: readonly TileMeasurement[]): Rates => ({
  coreSeconds: rate(tiles, (tile) => tile.coreSeconds),
  bytesIn: rate(tiles, (tile) => tile.bytesIn),
  bytesOut: rate(tiles, (tile) => tile.bytesOut),
  peakBytes: Math.max(...tiles.map((tile) => tile.peakBytes)),
  tiles: tiles.length,
  measuredKm2: area(tiles),
})

const area = (tiles: readonly TileMeasurement[]): number => tiles.reduce((km2, tile) => km2 + tile.km2, 0)

const rate = (tiles: readonly TileMeasurement[], amount: (tile: TileMeasurement) => number): Interval => {
  const best = tiles.reduce((sum, tile) => sum + amount(tile), 0) / area(tiles)
  const each = tiles.map((tile) => amount(tile) / tile.km2)
  const spread = tiles.length < ENOUGH_TILES ? LEAST_SPREAD.few : LEAST_SPREAD.enough
  return { low: Math.min(best * (1 - spread), ...each), best, high: Math.max(best * (1 + spread), ...each) }
}
