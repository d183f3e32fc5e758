/** Computes the cost of départements on a machine. */
import { EngineError } from "../../../engine/errors.js"
import { type PerStratum, perStratum, STRATA } from "../../e2e/strata.js"
import type { Department } from "./departments.js"
import { exactly, type Interval, larger, over, sum, times } from "./interval.js"
import { landCover } from "./land-cover.js"
import type { Rates } from "./rates.js"
import type { TargetMachine } from "./target-machine.js"

/** The resource that limits the time; for several places, most of it. */
type Binding = "cores" | "memory" | "disk"

/**
 * Tiles that the machine works on at a time: one per core, or as many as memory allows at the
 * largest tile's peak.
 *
 * @throws EngineError E_USAGE if memory is too small for one tile
 */
export const countWorkers = (machine: TargetMachine, rates: PerStratum<Rates>): number => {
  const peak = Math.max(...STRATA.map((stratum) => rates[stratum].peakBytes))
  const fitting = Math.floor(machine.memoryBytes / peak)
  if (fitting >= 1) return Math.min(machine.cores, fitting)
  const text = `a tile of bench.json took ${gigabytes(peak)} at its peak, the machine has ${gigabytes(machine.memoryBytes)}; give --machine memory=… of more, or measure smaller work tiles`
  throw new EngineError("E_USAGE", text, { option: "--machine" })
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(2)} GB`

/**
 * Cost of one département. Bounds combine by interval arithmetic: the few tiles of a stratum were
 * chosen, not drawn, and their errors have common causes (density, code, machine). So errors of
 * strata need not cancel out, as a bootstrap would assume.
 */
export const departmentCost = (department: Department, rates: PerStratum<Rates>, machine: TargetMachine) => {
  const cover = landCover(department)
  const hours = perStratum((stratum) => over(times(rates[stratum].coreSeconds, cover[stratum] / 3600), machine.speed))
  const bytes = (which: "bytesIn" | "bytesOut"): Interval =>
    sum(STRATA.map((stratum) => times(rates[stratum][which], cover[stratum])))
  const coreHours = sum(Object.values(hours))
  const [bytesIn, bytesOut] = [bytes("bytesIn"), bytes("bytesOut")]
  const workers = countWorkers(machine, rates)
  const busy = over(times(coreHours, 1 / workers), machine.efficiency)
  const moving = over(sum([bytesIn, bytesOut]), exactly(machine.diskMBs * 1e6 * 3600))
  const wallHours = larger(busy, moving)
  const binding: Binding = moving.best > busy.best ? "disk" : workers < machine.cores ? "memory" : "cores"
  return {
    km2: department.km2,
    // Hours of one core, and of the whole machine.
    coreHours,
    wallHours,
    eur: times(wallHours, machine.eurPerHour),
    kWh: times(wallHours, machine.watts / 1000),
    // Terabytes (10^12 bytes).
    tbIn: times(bytesIn, 1e-12),
    tbOut: times(bytesOut, 1e-12),
    binding,
    strata: perStratum((stratum) => ({
      km2: cover[stratum],
      coreHours: hours[stratum],
      costShare: share(hours[stratum].best, coreHours.best),
    })),
  }
}

/** Cost of a place on the machine. */
export type Cost = ReturnType<typeof departmentCost>

/** Cost of several places, one after the other on the machine: the sum of each figure. */
export const totalCost = (costs: readonly Cost[]): Cost => {
  const amount = (of: (cost: Cost) => number): number => costs.reduce((total, cost) => total + of(cost), 0)
  const figure = (of: (cost: Cost) => Interval): Interval => sum(costs.map(of))
  const coreHours = figure((cost) => cost.coreHours)
  const boundBy = (binding: Binding): number => amount((cost) => (cost.binding === binding ? cost.wallHours.best : 0))
  const bindings: readonly Binding[] = ["cores", "memory", "disk"]
  return {
    km2: amount((cost) => cost.km2),
    coreHours,
    wallHours: figure((cost) => cost.wallHours),
    eur: figure((cost) => cost.eur),
    kWh: figure((cost) => cost.kWh),
    tbIn: figure((cost) => cost.tbIn),
    tbOut: figure((cost) => cost.tbOut),
    binding: bindings.reduce((most, binding) => (boundBy(binding) > boundBy(most) ? binding : most)),
    strata: perStratum((stratum) => {
      const hours = figure((cost) => cost.strata[stratum].coreHours)
      return {
        km2: amount((cost) => cost.strata[stratum].km2),
        coreHours: hours,
        costShare: share(hours.best, coreHours.best),
      }
    }),
  }
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
