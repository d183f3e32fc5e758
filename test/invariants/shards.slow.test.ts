import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hashOutput } from "../../engine/report/hash-output.js"
import { runKept, runMaille, startMaille } from "../run-maille.js"
import { montpellier, montpellierFlags, montpellierRun } from "../scenes/montpellier.js"
import { sharedData } from "../shared-data.js"

describe.skipIf(sharedData === undefined)("a job in shards", () => {
  let folder = ""
  let shards = 0
  // Of packs, which a copy and an attempt that was killed must not share; plain files are in
  // `slurm/faults.alone.slow.test.ts`.
  const flags = [...montpellierFlags, "--pack"]
  const phaseOf = (out: string, phase: string, shard?: number): string[] => [
    ...["run", "--job", `${folder}/${out}/plan/job.json`, "--phase", phase, "--workers", "1"],
    ...(shard === undefined ? [] : ["--shard", String(shard)]),
  ]
  const run = (...what: Parameters<typeof phaseOf>) => runKept(phaseOf(...what))
  const all = async (out: string, phase: string): Promise<void> => {
    for (let i = 0; i < shards; i++) expect((await run(out, phase, i)).code).toBe(0)
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-shards-"))
    const planned = await runKept([
      "plan",
      ...montpellier.points,
      ...flags,
      "--out",
      `${folder}/a`,
      "--shards",
      "2",
      "--json",
    ])
    shards = JSON.parse(planned.stdout).shards as number
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("gives the bytes of a whole run: with two live copies of a shard, one killed, and the number from the environment", async () => {
    expect(shards).toBeGreaterThan(1)
    const out = `${folder}/a`
    expect((await run("a", "job")).code).toBe(75)
    // Killed in the middle, its copy runs on.
    const killed = startMaille(["run", "--job", `${out}/plan/job.json`, "--shard", "0", "--workers", "1"])
    const copy = run("a", "tile", 0)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    if (killed.child.pid !== undefined) process.kill(-killed.child.pid, "SIGKILL")
    await killed.ended
    expect((await copy).code).toBe(0)
    for (let i = 1; i < shards; i++) {
      const env = { SLURM_ARRAY_TASK_ID: String(i), SLURM_ARRAY_TASK_COUNT: "1" }
      expect((await runMaille(["run", "--job", `${out}/plan/job.json`, "--shard", "--workers", "1"], env)).code).toBe(0)
    }
    expect((await run("a", "model", 0)).code).toBe(75)
    expect(JSON.parse(await readFile(`${out}/plan/missing-model.json`, "utf8")).shards[0].phase).toBe("job")
    expect((await run("a", "job")).code).toBe(0)
    await Promise.all([runMaille(phaseOf("a", "model", 0)), run("a", "model", 0)])
    await all("a", "model")
    expect((await run("a", "finish")).code).toBe(0)
    expect(await hashOutput(out, { list: true })).toEqual(
      await hashOutput((await montpellierRun()).out, { list: true }),
    )
    expect((await readdir(`${out}/.work/tmp`)).length).toBe(0)
  })

  it("has two packs a shard and phase, whatever number of tiles, and another last phase changes nothing", async () => {
    const out = `${folder}/a`
    const before = await hashOutput(out, { list: true })
    const files = (await readdir(out, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(out.length + 1))
    // Copies and attempts that were killed have journals and packs of their own.
    for (let shard = 1; shard < shards; shard++) {
      const own = files.filter((path) => new RegExp(`/(tile|model)-${shard}-`).test(path))
      expect(own.length).toBeLessThanOrEqual(6)
      expect(own.filter((path) => path.endsWith(".jsonl"))).toHaveLength(2)
    }
    expect(files.filter((path) => path.startsWith(".work/context/") || path.endsWith(".part"))).toEqual([])
    expect((await run("a", "finish")).code).toBe(0)
    expect(await hashOutput(out, { list: true })).toEqual(before)
  })

  it("refuses a shard that the plan has not, and flags that would change the plan", async () => {
    expect((await run("a", "tile", shards)).code).toBe(2)
    const changed = await runKept(["run", "--job", `${folder}/a/plan/job.json`, "--shard", "0", "--tile-size", "100"])
    expect(changed.code).toBe(2)
    expect(changed.stderr).toContain("--tile-size")
  })

  it("is planned to the same bytes each time", async () => {
    await cp(`${folder}/a/plan`, `${folder}/former`, { recursive: true })
    await runKept(["plan", ...montpellier.points, ...flags, "--out", `${folder}/a`, "--shards", "2"])
    for (const name of ["shards.json", "tiles.ndjson", "sources.ndjson", "job.json"])
      expect(await readFile(`${folder}/a/plan/${name}`, "utf8")).toBe(
        await readFile(`${folder}/former/${name}`, "utf8"),
      )
  })
})
