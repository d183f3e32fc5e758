/** Which COPC files a job decodes once into bucket files, in plans of one file of 1 km. */
import { describe, expect, it } from "vitest"
import { type JobInput, resolveJob } from "../../../../engine/job/job.js"
import { planJob } from "../../../../engine/plan/plan.js"
import { makeCatalogue } from "../../../../engine/spatial/catalogue.js"
import { indexedSource } from "../../../../engine/spatial/index-sources.js"

const url = "LHD_FXX_0843_6521_PTS_LAMB93_IGN69.copc.laz"
const sourceOf = (points: number) =>
  indexedSource({ url, name: url, kind: "points", box: [843_000, 6_520_000, 844_000, 6_521_000], points }, 2154)

const planOf = async (more: Partial<JobInput> = {}, points = 30_000_000) => {
  const job = await resolveJob({ inputs: [url], out: "out", tileSize: 500, products: ["dsm"], ...more })
  const { tasks, context, work } = await planJob(job, { catalogue: makeCatalogue([sourceOf(points)], 2154) })
  const sources = tasks.filter(({ stage }) => stage === "source").map(({ id }) => id)
  return { tasks, sources, parts: context.sources[0]?.parts, own: work.own }
}

describe("a COPC", () => {
  it("is decoded once where the tiles of a job read all of it, and each tile waits for that", async () => {
    const { tasks, sources, parts, own } = await planOf()
    expect(parts).toBe(15)
    expect(sources).toHaveLength(15)
    for (const { stage, dependsOn } of tasks) if (stage === "tile") expect(dependsOn).toEqual(sources)
    expect(own).toMatchObject({ copcPoints: 0, plainPoints: 3e7, lazPoints: 3e7 })
  })

  it("is decoded once for the mesh of the ground, whose first stage needs its coarse levels only", async () => {
    expect((await planOf({ products: ["mesh"], mesh: "ground" })).parts).toBe(15)
  })

  it("is read by ranges where the job reads a part of it, or its coarse levels, or has too many points", async () => {
    for (const [more, points] of [
      [{ bbox: [843_000, 6_520_000, 843_400, 6_520_400] }, 3e7],
      [{ spacing: 2 }, 3e7],
      [{}, 2 ** 30 + 1],
    ] as const) {
      const { sources, parts, own } = await planOf(more, points)
      expect(parts, JSON.stringify(more)).toBeUndefined()
      expect(sources).toEqual([])
      expect(own).toMatchObject({ plainPoints: 0, lazPoints: 0 })
      expect(own.copcPoints).toBeGreaterThan(0)
    }
  })
})
