/** Writes the measurements and assumptions of a projection as sentences. */

import type { BenchMeasurement } from "../../e2e/measurement.js"
import { type PerStratum, STRATA, stratumLabel } from "../../e2e/strata.js"
import type { Choice } from "./choose-departments.js"
import { isMetropolitan } from "./departments.js"
import type { Cost } from "./project.js"
import { ENOUGH_TILES, LEAST_SPREAD, type Rates, STAND_IN } from "./rates.js"
import type { TargetMachine } from "./target-machine.js"

/** Measurements and assumptions of a projection, as sentences. */
export interface Basis {
  readonly measured: readonly string[]
  readonly assumed: readonly string[]
}

export interface DepartmentCost extends Cost {
  readonly code: string
  readonly name: string
}

/** The document that `--json` prints. */
export interface Projection extends Basis {
  readonly machine: TargetMachine
  /** Tiles that the machine works on at a time. */
  readonly workers: number
  readonly departements: readonly DepartmentCost[]
  readonly total: Cost
  /** Cost of a km² by kind of ground. */
  readonly rates: PerStratum<Rates>
  /** Area of France by kind of ground, km². */
  readonly france: PerStratum<number>
}

/** Lists the measurements and the assumptions. */
export const listBasis = (
  measurement: BenchMeasurement,
  rates: PerStratum<Rates>,
  machine: TargetMachine,
  choice: Choice,
): Basis => ({
  measured: describeMeasured(measurement, rates, machine),
  assumed: [...assumedCosts(rates), ...assumedMachine(machine), ...assumedGround(choice), ...LEFT_OUT],
})

const percent = (part: number): string => `${Math.round(part * 100)} %`

const describeMeasured = (
  { machine, version, notes = [] }: BenchMeasurement,
  rates: PerStratum<Rates>,
  target: TargetMachine,
): readonly string[] => {
  const known = STRATA.filter((stratum) => rates[stratum].tiles > 0)
  const tiles = known.reduce((count, stratum) => count + rates[stratum].tiles, 0)
  const km2 = known.reduce((area, stratum) => area + rates[stratum].measuredKm2, 0)
  const each = known.map((stratum) => `${stratumLabel(stratum)} ${rates[stratum].tiles}`).join(", ")
  const scaled = `the efficiency of ${target.scaledTo} workers against one: ${percent(target.efficiency.best)}.`
  return [
    `core-seconds, bytes and peak memory of ${tiles === 1 ? "1 tile" : `${tiles} tiles`}, ${Number(km2.toPrecision(3))} km² in all (${each}), by maille ${version} on ${machine.cpu}, ${machine.cores} cores, Node.js ${machine.node}, ${machine.date}.`,
    ...(target.scaledTo === undefined ? [] : [scaled]),
    ...notes,
  ]
}

const assumedCosts = (rates: PerStratum<Rates>): readonly string[] => {
  const { low, high } = STAND_IN
  const few = STRATA.filter((stratum) => rates[stratum].tiles > 0 && rates[stratum].tiles < ENOUGH_TILES)
  return [
    "every km² of a kind of ground costs what its measured tiles cost: their point density, their images, their products; work is cut into tiles of the measured size, which the peaks are of.",
    ...STRATA.flatMap((donor) => {
      const taking = STRATA.filter((stratum) => rates[stratum].takenFrom === donor).map(stratumLabel)
      if (taking.length === 0) return []
      return [
        `no tile of ${taking.join(", ")} was measured: the figures of ${stratumLabel(donor)} stand in, their interval times ${low} below and ${high} above.`,
      ]
    }),
    `bounds are the cheapest and the dearest measured tile of a stratum, at least ± ${percent(LEAST_SPREAD.enough)}${
      few.length === 0
        ? ""
        : `, and at least ± ${percent(LEAST_SPREAD.few)} of ${few.map(stratumLabel).join(", ")} with fewer than ${ENOUGH_TILES} tiles`
    }; combined by interval arithmetic, as if all errors went one way: few tiles, chosen and not drawn, share their causes of error.`,
  ]
}

const assumedMachine = (machine: TargetMachine): readonly string[] => {
  const { speed, efficiency, assumed } = machine
  const parts = assumed.filter((key) => key !== "speed" && key !== "efficiency")
  const bounds = ({ low, high }: { low: number; high: number }): string => `${low} to ${high}`
  return [
    ...(parts.length === 0 ? [] : [`of the machine, examples and no facts: ${parts.join(", ")}.`]),
    assumed.includes("speed")
      ? `one core of the machine is as fast as one of the measured (${bounds(speed)} times); state it with speed=…`
      : `one core of the machine is ${speed.best} times as fast as one of the measured, as stated.`,
    ...(machine.scaledTo === undefined
      ? [
          assumed.includes("efficiency")
            ? `parallel efficiency ${efficiency.best} (${bounds(efficiency)}); state it with efficiency=…`
            : `parallel efficiency ${efficiency.best}, as stated.`,
        ]
      : efficiency.low < efficiency.best
        ? [`on more workers than were measured efficiency may fall to ${percent(efficiency.low)}.`]
        : []),
    "each worker may meet the tile with the largest peak; the machine is paid, and draws its watts, for the whole time; départements are made one after the other.",
  ]
}

const assumedGround = ({ departments, kind }: Choice): readonly string[] => [
  ...(kind === "pilots"
    ? [
        "four départements of contrast, each with another kind of ground as its largest: town, farmland, forest, mountain.",
      ]
    : []),
  "areas and populations are Insee's (2018). Forest: each region has that of the national forest inventory (IGN, 2020), spread over its départements by estimates of this project.",
  "built-up ground follows population density, 760 m² an inhabitant × (density / 118 per km²)^-0.3, near the 9 % artificial that Agreste's Teruti survey found in 2018; dense town is 10 % × √(density / 118) of it.",
  "mountain is open ground of the mountain zone, water that of lakes, lagoons and rivers: estimates by département. Farmland is the rest, other open ground with it. The intervals leave out errors of these shares.",
  ...(departments.some(({ code }) => code === "973")
    ? [
        "of Guyane a coastal strip of 7 000 km² counts: LiDAR HD does not cover the interior, nor, by some of its descriptions, the strip.",
      ]
    : []),
  ...(departments.every(isMetropolitan) ? [] : ["overseas shares are less certain: few published totals hold them."]),
]

const LEFT_OUT: readonly string[] = [
  "left out: download, copies and backups, failed and repeated runs, tiles that two départements share.",
]
