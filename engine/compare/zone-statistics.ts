/** The statistics of a raster's cells in a zone, each cell weighted by its area inside. */
import { optionError } from "../core/parse-values.js"

/** Cells of a zone that have data. */
export interface ZoneCells {
  /** Number of them in the arrays. */
  readonly count: number
  readonly values: Float64Array
  /** Area of each in the zone, m². */
  readonly areas: Float64Array
}

/** A statistic of a zone, as the user names it. */
export interface ZoneStatistic {
  /** As a part of a column's name. */
  readonly name: string
  /** Starts a zone. */
  readonly start: () => Summing
}

/** A statistic of the cells so far. */
interface Summing {
  /** @throws EngineError E_USAGE where percentiles have too many cells */
  add(cells: ZoneCells): void
  /** NaN without cells, except for areas. */
  end(): number
}

/** Names for messages and the help. */
export const statisticNames = "mean, min, max, std, median, p0 to p100, sum, area, area:>0.2"

const comparisons = {
  ">=": ["ge", (value: number, limit: number) => value >= limit],
  "<=": ["le", (value: number, limit: number) => value <= limit],
  ">": ["gt", (value: number, limit: number) => value > limit],
  "<": ["lt", (value: number, limit: number) => value < limit],
  "=": ["eq", (value: number, limit: number) => value === limit],
} as const

/**
 * The statistic of a name. `sum` is the sum of value × area, so the volume of a depth; `area` the
 * area with data, m², or with values that compare so, as in `area:>0.2`. A percentile is the least
 * value with so much of the area at or below it.
 *
 * @throws EngineError E_USAGE for another name
 */
export const parseStatistic = (text: string, option: string): ZoneStatistic => {
  if (Object.hasOwn(plainStatistics, text))
    return { name: text, start: plainStatistics[text as keyof typeof plainStatistics] }
  const percent = Number(/^p(\d{1,3}(?:\.\d+)?)$/.exec(text)?.[1])
  if (percent <= 100) return { name: text.replace(".", "_"), start: () => percentile(percent / 100) }
  const [, sign = "", number = ""] = /^area:(>=|<=|>|<|=)(-?\d+(?:\.\d+)?)$/.exec(text) ?? []
  if (Object.hasOwn(comparisons, sign)) {
    const [word, meets] = comparisons[sign as keyof typeof comparisons]
    const limit = Number(number)
    const name = `area_${word}_${number.replace("-", "m").replace(".", "_")}`
    return { name, start: () => weighted((value) => (meets(value, limit) ? 1 : 0)) }
  }
  throw optionError(option, `there is no statistic "${text}". Give some of ${statisticNames}.`)
}

/** Sum of a number of each cell × its area. */
const weighted = (of: (value: number) => number): Summing => {
  let sum = 0
  return {
    add: ({ count, values, areas }) => {
      for (let i = 0; i < count; i++) sum += areas[i]! * of(values[i]!)
    },
    end: () => sum,
  }
}

const areaOf = (): Summing => weighted(() => 1)

/** A measure of mean and variance by area, in one pass without cancellation (West 1979). */
const spread = (of: (mean: number, variance: number, area: number) => number): Summing => {
  let [area, mean, squares] = [0, Number.NaN, 0]
  return {
    add: ({ count, values, areas }) => {
      for (let i = 0; i < count; i++) {
        const [value, own] = [values[i]!, areas[i]!]
        if (area === 0) mean = value
        area += own
        const off = value - mean
        mean += (off * own) / area
        squares += own * off * (value - mean)
      }
    },
    end: () => of(mean, squares / area, area),
  }
}

/** The value that wins against all others. */
const extreme = (pick: (a: number, b: number) => number): Summing => {
  let found = Number.NaN
  return {
    add: ({ count, values }) => {
      if (Number.isNaN(found) && count > 0) found = values[0]!
      for (let i = 0; i < count; i++) found = pick(found, values[i]!)
    },
    end: () => found,
  }
}

/** Most cells whose percentiles are found: 1 GiB. */
const MOST_SORTED = 1 << 26

const percentile = (share: number): Summing => {
  let [count, values, areas] = [0, new Float64Array(0), new Float64Array(0)]
  return {
    add: (cells) => {
      if (count + cells.count > MOST_SORTED)
        throw optionError("--stat", `a zone has more than ${MOST_SORTED} cells, too many for a percentile. Divide it.`)
      const grow = (from: Float64Array): Float64Array<ArrayBuffer> => {
        const to = new Float64Array(Math.max(count + cells.count, 2 * from.length))
        to.set(from)
        return to
      }
      if (count + cells.count > values.length) [values, areas] = [grow(values), grow(areas)]
      values.set(cells.values.subarray(0, cells.count), count)
      areas.set(cells.areas.subarray(0, cells.count), count)
      count += cells.count
    },
    end: () => {
      const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => values[a]! - values[b]!)
      let total = 0
      for (const i of order) total += areas[i]!
      let below = 0
      for (const i of order) {
        below += areas[i]!
        // Sums in one order: the last one is the total exactly.
        if (below >= share * total) return values[i]!
      }
      return Number.NaN
    },
  }
}

const plainStatistics = {
  area: areaOf,
  mean: () => spread((mean) => mean),
  std: () => spread((_, variance) => Math.sqrt(variance)),
  sum: () => spread((mean, _, area) => mean * area),
  min: () => extreme(Math.min),
  max: () => extreme(Math.max),
  median: () => percentile(0.5),
} as const
