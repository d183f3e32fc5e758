/**
 * A peer in its own process: `node peer-process.js COMPARISON NAME WORD`. Opens its task and
 * reports so. Each line on standard input is a number of repeats. The answer is a line of JSON:
 * times and the proof of the last repeat, or `{ error }` before it ends.
 */

import { childrenCpuMs } from "../../run-program.js"
import { serveRequests } from "../../waiting-process.js"
import type { Peer, TimedAnswer, Work } from "./peer.js"

/**
 * Runs something and measures its times.
 *
 * @param children counts the processor time of other programs that it ran
 */
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
await serveRequests(async () => {
  // Loaded on demand, so a peer's time covers only the modules that it needs.
  const { comparison } = (await import(`./${module}.js`)) as { comparison: { readonly peers: readonly Peer[] } }
  const peer = comparison.peers.find((candidate) => candidate.name === name)
  if (peer === undefined) throw new Error(`there is no peer ${name} for ${module}`)
  const work = await peer.open(word)
  const answer = (repeats: number): Promise<TimedAnswer> => timed(work, repeats)
  return { greeting: {}, answer, ...(work.close === undefined ? {} : { close: work.close }) }
})
