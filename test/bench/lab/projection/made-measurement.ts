import fc from "fast-check"
import type { BenchMeasurement, TileMeasurement } from "../../../../bench/e2e/measurement.js"
import { STRATA, type Stratum } from "../../../../bench/e2e/strata.js"

/** A tile of 1 km² that cost so much. */
export const tile = (facts: Partial<TileMeasurement> = {}): TileMeasurement => ({
  name: "made",
  km2: 1,
  points: 20_000_000,
  coreSeconds: 40,
  bytesIn: 150e6,
  bytesOut: 80e6,
  peakBytes: 1e9,
  workers: 1,
  ...facts,
})

/** A measurement of these strata. */
export const measurement = (
  tiles: Partial<Record<Stratum, readonly TileMeasurement[]>>,
  more: Partial<BenchMeasurement> = {},
): BenchMeasurement => ({
  machine: { cpu: "Made", cores: 2, node: "20.0.0", date: "2026-11-25" },
  version: "0.1.0",
  runs: STRATA.flatMap((stratum) => (tiles[stratum] ?? []).map((one) => ({ ...one, stratum }))),
  ...more,
})

/** Every stratum measured, each at its own cost: 10, 20, … core-seconds. */
export const full = (count = 3): BenchMeasurement =>
  measurement(
    Object.fromEntries(
      STRATA.map((stratum, index) => [
        stratum,
        Array.from({ length: count }, (_, i) => tile({ coreSeconds: (index + 1) * 10 * (0.9 + i * 0.1) })),
      ]),
    ),
  )

/** The measurement with one stratum's tiles changed. */
export const changed = (
  made: BenchMeasurement,
  stratum: Stratum,
  change: (facts: TileMeasurement) => TileMeasurement,
): BenchMeasurement => ({
  ...made,
  runs: made.runs.map((run) => (run.stratum === stratum ? change(run) : run)),
})

const anyTile = fc.record({
  name: fc.constant("any"),
  km2: fc.double({ min: 0.01, max: 4, noNaN: true }),
  points: fc.integer({ min: 0, max: 1e8 }),
  coreSeconds: fc.double({ min: 0.1, max: 1000, noNaN: true }),
  bytesIn: fc.integer({ min: 0, max: 1e9 }),
  bytesOut: fc.integer({ min: 0, max: 1e9 }),
  peakBytes: fc.integer({ min: 1e7, max: 4e9 }),
  workers: fc.integer({ min: 1, max: 8 }),
})

/** Any measurement: some strata, any number of tiles. */
export const anyMeasurement: fc.Arbitrary<BenchMeasurement> = fc
  .array(fc.record({ stratum: fc.constantFrom(...STRATA), tile: anyTile }), { minLength: 1, maxLength: 20 })
  .map((runs) => ({ ...measurement({}), runs: runs.map(({ stratum, tile }) => ({ ...tile, stratum })) }))
