/**
 * One model of cost: what it promises, that a fit finds it again, and that all who tell a cost tell
 * the same.
 */
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { planShards } from "../../../../engine/distributed/plan-shards.js"
import { resolveJob } from "../../../../engine/job/job.js"
import { loadKernels } from "../../../../engine/job/kernels/load-kernels.js"
import {
  costRates,
  costStages,
  jobCost,
  runSeconds,
  wallSeconds,
  workSeconds,
} from "../../../../engine/plan/cost/cost-model.js"
import type { CostRates, StepUse } from "../../../../engine/plan/cost/cost-types.js"
import { estimateRun, fitRates, type MeasuredRun, ratesOfRun } from "../../../../engine/plan/cost/fit-cost.js"
import { nonNegativeLeastSquares } from "../../../../engine/plan/cost/least-squares.js"
import { addWork, noWork, TileWorks, type Work, workFields } from "../../../../engine/plan/cost/tile-work.js"
import { type Plan, planJob } from "../../../../engine/plan/plan.js"
import { readShardTiles } from "../../../../engine/plan/shards/read-shard-plan.js"
import { planned } from "../../../../engine/run/run-tasks.js"
import { makeToyJob, type ToyJob } from "../../../scenes/toy-job.js"
import { projectFiles, root } from "../../../source-tree.js"

const uses: readonly StepUse[] = [
  { stage: "source", step: "read", times: 1 },
  { stage: "tile", step: "select", times: 4 },
  { stage: "tile", step: "a.kernel", times: 1, rasters: true },
  { stage: "model", step: "b.kernel", times: 1, images: true },
]
const planted: CostRates = {
  from: "planted",
  ...{ run: 0.5, worker: 0.25, kernel: 0, beside: 0.125 },
  steps: [
    { stage: "source", step: "read", per: { plainPoints: 0.1, lazPoints: 0.3 } },
    { stage: "tile", step: "select", per: { points: 0.02, coveredM2: 0.5 } },
    { stage: "tile", step: "a.kernel", per: { tiles: 0.01, points: 0.05, areaM2: 0.7 } },
    { stage: "model", step: "b.kernel", per: { coveredM2: 2, imagesM2: 3 } },
  ],
}
const randomWork = (random: () => number): Work => {
  const pick = (most: number): number => Math.round(most * random())
  const work = { ...noWork, tiles: 1 + pick(20) }
  for (const field of workFields) if (field !== "tiles") work[field] = pick(2e7)
  return work
}
const measured = (work: Work, workers: number): MeasuredRun => {
  const seconds = new Map(
    uses.map((use) => [
      `${use.stage} ${use.step}`,
      workSeconds(jobCost([use], { ...planted, beside: 0 }), work, [use.stage]),
    ]),
  )
  const job = { own: work, ring: noWork }
  const processSeconds = runSeconds(jobCost(uses, planted), job, workers)
  return { folder: `run of ${work.points}`, work: job, uses, workers, seconds, processSeconds }
}

describe("nonNegativeLeastSquares", () => {
  it("solves what has a solution above zero, and holds at zero what would fall below", () => {
    const [x = 0, y = 0] = nonNegativeLeastSquares(
      [
        [1, 2],
        [3, 4],
        [5, 7],
      ],
      [8, 18, 31],
    )
    expect([x, y]).toEqual([expect.closeTo(2, 9), expect.closeTo(3, 9)])
    // Without the bound: 3 and −1.
    const held = nonNegativeLeastSquares(
      [
        [1, 1],
        [1, 2],
      ],
      [2, 1],
    )
    expect(held).toEqual([expect.closeTo(1.5, 9), 0])
  })
})

describe("the cost model", () => {
  it("is additive over tiles and grows with every figure of the work", () => {
    const random = seededRandom(5)
    const cost = jobCost(uses, planted)
    for (let i = 0; i < 50; i++) {
      const [a, b] = [randomWork(random), randomWork(random)]
      expect(workSeconds(cost, addWork(a, b))).toBeCloseTo(workSeconds(cost, a) + workSeconds(cost, b), 9)
      for (const field of workFields)
        expect(workSeconds(cost, { ...a, [field]: a[field] + 1000 })).toBeGreaterThanOrEqual(workSeconds(cost, a))
    }
    const all = [...costRates.steps.flatMap(({ per }) => Object.values(per)), costRates.run, costRates.worker]
    expect(all.every((rate) => rate >= 0)).toBe(true)
    expect(costRates.steps.length).toBeGreaterThan(20)
  })

  it("is found again by a fit to runs that follow it, and scaled by one run of another machine", () => {
    const random = seededRandom(9)
    const runs = Array.from({ length: 12 }, (_, i) => measured(randomWork(random), 1 + (i % 3)))
    const fitted = fitRates(runs, "a test")
    for (const name of ["run", "worker", "beside"] as const) expect(fitted[name], name).toBeCloseTo(planted[name], 6)
    for (const { stage, step, per } of planted.steps) {
      const found = fitted.steps.find((one) => one.stage === stage && one.step === step)?.per ?? {}
      for (const field of workFields) expect(found[field] ?? 0, `${stage} ${field}`).toBeCloseTo(per[field] ?? 0, 6)
    }
    const own = measured(randomWork(random), 2)
    const slow = new Map([...own.seconds].map(([stage, seconds]) => [stage, 3 * seconds]))
    const rates = ratesOfRun({ ...own, seconds: slow, processSeconds: 3 * own.processSeconds! }, planted)
    expect(estimateRun(own, rates)).toBeCloseTo(3 * own.processSeconds!, 6)
  })

  it("has no second one beside it", () => {
    const sources = projectFiles().flatMap((path) =>
      /^(?:engine|cli|kernels)\/.*\.ts$/.test(path) ? [[path, readFileSync(`${root}${path}`, "utf8")] as const] : [],
    )
    const filesWith = (text: RegExp): string[] => sources.flatMap(([path, source]) => (text.test(source) ? [path] : []))
    // No cost is a number of its own, or a product with one.
    expect(
      filesWith(
        /\b(?:cost|costCoreSeconds|seconds)PerPoint|\bcost(?:CoreSeconds)?: [^\n]*\d\S* ?[*/]|costCoreSeconds: [\d.]/,
      ),
    ).toEqual([])
    expect(filesWith(/\bper: \{ .*\w: \d/)).toEqual(["kernels/cost-rates.ts"])
  })
})

describe("the work of tiles", () => {
  it("is the same in any order of sources, and that of the halo where it reaches", () => {
    const grid = { leafSide: 100, leafLevel: 12 }
    const sources = [
      { box: [10, 10, 90.5, 77.7], count: 1003, format: "copc" },
      { box: [0, 0, 200, 200], count: 77_777, format: "laz" },
      { box: [95, 20, 130, 140.25], count: 501, format: "las" },
    ] as const
    const [there, back] = [sources, [...sources].reverse()].map((order) => {
      const works = new TileWorks(grid, 25)
      for (const source of order) works.addSource({ ...source, box: [...source.box] })
      works.addImage([0, 0, 50, 100])
      return works.of({ level: 12, x: 0, y: 0 })
    })
    expect(there).toEqual(back)
    // (125 / 200)² and a quarter of the LAZ file; all of COPC.
    expect(there).toMatchObject({ copcPoints: 1003, lazPoints: 19_444, areaM2: 10_000, imagesM2: 5000, tiles: 1 })
    expect(there!.points - 1003 - 30_382).toBeGreaterThan(0)
  })
})

describe("all who tell the cost of a job", () => {
  let toy: ToyJob
  let plan: Plan
  beforeAll(async () => {
    toy = await makeToyJob()
    const job = await jobIn("plan")
    plan = await planJob(job)
  })
  afterAll(() => toy.remove())
  const jobIn = async (name: string) =>
    resolveJob({
      inputs: await toy.sources("plain"),
      out: `${toy.folder}/${name}`,
      tileSize: 50,
      products: ["mesh", "dtm"],
    })

  it("know what each kernel costs in the stages of a plan", async () => {
    const rated = new Set(costRates.steps.map(({ stage, step }) => `${stage} ${step}`))
    const missing = (await loadKernels()).flatMap(({ kernel: { id, stages: own = ["tile"] } }) =>
      own.map((stage) => `${stage} ${id}`).filter((step) => !step.startsWith("job ") && !rated.has(step)),
    )
    expect(missing).toEqual([])
  })

  it("never last less than the longest task of each stage, whatever the workers", () => {
    const task = (stage: "tile" | "model", costCoreSeconds: number) => ({ stage, costCoreSeconds })
    const start = plan.cost.run + plan.cost.worker
    const seconds = (costs: readonly ReturnType<typeof task>[], workers: number): number =>
      wallSeconds({ cost: plan.cost, tasks: costs }, workers) - start
    expect(seconds([task("tile", 8)], 100)).toBeCloseTo(8)
    expect(seconds([task("tile", 8), task("tile", 2), task("model", 3)], 100)).toBeCloseTo(11)
    expect(seconds([task("tile", 8), task("tile", 2), task("model", 3)], 1)).toBeCloseTo(13)
  })

  it("tell the same", async () => {
    const job = await jobIn("shards")
    const { shardPlan } = await planShards(job, { parallel: 2 })
    expect(shardPlan.work).toEqual(plan.work)
    expect(shardPlan.costCoreSeconds).toBe(plan.costCoreSeconds)
    expect(plan.costCoreSeconds).toBe(runSeconds(plan.cost, plan.work, job.workers))
    const lines = (await Promise.all(shardPlan.shards.map((shard) => readShardTiles(job.out, shard)))).flat()
    expect(lines.length).toBe(shardPlan.tiles + shardPlan.ring)
    const tiles = lines.reduce((sum, { cost }) => sum + cost, 0)
    const above = workSeconds(plan.cost, plan.work.own, ["region", "layer"])
    const start = plan.cost.run + plan.cost.worker * job.workers
    expect(start + tiles + above).toBeCloseTo(plan.costCoreSeconds, 9)
    const costs = Object.values(planned(plan, plan.tasks).costs)
    expect(costs.reduce((sum, cost) => sum + cost, start)).toBeCloseTo(plan.costCoreSeconds, 9)
    for (const stage of costStages) expect(plan.cost.per[stage]).toEqual(shardPlan.cost.per[stage])
  })
})
