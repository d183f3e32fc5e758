/** Runs the peers of a comparison in turns, and makes tables and overview lines of their times. */
import { basename, join } from "node:path"
import type { LayerFigures } from "../../gdal-layers.js"
import { projectRoot } from "../../machine.js"
import { quantile } from "../../product/measure.js"
import { withFolder } from "../../real-data.js"
import { type ProcessCommand, startProcess, type WaitingProcess } from "../../waiting-process.js"
import { chooseInputs, type Inputs } from "./inputs.js"
import { grouped, markdownTable, milliseconds } from "./markdown.js"
import type { Peer, TimedAnswer } from "./peer.js"
import type { ProgramName } from "./programs.js"

export interface RunOptions {
  /** Files to work on; empty for the comparison's own choice. */
  readonly files: readonly string[]
  readonly passes: number
  /** The least work that shows that everything runs; its times mean nothing. */
  readonly quick: boolean
  readonly onProgress: (text: string) => void
}

/** One line of the page's overview: maille beside a peer. */
export interface SummaryRow {
  readonly work: string
  readonly peer: string
  /** Processor time of maille and of the peer, ms. */
  readonly ours: number
  readonly theirs: number
  /** Peer's time divided by ours, pass by pass: above 1 maille is faster. */
  readonly times: number
  /** Evidence that the work is the same, or its differences. */
  readonly proof: string
}

/** The result of a comparison, for programs and for people. */
export interface RunResult {
  readonly data: unknown
  readonly markdown: string
  readonly summary: readonly SummaryRow[]
  /** Versions that peers report themselves, beside those of packages and programs. */
  readonly versions: Readonly<Record<string, string>>
}

/** The same work done by several peers. */
export interface Comparison<Proof> {
  /** Matched against `--filter`. */
  readonly name: string
  readonly title: string
  /** Packages and programs of the comparison, whose versions are listed with the result. */
  readonly packages?: readonly string[]
  readonly programs?: readonly ProgramName[]
  /** Requirements on the results, for people. */
  readonly note: string
  readonly inputs: Inputs
  /** The tasks on a file; a string if they are impossible here: the reason. */
  tasks(path: string, folder: string, options: RunOptions): Promise<readonly Task[] | string>
  readonly peers: readonly Peer[]
  /** @throws Error if the results differ by more than they may */
  check?(rows: readonly Row<Proof>[], task: Task): void
  readonly columns: readonly Column<Proof>[]
  /** The overview's words on a peer beside ours; undefined: no line. */
  proof(row: Row<Proof>, ours: Row<Proof>, task: Task): string | undefined
  /** Heading of the relative times; "× maille" by default. */
  readonly unit?: string
}

/** One task on one input. */
export interface Task {
  /** Description, for people. */
  readonly label: string
  /** The argument passed to each peer. */
  readonly word: string
  /** Selects the peers that take part; all by default. */
  readonly takes?: (peer: Peer) => boolean
  /** Peers that are not modules, such as a program in C. */
  readonly others?: readonly Other[]
  /** Facts for checks. */
  readonly bound?: number
  close?(): Promise<void>
}

/** A peer that is not a module. `proof` proves its work if its process does not. */
export interface Other extends Omit<Peer, "open"> {
  readonly command: ProcessCommand
  readonly proof?: () => Promise<object>
}

/** A table column with a figure that proves the work. */
export interface Column<Proof> {
  readonly heading: string
  readonly cell: (row: Row<Proof>, rows: readonly Row<Proof>[]) => string
}

/** Median and quartiles. */
export interface Distribution {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** Times of a peer, and the proof of its last pass. */
export interface Row<Proof> {
  readonly name: string
  readonly work: string
  /** Timed as a whole process, start included. */
  readonly whole: boolean
  readonly amount: number
  readonly cpuMs: Distribution
  readonly wallMs: Distribution
  /** Processor time to start and end the program without work. */
  readonly startMs?: Distribution
  /**
   * The peer of ours that it is compared with, and its processor time divided by ours, pass by
   * pass.
   */
  readonly against: string
  readonly times: Distribution
  readonly proof: Proof
}

/** Results of all peers on one task. */
export interface Report<Proof> {
  readonly task: string
  readonly rows: readonly Row<Proof>[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
  /** Versions that programs in C report. */
  readonly versions: Readonly<Record<string, string>>
}

const WORK_NOTE =
  "Medians of interleaved passes, processor time of all threads unless said otherwise; *italics*: a program as a whole process, start included, and measured by maille's own whole process; × maille: its processor time through maille's, pass by pass."

/**
 * Runs a comparison; returns a string if it cannot run here: the reason.
 *
 * @throws Error if results disagree
 */
export const runComparison = <Proof>(comparison: Comparison<Proof>, options: RunOptions): Promise<RunResult | string> =>
  withFolder(async (folder) => {
    const { inputs, columns, unit, note } = comparison
    const paths = await chooseInputs(options, folder, inputs)
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
          summary.push(...summariseReport(comparison, task, report))
        } finally {
          await task.close?.()
        }
      }
    }
    const tables = reports.map((report) => `**${report.task}**:\n\n${formatReport(report, columns, unit)}`)
    return {
      data: reports,
      markdown: [`${WORK_NOTE} ${note}`, ...tables].join("\n\n"),
      summary,
      versions: Object.assign({}, ...reports.map((report) => report.versions)) as Record<string, string>,
    }
  })

/** A pass is repeated until it takes about this long, so that short ones are measurable. */
const PASS_MS = 150
const MOST_REPEATS = 50
/**
 * Least number and duration of the passes that do not count; V8 keeps compiling for about that
 * time.
 */
const WARM_UPS = 2
const WARM_UP_MS = 1500

/** Runs a peer on a task. Tests from the sources use the compiled file too. */
const SCRIPT = join(projectRoot, "dist", "bench", "lab", "peers", "peer-process.js")

type Answer<Proof> = TimedAnswer & Proof
type Client<Proof> = WaitingProcess<{ readonly version?: string }, Answer<Proof>>

/** A peer that takes part, with its answers. */
interface Runner<Proof> {
  readonly candidate: Other
  readonly client: Client<Proof>
  readonly repeats: number
  readonly answers: Answer<Proof>[]
}

/**
 * Lets peers do a task, each in its own process, in interleaved rounds (A B C A B C …). So other
 * load on the machine affects all alike. Warm-up passes do not count: a second or two, or one pass
 * of a whole process.
 *
 * @throws Error if one of ours fails
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
      const row = makeRow(runner, runners)
      const proof = (await runner.candidate.proof?.()) ?? row.proof
      rows.push({ ...row, proof: proof as Proof })
    }
    return { task: label, rows, skipped, versions }
  } finally {
    for (const { client } of runners) await client.close()
  }
}

/** Starts and warms up a peer; returns a string if it cannot: the reason. */
const startRunner = async <Proof>(candidate: Other, quick: boolean): Promise<Runner<Proof> | string> => {
  const client: Client<Proof> = startProcess(candidate.command)
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

const makeRow = <Proof>({ candidate, answers }: Runner<Proof>, all: readonly Runner<Proof>[]): Row<Proof> => {
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

export const distributionOf = (values: readonly number[]): Distribution => {
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share)) as [number, number, number]
  return { median, low, high }
}

/** The table of a report, followed by the peers left out and the reasons. */
export const formatReport = <Proof>(
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

/** Pairs each foreign peer with the peer of ours that it is compared with. */
const summariseReport = <Proof>(comparison: Comparison<Proof>, task: Task, { rows }: Report<Proof>): SummaryRow[] =>
  rows.flatMap((row) => {
    const ours = rows.find(({ name }) => name === row.against)
    if (row.name.startsWith("maille") || ours === undefined) return []
    const proof = comparison.proof(row, ours, task)
    if (proof === undefined) return []
    const peer = row.whole ? `${row.name} (whole process)` : row.name
    const [own, theirs] = [ours.cpuMs.median, row.cpuMs.median]
    return [{ work: task.label, peer, ours: own, theirs, times: row.times.median, proof }]
  })

/** @throws Error if a proof differs from our first row's: the work was not the same */
export const checkEqual = <Proof>(rows: readonly Row<Proof>[], digestOf: (proof: Proof) => string): void => {
  const [ours] = rows
  for (const { name, proof } of rows) {
    if (ours === undefined || digestOf(proof) === digestOf(ours.proof)) continue
    throw new Error(`${name} gives ${digestOf(proof)}, ${ours.name} ${digestOf(ours.proof)}`)
  }
}

/**
 * Checks layers in memory against ours. Foreign whole processes may differ, because their tasks are
 * not all alike.
 *
 * @param tolerances relative differences allowed to peers in memory; our process must be equal
 * @throws Error if one differs by more
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

/** A column with a whole number of the proof. */
export const countColumn = <Key extends string>(heading: string, key: Key): Column<Readonly<Record<Key, number>>> => ({
  heading,
  cell: ({ proof }) => grouped(proof[key]),
})

/** A column with points per second of processor time. */
export const speedColumn: Column<unknown> = {
  heading: "M points/s",
  cell: ({ amount, cpuMs }) => (amount / cpuMs.median / 1000).toFixed(2),
}

export const onFile = (what: string, path: string): string => `${what} of ${basename(path)}`
