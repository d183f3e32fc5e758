import { describe, expect, it } from "vitest"
import { withMaxTriangles } from "../../../../engine/job/check-options.js"
import { jobFields } from "../../../../engine/job/fields.js"
import { resolveJob } from "../../../../engine/job/job.js"
import { loadKernels } from "../../../../engine/job/kernels/load-kernels.js"
import type { Options } from "../../../../engine/kernel.js"
import { planJob } from "../../../../engine/plan/plan.js"
import { sharedData } from "../../../shared-data.js"

const pyramids = ["mesh.pyramid", "mesh.model-pyramid"]

describe("the limit of triangles", () => {
  it("is that of four contents for a parent's kernel, unless the job states another", async () => {
    const kernels = await loadKernels()
    const stated = { "mesh.pyramid": { factor: 3 }, "mesh.model-pyramid": { maxTriangles: 700 } }
    expect(withMaxTriangles(stated, kernels, 20_000)).toEqual({
      "mesh.pyramid": { factor: 3, maxTriangles: 80_000 },
      "mesh.model-pyramid": { maxTriangles: 700 },
    })
  })

  it("lies within the bounds of the option, and those of our kernels are four times the job's", async () => {
    const options: Options = { maxTriangles: { type: "number", default: 5, min: 3, max: 9, help: "" } }
    const own = [{ kernel: { id: "a.b", options } as const }]
    expect(withMaxTriangles({}, own, 100)["a.b"]).toEqual({ maxTriangles: 9 })
    expect(withMaxTriangles({}, own, 0.5)["a.b"]).toEqual({ maxTriangles: 3 })
    const declared = (await loadKernels()).filter(({ kernel }) => "maxTriangles" in kernel.options)
    expect(declared.map(({ kernel }) => kernel.id).sort()).toEqual([...pyramids].sort())
    for (const { kernel } of declared)
      expect(kernel.options["maxTriangles"]).toMatchObject({
        default: 4 * jobFields.maxTriangles.default,
        min: 4 * jobFields.maxTriangles.schema.minimum,
        max: 4 * jobFields.maxTriangles.schema.maximum,
      })
  })

  it.skipIf(!sharedData)("reaches the parents' chain of a plan", async () => {
    const input = `${sharedData}/lidar-hd/pdal-ign-plugin/input/corse.laz`
    for (const [mesh, id] of [
      ["surface", "mesh.pyramid"],
      ["model", "mesh.model-pyramid"],
    ] as const) {
      const job = await resolveJob({ inputs: [input], out: "unused", tileSize: 50, mesh, maxTriangles: 1234 })
      const { context } = await planJob(job)
      const step = context.chains.parent.find((one) => one.id === id)
      expect(step?.options["maxTriangles"]).toBe(4 * 1234)
    }
  })
})
