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
  /** Workers of the run. 1 is best: what many lose by waiting for each other comes on top, by the efficiency. */
  readonly workers: number
}

/** The measured tiles of one kind of ground. */
export interface StratumMeasurement {
  readonly stratum: Stratum
  readonly tiles: readonly TileMeasurement[]
}

/** How well many workers did, against one: efficiency = time of one / (workers × time of them all), 1 when perfect. */
export interface ScalingMeasurement {
  readonly workers: number
  readonly efficiency: number
}

/** bench.json: what a run of the end-to-end benchmark leaves for `maille project`. */
export interface BenchMeasurement {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly date: string }
  /** maille's version. */
  readonly version: string
  readonly strata: readonly StratumMeasurement[]
  /** The steps of a scaling run, where there was one. */
  readonly scaling?: readonly ScalingMeasurement[]
  /** What a reader must know of the tiles: synthetic ones that stand in for real ones, and the like. A projection repeats them. */
  readonly notes?: readonly string[]
}

const fault = (file: string, path: string, found: unknown, expected: string): EngineError => {
  const shown = found === undefined ? "nothing" : (JSON.stringify(found) ?? String(found)).slice(0, 80)
  const text = `${file}: ${path} is ${shown}, expected ${expected}; make the file again with the end-to-end benchmark, or mend that field`
  return new EngineError("E_INPUT", text, { file })
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== ""

type Fields = Readonly<Record<string, unknown>>

/**
 * A parsed bench.json, checked. Fields that it does not know pass. Each kind of ground may stand there once.
 *
 * @throws EngineError E_INPUT that names the field at fault, as `strata[1].tiles[0].km2`
 */
export const checkMeasurement = (value: unknown, file: string): BenchMeasurement => {
  const record = (found: unknown, path: string): Fields => {
    if (typeof found === "object" && found !== null && !Array.isArray(found)) return found as Fields
    throw fault(file, path, found, "an object")
  }
  const list = (found: unknown, path: string, expected: string): readonly unknown[] => {
    if (Array.isArray(found) && found.length > 0) return found
    throw fault(file, path, found, expected)
  }
  const text = (fields: Fields, path: string, name: string): void => {
    if (!isText(fields[name])) throw fault(file, path + name, fields[name], "a text")
  }
  const above = (fields: Fields, path: string, names: readonly string[], zero: boolean): void => {
    for (const name of names) {
      const found = fields[name]
      const fits = typeof found === "number" && Number.isFinite(found) && (zero ? found >= 0 : found > 0)
      if (!fits) throw fault(file, path + name, found, zero ? "a number of at least 0" : "a number above 0")
    }
  }
  const root = record(value, "the document")
  const machine = record(root["machine"], "machine")
  for (const name of ["cpu", "node", "date"]) text(machine, "machine.", name)
  above(machine, "machine.", ["cores"], false)
  text(root, "", "version")
  const seen = new Set<unknown>()
  for (const [index, entry] of list(root["strata"], "strata", "a list of at least one stratum").entries()) {
    const path = `strata[${index}]`
    const fields = record(entry, path)
    const { stratum } = fields
    if (!(STRATA as readonly unknown[]).includes(stratum) || seen.has(stratum)) {
      throw fault(file, `${path}.stratum`, stratum, `one of ${STRATA.join(", ")}, each once`)
    }
    seen.add(stratum)
    for (const [place, tile] of list(fields["tiles"], `${path}.tiles`, "a list of at least one tile").entries()) {
      const at = `${path}.tiles[${place}].`
      const facts = record(tile, at.slice(0, -1))
      text(facts, at, "name")
      above(facts, at, ["km2", "coreSeconds", "peakBytes", "workers"], false)
      above(facts, at, ["points", "bytesIn", "bytesOut"], true)
    }
  }
  if (root["scaling"] !== undefined) {
    for (const [index, step] of list(root["scaling"], "scaling", "a list of steps, or no such field").entries()) {
      above(record(step, `scaling[${index}]`), `scaling[${index}].`, ["workers", "efficiency"], false)
    }
  }
  if (root["notes"] !== undefined && !(Array.isArray(root["notes"]) && root["notes"].every(isText))) {
    throw fault(file, "notes", root["notes"], "a list of texts, or no such field")
  }
  return value as BenchMeasurement
}
