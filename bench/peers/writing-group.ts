import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { readLazFile } from "../laz-file.js"
import type { Group, GroupOptions, SummaryRow } from "./group.js"
import { compileLaszip } from "./laszip.js"
import { lazWriters, MOST_POINTS, proofOfFile, type WriteProof } from "./laz-writers.js"
import { grouped, markdownTable, targetsTable } from "./markdown.js"
import type { TimedAnswer } from "./peer.js"
import { peerCommand } from "./peer-client.js"
import { lazFiles } from "./reading-group.js"
import { type Runner, runRounds, type Samples, startRunner } from "./rounds.js"
import { type Distribution, distributionOf, pairedRatio } from "./statistics.js"
import { type Target, targetOf } from "./targets.js"

/** A writer on the points of a file. */
export interface WriteRow extends WriteProof {
  readonly name: string
  readonly work: string
  readonly points: number
  readonly cpuMs: Distribution
  readonly wallMs: Distribution
  /** Bytes of its chunks through those of LASzip's, and its speed in LASzip's; absent where LASzip is not there. */
  readonly size?: number
  readonly timesAsFast?: Distribution
}

/** All writers on one file. */
export interface WriteReport {
  readonly file: string
  readonly rows: readonly WriteRow[]
  readonly targets: readonly Target[]
}

const LASZIP = "LASzip"
const WARM_UPS = 2
/** Files below tell more of starting than of writing. */
const MANY_POINTS = 500_000

/** Writing layered LAZ, beside LASzip on the same points in chunks of the same size. */
export const writingGroup: Group = {
  name: "laz-writing",
  title: "Writing LAZ of point formats 6 to 8",
  run: async (options) => {
    const paths = lazFiles(options.files)
    if (typeof paths === "string") return paths
    const laszip = await compileLaszip("laszip-write")
    if (typeof laszip === "string") options.onProgress(`skipped LASzip: ${laszip}`)
    try {
      const reports: WriteReport[] = []
      for (const path of paths) {
        reports.push(await compareWriters(path, typeof laszip === "string" ? undefined : laszip.path, options))
      }
      return { data: reports, markdown: writingMarkdown(reports), summary: reports.flatMap(writingSummary) }
    } finally {
      if (typeof laszip !== "string") await laszip.remove()
    }
  },
}

type Answer = TimedAnswer & Partial<WriteProof>

const compareWriters = async (
  path: string,
  laszip: string | undefined,
  { passes, quick, onProgress }: GroupOptions,
): Promise<WriteReport> => {
  const { header } = await readLazFile(path)
  const count = Math.min(header.count, MOST_POINTS)
  const repeats = quick ? 1 : Math.max(1, Math.ceil(500_000 / count))
  const written = join(tmpdir(), `maille-laszip-${process.pid}.laz`)
  const commands = lazWriters.map(({ name }) => ({ name, command: peerCommand("write", name, path) }))
  if (laszip !== undefined) {
    commands.push({ name: LASZIP, command: { command: laszip, args: [path, written, String(count)] } })
  }
  const runners: Runner<Answer>[] = []
  try {
    for (const { name, command } of commands) {
      onProgress(`${basename(path)}: ${name}`)
      const runner = await startRunner<Answer>(name, command, repeats, quick ? 1 : WARM_UPS)
      if (typeof runner === "string") throw new Error(`${path}: ${name}: ${runner}`)
      runners.push(runner)
    }
    const samples = await runRounds(runners, passes, repeats)
    const base = laszip === undefined ? undefined : await proofOfFile(written)
    const rows = samples.map((sample) => rowOf(sample, samples, base))
    return { file: basename(path), rows, targets: targetsOf(rows) }
  } finally {
    for (const { client } of runners) await client.close()
    await rm(written, { force: true })
  }
}

const rowOf = (
  { name, answers }: Samples<Answer>,
  all: readonly Samples<Answer>[],
  base: WriteProof | undefined,
): WriteRow => {
  const cpu = answers.map(({ cpuMs }) => cpuMs)
  const last = answers.at(-1)
  const proof = name === LASZIP ? base : last
  if (last === undefined || proof?.bytes === undefined || proof.digest === undefined)
    throw new Error(`${name}: no proof`)
  const native = all.find((sample) => sample.name === LASZIP)?.answers.map(({ cpuMs }) => cpuMs)
  return {
    name,
    work:
      lazWriters.find((writer) => writer.name === name)?.work ?? "structures in memory to a file: laszip_write_point",
    points: last.points,
    bytes: proof.bytes,
    digest: proof.digest,
    cpuMs: distributionOf(cpu),
    wallMs: distributionOf(answers.map(({ wallMs }) => wallMs)),
    ...(base === undefined ? {} : { size: proof.bytes / base.bytes }),
    ...(native === undefined ? {} : { timesAsFast: pairedRatio(native, cpu) }),
  }
}

/** The README's line for one file of many points: writer beside writer, file and disk included. */
const writingSummary = ({ file, rows }: WriteReport): SummaryRow[] => {
  const [ours, theirs] = ["maille writer", LASZIP].map((name) => rows.find((row) => row.name === name))
  if (ours === undefined || theirs === undefined || ours.points < MANY_POINTS) return []
  const equal = ours.digest === theirs.digest ? "equal bytes" : "not the same bytes"
  return [
    {
      work: `writing ${grouped(ours.points)} points of ${file}`,
      peer: LASZIP,
      ours: ours.cpuMs.median,
      theirs: theirs.cpuMs.median,
      times: ours.timesAsFast?.median ?? Number.NaN,
      proof: `chunks of 50 000 points: ${equal}, size ${((ours.bytes / theirs.bytes) * 100).toFixed(2)} % of LASzip's`,
    },
  ]
}

const targetsOf = (rows: readonly WriteRow[]): Target[] =>
  rows.flatMap(({ name, size }) =>
    size === undefined || name === LASZIP ? [] : [targetOf(`${name}: size in LASzip's`, size, 1.01, false)],
  )

const writingMarkdown = (reports: readonly WriteReport[]): string => {
  const heading = [
    "file",
    "writer",
    "work",
    "points",
    "bytes of chunks",
    "size ÷ LASzip's",
    "digest",
    "M points/s",
    "× LASzip",
  ]
  const cells = reports.flatMap(({ file, rows }) =>
    rows.map((row) => [
      file,
      row.name,
      row.work,
      grouped(row.points),
      grouped(row.bytes),
      row.size?.toFixed(4) ?? "–",
      row.digest,
      (row.points / row.cpuMs.median / 1000).toFixed(2),
      row.timesAsFast?.median.toFixed(2) ?? "–",
    ]),
  )
  return [
    "The same points in chunks of 50,000; medians of interleaved passes, processor time, one thread each. Equal digests: equal bytes.",
    markdownTable([heading, ...cells], [3, 4, 5, 7, 8]),
    ...reports.flatMap(({ file, targets }) => (targets.length === 0 ? [] : [`${file}:\n\n${targetsTable(targets)}`])),
  ].join("\n\n")
}
