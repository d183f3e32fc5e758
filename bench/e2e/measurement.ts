/** Defines bench.json and checks it. */
import { areObjects, areTexts, isObject, type JsonObject } from "../../engine/core/json/json-shape.js"
import { EngineError } from "../../engine/errors.js"
import { STRATA, type Stratum } from "./strata.js"

/** Cost of one tile, including its share of every stage of a run. */
export interface TileMeasurement {
  readonly name: string
  /** Area of the tile, km². */
  readonly km2: number
  /** Points read. */
  readonly points: number
  /** Processor time of all threads, core-seconds. */
  readonly coreSeconds: number
  /** Bytes of points and images read from disk. */
  readonly bytesIn: number
  /** Bytes of products written to disk. */
  readonly bytesOut: number
  /** Peak memory of the tile's worker, bytes. */
  readonly peakBytes: number
  /** Workers of the run, best 1: the projection adds the loss of several workers as efficiency. */
  readonly workers: number
  /** The kind of ground that it represents; absent if none. */
  readonly stratum?: Stratum
}

/** Efficiency of several workers: time of one / (workers × time of all); 1 is perfect. */
export interface ScalingMeasurement {
  readonly workers: number
  readonly efficiency: number
}

/** bench.json: the output of the end-to-end benchmark, which `npm run lab -- project` reads. */
export interface BenchMeasurement {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly date: string }
  /** maille's version. */
  readonly version: string
  readonly runs: readonly TileMeasurement[]
  /** Steps of the scaling run, if there is one. */
  readonly scaling?: readonly ScalingMeasurement[]
  /**
   * Remarks on the tiles that a reader needs, such as synthetic ones in place of real ones. A
   * projection repeats them.
   */
  readonly notes?: readonly string[]
}

/** The numbers of a tile with their lower bounds. */
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
 * Checks a parsed bench.json. It needs at least one tile of known ground; only such tiles are
 * checked.
 *
 * @throws EngineError E_INPUT that names the field at fault, as `runs[1].km2`
 */
export const checkMeasurement = (value: unknown, file: string): BenchMeasurement => {
  const fault = findFault(value)
  if (fault === undefined) return value as BenchMeasurement
  const text = `${file}: ${fault} is missing or of no use; make the file again with the end-to-end benchmark, or mend that field`
  throw new EngineError("E_INPUT", text, { file })
}

const isAbove = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value > 0

const findFault = (value: unknown): string | undefined => {
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
