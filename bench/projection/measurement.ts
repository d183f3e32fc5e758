/** The form of bench.json, and its check. */
import { areObjects, areTexts, isObject, type JsonObject } from "../../engine/core/json/json-shape.js"
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
  /** The kind of ground that it counts for; none: it counts for none. */
  readonly stratum?: Stratum
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
  readonly runs: readonly TileMeasurement[]
  /** The steps of a scaling run, where there was one. */
  readonly scaling?: readonly ScalingMeasurement[]
  /**
   * What a reader must know of the tiles: synthetic ones that stand in for real ones, and the like.
   * A projection repeats them.
   */
  readonly notes?: readonly string[]
}

/** The numbers of a tile, each with the least that it can be. */
const TILE = {
  km2: Number.MIN_VALUE,
  coreSeconds: Number.MIN_VALUE,
  peakBytes: 1,
  workers: 1,
  points: 0,
  bytesIn: 0,
  bytesOut: 0,
}

/**
 * A parsed bench.json, its tiles of known ground checked: there is one at least.
 *
 * @throws EngineError E_INPUT that names the field at fault, as `runs[1].km2`
 */
export const checkMeasurement = (value: unknown, file: string): BenchMeasurement => {
  const fault = faultOf(value)
  if (fault === undefined) return value as BenchMeasurement
  const text = `${file}: ${fault} is missing or of no use; make the file again with the end-to-end benchmark, or mend that field`
  throw new EngineError("E_INPUT", text, { file })
}

const isAbove = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value > 0

const faultOf = (value: unknown): string | undefined => {
  if (!isObject(value)) return "the object"
  const { machine, version, runs, scaling = [], notes = [] } = value
  if (!isObject(machine)) return "machine"
  const text = ["cpu", "node", "date"].find((name) => typeof machine[name] !== "string")
  if (text !== undefined) return `machine.${text}`
  if (!isAbove(machine["cores"])) return "machine.cores"
  if (typeof version !== "string") return "version"
  if (!areTexts(notes)) return "notes"
  if (!areObjects(scaling, (step) => isAbove(step["workers"]) && isAbove(step["efficiency"]))) return "scaling"
  if (!areObjects(runs, () => true)) return "runs, or the stratum of one"
  const measured = runs as readonly JsonObject[]
  if (measured.every(({ stratum }) => stratum === undefined)) return "runs, or the stratum of one"
  for (const [index, run] of measured.entries()) {
    if (run["stratum"] === undefined) continue
    if (!STRATA.includes(run["stratum"] as Stratum)) return `runs[${index}].stratum`
    const wrong = Object.entries(TILE).find(([name, least]) => !(typeof run[name] === "number" && run[name] >= least))
    if (wrong !== undefined) return `runs[${index}].${wrong[0]}`
  }
  return undefined
}
