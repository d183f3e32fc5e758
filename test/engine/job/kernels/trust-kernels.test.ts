/** Modules that a job file names are code of whoever wrote it: none runs that nobody allowed. */

import { existsSync } from "node:fs"
import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readJob } from "../../../../cli/job-flags.js"
import { sha256 } from "../../../../engine/core/hash.js"
import { sealJson } from "../../../../engine/core/json/sealed-json.js"
import { type Job, resolveJob } from "../../../../engine/job/job.js"
import { readJobFile } from "../../../../engine/plan/job-file.js"
import { admitJob } from "../../../../engine/run/admit-job.js"
import { shardPlanOf } from "../../distributed/shard-plan.js"

let folder = ""
const place = (...names: string[]): string => join(folder, ...names)
const ran = (): boolean => existsSync(place("ran"))
const text = (): string => `
import { writeFileSync } from "node:fs"
writeFileSync(${JSON.stringify(place("ran"))}, "")
export default { id: "test.own", version: 1, summary: "for a test", inputs: { ground: { kind: "points", classes: [2] } },
  outputs: { "own-quality": { kind: "metrics" } }, options: { size: { type: "number", default: 1, summary: "size" } },
  halo: () => 0, memory: () => 0, run: () => ({}) }
`
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-trust-"))
  await writeFile(place("own.mjs"), text())
  await mkdir(place("out", "plan"), { recursive: true })
  const job = { version: "1", inputs: ["../a.las"], out: ".", kernels: [place("own.mjs")], products: ["dtm"] }
  await writeFile(place("out", "job.json"), JSON.stringify(job))
  await writeFile(place("out", "journal.jsonl"), "")
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const refusal = { code: "E_USAGE", message: expect.stringMatching(/own\.mjs.*--trust-kernels.*--kernel/) }

describe("kernels of a job file", () => {
  it("are named and refused before any is imported; run where they are trusted", async () => {
    const job = place("out", "job.json")
    // As run, plan, update and retry read it, with and without --dry-run.
    await expect(readJob([], { job })).rejects.toMatchObject(refusal)
    await writeFile(place("other.mjs"), text())
    await expect(readJob([], { job, kernel: [place("other.mjs")] })).rejects.toMatchObject(refusal)
    expect(ran()).toBe(false)
    expect((await readJob([], { job, trustKernels: true })).kernels).toEqual([place("own.mjs")])
    expect(ran()).toBe(true)
  })

  it("run where the same file is named again, under any of its names", async () => {
    await symlink(place("own.mjs"), place("alias.mjs"))
    const job = await readJob([], { job: place("out", "job.json"), kernel: [place("alias.mjs")] })
    expect(job.kernels).toEqual([place("alias.mjs")])
    expect(ran()).toBe(true)
  })

  it("need no permission where they are maille's own", async () => {
    const job = place("own-ids.json")
    await writeFile(job, JSON.stringify({ inputs: ["a.las"], out: "o", kernels: ["raster.dhm"], products: ["dtm"] }))
    expect((await readJob([], { job })).kernels).toEqual(["raster.dhm"])
    await writeFile(job, JSON.stringify({ inputs: ["a.las"], out: "o", kernels: ["raster.dhm", "./own.mjs"] }))
    await expect(readJob([], { job })).rejects.toMatchObject(refusal)
  })

  it("of an output folder run for no comparison, nor for further products", async () => {
    const job: Job = await resolveJob({ inputs: ["a.las"], out: place("out"), products: ["dsm"] })
    await expect(admitJob(job, {})).rejects.toThrow(/--kernel: .*own\.mjs → none/)
    await expect(admitJob(job, { change: "add" })).rejects.toMatchObject(refusal)
    await expect(admitJob(job, { change: "replace" })).resolves.toMatchObject({ job: { kernels: [] } })
    expect(ran()).toBe(false)
    const words = { out: place("out"), products: ["dsm"], add: true, trustKernels: true }
    const trusted = await readJob(["a.las"], words)
    expect((await admitJob(trusted, { change: "add" })).job.kernels).toEqual([place("own.mjs")])
  })

  it("of a plan are those that it was made with, to the byte", async () => {
    const path = place("out", "plan", "job.json")
    const kernels = { [place("own.mjs")]: sha256(text()) }
    await writeFile(
      path,
      JSON.stringify({ version: "1", inputs: ["../../a.las"], out: "..", kernels: ["../../own.mjs"] }),
    )
    const planned = (own: object) =>
      writeFile(place("out", "plan", "shards.json"), sealJson(JSON.stringify({ ...shardPlanOf([1]), ...own })))
    await planned({ kernels })
    await expect(readJobFile(path)).rejects.toMatchObject(refusal)
    await appendFile(place("own.mjs"), "\n")
    const changed = { code: "E_USAGE", message: expect.stringMatching(/own\.mjs.*changed.*plan again/) }
    await expect(readJobFile(path, [], { trust: true })).rejects.toMatchObject(changed)
    await writeFile(place("own.mjs"), text())
    await planned({})
    await expect(readJobFile(path, [], { trust: true })).rejects.toMatchObject(changed)
    expect(ran()).toBe(false)
    await planned({ kernels })
    expect((await readJobFile(path, [], { trust: true })).kernels).toEqual([place("own.mjs")])
    expect(ran()).toBe(true)
  })
})
