/** Formats a projection as text. */

import { type PerStratum, STRATA, stratumLabel } from "../../e2e/strata.js"
import { shortFigure as rounded, textTable as table } from "../../text-table.js"
import type { Projection } from "./basis.js"
import type { Interval } from "./interval.js"
import type { Cost } from "./project.js"

/** The projection as text: costs, kinds of ground, measurements and assumptions. */
export const renderProjection = (projection: Projection): string => {
  const { departements, total, measured, assumed, workers, machine } = projection
  const title = `Machine: ${machine.cores} cores, ${rounded(machine.eurPerHour)} EUR/h, ${rounded(machine.watts)} W, ${rounded(machine.memoryBytes / 1024 ** 3)} GB, ${rounded(machine.diskMBs)} MB/s; ${workers} tiles at a time. Figures: low – best – high.`
  return [
    title,
    headline(departements, total),
    costTable(departements, total),
    `Core-hours by kind of ground, ${departements.length === 1 ? "there" : "all together"}`,
    contributionTable(total),
    "A square kilometre of each kind of ground",
    rateTable(projection),
    `Measured:\n${listed(measured)}`,
    `Assumed:\n${listed(assumed)}`,
  ].join("\n\n")
}

/**
 * The answer in one sentence: hours of the machine, and the number of machines that finish in a
 * day.
 */
const headline = (
  departements: Projection["departements"],
  { km2, wallHours, eur, kWh, tbIn, tbOut }: Cost,
): string => {
  const [first] = departements
  const place =
    departements.length === 1 && first ? `${first.code} ${first.name}` : `${departements.length} départements`
  const days = (hours: number): number => Math.max(1, Math.ceil(hours / 24))
  const [low, best, high] = [days(wallHours.low), days(wallHours.best), days(wallHours.high)]
  const machines = low === high ? `${best}` : `${best} (${low} to ${high})`
  return [
    `${place}, ${rounded(km2, 9)} km²: ${spread(wallHours)} hours of the machine,`,
    `${spread(eur)} EUR, ${spread(kWh)} kWh; ${spread(tbIn)} TB read, ${spread(tbOut)} TB written. Machines to be done within a day: ${machines}.`,
  ].join(" ")
}

/** "4.7 (1.2 to 18)". */
const spread = ({ low, best, high }: Interval): string => `${brief(best)} (${brief(low)} to ${brief(high)})`

const listed = (sentences: readonly string[]): string => sentences.map((sentence) => `- ${sentence}`).join("\n")

const costTable = (departements: Projection["departements"], total: Cost): string => {
  const row = (name: string, cost: Cost): readonly string[] => [
    name,
    rounded(cost.km2, 9),
    ...[cost.coreHours, cost.wallHours, cost.eur, cost.kWh, cost.tbIn, cost.tbOut].map(bounds),
    cost.binding,
  ]
  return table([
    ["département", "km² = tiles", "core-hours", "wall hours", "EUR", "kWh", "TB in", "TB out", "bound by"],
    ...departements.map((cost) => row(`${cost.code} ${cost.name}`, cost)),
    ...(departements.length === 1 ? [] : [row("total", total)]),
  ])
}

const contributionTable = (total: Cost): string =>
  table([
    ["ground", "km²", "of the area", "core-hours", "of the core-hours"],
    ...STRATA.map((stratum) => {
      const { km2, coreHours, costShare } = total.strata[stratum]
      return [stratumLabel(stratum), rounded(km2, 9), percent(km2 / total.km2), bounds(coreHours), percent(costShare)]
    }),
  ])

const rateTable = ({ rates, france }: { rates: Projection["rates"]; france: PerStratum<number> }): string => {
  const area = STRATA.reduce((km2, stratum) => km2 + france[stratum], 0)
  const megabytes = ({ low, best, high }: Interval): string =>
    bounds({ low: low / 1e6, best: best / 1e6, high: high / 1e6 })
  return table([
    ["ground", "of France", "core-seconds", "MB in", "MB out", "peak MB", "from"],
    ...STRATA.map((stratum) => {
      const { coreSeconds, bytesIn, bytesOut, peakBytes, tiles, takenFrom } = rates[stratum]
      const from =
        takenFrom === undefined
          ? tiles === 1
            ? "1 tile"
            : `${tiles} tiles`
          : `${stratumLabel(takenFrom)}, not measured`
      return [
        stratumLabel(stratum),
        percent(france[stratum] / area),
        bounds(coreSeconds),
        megabytes(bytesIn),
        megabytes(bytesOut),
        rounded(peakBytes / 1e6),
        from,
      ]
    }),
  ])
}

const percent = (part: number): string => `${(part * 100).toFixed(1)} %`

const bounds = ({ low, best, high }: Interval): string => `${brief(low)} – ${brief(best)} – ${brief(high)}`

/** Two digits: with bounds so far apart a third would suggest false precision. */
const brief = (value: number): string => rounded(value, 2)
