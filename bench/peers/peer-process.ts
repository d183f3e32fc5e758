/**
 * A peer in a process of its own: `node peer-process.js <kind> <name> <path>`. Opens what it works on and says so; answers each line on
 * standard input, a number of repeats, with a line of JSON: times and proof of the last repeat, or `{ error }` and the end. With the
 * word `once` behind, it does its work once and ends: what a program of maille's would take, start included.
 */
import { createInterface } from "node:readline"
import type { PeerEntry, TimedAnswer, Work } from "./peer.js"
import type { PeerKind } from "./peer-client.js"
import { childrenCpuMs } from "./programs.js"

// Packages that print would disturb the answers.
console.log = console.error
console.info = console.error

/** Loaded when asked for: a whole process pays for what it needs alone. */
const PEERS: Readonly<Record<PeerKind, () => Promise<readonly PeerEntry[]>>> = {
  read: async () => (await import("./laz-readers.js")).lazReaders,
  write: async () => (await import("./laz-writers.js")).lazWriters,
  delaunay: async () => (await import("./works/delaunay.js")).delaunayPeers,
  tin: async () => (await import("./works/tin.js")).tinPeers,
  contour: async () => (await import("./works/contour.js")).contourPeers,
  polygon: async () => (await import("./works/polygon.js")).polygonPeers,
  coverage: async () => (await import("./works/coverage.js")).coveragePeers,
  dtm: async () => (await import("./works/dtm.js")).dtmPeers,
  file: async () => (await import("./works/files.js")).filePeers,
  layer: async () => (await import("./works/layer.js")).layerPeers,
  chain: async () => (await import("./works/chain.js")).chainPeers,
}
const [kind = "", name, path, once] = process.argv.slice(2)
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
  const entries = await PEERS[kind as PeerKind]?.()
  const entry = entries?.find((peer) => peer.name === name)
  if (entry === undefined || path === undefined) throw new Error(`there is no peer ${name} for ${kind}`)
  const work = await entry.open(path)
  if (once === "once") await work.pass()
  else {
    answer({})
    for await (const line of createInterface({ input: process.stdin })) answer(await timed(work, Number(line)))
  }
  await work.close?.()
} catch (error) {
  answer({ error: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
}
// laz-perf leaves handlers behind that would keep the process.
process.exit()
