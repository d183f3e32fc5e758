/**
 * Runs the peers of a comparison in turns, and makes the tables and the overview's lines of what they
 * took.
 */
import { basename, join } from "node:path"
import { type KeptProcess, type ProcessCommand, startKept } from "../kept-process.js"
import { projectRoot } from "../machine.js"
import { quantile } from "../product/measure.js"
import type { LayerFigures } from "./gdal.js"
import { type Inputs, inputsOf, withFolder } from "./inputs.js"
import { grouped, markdownTable, milliseconds } from "./markdown.js"
import type { Peer, TimedAnswer } from "./peer.js"
import type { ProgramName } from "./programs.js"

/** What a comparison is asked for. */
export interface RunOptions {
  /** Files to work on; the comparison's own choice when there is none. */
  readonly files: readonly string[]
  readonly passes: number
  /** The least that shows that all works; nothing to measure by. */
  readonly quick: boolean
  readonly onProgress: (text: string) => void
}

/** One line of the page's overview: maille beside a peer. */
export interface SummaryRow {
  readonly work: string
  readonly peer: string
  /** Milliseconds of processor time, ours and the peer's. */
  readonly ours: number
  readonly theirs: number
  /** Peer's time through ours, pass by pass: above 1 maille is faster. */
  readonly times: number
  /** What shows that the work is the same, or in what it differs. */
  readonly proof: string
}

/** What a comparison found: for programs and for people. */
export interface RunResult {
  readonly data: unknown
  readonly markdown: string
  readonly summary: readonly SummaryRow[]
  /** Versions that peers tell themselves, beside those of packages and programs. */
  readonly versions: Readonly<Record<string, string>>
  /** Markdown below the overview. */
  readonly note?: string
}

/** The same work by several peers. */
export interface Comparison<Proof> {
  /** What `--filter` looks at. */
  readonly name: string
  readonly title: string
  /** Packages and programs that it compares with: their versions are told with the result. */
  readonly packages?: readonly string[]
  readonly programs?: readonly ProgramName[]
  /** What is asked of the results, for people. */
  readonly note: string
  readonly inputs: Inputs
  /** What is done on a file; a string: why it cannot be done here. */
  tasks(path: string, folder: string, options: RunOptions): Promise<readonly Task[] | string>
  readonly peers: readonly Peer[]
  /** @throws Error when the results differ by more than they may */
  check?(rows: readonly Row<Proof>[], task: Task): void
  readonly columns: readonly Column<Proof>[]
  /** The overview's words on a peer beside ours; undefined: no line. */
  proof(row: Row<Proof>, ours: Row<Proof>, task: Task): string | undefined
  /** What the last column counts a peer's time in: "× maille" by default. */
  readonly unit?: string
  /** Markdown below the overview. */
  closing?(rows: readonly Row<Proof>[]): string
}

/** One work on one input. */
export interface Task {
  /** What it is, for people. */
  readonly label: string
  /** What the peers are told. */
  readonly word: string
  /** Peers that take part; all by default. */
  readonly takes?: (peer: Peer) => boolean
  /** Peers that are no modules, a program in C for one. */
  readonly others?: readonly Other[]
  /** Facts for checks. */
  readonly bound?: number
  close?(): Promise<void>
}

/** A peer that is no module; its process does not prove its work itself where `proof` does. */
export interface Other extends Omit<Peer, "open"> {
  readonly command: ProcessCommand
  readonly proof?: () => Promise<object>
}

/** A column of figures that prove the work. */
export interface Column<Proof> {
  readonly heading: string
  readonly cell: (row: Row<Proof>, rows: readonly Row<Proof>[]) => string
}

/** Median and quartiles of some measurements. */
export interface Distribution {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** A peer at its work: times, and what proves the last pass. */
export interface Row<Proof> {
  readonly name: string
  readonly work: string
  /** Timed as a process of its own, start included. */
  readonly whole: boolean
  readonly amount: number
  readonly cpuMs: Distribution
  readonly wallMs: Distribution
  /** Processor time of starting and ending the program only. */
  readonly startMs?: Distribution
  /** Our peer that it is measured by, and its processor time through ours, pass by pass. */
  readonly against: string
  readonly times: Distribution
  readonly proof: Proof
}

/** All peers at one task. */
export interface Report<Proof> {
  readonly task: string
  readonly rows: readonly Row<Proof>[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
  /** What programs in C say of themselves. */
  readonly versions: Readonly<Record<string, string>>
}

const WORK_NOTE =
  "Medians of interleaved passes, processor time of all threads unless said otherwise; *italics*: a program as a whole process, start included, and measured by maille's own whole process; × maille: its processor time through maille's, pass by pass."

/** Runs a comparison; a string: why it cannot run here. @throws Error when peers disagree on the result */
export const runComparison = <Proof>(comparison: Comparison<Proof>, options: RunOptions): Promise<RunResult | string> =>
  withFolder(async (folder) => {
    const { inputs, columns, unit, note, closing } = comparison
    const paths = await inputsOf(options, folder, inputs)
    if (typeof paths === "string") return paths
    const reports: Report<Proof>[] = []
    const summary: SummaryRow[] = []
    for (const path of paths) {
      const tasks = await comparison.tasks(path, folder, options)
      if (typeof tasks === "string") return tasks
      for (const task of tasks) {
        try {
          const report = await compareWork<Proof>(comparison, task, options)
          comparison.check?.(report.rows, task)
          reports.push(report)
          summary.push(...summaryOf(comparison, task, report))
        } finally {
          await task.close?.()
        }
      }
    }
    const tables = reports.map((report) => `**${report.task}**:\n\n${tableOf(report, columns, unit)}`)
    const end = closing === undefined ? [] : reports.map(({ rows }) => closing(rows))
    return {
      data: reports,
      markdown: [`${WORK_NOTE} ${note}`, ...tables, ...end].join("\n\n"),
      ...(end.length === 0 ? {} : { note: end.join("\n\n") }),
      summary,
      versions: Object.assign({}, ...reports.map((report) => report.versions)) as Record<string, string>,
    }
  })

/** A pass is repeated until it takes about this long, so that a short one can be measured. */
const PASS_MS = 150
const MOST_REPEATS = 50
/**
 * Before the passes that count: at least so many, and so long, since V8 goes on compiling for about
 * that time.
 */
const WARM_UPS = 2
const WARM_UP_MS = 1500

/** Runs a peer of a comparison on a task; the built one, from the sources (tests) too. */
const SCRIPT = join(projectRoot, "dist", "bench", "peers", "peer-process.js")

type Answer<Proof> = TimedAnswer & Proof
type Client<Proof> = KeptProcess<{ readonly version?: string }, Answer<Proof>>

/** A peer that takes part, and its answers. */
interface Runner<Proof> {
  readonly candidate: Other
  readonly client: Client<Proof>
  readonly repeats: number
  readonly answers: Answer<Proof>[]
}

/**
 * Lets peers do a task: each in a process of its own that is kept, rounds interleaved (A B C A B C
 * …), so that what else the machine does weighs on all alike. Passes of a second or two before do
 * not count (one for whole processes).
 *
 * @throws Error when one of ours fails
 */
export const compareWork = async <Proof>(
  { name: comparison, peers }: Pick<Comparison<Proof>, "name" | "peers">,
  { label, word, takes = () => true, others = [] }: Task,
  { quick, passes, onProgress }: RunOptions,
): Promise<Report<Proof>> => {
  const own = peers.filter(takes).map(({ open: _, ...peer }) => ({
    ...peer,
    command: { command: process.execPath, args: [SCRIPT, comparison, peer.name, word] },
  }))
  const runners: Runner<Proof>[] = []
  const skipped: { name: string; reason: string }[] = []
  try {
    for (const candidate of [...own, ...others]) {
      onProgress(`${label}: ${candidate.name}`)
      const runner = await startRunner<Proof>(candidate, quick)
      if (typeof runner !== "string") runners.push(runner)
      else if (candidate.name.startsWith("maille")) throw new Error(`${candidate.name}: ${runner}`)
      else skipped.push({ name: candidate.name, reason: runner })
    }
    onProgress(`${label}: ${passes} rounds of ${runners.length}`)
    for (let round = 0; round < passes; round++) {
      for (const { candidate, client, repeats, answers } of runners) {
        const failed = (error: Error): never => {
          throw new Error(`${candidate.name}: ${error.message}`, { cause: error })
        }
        answers.push(await client.ask(repeats).catch(failed))
      }
    }
    const versions: Record<string, string> = {}
    for (const { candidate, client } of runners) {
      const { version } = await client.greeting
      if (version !== undefined) versions[candidate.name.split(" ")[0] ?? ""] = version
    }
    const rows: Row<Proof>[] = []
    for (const runner of runners) {
      const row = rowOf(runner, runners)
      const proof = (await runner.candidate.proof?.()) ?? row.proof
      rows.push({ ...row, proof: proof as Proof })
    }
    return { task: label, rows, skipped, versions }
  } finally {
    for (const { client } of runners) await client.close()
  }
}

/**
 * Starts a peer and lets it work for a while; a string: why it cannot.
 */
const startRunner = async <Proof>(candidate: Other, quick: boolean): Promise<Runner<Proof> | string> => {
  const client: Client<Proof> = startKept(candidate.command)
  try {
    await client.greeting
    let { wallMs } = await client.ask(1)
    if (candidate.whole || quick) return { candidate, client, repeats: 1, answers: [] }
    const started = performance.now()
    for (let pass = 1; pass < WARM_UPS || performance.now() - started < WARM_UP_MS; pass++) {
      wallMs = (await client.ask(1)).wallMs
    }
    const repeats = Math.min(MOST_REPEATS, Math.max(1, Math.ceil(PASS_MS / wallMs)))
    return { candidate, client, repeats, answers: [] }
  } catch (error) {
    await client.close()
    return error instanceof Error ? error.message : String(error)
  }
}

const rowOf = <Proof>({ candidate, answers }: Runner<Proof>, all: readonly Runner<Proof>[]): Row<Proof> => {
  const { name, work, whole = false, against } = candidate
  const last = answers.at(-1)
  const base = all.find((runner) => runner.candidate.name === against) ?? all[0]
  if (last === undefined || base === undefined) throw new Error(`${name}: no pass`)
  const [cpu, ours] = [answers, base.answers].map((of) => of.map(({ cpuMs }) => cpuMs)) as [number[], number[]]
  const starts = answers.flatMap(({ start }) => start?.cpuMs ?? [])
  const { points: amount, cpuMs: _cpu, wallMs: _wall, start: _start, ...proof } = last
  return {
    name,
    work,
    whole,
    amount,
    cpuMs: distributionOf(cpu),
    wallMs: distributionOf(answers.map(({ wallMs }) => wallMs)),
    ...(starts.length === 0 ? {} : { startMs: distributionOf(starts) }),
    against: base.candidate.name,
    times: distributionOf(cpu.map((time, round) => time / ours[round]!)),
    proof: proof as Proof,
  }
}

/** Median and quartiles. */
export const distributionOf = (values: readonly number[]): Distribution => {
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share)) as [number, number, number]
  return { median, low, high }
}

/** The table of a report, and who was left out and why. */
export const tableOf = <Proof>(
  { rows, skipped }: Pick<Report<Proof>, "rows" | "skipped">,
  columns: readonly Column<Proof>[],
  unit = "× maille",
): string => {
  const times = ["processor ms", "quartiles", "ms by the clock", "start-up ms", unit]
  const heading = ["peer", "work", ...columns.map((column) => column.heading), ...times]
  const cells = rows.map((row) => {
    const { name, work, whole, cpuMs, wallMs, startMs, times } = row
    return [
      whole ? `*${name}*` : name,
      work,
      ...columns.map(({ cell }) => cell(row, rows)),
      milliseconds(cpuMs.median),
      `${milliseconds(cpuMs.low)}–${milliseconds(cpuMs.high)}`,
      milliseconds(wallMs.median),
      startMs === undefined ? "–" : milliseconds(startMs.median),
      times.median.toFixed(2),
    ]
  })
  const right = heading.map((_, i) => i).filter((i) => i > 1)
  const left = skipped.map(({ name, reason }) => `Skipped ${name}: ${reason}.`)
  return [markdownTable([heading, ...cells], right), ...(left.length === 0 ? [] : [left.join(" ")])].join("\n\n")
}

/** Each peer that is not ours beside the one of ours that it is measured by. */
const summaryOf = <Proof>(comparison: Comparison<Proof>, task: Task, { rows }: Report<Proof>): SummaryRow[] =>
  rows.flatMap((row) => {
    const ours = rows.find(({ name }) => name === row.against)
    if (row.name.startsWith("maille") || ours === undefined) return []
    const proof = comparison.proof(row, ours, task)
    if (proof === undefined) return []
    const peer = row.whole ? `${row.name} (whole process)` : row.name
    const [own, theirs] = [ours.cpuMs.median, row.cpuMs.median]
    return [{ work: task.label, peer, ours: own, theirs, times: row.times.median, proof }]
  })

/** @throws Error when a proof differs from that of our first row: the work was not the same */
export const checkEqual = <Proof>(rows: readonly Row<Proof>[], digestOf: (proof: Proof) => string): void => {
  const [ours] = rows
  for (const { name, proof } of rows) {
    if (ours === undefined || digestOf(proof) === digestOf(ours.proof)) continue
    throw new Error(`${name} gives ${digestOf(proof)}, ${ours.name} ${digestOf(ours.proof)}`)
  }
}

/**
 * Checks layers of peers by ours in memory. Other whole processes may differ: what they are asked
 * is not the same in all.
 *
 * @param tolerances shares by which a peer in memory may differ; our process is equal
 * @throws Error when one differs by more
 */
export const checkFigures = (
  rows: readonly Row<LayerFigures>[],
  tolerances: Partial<Record<keyof LayerFigures, number>>,
): void => {
  const ours = rows.find(({ whole }) => !whole)
  if (ours === undefined) return
  for (const { name, whole, proof } of rows) {
    const isOurs = name.startsWith("maille")
    if (whole && !isOurs) continue
    for (const [key, tolerance] of Object.entries(tolerances) as [keyof LayerFigures, number][]) {
      const allowed = isOurs ? Math.min(1e-9, tolerance) : tolerance
      if (Math.abs(proof[key] - ours.proof[key]) <= allowed * ours.proof[key]) continue
      throw new Error(`${name}: ${key} ${proof[key]}, ${ours.name} has ${ours.proof[key]}`)
    }
  }
}

/** A column of a whole number of the proof. */
export const countColumn = <Key extends string>(heading: string, key: Key): Column<Readonly<Record<Key, number>>> => ({
  heading,
  cell: ({ proof }) => grouped(proof[key]),
})

/** A column of the rate by processor time, for amounts in points. */
export const speedColumn: Column<unknown> = {
  heading: "M points/s",
  cell: ({ amount, cpuMs }) => (amount / cpuMs.median / 1000).toFixed(2),
}

/** Name of a task on a file. */
export const onFile = (what: string, path: string): string => `${what} of ${basename(path)}`
