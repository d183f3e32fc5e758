/**
 * A peer in a process of its own: `node peer-process.js COMPARISON NAME WORD`. Opens its task and
 * says so; answers each line on standard input, a number of repeats, with a line of JSON: times and
 * proof of the last repeat, or `{ error }` and the end.
 */
import { serveKept } from "../kept-process.js"
import type { Peer, TimedAnswer, Work } from "./peer.js"
import { childrenCpuMs } from "./programs.js"

/** Runs something and tells its times, those of other programs that it ran among them. */
const clock = async (run: () => unknown, children: boolean): Promise<{ cpuMs: number; wallMs: number }> => {
  const before = children ? childrenCpuMs() : 0
  const cpu = process.cpuUsage()
  const started = performance.now()
  await run()
  const wallMs = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  return { cpuMs: (user + system) / 1000 + (children ? childrenCpuMs() - before : 0), wallMs }
}

const timed = async (work: Work, repeats: number): Promise<TimedAnswer> => {
  let points = 0
  const { startUp } = work
  const { cpuMs, wallMs } = await clock(async () => {
    for (let i = 0; i < repeats; i++) points = await work.pass()
  }, startUp !== undefined)
  const start = startUp === undefined ? {} : { start: await clock(() => startUp(), true) }
  return { points, cpuMs: cpuMs / repeats, wallMs: wallMs / repeats, ...start, ...(await work.proof()) }
}

const [module, name, word = ""] = process.argv.slice(2)
await serveKept(async () => {
  // Loaded when asked for: a peer pays for what it needs only.
  const { comparison } = (await import(`./${module}.js`)) as { comparison: { readonly peers: readonly Peer[] } }
  const peer = comparison.peers.find((candidate) => candidate.name === name)
  if (peer === undefined) throw new Error(`there is no peer ${name} for ${module}`)
  const work = await peer.open(word)
  const answer = (repeats: number): Promise<TimedAnswer> => timed(work, repeats)
  return { greeting: {}, answer, ...(work.close === undefined ? {} : { close: work.close }) }
})
