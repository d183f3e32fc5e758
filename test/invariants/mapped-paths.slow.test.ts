/**
 * A plan whose paths lie elsewhere where it is run, as in a container: the same bytes, and nothing
 * that holds for one place alone.
 */
import { readFile, rename } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { jsonOf } from "../run-maille.js"
import { type FaultyJob, makeFaultyJob } from "../scenes/faulty-job.js"

let job: FaultyJob
let away = ""
beforeAll(async () => {
  job = await makeFaultyJob(3, "dtm,mesh")
  away = `${job.folder}-away`
})
afterAll(async () => {
  await rename(away, job.folder).catch(() => undefined)
  await job.remove()
})

it("is run there by --map-path or MAILLE_MAP_PATH, and stands here when it is back", async () => {
  const [out, whole] = [join(job.folder, "out"), join(job.folder, "whole")]
  expect((await job.again(whole)).code).toBe(0)
  const words = job.args(out).slice(1)
  const planned = await job.maille("plan", ...words, "--shards", "2")
  expect(planned.code, planned.stderr).toBe(0)
  const { phases, shards } = JSON.parse(await readFile(join(out, "plan/shards.json"), "utf8"))
  const before = await readFile(join(out, "plan/job.json"), "utf8")
  await rename(job.folder, away)
  const there = join(away, "out")

  const lost = await job.maille("run", "--job", join(there, "plan/job.json"), "--phase", "tile", "--shard", "0")
  expect(lost.code, lost.stderr).not.toBe(0)
  for (const phase of phases as string[]) {
    const isArray = phase === "tile" || phase === "model"
    for (let shard = 0; shard < (isArray ? shards.length : 1); shard++) {
      const which = ["--phase", phase, ...(isArray ? ["--shard", String(shard)] : [])]
      // The path of the job file is one of the plan's: it is mapped too.
      const args = ["run", "--job", join(out, "plan/job.json"), ...which, "--workers", "2", "--json"]
      const mapped = [...args, "--map-path", `${job.folder}=${away}`]
      const ended = shard === 0 ? await job.maille(...mapped) : await withVariable(args)
      expect(ended.code, ended.stderr).toBe(0)
      expect(jsonOf(ended)).toMatchObject({ failed: 0, quarantined: 0 })
    }
  }
  expect(await job.hash(there)).toBe(await job.hash(join(away, "whole")))
  // What tells how the products were made names paths as the plan does.
  const { modules, ...made } = JSON.parse(await readFile(join(there, "job.json"), "utf8"))
  expect(made).toEqual(JSON.parse(before))
  expect(modules.map(({ path }: { path: string }) => path)).toEqual(made.kernels)

  await rename(away, job.folder)
  const again = await job.maille("run", "--job", join(out, "job.json"), "--json")
  expect(again.code, again.stderr).toBe(0)
  expect(jsonOf(again)).toMatchObject({ done: 0, unchanged: 9, failed: 0 })
})

const withVariable = async (args: readonly string[]) => {
  process.env["MAILLE_MAP_PATH"] = `${job.folder}=${away}`
  try {
    return await job.maille(...args)
  } finally {
    delete process.env["MAILLE_MAP_PATH"]
  }
}

it("is no option beside inputs that are given themselves", async () => {
  const ended = await job.run(join(job.folder, "none"), "--map-path", "/a=/b")
  expect(ended.code).toBe(2)
  expect(ended.stderr).toMatch(/--map-path.*--job/)
})
