import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hashesOf } from "../../hashes-of.js"
import { journalLines, tasksOf } from "../../journal-lines.js"
import { runMaille, startMaille } from "../../run-maille.js"
import { montpellier, montpellierFlags, montpellierRun } from "../../scenes/montpellier.js"
import { sharedData } from "../../shared-data.js"
import { killShares } from "./kill-shares.js"

describe.skipIf(!sharedData)("a run that is killed", () => {
  let folder = ""
  let reference: Record<string, string> = {}
  let wholeMs = 0
  const args = (out: string, workers: number, order: readonly number[]): string[] => [
    ...["run", ...order.map((i) => montpellier.points[i]!), ...montpellierFlags],
    ...["--workers", `${workers}`, "--out", out, "--json"],
  ]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-killed-"))
    const whole = await montpellierRun()
    wholeMs = whole.wholeMs
    reference = await hashesOf(whole.out)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  // One of real processes; `test/faults` cuts the calls of a run at many places.
  const shares = killShares(20_261_125, 1)

  it.each(shares)("at %d of its time finishes with the same bytes, and does no finished tile again", async (share) => {
    const out = join(folder, `share-${share}`)
    const { child, ended } = startMaille(args(out, 2, [0, 1, 2, 3]))
    await sleep(share * wholeMs)
    // The whole group: supervisor, engine and its threads at one moment.
    try {
      process.kill(-(child.pid as number), "SIGKILL")
    } catch {
      // It had ended already: the second run then has nothing to do.
    }
    await ended
    const before = await journalLines(out)
    const finished = new Set(tasksOf(before, "end"))
    // What lies under a final name is whole: it has the bytes of the undisturbed run. Mosaics and
    // tileset come last.
    for (const [path, hash] of Object.entries(await hashesOf(out).catch(() => ({})))) {
      expect(hash, `${path} after the kill`).toBe(reference[path])
    }
    // Four workers and another order of the inputs: neither changes the products.
    const again = await runMaille(args(out, 4, [2, 0, 3, 1]))
    expect(again.code, again.stderr).toBe(0)
    expect(await hashesOf(out)).toEqual(reference)
    const redone = tasksOf((await journalLines(out)).slice(before.length), "start")
    expect(redone.filter((task) => finished.has(task))).toEqual([])
    await rm(out, { recursive: true, force: true })
  })
})
