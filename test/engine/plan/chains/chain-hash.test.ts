/** Hashes of tasks and products cover the kernels on the way to them, and no others. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type JobInput, resolveJob } from "../../../../engine/job/job.js"
import { type Plan, planJob } from "../../../../engine/plan/plan.js"
import { makeToyJob, type ToyJob } from "../../../scenes/toy-job.js"

let toy: ToyJob
let sources: string[] = []
beforeAll(async () => {
  toy = await makeToyJob()
  sources = await toy.sources("plain")
})
afterAll(() => toy.remove())

const planOf = async (more: Partial<JobInput>): Promise<Plan> =>
  planJob(await resolveJob({ inputs: sources, out: `${toy.folder}/out`, tileSize: 50, ...more }))

/** Stages of common tasks whose hashes differ; joins and layers by their ids. */
const changed = (one: Plan, other: Plan): string[] => {
  const hashes = new Map(other.tasks.map(({ id, hash }) => [id, hash]))
  const found = one.tasks.flatMap(({ id, stage, hash }) => {
    if (stage === "source" || !hashes.has(id) || hashes.get(id) === hash) return []
    return [stage === "layer" || stage === "job" ? id : stage]
  })
  return [...new Set(found)].sort()
}

const changedProducts = (one: Plan, other: Plan): string[] =>
  Object.entries(one.context.options)
    .filter(([name, hash]) => (other.context.options[name] ?? hash) !== hash)
    .map(([name]) => name)
    .sort()

describe("hashes of tasks", () => {
  it("stay when a layer of other kernels is added", async () => {
    const layers = await planOf({ products: ["vector"], layers: ["building"] })
    const more = await planOf({ products: ["vector"], layers: ["building", "tree"] })
    expect(changed(layers, more)).not.toContain("layer building")
    expect(changed(layers, more).filter((id) => id.startsWith("job building"))).toEqual([])
    expect(changedProducts(layers, more)).toEqual([])
  })

  it("change along the chain of the kernel whose option changes", async () => {
    const base = { products: ["dtm", "dsm", "mesh", "vector"], mesh: "model" }
    const before = await planOf(base)
    expect(changed(before, await planOf(base))).toEqual([])
    const lod = await planOf({ ...base, options: { "mesh.model-pyramid": { maxError: 0.9 } } })
    expect(changed(before, lod)).toEqual(["parent"])
    expect(changedProducts(before, lod)).toEqual(["parent mesh"])
    // Trees follow from the surface model.
    const dsm = { options: { "raster.dsm": { cell: 1 } } }
    const trees = ["layer tree", "layer vegetation", "model", "parent", "tile"]
    expect(changed(before, await planOf({ ...base, ...dsm }))).toEqual(trees)
    const ground = { products: ["dtm", "dsm", "mesh"], mesh: "ground" }
    const [plain, coarse] = [await planOf(ground), await planOf({ ...ground, ...dsm })]
    expect(changed(plain, coarse)).toEqual(["tile"])
    expect(changedProducts(plain, coarse)).toEqual(["product dsm"])
    const contents = await planOf({ ...base, maxTriangles: 5000 })
    expect(changed(before, contents)).toEqual(["model", "parent"])
    expect(changedProducts(before, contents)).toEqual(["mesh", "parent mesh", "solids"])
  })

  it("change with what shapes everything", async () => {
    const before = await planOf({ products: ["dtm", "mesh"] })
    const stated = await planOf({ products: ["dtm", "mesh"], source: "Kadaster, CC0" })
    expect(changed(before, stated)).toEqual(expect.arrayContaining(["tile", "model", "parent"]))
    expect(changedProducts(before, stated)).toEqual(Object.keys(before.context.options).sort())
  })
})
