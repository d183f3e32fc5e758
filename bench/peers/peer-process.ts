/**
 * A reader in a process of its own: `node peer-process.js <name of the reader> <file>`. Opens the file and says so; answers each line
 * on standard input, a number of repeats, with a line of JSON: {@link PassAnswer}, or `{ error }` and the end.
 */
import { createInterface } from "node:readline"
import { columnsChecksum } from "./columns-checksum.js"
import { lazReaders } from "./laz-readers.js"
import type { PassAnswer, Reader } from "./peer.js"

// Packages that print would disturb the answers.
console.log = console.error
console.info = console.error

const [name, path] = process.argv.slice(2)
const answer = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`)

const timed = async (reader: Reader, repeats: number): Promise<PassAnswer> => {
  let points = 0
  const cpu = process.cpuUsage()
  const started = performance.now()
  for (let i = 0; i < repeats; i++) points = await reader.pass()
  const wallMs = (performance.now() - started) / repeats
  const { user, system } = process.cpuUsage(cpu)
  const cpuMs = (user + system) / 1000 / repeats
  return { points, cpuMs, wallMs, checksum: columnsChecksum(reader.columns()) }
}

try {
  const entry = lazReaders.find((reader) => reader.name === name)
  if (entry === undefined || path === undefined) throw new Error(`there is no reader ${name}`)
  const reader = await entry.open(path)
  answer({})
  for await (const line of createInterface({ input: process.stdin })) answer(await timed(reader, Number(line)))
} catch (error) {
  answer({ error: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
}
// laz-perf leaves handlers behind that would keep the process.
process.exit()
