import type { PeerEntry, TimedAnswer } from "./peer.js"
import { type PeerCommand, type PeerKind, peerCommand } from "./peer-client.js"
import { type Runner, runRounds, type Samples, startRunner } from "./rounds.js"
import { type Distribution, distributionOf, pairedRatio } from "./statistics.js"

/** A peer at its work: times, and what proves the last pass. */
export interface WorkRow<Proof> {
  readonly name: string
  readonly work: string
  /** Timed as a process of its own, start included. */
  readonly whole: boolean
  readonly passes: number
  readonly amount: number
  readonly cpuMs: Distribution
  readonly wallMs: Distribution
  /** Of starting and ending the program alone. */
  readonly start?: { readonly cpuMs: Distribution; readonly wallMs: Distribution }
  /** Our entry that it is measured by, and its processor time through ours, pass by pass. */
  readonly against: string
  readonly times: Distribution
  readonly proof: Proof
}

/** All peers at one work on one input. */
export interface WorkReport<Proof> {
  readonly rows: readonly WorkRow<Proof>[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

/** How to compare. */
export interface WorkOptions {
  readonly passes: number
  readonly quick: boolean
  readonly readers?: readonly string[]
  readonly onProgress: (text: string) => void
  /** Peers that are no entries, a program in C for one. */
  readonly others?: readonly { readonly name: string; readonly work: string; readonly command: PeerCommand }[]
}

/** A pass is repeated until it takes about this long, so that a short one can be measured. */
const PASS_MS = 150
const MOST_REPEATS = 50
/** Before the passes that count: at least so many, and so long, since V8 goes on compiling for about that time. */
const WARM_UPS = 2
const WARM_UP_MS = 1500

type Candidate = Omit<PeerEntry, "open"> & { readonly command: PeerCommand }
type Answer<Proof> = TimedAnswer & Proof

/**
 * Lets the peers of a kind do their work on an input: each in a process of its own that is kept, rounds interleaved, after passes of a
 * second or two that do not count (one for whole processes, which begin anew each time).
 *
 * @throws Error when one of ours fails
 */
export const compareWork = async <Proof>(
  kind: PeerKind,
  entries: readonly PeerEntry[],
  path: string,
  options: WorkOptions,
): Promise<WorkReport<Proof>> => {
  const candidates: Candidate[] = [
    ...entries.map(({ open: _, ...entry }) => ({ ...entry, command: peerCommand(kind, entry.name, path) })),
    ...(options.others ?? []).map((other) => ({ against: other.name, ...other })),
  ].filter(({ name }) => options.readers === undefined || options.readers.some((text) => name.includes(text)))
  const skipped: { name: string; reason: string }[] = []
  const runners: Runner<Answer<Proof>>[] = []
  const slow: Samples<Answer<Proof>>[] = []
  try {
    for (const candidate of candidates) {
      options.onProgress(candidate.name)
      const runner = await startCandidate<Proof>(candidate, options.quick)
      if (typeof runner !== "string") {
        if (candidate.once === true) slow.push(runner)
        else runners.push(runner)
      } else if (candidate.name.startsWith("maille")) throw new Error(`${candidate.name}: ${runner}`)
      else skipped.push({ name: candidate.name, reason: runner })
    }
    options.onProgress(`${options.passes} rounds of ${runners.length}`)
    const samples = [...slow, ...(await runRounds(runners, options.passes, 1))]
    const inOrder = candidates.flatMap((candidate) => samples.filter(({ name }) => name === candidate.name))
    return { rows: inOrder.map((sample) => rowOf(sample, inOrder, candidates)), skipped }
  } finally {
    for (const { client } of runners) await client.close()
  }
}

/**
 * Starts a peer and lets it do its work for a while: what it cannot do it says then, and is left out. The one pass of a slow peer is
 * its sample.
 */
const startCandidate = async <Proof>(
  { name, command, whole, once }: Candidate,
  quick: boolean,
): Promise<(Runner<Answer<Proof>> & Samples<Answer<Proof>>) | string> => {
  const runner = await startRunner<Answer<Proof>>(name, command, 1, 0)
  if (typeof runner === "string") return runner
  const { client } = runner
  try {
    const first = await client.pass(1)
    if (once === true) await client.close()
    if (whole === true || once === true || quick) return { ...runner, answers: [first] }
    let { wallMs } = first
    const started = performance.now()
    for (let pass = 1; pass < WARM_UPS || performance.now() - started < WARM_UP_MS; pass++) {
      wallMs = (await client.pass(1)).wallMs
    }
    const repeats = Math.min(MOST_REPEATS, Math.max(1, Math.ceil(PASS_MS / wallMs)))
    return { ...runner, repeats, answers: [] }
  } catch (error) {
    await client.close()
    return error instanceof Error ? error.message : String(error)
  }
}

const rowOf = <Proof>(
  { name, answers }: Samples<Answer<Proof>>,
  all: readonly Samples<Answer<Proof>>[],
  candidates: readonly Candidate[],
): WorkRow<Proof> => {
  const entry = candidates.find((candidate) => candidate.name === name)
  const last = answers.at(-1)
  if (entry === undefined || last === undefined) throw new Error(`${name}: no pass`)
  const base = all.find((sample) => sample.name === (entry.against ?? candidates[0]?.name)) ?? all[0]!
  const cpu = answers.map(({ cpuMs }) => cpuMs)
  const starts = answers.flatMap(({ start }) => start ?? [])
  const { points: amount, cpuMs: _cpu, wallMs: _wall, start: _start, ...proof } = last
  return {
    name,
    work: entry.work,
    whole: entry.whole === true,
    passes: answers.length,
    amount,
    cpuMs: distributionOf(cpu),
    wallMs: distributionOf(answers.map(({ wallMs }) => wallMs)),
    ...(starts.length === 0
      ? {}
      : {
          start: {
            cpuMs: distributionOf(starts.map(({ cpuMs }) => cpuMs)),
            wallMs: distributionOf(starts.map(({ wallMs }) => wallMs)),
          },
        }),
    against: base.name,
    // One pass of a slow peer stands beside the median of ours.
    times:
      answers.length === base.answers.length
        ? pairedRatio(
            cpu,
            base.answers.map(({ cpuMs }) => cpuMs),
          )
        : distributionOf(cpu.map((time) => time / distributionOf(base.answers.map(({ cpuMs }) => cpuMs)).median)),
    proof: proof as Proof,
  }
}
