/** Jobs one after the other in one process, and the library's calls aborted at any moment. */
import { getEventListeners } from "node:events"
import { readdirSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { EngineError } from "../../../engine/errors.js"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import { resolveJob } from "../../../engine/job/job.js"
import { hashOutput } from "../../../engine/report/hash-output.js"
import { runJob } from "../../../engine/run/run.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-jobs-"))
  const places = Array.from({ length: 625 }, (_, i) => i)
  const las = encodeLas(
    {
      count: 625,
      x: Int32Array.from(places, (i) => (i % 25) * 2000 + 500),
      y: Int32Array.from(places, (i) => Math.floor(i / 25) * 2000 + 500),
      z: Int32Array.from(places, (i) => 10_000 + ((i * 7) % 11) * 10),
      scale: 0.001,
      origin: [770_000, 6_277_000, 0],
      classification: new Uint8Array(625).fill(2),
      returnNumber: new Uint8Array(625).fill(1),
      numberOfReturns: new Uint8Array(625).fill(1),
    },
    { pointFormat: 6, epsg: 2154 },
  )
  await writeFile(join(folder, "points.las"), las)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the job into a folder; how it ended. */
const run = async (out: string, signal: AbortSignal): Promise<"done" | "aborted"> => {
  const inputs = [join(folder, "points.las")]
  const job = await resolveJob({ inputs, out: join(folder, out), products: ["dtm"], tileSize: 50, workers: 1 })
  const tasks = runJob(job, { signal })
  for (;;) {
    const { done, value } = await tasks.next()
    if (done === true) return value.aborted === true ? "aborted" : "done"
  }
}
const resources = (signal: AbortSignal) => ({
  files: process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0,
  listeners: getEventListeners(signal, "abort").length,
  processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  timers: process.getActiveResourcesInfo().filter((name) => name === "Timeout").length,
})

it("ten jobs of one signal leave no descriptor, listener or timer", async () => {
  const { signal } = new AbortController()
  await run("first", signal)
  await run("second", signal)
  const before = resources(signal)
  for (let i = 0; i < 8; i++) {
    expect(await run("again", signal)).toBe("done")
    await rm(join(folder, "again"), { recursive: true })
  }
  const after = resources(signal)
  expect(after.listeners).toBe(0)
  for (const name of ["files", "processListeners", "timers"] as const)
    expect(after[name], name).toBeLessThanOrEqual(before[name])
})

it("a run aborted at any moment ends as stopped, and the next one makes the same products", async () => {
  const whole = await hashOutput(join(folder, "first"), { list: true })
  let stopped = 0
  for (const ms of [0, 30, 80, 200, 500]) {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(), ms)
    const how = await run(`stopped-${ms}`, stop.signal).catch((error: unknown) => {
      // The plan was not complete.
      expect(error).toBeInstanceOf(EngineError)
      expect(error).toMatchObject({ code: "E_INCOMPLETE" })
      return "aborted" as const
    })
    clearTimeout(timer)
    if (how === "aborted") stopped++
    expect(getEventListeners(stop.signal, "abort")).toEqual([])
    expect(await run(`stopped-${ms}`, new AbortController().signal)).toBe("done")
    expect(await hashOutput(join(folder, `stopped-${ms}`), { list: true })).toEqual(whole)
  }
  expect(stopped).toBeGreaterThan(0)
})
