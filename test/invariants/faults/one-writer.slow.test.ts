/**
 * Two runs on one output folder, whose processes cannot see each other: one writes at a time, and
 * the bytes are the same.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hashesOf } from "../../hashes-of.js"
import { journalLines } from "../../journal-lines.js"
import { runOnce } from "../../run-once.js"
import { montpellier } from "../../scenes/montpellier.js"
import { sharedData } from "../../shared-data.js"
import { until } from "../../until.js"

const unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
const mayUnshare = spawnSync(unshare[0] as string, [...unshare.slice(1), "true"]).status === 0

/**
 * Runs of the first test: 50 by hand. The others are by hand only: for how many seconds a holder
 * is stopped, 120.
 */
const rounds = Number(process.env["MAILLE_LOCK_RUNS"] ?? 2)
const stopSeconds = Number(process.env["MAILLE_LOCK_STOP"] ?? 0)

const args = [...montpellier.points, "--tile-size", "50", "--products", "dsm"]
const main = fileURLToPath(new URL("../../../dist/bundle/cli/main.js", import.meta.url))

interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  told(): string
}

/** Starts a run in the test's own PID namespace, or in a new one. */
const start = (out: string, place: "here" | "elsewhere"): Started => {
  const command = [process.execPath, main, "run", ...args, "--workers", "2", "--out", out]
  const [program = "", ...rest] = place === "here" ? command : [...unshare, ...command]
  const child = spawn(program, rest, { detached: true, stdio: ["ignore", "ignore", "pipe"] })
  let text = ""
  child.stderr?.setEncoding("utf8").on("data", (more: string) => {
    text += more
  })
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
  return { child, ended, told: () => text }
}

/** Every file with what a write would change. */
const stateOf = async (out: string): Promise<string[]> => {
  const paths = await readdir(out, { recursive: true })
  const lines = paths.map(async (path) => {
    const { ino, size, mtimeMs } = await lstat(join(out, path))
    return `${path} ${ino} ${size} ${mtimeMs}`
  })
  return (await Promise.all(lines)).sort()
}

const isHeld = async (out: string): Promise<boolean> =>
  (await readdir(join(out, ".work/lock")).catch(() => [])).length > 0

/** Kinds of the records that begin and end a run, in their order. */
const runsOf = async (out: string): Promise<string[]> =>
  (await journalLines(out)).map(({ type }) => type).filter((type) => type === "run" || type === "finish")

describe.skipIf(!sharedData || !mayUnshare)("runs in PID namespaces of their own", () => {
  let folder = ""
  let reference: Record<string, string> = {}
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-writers-"))
    reference = await hashesOf((await runOnce(...args, "--workers", "2")).out)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it(
    `have one writer at a time, ${rounds} times`,
    async () => {
      for (let round = 0; round < rounds; round++) {
        const out = join(folder, `round-${round}`)
        const first = start(out, round % 2 === 0 ? "elsewhere" : "here")
        // From the same moment to well into the run.
        if (round % 5 !== 0) await until("the first to hold the folder", () => isHeld(out), { everyMs: 5 })
        await sleep(137 * (round % 7))
        const second = start(out, round % 3 === 0 || round % 2 === 1 ? "elsewhere" : "here")
        const codes = await Promise.all([first.ended, second.ended])
        const told = `round ${round}: ${codes}\n${first.told()}\n${second.told()}`
        // Refused while the other was at work, or it waited for its end.
        expect(
          codes.filter((code) => code !== 0 && code !== 2),
          told,
        ).toEqual([])
        expect(codes, told).toContain(0)
        const runs = await runsOf(out)
        expect(runs.join(" "), told).toMatch(/^run finish( run finish)?$/)
        expect(await hashesOf(out), told).toEqual(reference)
        await rm(out, { recursive: true })
      }
    },
    Math.max(900_000, 60_000 * rounds),
  )

  it.skipIf(stopSeconds === 0)("take over from one that was stopped, which then writes nothing more", async () => {
    const out = join(folder, "taken-over")
    const first = start(out, "elsewhere")
    await until("its first task", async () => (await journalLines(out)).some(({ type }) => type === "end"))
    const stopped = performance.now()
    process.kill(-(first.child.pid as number), "SIGSTOP")
    const second = start(out, "here")
    expect(await second.ended, second.told()).toBe(0)
    expect(second.told()).toContain("may still be writing")
    expect(await hashesOf(out)).toEqual(reference)
    const before = await stateOf(out)
    await sleep(Math.max(0, 1000 * stopSeconds - (performance.now() - stopped)))
    process.kill(-(first.child.pid as number), "SIGCONT")
    expect(await first.ended, first.told()).toBe(75)
    expect(first.told()).toContain("another process took over this folder")
    expect(await stateOf(out)).toEqual(before)
  })

  it.skipIf(stopSeconds === 0)(
    "are refused where the one that was stopped can be seen, and it ends right",
    async () => {
      const out = join(folder, "stopped")
      const first = start(out, "here")
      await until("its first task", async () => (await journalLines(out)).some(({ type }) => type === "end"))
      process.kill(-(first.child.pid as number), "SIGSTOP")
      const stopped = performance.now()
      const second = start(out, "here")
      expect(await second.ended, second.told()).toBe(2)
      expect(second.told()).toContain("in use by process")
      await sleep(Math.max(0, 1000 * stopSeconds - (performance.now() - stopped)))
      process.kill(-(first.child.pid as number), "SIGCONT")
      expect(await first.ended, first.told()).toBe(0)
      expect(await hashesOf(out)).toEqual(reference)
    },
  )
})
