/**
 * A job of small square tiles, a LAS file each, with a kernel that fails on demand: how and how
 * often a file in a folder tells, which no hash knows of.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { hashOutput } from "../../engine/report/hash-output.js"
import { type Ended, runKept, runMaille, startMaille } from "../run-maille.js"

/** South-western corner. */
export const [west, south] = [770_000, 6_277_000]

/**
 * What a tile does: `kill` its process, fill the `heap` of its thread, `loop` for ever, `throw` as
 * a kernel does, fail as a disk does (`eio`, `enospc`), or `wait` for some time first, or until it
 * is released.
 */
type Fault = "kill" | "heap" | "loop" | "throw" | "eio" | "enospc" | "wait"

const kernelText = `
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
const system = (code) => Object.assign(new Error(code + ": on purpose"), { code })
const acts = {
  kill: () => process.kill(process.pid, "SIGKILL"),
  heap: () => { const held = []; for (;;) held.push(new Array(1000).fill(Math.random())) },
  loop: () => { for (let i = 0; ; i = (i + 1) % 7) if (i < 0) return },
  throw: () => { throw new Error("broken on purpose") },
  eio: () => { throw system("EIO") },
  enospc: () => { throw system("ENOSPC") },
  wait: (ms) => {
    const nothing = new Int32Array(new SharedArrayBuffer(4))
    for (let left = ms; left > 0 && !existsSync(process.env.MAILLE_TEST_FAULTS + "/go"); left -= 100) Atomics.wait(nothing, 0, 0, Math.min(left, 100))
  },
}
const act = (key) => {
  const path = process.env.MAILLE_TEST_FAULTS + "/" + key.replaceAll("/", "-")
  if (!existsSync(path)) return
  const { fault, times, ms } = JSON.parse(readFileSync(path, "utf8"))
  if (times === 0) return
  // A kill must not leave half of it.
  writeFileSync(path + ".part", JSON.stringify({ fault, times: times - 1, ms }))
  renameSync(path + ".part", path)
  acts[fault](ms)
}
export default { id: "test.faulty", version: 1, summary: "for a test", inputs: { ground: { kind: "points", classes: [2] } },
  outputs: { "faulty-quality": { kind: "metrics" } }, options: {}, halo: () => 0, memory: () => 0,
  run: (tile, { ground }) => { act(tile.key); return { "faulty-quality": { points: ground.count } } } }
`

/** A tile of `metres` a side with 25 by 25 ground points of many heights. */
const tileBytes = (column: number, row: number, lift: number, metres: number): Uint8Array => {
  const side = 25
  const step = 40 * metres
  const count = side * side
  return encodeLas(
    {
      count,
      x: Int32Array.from({ length: count }, (_, i) => (i % side) * step + 500),
      y: Int32Array.from({ length: count }, (_, i) => Math.floor(i / side) * step + 500),
      z: Int32Array.from({ length: count }, (_, i) => 10_000 + ((i * 7 + column + 3 * row) % 11) * 10 + lift),
      scale: 0.001,
      origin: [west + metres * column, south + metres * row, 0],
      classification: new Uint8Array(count).fill(2),
      returnNumber: new Uint8Array(count).fill(1),
      numberOfReturns: new Uint8Array(count).fill(1),
    },
    { pointFormat: 6, epsg: 2154 },
  )
}

/** Key of a tile of 50 or 100 m by its place. */
export const tileAt = (column: number, row: number, metres = 50): string =>
  `${metres === 50 ? 18 : 17}/${west / metres + column}/${south / metres + row}`

/** A line of a journal. */
export interface Line {
  readonly type: string
  readonly stage?: string
  readonly key?: string
  readonly outcome?: string
  readonly tries?: number
}

/** Tiles that were begun again after they were done. */
export const redone = (lines: readonly Line[]): string[] => {
  const ended = new Set<string>()
  return lines.flatMap(({ type, stage, key = "", outcome }) => {
    if (stage !== "tile") return []
    if (type === "end" && outcome === "done") ended.add(key)
    return type === "start" && ended.has(key) ? [key] : []
  })
}

export interface FaultyJob {
  readonly folder: string
  /** Path of the input of a tile. */
  input(column: number, row: number): string
  /** Writes an input, or another one in its place. */
  write(column: number, row: number, lift?: number): Promise<void>
  fault(column: number, row: number, fault: Fault, times: number, ms?: number): Promise<void>
  /** Where that is written, with the times that are left. */
  faultFile(column: number, row: number): string
  /** What waits goes on, and nothing waits any more, or it may wait again. */
  release(isFree: boolean): Promise<void>
  args(out: string, ...more: string[]): string[]
  /** By two workers. */
  run(out: string, ...more: string[]): Promise<Ended>
  /** The same by one: a run where nothing goes wrong, or that completes another. */
  again(out: string, ...more: string[]): Promise<Ended>
  start(out: string, ...more: string[]): ReturnType<typeof startMaille>
  /** Another command, beside the same faults; `run` may kill its process. */
  maille(...args: string[]): Promise<Ended>
  hash(out: string): Promise<string>
  journal(out: string): Promise<Line[]>
  remove(): Promise<void>
}

const readsJob = ([name = "", ...words]: readonly string[]): boolean =>
  name === "update" || name === "retry" || words.includes("--job")

/** Writes `side` × `side` tiles of 50 or 100 m. */
export const makeFaultyJob = async (side: number, products = "dsm", metres: 50 | 100 = 50): Promise<FaultyJob> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-faults-"))
  const faults = join(folder, "faults")
  const inputs = join(folder, "inputs")
  await mkdir(faults)
  await mkdir(inputs)
  const kernel = join(folder, "faulty.mjs")
  await writeFile(kernel, kernelText)
  const env = { MAILLE_TEST_FAULTS: faults }
  const input = (column: number, row: number): string => join(inputs, `tile-${column}-${row}.las`)
  const write = (column: number, row: number, lift = 0): Promise<void> =>
    writeFile(input(column, row), tileBytes(column, row, lift, metres))
  for (let i = 0; i < side * side; i++) await write(i % side, Math.floor(i / side))
  const faultFile = (column: number, row: number): string =>
    join(faults, tileAt(column, row, metres).replaceAll("/", "-"))
  const args = (out: string, ...more: string[]): string[] => [
    ...["run", inputs, "--tile-size", `${metres}`, "--products", products, "--workers", "2", "--json", "--out", out],
    ...["--kernel", kernel, ...more],
  ]
  return {
    folder,
    input,
    write,
    fault: (column, row, fault, times, ms = 0) =>
      writeFile(faultFile(column, row), JSON.stringify({ fault, times, ms })),
    faultFile,
    release: (isFree) => (isFree ? writeFile(join(faults, "go"), "") : rm(join(faults, "go"), { force: true })),
    args,
    run: (out, ...more) => runMaille(args(out, ...more), env),
    again: (out, ...more) => runKept(args(out, ...more, "--workers", "1"), env),
    start: (out, ...more) => startMaille(args(out, ...more), env),
    // Those that read the kernel's name from the job of a folder may run it.
    maille: (...words) => {
      const run = words[0] === "run" ? runMaille : runKept
      return run(readsJob(words) ? [...words, "--trust-kernels"] : words, env)
    },
    hash: async (out) => (await hashOutput(out)).hash,
    journal: async (out) => {
      const text = await readFile(join(out, "journal.jsonl"), "utf8").catch(() => "")
      // A line that a full disk or a kill cut is none: the next run goes on behind it.
      return text.split("\n").flatMap((line) => {
        try {
          return [JSON.parse(line) as Line]
        } catch {
          return []
        }
      })
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
