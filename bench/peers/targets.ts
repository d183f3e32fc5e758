import type { BASES, ReadReport } from "./laz-reading.js"

/** A figure that is aimed at, and what was measured. */
export interface Target {
  readonly what: string
  readonly found: number
  /** At least this where `atLeast`, at most this else. */
  readonly bound: number
  readonly atLeast: boolean
  readonly met: boolean
}

/** Holds a figure against its bound. */
export const targetOf = (what: string, found: number, bound: number, atLeast: boolean): Target => ({
  what,
  found,
  bound,
  atLeast,
  met: atLeast ? found >= bound : found <= bound,
})

const READING: readonly (readonly [what: string, reader: string, base: keyof typeof BASES, bound: number])[] = [
  ["x, y, z, class, return: times as fast as laz-perf", "maille wasm selective", "lazPerf", 5],
  ["the same: times as fast as LASzip selective", "maille wasm selective", "laszipSelective", 1.6],
  ["every attribute: times as fast as LASzip full", "maille wasm all", "laszipFull", 1.3],
  ["twin, x, y, z, class, return: times as fast as laz-perf", "maille twin selective", "lazPerf", 3],
]

/** What is aimed at in reading, as measured on one file (those that could run). */
export const readingTargets = ({ rows }: ReadReport): Target[] =>
  READING.flatMap(([what, reader, base, bound]) => {
    const found = rows.find(({ name }) => name === reader)?.timesAsFast[base]
    return found === undefined ? [] : [targetOf(what, found.median, bound, true)]
  })
