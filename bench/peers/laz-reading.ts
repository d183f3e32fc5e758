import { stat } from "node:fs/promises"
import { basename } from "node:path"
import { readLazFile } from "../laz-file.js"
import { sameColumns } from "./columns-checksum.js"
import { compileLaszip } from "./laszip.js"
import { lazReaders } from "./laz-readers.js"
import type { PassAnswer } from "./peer.js"
import { type PeerCommand, peerCommand } from "./peer-client.js"
import { type Runner, runRounds, type Samples, startRunner } from "./rounds.js"
import { type Distribution, distributionOf, pairedRatio } from "./statistics.js"

/** The readers that the others are measured by. */
export const BASES = { lazPerf: "laz-perf", laszipFull: "LASzip full", laszipSelective: "LASzip selective" } as const

/** A reader on a file. */
export interface ReadRow {
  readonly name: string
  readonly work: string
  readonly points: number
  /** Of x, y, z, classification and return number; "-" for a column that it does not give. */
  readonly checksum: string
  readonly cpuMs: Distribution
  readonly wallMs: Distribution
  readonly pointsPerSecond: { readonly cpu: number; readonly wall: number }
  /** How many times as fast as each base, by processor time, pass by pass; absent where the base could not run. */
  readonly timesAsFast: Readonly<Partial<Record<keyof typeof BASES, Distribution>>>
  /** Its processor time in units of LASzip's full decoding of the same file. */
  readonly d?: number
}

/** All readers on one file. */
export interface ReadReport {
  readonly file: string
  readonly bytes: number
  readonly points: number
  readonly pointFormat: number
  readonly copc: boolean
  readonly passes: number
  /** Decodings in one pass, so that a small file gives a time that can be measured. */
  readonly repeats: number
  /** Version of LASzip's library, by its own word; absent where it is not there. */
  readonly laszip?: string
  readonly rows: readonly ReadRow[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

/** How to compare. */
export interface ReadOptions {
  readonly passes: number
  /** One decoding a pass and no second one beforehand: to see that all works, not to measure. */
  readonly quick?: boolean
  /** Only readers whose name holds one of these texts; all by default. */
  readonly readers?: readonly string[]
  readonly onProgress?: (text: string) => void
}

/** A pass decodes at least so many points. */
const PASS_POINTS = 500_000
/** Passes before those that count: compilers are done by then. */
const WARM_UPS = 2

interface Candidate {
  readonly name: string
  readonly work: string
  readonly start: PeerCommand | string
}

/**
 * Compares the readers on files of layered LAZ: each reader in a process of its own that is kept, rounds interleaved.
 *
 * @throws Error when two readers give different points, or one of ours fails
 */
export const compareReaders = async (paths: readonly string[], options: ReadOptions): Promise<ReadReport[]> => {
  const laszip = await compileLaszip("laszip-read")
  try {
    const reports: ReadReport[] = []
    for (const path of paths) {
      reports.push(await compareOn(path, typeof laszip === "string" ? laszip : { path: laszip.path }, options))
    }
    return reports
  } finally {
    if (typeof laszip !== "string") await laszip.remove()
  }
}

const compareOn = async (
  path: string,
  laszip: { path: string } | string,
  options: ReadOptions,
): Promise<ReadReport> => {
  const { header, copc } = await readLazFile(path)
  const repeats = options.quick === true ? 1 : Math.max(1, Math.ceil(PASS_POINTS / header.count))
  const skipped: { name: string; reason: string }[] = []
  const runners: Runner<PassAnswer>[] = []
  const candidates = candidatesOf(path, copc, laszip).filter(
    ({ name }) => options.readers === undefined || options.readers.some((text) => name.includes(text)),
  )
  try {
    for (const { name, start } of candidates) {
      options.onProgress?.(`${basename(path)}: ${name}`)
      const runner =
        typeof start === "string"
          ? start
          : await startRunner<PassAnswer>(name, start, repeats, options.quick === true ? 1 : WARM_UPS)
      if (typeof runner !== "string") runners.push(runner)
      else if (name.startsWith("maille")) throw new Error(`${path}: ${name}: ${runner}`)
      else skipped.push({ name, reason: runner })
    }
    options.onProgress?.(`${basename(path)}: ${options.passes} rounds of ${runners.length} readers`)
    const samples = await runRounds(runners, options.passes, repeats)
    checkSame(path, header.count, samples)
    const laszipVersion = runners.find(({ name }) => name === BASES.laszipFull)?.client.greeting["version"]
    return {
      file: basename(path),
      bytes: (await stat(path)).size,
      points: header.count,
      pointFormat: header.pointFormat,
      copc,
      passes: options.passes,
      repeats,
      ...(laszipVersion === undefined ? {} : { laszip: String(laszipVersion) }),
      rows: samples.map((sample) => rowOf(sample, samples, candidates)),
      skipped,
    }
  } finally {
    for (const { client } of runners) await client.close()
  }
}

const candidatesOf = (path: string, copc: boolean, laszip: { path: string } | string): Candidate[] => [
  ...lazReaders.map(({ name, work, unfit }) => ({
    name,
    work,
    start: unfit?.({ copc }) ?? peerCommand("read", name, path),
  })),
  ...(["full", "selective"] as const).map((mode) => ({
    name: `LASzip ${mode}`,
    work: `from the file: laszip_read_point, ${mode === "full" ? "every attribute" : "x, y, z, class, return"}`,
    start: typeof laszip === "string" ? laszip : { command: laszip.path, args: [path, mode] },
  })),
]

/** @throws Error when passes or readers disagree on the points: then the work was not the same. */
export const checkSame = (path: string, count: number, samples: readonly Samples<PassAnswer>[]): void => {
  // By the first reader that gives every column.
  const whole = samples.flatMap(({ answers }) => answers).find(({ checksum }) => !checksum.includes("-"))
  for (const { name, answers } of samples) {
    for (const { points, checksum } of answers) {
      if (points !== count) throw new Error(`${path}: ${name} gives ${points} points of ${count}`)
      if (whole !== undefined && !sameColumns(checksum, whole.checksum)) {
        throw new Error(`${path}: ${name} gives other points than the rest: ${checksum} for ${whole.checksum}`)
      }
    }
  }
}

const rowOf = (
  { name, answers }: Samples<PassAnswer>,
  all: readonly Samples<PassAnswer>[],
  candidates: readonly Candidate[],
): ReadRow => {
  const cpu = answers.map(({ cpuMs }) => cpuMs)
  const [cpuMs, wallMs] = [distributionOf(cpu), distributionOf(answers.map(({ wallMs }) => wallMs))]
  const points = answers[0]?.points ?? 0
  const timesAsFast: Partial<Record<keyof typeof BASES, Distribution>> = {}
  for (const [key, base] of Object.entries(BASES) as [keyof typeof BASES, string][]) {
    const found = all.find((sample) => sample.name === base)
    if (found === undefined) continue
    const times = found.answers.map((answer) => answer.cpuMs)
    timesAsFast[key] = pairedRatio(times, cpu)
  }
  return {
    name,
    work: candidates.find((candidate) => candidate.name === name)?.work ?? "",
    points,
    checksum: answers[0]?.checksum ?? "",
    cpuMs,
    wallMs,
    pointsPerSecond: { cpu: (points * 1000) / cpuMs.median, wall: (points * 1000) / wallMs.median },
    timesAsFast,
    ...(timesAsFast.laszipFull === undefined ? {} : { d: 1 / timesAsFast.laszipFull.median }),
  }
}
