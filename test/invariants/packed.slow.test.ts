/**
 * Packs that a later run writes again. Packs of real tiles that are killed: `shards.slow.test.ts`;
 * cut at many calls: `test/faults`.
 */
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hashOutput } from "../../engine/report/hash-output.js"
import { type FaultyJob, makeFaultyJob, south, west } from "../scenes/faulty-job.js"

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
