import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hashOutput } from "../../engine/report/hash-output.js"
import { journalLines, tasksOf } from "../journal-lines.js"
import { runKept, startMaille } from "../run-maille.js"
import { type FaultyJob, makeFaultyJob, south, west } from "../scenes/faulty-job.js"
import { montpellier, montpellierFlags, montpellierRun } from "../scenes/montpellier.js"
import { sharedData } from "../shared-data.js"
import { killShares } from "./faults/kill-shares.js"

const filesBelow = async (out: string): Promise<string[]> =>
  (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(out.length + 1))
    .sort()

describe.skipIf(!sharedData)("packs of real tiles", () => {
  let folder = ""
  let wholeMs = 0
  /** What the same run without packs makes. */
  let plain: unknown
  const args = (out: string): string[] => [
    ...["run", ...montpellier.points, ...montpellierFlags, "--pack", "--workers", "2", "--out", out, "--json"],
  ]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-packed-"))
    // Undisturbed runs with packs are in `packed.test.ts`, and in shards in `shards.slow.test.ts`.
    const whole = await montpellierRun()
    wholeMs = whole.wholeMs
    plain = await hashOutput(whole.out, { list: true })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  // One of real processes; `test/faults` cuts the calls of runs with packs at many places.
  const shares = killShares(20_261_126, 1)
  it.each(shares)(
    "killed at %d of the time have the same content in the end, and no finished task is done again",
    async (share) => {
      const out = join(folder, `share-${share}`)
      const { child, ended } = startMaille(args(out))
      await sleep(share * wholeMs)
      try {
        process.kill(-(child.pid as number), "SIGKILL")
      } catch {
        // It had ended already: the second run then has nothing to do.
      }
      await ended
      const before = await journalLines(out)
      const again = await runKept([...args(out), "--workers", "1"])
      expect(again.code, again.stderr).toBe(0)
      expect(await hashOutput(out, { list: true })).toEqual(plain)
      const finished = new Set(tasksOf(before, "end"))
      const redone = tasksOf((await journalLines(out)).slice(before.length), "start").filter((name) =>
        finished.has(name),
      )
      console.info(`killed at ${share}: ${finished.size} tasks had ended, ${redone.length} were done again`)
      expect(redone).toEqual([])
      const packs = (await filesBelow(out)).filter((path) => path.includes("packs/"))
      expect(packs).toEqual([".work/packs/run.pack", "packs/run.3tz", "packs/run.zip"])
      await rm(out, { recursive: true, force: true })
    },
  )
})

// Of a few hundred points: what packs hold does not matter, only which of it.
describe("packs that are written again", () => {
  let job: FaultyJob
  beforeAll(async () => {
    job = await makeFaultyJob(2, "dtm,mesh")
  })
  afterAll(() => job.remove())
  const run = async (out: string, ...more: string[]): Promise<unknown> => {
    const folder = join(job.folder, out)
    const ended = await job.again(folder, ...more)
    expect(ended.code, ended.stderr).toBe(0)
    return hashOutput(folder, { list: true })
  }
  // Heights differ by 10 cm.
  const finer = ["--set", "mesh.terrain.maxError=0.03"]

  it("after a run without packs, or with another option, hold what a fresh run makes", async () => {
    const whole = await run("whole", ...finer)
    expect(await run("mixed")).not.toEqual(whole)
    expect(await run("mixed", ...finer, "--pack", "--replace")).toEqual(whole)
    expect(await run("packed", "--pack")).not.toEqual(whole)
    expect(await run("packed", ...finer, "--pack", "--replace")).toEqual(whole)
  })

  it("keep the tiles of another area, and the tileset is that of the last job", async () => {
    const areas = async (out: string, ...pack: string[]): Promise<unknown> => {
      const first = await run(out, "--bbox", `${west},${south},${west + 50},${south + 50}`, ...pack)
      const both = await run(out, "--bbox", `${west + 50},${south},${west + 100},${south + 50}`, ...pack)
      expect(both).not.toEqual(first)
      return both
    }
    expect(await areas("packed-areas", "--pack")).toEqual(await areas("plain-areas"))
  })
})
