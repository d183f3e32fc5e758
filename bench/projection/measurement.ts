/** The form of bench.json, and its check. */
import { EngineError } from "../../engine/errors.js"
import { STRATA, type Stratum } from "./strata.js"

/** What one tile cost, every stage of its share of a run with it. */
export interface TileMeasurement {
  readonly name: string
  /** Area of the tile that was made, km². */
  readonly km2: number
  /** Points read. */
  readonly points: number
  /** Processor time of all threads, in seconds of one core. */
  readonly coreSeconds: number
  /** Read from disk: points and images. */
  readonly bytesIn: number
  /** Written to disk: products. */
  readonly bytesOut: number
  /** Most memory that the tile's worker held at a time. */
  readonly peakBytes: number
  /**
   * Workers of the run. 1 is best: what many lose by waiting for each other comes on top, by the
   * efficiency.
   */
  readonly workers: number
}

/** The measured tiles of one kind of ground. */
export interface StratumMeasurement {
  readonly stratum: Stratum
  readonly tiles: readonly TileMeasurement[]
}

/**
 * How well many workers did, against one: efficiency = time of one / (workers × time of them all),
 * 1 when perfect.
 */
export interface ScalingMeasurement {
  readonly workers: number
  readonly efficiency: number
}

/** bench.json: what a run of the end-to-end benchmark leaves for `npm run lab -- project`. */
export interface BenchMeasurement {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly date: string }
  /** maille's version. */
  readonly version: string
  readonly strata: readonly StratumMeasurement[]
  /** The steps of a scaling run, where there was one. */
  readonly scaling?: readonly ScalingMeasurement[]
  /**
   * What a reader must know of the tiles: synthetic ones that stand in for real ones, and the like.
   * A projection repeats them.
   */
  readonly notes?: readonly string[]
}

/** What a field must be, and how that is said. */
type Rule = readonly [expected: string, holds: (value: unknown) => boolean]

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value)
const TEXT: Rule = ["a text", (value) => typeof value === "string" && value !== ""]
const ABOVE: Rule = ["a number above 0", (value) => isNumber(value) && value > 0]
const LEAST: Rule = ["a number of at least 0", (value) => isNumber(value) && value >= 0]
const OBJECT: Rule = ["an object", (value) => typeof value === "object" && value !== null && !Array.isArray(value)]
const listOf = (what: string): Rule => [
  `a list of at least one ${what}`,
  (value) => Array.isArray(value) && value.length > 0,
]

const MACHINE = { cpu: TEXT, node: TEXT, date: TEXT, cores: ABOVE }
const TILE = {
  name: TEXT,
  km2: ABOVE,
  coreSeconds: ABOVE,
  peakBytes: ABOVE,
  workers: ABOVE,
  points: LEAST,
  bytesIn: LEAST,
  bytesOut: LEAST,
}
const STEP = { workers: ABOVE, efficiency: ABOVE }

/**
 * A parsed bench.json, checked. Fields that it does not know pass. Each kind of ground may stand
 * there once.
 *
 * @throws EngineError E_INPUT that names the field at fault, as `strata[1].tiles[0].km2`
 */
export const checkMeasurement = (value: unknown, file: string): BenchMeasurement => {
  const check = (found: unknown, path: string, [expected, holds]: Rule): void => {
    if (holds(found)) return
    const shown = found === undefined ? "nothing" : (JSON.stringify(found) ?? String(found)).slice(0, 80)
    const text = `${file}: ${path} is ${shown}, expected ${expected}; make the file again with the end-to-end benchmark, or mend that field`
    throw new EngineError("E_INPUT", text, { file })
  }
  const checkFields = (found: unknown, path: string, rules: Readonly<Record<string, Rule>>): void => {
    check(found, path, OBJECT)
    for (const [name, rule] of Object.entries(rules))
      check((found as Record<string, unknown>)[name], path === "the document" ? name : `${path}.${name}`, rule)
  }
  checkFields(value, "the document", { machine: OBJECT, version: TEXT, strata: listOf("stratum") })
  const { machine, strata, scaling, notes } = value as BenchMeasurement
  checkFields(machine, "machine", MACHINE)
  const seen = new Set<unknown>()
  const isNew = (stratum: unknown): boolean => STRATA.includes(stratum as Stratum) && !seen.has(stratum)
  for (const [index, entry] of strata.entries()) {
    const path = `strata[${index}]`
    check(entry, path, OBJECT)
    const { stratum, tiles } = entry
    check(stratum, `${path}.stratum`, [`one of ${STRATA.join(", ")}, each once`, isNew])
    seen.add(stratum)
    check(tiles, `${path}.tiles`, listOf("tile"))
    for (const [place, tile] of tiles.entries()) checkFields(tile, `${path}.tiles[${place}]`, TILE)
  }
  if (scaling !== undefined) check(scaling, "scaling", listOf("step, or no such field"))
  for (const [index, step] of (scaling ?? []).entries()) checkFields(step, `scaling[${index}]`, STEP)
  const areTexts = (list: unknown): boolean => Array.isArray(list) && list.every(TEXT[1])
  if (notes !== undefined) check(notes, "notes", ["a list of texts, or no such field", areTexts])
  return value as BenchMeasurement
}
