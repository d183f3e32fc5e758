import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { EventHeap } from "../../../../bench/lab/simulate/event-heap.js"
import { idealEnd, runArray, type SimulatedCluster } from "../../../../bench/lab/simulate/run-array.js"
import { runShardOn, type SimulatedTiles } from "../../../../bench/lab/simulate/run-shard.js"
import { type SimulationOptions, simulate } from "../../../../bench/lab/simulate/simulate.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { planShards } from "../../../../engine/distributed/plan-shards.js"
import { resolveJob } from "../../../../engine/job/job.js"
import { readShardTiles } from "../../../../engine/plan/shards/read-shard-plan.js"
import { makeToyJob } from "../../../scenes/toy-job.js"
import { lab } from "../run-lab.js"

const tilesOf = (seconds: number[], fatal: number[] = seconds.map(() => 0), bytes = 1): SimulatedTiles => ({
  estimate: Float64Array.from(seconds),
  seconds: Float64Array.from(seconds),
  bytes: new Float64Array(seconds.length).fill(bytes),
  fatal: Float64Array.from(fatal),
})
const node = { cores: 2, memoryBytes: 100, speed: 1, restartSeconds: 5 }
const span = { from: 0, until: Number.POSITIVE_INFINITY, factor: 1 }

describe("the events of a simulation", () => {
  it("come in the order of time, those of one moment as they were added", () => {
    const random = seededRandom(3)
    const heap = new EventHeap<number>()
    const times = Array.from({ length: 500 }, () => Math.floor(random() * 50))
    for (const [i, time] of times.entries()) heap.push(time, i)
    const order = [...times.keys()].sort((a, b) => times[a]! - times[b]! || a - b)
    expect(Array.from({ length: 500 }, () => heap.pop()?.value)).toEqual(order)
    expect(heap.pop()).toBeUndefined()
  })
})

describe("a shard on a node", () => {
  it("takes tiles in their order as cores are free", () => {
    // 10 | 4, 3 then 6: the second core is through at 7, the first at 10, and takes nothing more.
    const ran = runShardOn(tilesOf([10, 4, 3, 6]), [0, 1, 2, 3], node, span)
    expect(ran).toMatchObject({ end: 13, busySeconds: 23, lostSeconds: 0, deaths: 0, peakBytes: 2, left: [] })
    expect(ran.finished).toEqual([1, 2, 0, 3])
  })

  it("waits for memory, and is as fast as its node", () => {
    const tiles = tilesOf([10, 10, 10], undefined, 60)
    expect(runShardOn(tiles, [0, 1, 2], node, span).end).toBe(30)
    expect(runShardOn(tiles, [0, 1, 2], { ...node, memoryBytes: 120, speed: 2 }, span).end).toBe(10)
  })

  it("begins again what ran when a tile took its process down, the guilty one too", () => {
    // The second dies at 4 of its 8 seconds; both begin again at 9: 19 and 17, and the third ends
    // at 22.
    const ran = runShardOn(tilesOf([10, 8, 5]), [0, 1, 2], { ...node }, { ...span })
    expect(ran.end).toBe(13)
    const died = runShardOn(tilesOf([10, 8, 5], [0, 0.5, 0]), [0, 1, 2], node, span)
    expect(died).toMatchObject({ end: 22, deaths: 1, lostSeconds: 8, busySeconds: 31 })
    expect([...died.finished].sort()).toEqual([0, 1, 2])
  })

  it("leaves what runs and what waits when its time is over", () => {
    const ran = runShardOn(tilesOf([10, 4, 3, 6]), [0, 1, 2, 3], node, { ...span, until: 8 })
    expect(ran).toMatchObject({ finished: [1, 2], left: [0, 3], end: 8, lostSeconds: 9 })
  })
})

describe("an array on a cluster", () => {
  const cluster = (nodes: SimulatedCluster["nodes"], limitSeconds = 1e9): SimulatedCluster => ({
    ...node,
    nodes,
    noticeSeconds: 30,
    repairSeconds: 1000,
    limitSeconds,
  })
  const alike = { from: 0, speed: 1, breakdowns: [] }

  it("gives each free node the next shard", () => {
    const ran = runArray(tilesOf([10, 10, 2, 3]), [[0], [1], [2], [3]], cluster([alike, { ...alike, from: 4 }]), {
      from: 0,
      factor: 1,
    })
    expect(ran).toMatchObject({ end: 15, starts: 4, breakdowns: 0, busySeconds: 25 })
  })

  it("starts a shard again elsewhere after a breakdown, and keeps what was done", () => {
    const broken = { ...alike, breakdowns: [6] }
    // On the first: 5 done, 20 lost at 6, told at 36; the other is free at 8 and takes it over
    // until 56.
    const ran = runArray(tilesOf([5, 20, 8]), [[0, 1], [2]], cluster([broken, alike]), { from: 0, factor: 1 })
    expect(ran).toMatchObject({ end: 56, breakdowns: 1, lostSeconds: 6, starts: 3 })
    expect([...ran.finished]).toEqual([1, 1, 1])
  })

  it("goes on with a shard whose time was over", () => {
    const ran = runArray(tilesOf([6, 6, 6, 6]), [[0, 1, 2, 3]], cluster([alike], 10), { from: 0, factor: 1 })
    // 6 and 6 until 6, begun in vain until 10; again from 10 to 16.
    expect(ran).toMatchObject({ end: 16, starts: 2, lostSeconds: 8 })
  })

  it("is held against nodes that never rest", () => {
    const two = cluster([alike, { from: 10, speed: 3, breakdowns: [] }])
    expect(idealEnd(two, 20, 0)).toBe(10)
    expect(idealEnd(two, 100, 0)).toBe(20)
    expect(idealEnd(two, 80, 10)).toBe(20)
  })
})

const options: SimulationOptions = {
  ...{ tiles: 12_000, seed: 7, nodes: 4, cores: 8, memoryBytes: 2 ** 36, failures: 1e-3, nodeFailures: 30 },
  ...{ estimatesOff: 0.35, slow: 0.002, slowFactor: 6, speeds: [0.7, 1.3], joinHours: 0.1, limitHours: 20 },
}

describe("a simulated country", () => {
  it("is the same by seed, and has no run faster than its work", async () => {
    const first = await simulate(options)
    expect(await simulate(options)).toEqual(first)
    expect(first.tiles).toBe(12_000)
    const of = (name: string) => first.scenarios.find((one) => one.name === name)!
    for (const { efficiency, phases, hours } of first.scenarios) {
      expect(efficiency).toBeGreaterThan(0.3)
      expect(efficiency).toBeLessThanOrEqual(1)
      expect(phases.reduce((sum, phase) => sum + phase.hours, 0)).toBeCloseTo(hours)
    }
    expect(of("nothing fails")).toMatchObject({ deaths: 0, breakdowns: 0, lostCoreHours: 0 })
    expect(of("as asked").deaths).toBeGreaterThan(0)
    expect(of("as asked").lostCoreHours).toBeGreaterThan(0)
    expect(of("ten times the failures").deaths).toBeGreaterThan(of("as asked").deaths)
    // Factoring against one shard a node, on nodes of unlike speed.
    expect(of("as asked").efficiency).toBeGreaterThan(of("equal shards, one a node").efficiency)
    expect(first.points / first.tiles).toBeGreaterThan(20e6)
  })

  it("costs what the plan of a job says", async () => {
    const toy = await makeToyJob()
    try {
      const inputs = await toy.sources("plain")
      const job = await resolveJob({ inputs, out: `${toy.folder}/shards`, tileSize: 50, products: ["mesh", "dtm"] })
      const { shardPlan } = await planShards(job, { parallel: 2 })
      const lines = (await Promise.all(shardPlan.shards.map((shard) => readShardTiles(job.out, shard)))).flat()
      const seconds = lines.reduce((sum, { cost }) => sum + cost, 0)
      const simulated = await simulate({
        ...{ plan: job.out, tiles: 1, seed: 7, nodes: 2, cores: 2, memoryBytes: 2 ** 36, failures: 0, nodeFailures: 0 },
        ...{ estimatesOff: 0, slow: 0, slowFactor: 1, speeds: [1, 1], joinHours: 0, limitHours: 20 },
      })
      expect(simulated.costCoreSeconds).toBe(shardPlan.costCoreSeconds)
      expect(simulated.scenarios[0]!.coreHours).toBeCloseTo(seconds / 3600, 9)
    } finally {
      await toy.remove()
    }
  })

  it("is printed by the command", async () => {
    const folder = await mkdtemp(join(tmpdir(), "maille-simulate-test-"))
    try {
      const told = await lab("simulate", "--tiles", "500", "--nodes", "2", "--cores", "4", "--json")
      expect(told.code, told.stderr).toBe(0)
      const { tiles, scenarios } = JSON.parse(told.stdout)
      expect([tiles, scenarios[0].name]).toEqual([500, "as asked"])
      const shown = await lab("simulate", "--tiles", "500", "--nodes", "2", "--cores", "4")
      expect(shown.stdout).toMatch(/as asked +\d+\.\d +\d+\.\d/)
      expect((await lab("simulate", "--speeds", "2,1")).code).toBe(2)
      expect((await lab("simulate", folder)).code).toBe(3)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
