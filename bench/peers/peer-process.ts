/**
 * A peer in a process of its own: `node peer-process.js COMPARISON NAME WORD`. Opens its task and
 * says so; answers each line on standard input, a number of repeats, with a line of JSON: times and
 * proof of the last repeat, or `{ error }` and the end.
 */
import { createInterface } from "node:readline"
import type { Peer, TimedAnswer, Work } from "./peer.js"
import { childrenCpuMs } from "./programs.js"

// Packages that print would disturb the answers.
console.log = console.error
console.info = console.error

type Module = { readonly comparison: { readonly peers: readonly Peer[] } }

/** Loaded when asked for: a peer pays for what it needs only. */
const COMPARISONS: Readonly<Record<string, () => Promise<Module>>> = {
  "laz-reading": () => import("./laz-reading.js"),
  "laz-writing": () => import("./laz-writing.js"),
  delaunay: () => import("./delaunay.js"),
  "raster-tin": () => import("./raster-tin.js"),
  dtm: () => import("./dtm.js"),
  contour: () => import("./contour.js"),
  polygon: () => import("./polygon.js"),
  layer: () => import("./layer.js"),
  "unit-d": () => import("./unit-d.js"),
}
const [comparison = "", name, word] = process.argv.slice(2)
const answer = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`)

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

try {
  const peers = (await COMPARISONS[comparison]?.())?.comparison.peers
  const peer = peers?.find((candidate) => candidate.name === name)
  if (peer === undefined || word === undefined) throw new Error(`there is no peer ${name} for ${comparison}`)
  const work = await peer.open(word)
  answer({})
  for await (const line of createInterface({ input: process.stdin })) answer(await timed(work, Number(line)))
  await work.close?.()
} catch (error) {
  answer({ error: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
}
// laz-perf leaves handlers behind that would keep the process.
process.exit()
