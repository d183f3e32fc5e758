/**
 * A peer in a process of its own: `node peer-process.js read|write <name> <file>`. Opens the file and says so; answers each line on
 * standard input, a number of repeats, with a line of JSON: times and proof of the last repeat, or `{ error }` and the end.
 */
import { createInterface } from "node:readline"
import { lazReaders } from "./laz-readers.js"
import { lazWriters } from "./laz-writers.js"
import type { PeerEntry, TimedAnswer, Work } from "./peer.js"

// Packages that print would disturb the answers.
console.log = console.error
console.info = console.error

const PEERS: Readonly<Record<string, readonly PeerEntry[]>> = { read: lazReaders, write: lazWriters }
const [kind = "", name, path] = process.argv.slice(2)
const answer = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`)

const timed = async (work: Work, repeats: number): Promise<TimedAnswer> => {
  let points = 0
  const cpu = process.cpuUsage()
  const started = performance.now()
  for (let i = 0; i < repeats; i++) points = await work.pass()
  const wallMs = (performance.now() - started) / repeats
  const { user, system } = process.cpuUsage(cpu)
  return { points, cpuMs: (user + system) / 1000 / repeats, wallMs, ...(await work.proof()) }
}

try {
  const entry = PEERS[kind]?.find((peer) => peer.name === name)
  if (entry === undefined || path === undefined) throw new Error(`there is no peer ${name} to ${kind}`)
  const work = await entry.open(path)
  answer({})
  for await (const line of createInterface({ input: process.stdin })) answer(await timed(work, Number(line)))
  await work.close?.()
} catch (error) {
  answer({ error: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
}
// laz-perf leaves handlers behind that would keep the process.
process.exit()
