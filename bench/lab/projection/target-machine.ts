/** Parses the machine of a projection. */
import { parseBytes, usageError } from "../../../engine/core/parse-values.js"
import type { BenchMeasurement } from "../../e2e/measurement.js"
import { exactly, type Interval } from "./interval.js"

/** The machine of a projection. */
export interface TargetMachine {
  readonly cores: number
  readonly eurPerHour: number
  readonly watts: number
  readonly memoryBytes: number
  /** Disk throughput, reading and writing together, MB (10^6 bytes) per second. */
  readonly diskMBs: number
  /** Speed of one core relative to one of the measured machine. */
  readonly speed: Interval
  /** Throughput of all workers relative to that of one times their number. */
  readonly efficiency: Interval
  /** Keys that were not given: their values are examples or assumptions. */
  readonly assumed: readonly MachineKey[]
  /** Workers of the scaling step that the efficiency is from; absent if it was not measured. */
  readonly scaledTo?: number
}

const EXAMPLE = {
  cores: 64,
  eurPerHour: 2.4,
  watts: 450,
  memory: 256 * 1024 ** 3,
  diskMBs: 500,
  speed: 1,
  efficiency: 0.9,
}
type MachineKey = keyof typeof EXAMPLE
const KEYS = Object.keys(EXAMPLE) as MachineKey[]

/** Cores of servers of one decade differ by factors in this range. */
const SPEED_UNKNOWN: Interval = { low: 0.8, best: 1, high: 1.25 }
/** Used if the efficiency was not measured. */
const EFFICIENCY_UNKNOWN: Interval = { low: 0.75, best: EXAMPLE.efficiency, high: 1 }
/** Factor by which efficiency may fall on more cores than were measured. */
const FALL_BEYOND_MEASURED = 0.75

/**
 * Parses a machine such as
 * `cores=64,eurPerHour=2.4,watts=450,memory=256G,diskMBs=500,speed=1.3,efficiency=0.9`. Any key may
 * be absent: it then has the example's value, and `assumed` lists it. The default of `efficiency`
 * is that of the scaling run, if there is one.
 *
 * @throws EngineError E_USAGE for an unknown key (it lists the known ones), an invalid value, or a
 * repeated key
 */
export const parseMachine = (text: string, measurement: BenchMeasurement): TargetMachine => {
  const stated = new Map<MachineKey, number>()
  for (const part of text.split(",").map((piece) => piece.trim())) {
    if (part === "") continue
    const [name = "", value = ""] = part.split("=").map((piece) => piece.trim())
    const key = KEYS.find((known) => known.toLowerCase() === name.toLowerCase())
    if (key === undefined) {
      throw usageError("--machine", `"${name}"`, `one of ${KEYS.join(", ")}`, "Leave out what you do not know.")
    }
    if (stated.has(key)) throw usageError("--machine", `${key} twice`, "each part once", "Leave one of them out.")
    stated.set(key, parsePart(key, value))
  }
  const take = (key: MachineKey): number => stated.get(key) ?? EXAMPLE[key]
  const [speed, efficiency] = [stated.get("speed"), stated.get("efficiency")]
  const scaled = efficiency === undefined ? measuredEfficiency(measurement, take("cores")) : undefined
  return {
    cores: take("cores"),
    eurPerHour: take("eurPerHour"),
    watts: take("watts"),
    memoryBytes: take("memory"),
    diskMBs: take("diskMBs"),
    speed: speed === undefined ? SPEED_UNKNOWN : exactly(speed),
    efficiency: efficiency === undefined ? (scaled?.efficiency ?? EFFICIENCY_UNKNOWN) : exactly(efficiency),
    assumed: KEYS.filter((key) => !stated.has(key) && !(key === "efficiency" && scaled !== undefined)),
    ...(scaled === undefined ? {} : { scaledTo: scaled.workers }),
  }
}

const measuredEfficiency = (
  { scaling = [] }: BenchMeasurement,
  cores: number,
): { efficiency: Interval; workers: number } | undefined => {
  const [most] = [...scaling].sort((a, b) => b.workers - a.workers || a.efficiency - b.efficiency)
  if (most === undefined || most.workers < 2) return undefined
  const best = Math.min(most.efficiency, 1)
  const fall = cores > most.workers ? FALL_BEYOND_MEASURED : 1
  return { efficiency: { low: best * fall, best, high: best }, workers: most.workers }
}

const parsePart = (key: MachineKey, text: string): number => {
  if (key === "memory") return parseBytes(text, "--machine memory")
  const value = text === "" ? Number.NaN : Number(text)
  const free = key === "eurPerHour" || key === "watts"
  const fits =
    Number.isFinite(value) &&
    (free ? value >= 0 : value > 0) &&
    (key !== "cores" || Number.isInteger(value)) &&
    (key !== "efficiency" || value <= 1)
  if (fits) return value
  const kind = key === "cores" ? "whole number above" : free ? "number of at least" : "number above"
  const bound = key === "efficiency" ? "0 and at most 1" : "0"
  throw usageError(`--machine ${key}`, `"${text}"`, `a ${kind} ${bound}`, `Example: ${key}=${EXAMPLE[key]}.`)
}
