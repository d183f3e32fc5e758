import { describe, expect, test } from "vitest"
import { COST_STAGES, costStageOf, stageCosts } from "../../../bench/e2e/stage-costs.js"
import type { StepTotal } from "../../../engine/report/step-totals.js"
import { kernelTable } from "../../../kernels/index.js"

const total = (step: string, cpuMs: number | undefined, timeMs: number, stage: StepTotal["stage"] = "tile") => ({
  stage,
  step,
  tasks: 1,
  timeMs,
  ...(cpuMs === undefined ? {} : { cpuMs }),
})

describe("the part of a stage", () => {
  test("is known for every kernel there is", () => {
    const unknown = Object.keys(kernelTable).filter((id) => costStageOf(id) === "other")
    expect(unknown).toEqual([])
    expect(costStageOf("raster.dtm")).toBe("raster")
    expect(costStageOf("vector.building-join")).toBe("outlines")
    expect(costStageOf("vector.contour-join")).toBe("contours")
  })

  test("is known for the engine's own stages, and other for a foreign kernel", () => {
    expect(
      ["read", "select", "image", "cog", "fgb", "image-encode", "glb", "mesh-file", "merge", "write"].map(costStageOf),
    ).toEqual(["read", "read", "texture", "encode", "encode", "texture", "encode", "encode", "encode", "write"])
    expect(costStageOf("raster")).toBe("other")
    expect(costStageOf("mine.raster.dtm")).toBe("other")
  })
})

describe("stage costs", () => {
  const totals = [
    total("read", 2000, 2500),
    total("select", 1000, 1000),
    total("mesh.surface", 3000, 3500),
    total("glb", 500, 500),
    total("glb", 250, 250, "parent"),
    total("mine.slope", 250, 250),
  ]

  test("are known figures of known stages, and add up to the whole", () => {
    const costs = stageCosts(totals, 10, 0.5)
    const of = (stage: string) => costs.find((cost) => cost.stage === stage)
    expect(costs.map(({ stage }) => stage)).toEqual([...COST_STAGES])
    expect(of("read")).toEqual({
      stage: "read",
      coreSeconds: 3,
      coreSecondsPerKm2: 6,
      share: 0.3,
      of: ["read", "select"],
    })
    expect(of("encode")).toMatchObject({ coreSeconds: 0.75, coreSecondsPerKm2: 1.5, share: 0.075, of: ["glb"] })
    expect(of("other")).toMatchObject({ coreSeconds: 0.25, of: ["mine.slope"] })
    expect(of("engine")).toMatchObject({ coreSeconds: 3, share: 0.3 })
    expect(of("roofs")).toMatchObject({ coreSeconds: 0, of: [] })
    expect(costs.reduce((sum, { coreSeconds }) => sum + coreSeconds, 0)).toBeCloseTo(10, 9)
    expect(costs.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
  })

  test("fall back on wall time where no thread's time is told, and never give the engine less than nothing", () => {
    const costs = stageCosts([total("read", undefined, 4000)], 3, 1)
    expect(costs.find(({ stage }) => stage === "read")).toMatchObject({ coreSeconds: 4, share: 1 })
    expect(costs.find(({ stage }) => stage === "engine")).toMatchObject({ coreSeconds: 0, share: 0 })
  })
})
