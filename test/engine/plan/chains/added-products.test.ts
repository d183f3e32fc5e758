/** Products of a job have the same bytes, and need no new task, whatever else the job makes. */
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runKept } from "../../../run-maille.js"
import { makeToyJob, type ToyJob } from "../../../scenes/toy-job.js"

let toy: ToyJob
let sources: string[] = []
beforeAll(async () => {
  toy = await makeToyJob()
  sources = await toy.sources("plain")
})
afterAll(() => toy.remove())

const run = async (out: string, ...more: string[]): Promise<void> => {
  const common = ["run", ...sources, "--tile-size", "50", "--workers", "1", "--json", "--out", join(toy.folder, out)]
  const ended = await runKept([...common, ...more])
  expect(ended.code, ended.stderr).toBe(0)
}

const productsOf = async (out: string, prefix: string): Promise<[string, string][]> =>
  Object.entries(await toy.hashes(out)).filter(([path]) => path.startsWith(prefix) && !path.endsWith(".vrt"))

describe("a product", () => {
  it("has the same bytes alone and beside others, and beside others that are added", async () => {
    await run("alone", "--products", "dtm", "--mesh", "ground")
    await run("beside", "--products", "dtm,dsm,mesh", "--mesh", "ground")
    const alone = await productsOf("alone", "raster/dtm/")
    expect(alone.length).toBe(16)
    expect(await productsOf("beside", "raster/dtm/")).toEqual(alone)
    await run("alone", "--products", "dsm,mesh", "--mesh", "ground", "--add")
    expect(await productsOf("alone", "")).toEqual(await productsOf("beside", ""))
  })

  it("is not made again when another stage's product is added", async () => {
    await run("layers", "--products", "dtm,dsm", "--mesh", "ground")
    await run("layers", "--products", "mesh", "--mesh", "ground", "--add")
    const { tile = [], job = [], parent = [] } = await toy.lastRun("layers")
    expect({ tile, job, parents: parent.length > 0 }).toEqual({ tile: [], job: [], parents: true })
  })
})
