/**
 * A shard that is stopped leaves no word of work that was not begun or not waited for: the next run
 * would take it for the tasks' own doing.
 */

import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate as turn } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Phase } from "../../../engine/core/stages.js"
import { runShard } from "../../../engine/distributed/run-shard.js"
import { resolveJob } from "../../../engine/job/job.js"
import { lockOutput } from "../../../engine/journal/lock.js"
import { journalFile, journalFolder } from "../../../engine/journal/shard-journals.js"
import { readJobFile } from "../../../engine/plan/job-file.js"
import { readShardPlan } from "../../../engine/plan/shards/read-shard-plan.js"
import type { Pool } from "../../../engine/pool/pool.js"
import type { TaskResult } from "../../../engine/worker/task-result.js"
import { runMaille } from "../../run-maille.js"
import { sharedData } from "../../shared-data.js"
import { writeNationalIndex } from "./national-index.js"

describe.skipIf(sharedData === undefined)("a shard that is stopped", () => {
  let folder = ""
  let out = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-stopped-"))
    out = join(folder, "out")
    const index = join(folder, "index.geojson")
    await writeNationalIndex(index, 4)
    const planned = ["plan", "--tile-index", index, "--products", "dsm", "--out", out, "--shards", "1"]
    const { code, stderr } = await runMaille(planned)
    expect(code, stderr).toBe(0)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /**
   * Types of the journal's records when the stop came while the pool was at `wait`, and it went on
   * with `after` behind it.
   */
  const recordsOf = async (wait: "loaded" | "run", after: "settles" | "fails"): Promise<string[]> => {
    const stop = new AbortController()
    let goOn: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const reach = async (place: "loaded" | "run"): Promise<void> => {
      if (place !== wait) return
      stop.abort()
      await held
      if (after === "fails") throw new Error("the thread was ended")
    }
    const run = async (): Promise<TaskResult> => {
      await reach("run")
      return { outcome: "done", timeMs: 0, points: 0, peakBytes: 0, files: [], startedAt: Date.now() }
    }
    const close = async (): Promise<void> => {
      goOn()
      // What waited goes on before the journal is closed.
      for (let i = 0; i < 20; i++) await turn()
    }
    const pool: Pool = {
      loaded: () => reach("loaded"),
      run,
      runApart: run,
      renew: async () => undefined,
      close,
    }
    const job = {
      ...(await resolveJob(await readJobFile(join(out, "plan/job.json")))),
      workers: 2,
      memoryBytes: 2 ** 45,
    }
    const attempt = `${wait}-${after}`
    let ended = 0
    for await (const _ of runShard(job, { phase: "tile", shard: 0, attempt, pool, signal: stop.signal })) ended++
    expect(ended).toBe(0)
    const { hash } = await readShardPlan(out)
    const text = await readFile(join(out, journalFolder(hash), journalFile("tile", 0, attempt)), "utf8")
    return text
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { type: string }).type)
  }

  it.each(["settles", "fails"] as const)("while its threads load, which %s, has begun nothing", async (after) => {
    expect(await recordsOf("loaded", after)).toEqual(["run", "stop"])
  })

  it.each(["settles", "fails"] as const)(
    "in the middle of tiles, the end of which %s, has ended none",
    async (after) => {
      const records = await recordsOf("run", after)
      expect(records.at(-1)).toBe("stop")
      expect(records).not.toContain("end")
    },
  )

  it("is no part of the last phase, which is to be given again later while another process has the folder", async () => {
    const job = {
      ...(await resolveJob(await readJobFile(join(out, "plan/job.json")))),
      workers: 2,
      memoryBytes: 2 ** 45,
    }
    const run = async (phase: Phase, shard: number): Promise<void> => {
      const options = { phase, shard, attempt: `d${shard}`, ...(phase === "finish" ? {} : { pool: idlePool }) }
      for await (const _ of runShard(job, options));
    }
    const { phases, shards } = await readShardPlan(out)
    expect(phases).toEqual(["tile", "finish"])
    for (const shard of shards.keys()) await run("tile", shard)
    const lock = await lockOutput(out)
    await expect(run("finish", 0)).rejects.toMatchObject({
      code: "E_INCOMPLETE",
      message: expect.stringMatching(/in use by .*same command again/),
    })
    await lock.release()
  })
})

const ended = async (): Promise<TaskResult> => ({
  outcome: "done",
  timeMs: 0,
  points: 0,
  peakBytes: 0,
  files: [],
  startedAt: Date.now(),
})
const idlePool: Pool = {
  loaded: () => Promise.resolve(),
  run: ended,
  runApart: ended,
  renew: () => Promise.resolve(),
  close: () => Promise.resolve(),
}
