import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { jsonOf, runMaille } from "../run-maille.js"

/** Four tiles of 100 m with a point each. */
const points = () =>
  encodeLas(
    {
      count: 4,
      x: Int32Array.of(50_000, 150_000, 50_000, 150_000),
      y: Int32Array.of(50_000, 50_000, 150_000, 150_000),
      z: new Int32Array(4),
      scale: 0.001,
      origin: [770_000, 6_277_000, 0],
      classification: new Uint8Array(4).fill(2),
      returnNumber: new Uint8Array(4).fill(1),
      numberOfReturns: new Uint8Array(4).fill(1),
    },
    { pointFormat: 6, epsg: 2154 },
  )

describe("maille submit, without any engine", () => {
  let folder = ""
  let out = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-submit-"))
    out = join(folder, "out")
    await writeFile(join(folder, "a.las"), points())
    const job = [join(folder, "a.las"), "--tile-size", "100", "--products", "dsm", "--out", out]
    expect((await runMaille(["plan", ...job, "--shards", "2"])).code).toBe(0)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const submit = (engine: string, ...flags: string[]) => runMaille(["submit", engine, out, "--dry-run", ...flags])

  it("prints the scripts for Slurm and the manifests for others, by the plan's number of shards", async () => {
    const slurm = await submit("slurm", "--array-size", "1001", "--time", "30", "--partition", "cpu", "--json")
    const { jobs } = jsonOf(slurm)
    const shards = jobs[0].tasks as number
    expect(jobs.map(({ phase }: { phase: string }) => phase)).toEqual(["tile", "finish", "end"])
    expect(jobs[0].script).toContain("#SBATCH --partition=cpu\n")
    const image = ["--image", "maille"]
    const kubernetes = await submit("kubernetes", ...image, "--claim", "store=/data")
    expect(kubernetes.stdout.match(/^kind: "Job"$/gm)).toHaveLength(2)
    expect(kubernetes.stdout).toContain(`  completions: ${shards}\n`)
    const aws = jsonOf(await submit("aws-batch", ...image, "--queue", "q"))
    expect(aws.submitJob[0].arrayProperties.size).toBe(shards)
    expect(jsonOf(await submit("gpao")).projects[0].jobs).toHaveLength(shards)
  })

  it("tells what is left, and refuses what makes no sense", async () => {
    const status = await runMaille(["status", `${out}/plan`, "--json"])
    expect(status.code).toBe(75)
    expect(jsonOf(status)).toMatchObject({ finished: false, left: 5, done: 0 })
    // Nothing was submitted yet; a limit that is over when its warning comes; a name that
    // Kubernetes takes for none.
    expect((await runMaille(["resume", out])).code).toBe(2)
    expect((await submit("slurm", "--array-size", "9", "--time", "2")).stderr).toContain("--warning")
    expect((await submit("kubernetes", "--image", "maille", "--namespace", "A_B")).stderr).toContain("--namespace")
  })
})
