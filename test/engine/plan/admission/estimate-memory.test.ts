import { describe, expect, it } from "vitest"
import { classesOfSources } from "../../../../engine/plan/admission/bucket-counts.js"
import { estimateMemory, processBytes, workerBytes } from "../../../../engine/plan/admission/estimate-memory.js"
import { memoryOfCounted, memoryOfHanded } from "../../../../engine/plan/admission/task-memory.js"
import { countClasses } from "../../../../engine/worker/points/tile-points.js"

const step = (id: string, inputGrowth: number, spacing?: number) => ({
  id,
  inputGrowth,
  outputGrowth: 0,
  options: {},
  ...(spacing === undefined ? {} : { spacing: { points: spacing } }),
})

/**
 * A kernel that takes points of classes, and 300 bytes for each of class 6 that is known, else for
 * each point.
 */
const kernel = (id: string, classes: readonly number[]) => ({
  id,
  inputs: { points: { kind: "points", classes } },
  outputs: {},
  memory: ({ points, classes: known }: { points: number; classes?: Record<number, number> }) =>
    300 * (known?.[6] ?? points),
})

describe("the second stage of a tile", () => {
  const grid = { leafSide: 500, leafLevel: 13 }
  const planning = {
    context: { grid, images: [], chains: { tile: [], model: [step("mesh.roofs", 20)], parent: [] } },
    kernels: [{ kernel: kernel("mesh.roofs", [6]) }],
  } as unknown as Parameters<typeof memoryOfCounted>[0]
  const task = { stage: "model", key: "13/1/1", points: 8e6, bytes: 4e9, sources: [] } as const

  it("is estimated by the points of the classes that its first stage counted", () => {
    const of = (classes: Record<number, number> | undefined): number => memoryOfCounted(planning, task, classes)
    expect(of(undefined)).toBe(4e9)
    // 300 bytes of the kernel, and the place of each point that it is handed, in room for a third
    // more.
    expect(of({ 6: 2e6 }) - of({ 6: 1e6 })).toBe(316e6)
    expect(of({ 6: 1e6 })).toBeLessThan(1.2e9)
  })

  it("is never estimated above what was planned, and no other stage is by it", () => {
    expect(memoryOfCounted(planning, task, { 6: 1e9 })).toBe(4e9)
    expect(memoryOfCounted(planning, { ...task, stage: "job" }, { 6: 1 })).toBe(4e9)
  })
})

describe("a stage of a tile", () => {
  // So large that the rows of blocks that are read at a time are few of its points.
  const grid = { leafSide: 5000, leafLevel: 13 }
  const cell = [0, 0, 5000, 5000] as const
  const points = (classes: readonly number[] | undefined, attributes: readonly string[] = []) => ({
    id: "k.points",
    inputs: { points: { kind: "points", ...(classes === undefined ? {} : { classes }), attributes } },
    outputs: {},
    memory: ({ points: own }: { points: number }) => own,
  })
  const bytesOf = (
    kernels: readonly object[],
    counts: Parameters<typeof estimateMemory>[2],
    keepPoints?: number,
    box: Parameters<typeof estimateMemory>[3] = cell,
  ): number => {
    const all = kernels.map((one, i) => ({ kernel: { ...one, id: `k.${i}` } }))
    const tile = all.map(({ kernel: { id } }) => step(id, 0))
    const context = { grid, images: [], chains: { tile, model: [], parent: [] }, keepPoints }
    const planning = { context, kernels: all } as unknown as Parameters<typeof estimateMemory>[0]
    return estimateMemory(planning, "tile", counts, box) - processBytes - workerBytes
  }

  it("holds place, class and the columns that are asked for, and each kernel its own points beside them", () => {
    // The last kernel has taken its points: nothing else is held. Before it ran, both stood beside
    // each other.
    expect(bytesOf([points(undefined)], { points: 1e7, bucketed: true })).toBe((13 + 12) * 1e7)
    expect(bytesOf([points(undefined, ["gpsTime"])], { points: 1e7, bucketed: true })).toBe((21 + 20) * 1e7)
    expect(bytesOf([points([6]), points([2])], { points: 1e7, bucketed: true })).toBe((13 + 12 + 1) * 1e7)
  })

  it("holds times for the classes that they are asked of", () => {
    const timed = [points([6], ["gpsTime"]), points([2])]
    const unknown = bytesOf(timed, { points: 1e7, bucketed: true })
    // Beside what is held for the second one (a byte less than it takes itself) the first takes
    // place and time of its points.
    const known = bytesOf(timed, { points: 1e7, bucketed: true, classes: { 2: 9e9, 6: 2e6 } })
    expect(known).toBe(13 * 1e7 + 8 * 2e6 + 12 * 1e7)
    expect(unknown).toBe((21 + 20 + 1) * 1e7)
  })

  it("is smaller where the points of its classes are counted, and never above all of them", () => {
    const two = [points([6]), points([2])]
    const counted = bytesOf(two, { points: 1e7, bucketed: true, classes: { 2: 2e6, 6: 1e6 } })
    expect(counted).toBe(13 * 1e7 + 12 * 2e6)
    expect(bytesOf(two, { points: 1e7, bucketed: true, classes: { 2: 9e9, 6: 9e9 } })).toBe((13 + 12 + 1) * 1e7)
    // A class that was not counted may be all of them.
    expect(bytesOf(two, { points: 1e7, bucketed: true, classes: { 6: 1 } })).toBe((13 + 12) * 1e7)
  })

  it("takes what tells points apart, with room to spare, while points that are in no bucket file are ordered where they lie", () => {
    const nodes = 64 * 2 ** 20
    const none = { points: 1e7, bucketed: false, classes: { 6: 0 } }
    const small = [0, 0, 1000, 1000] as const
    const here = (one: object, counts: Parameters<typeof bytesOf>[1] = none): number =>
      bytesOf([one], counts, undefined, small)
    expect(here(points([6]))).toBe(1.5 * 15 * 1e7 + nodes)
    expect(here(points([6], ["intensity", "returnNumber"]))).toBe(1.5 * 17 * 1e7 + nodes)
    expect(here(points([6], ["gpsTime"]))).toBe(1.5 * 23 * 1e7 + nodes)
    // Times of a class that was not counted may be those of all points: they are picked out beside
    // these.
    expect(here(points([6], ["gpsTime"]), { points: 1e7, bucketed: false })).toBe((1.5 * 23 + 8) * 1e7)
    // On an extent too large for counting its cells they are copied.
    expect(bytesOf([points([6])], none)).toBe(50 * 1e7)
  })

  it("takes all columns where some points are kept", () => {
    const keeping = bytesOf([points([6])], { points: 1e7, bucketed: true, classes: { 6: 0 } }, 10)
    expect(keeping).toBeGreaterThan(30 * 1e7)
    expect(keeping).toBeLessThan(50 * 1e7)
  })

  it("knows the classes of its sources where each was decoded and counted", () => {
    const plan = { context: { sources: [{ parts: 2 }, {}] } } as unknown as Parameters<typeof classesOfSources>[0]
    const ends = new Map([
      ["source a#0", { classes: { 2: 5, 6: 1 } }],
      ["source a#1", { classes: { 2: 7 } }],
      ["source b#0", {}],
    ]) as unknown as Parameters<typeof classesOfSources>[2]
    const of = (sources: number[], dependsOn: string[], stage = "tile") =>
      classesOfSources(plan, { stage, sources, dependsOn } as Parameters<typeof classesOfSources>[1], ends)
    expect(of([0], ["source a#0", "source a#1"])).toMatchObject({ 2: 12, 6: 1, 9: 0 })
    expect(of([0], ["source a#0", "source b#0"])).toBeUndefined()
    expect(of([0], ["source a#0", "source c#0"])).toBeUndefined()
    expect(of([0, 1], ["source a#0", "source a#1"])).toBeUndefined()
    expect(of([0], ["source a#0"], "model")).toBeUndefined()
  })
})

describe("images", () => {
  const grid = { leafSide: 500, leafLevel: 13 }
  const cell = [0, 0, 500, 500] as const
  const drape = {
    id: "k.drape",
    inputs: {
      ortho: { kind: "image", resolution: () => 0.5 },
      irc: { kind: "image", infrared: true, resolution: () => 1 },
    },
    outputs: {},
    memory: () => 5e6,
  }
  const bytesOf = (images: readonly object[], points: number): number =>
    estimateMemory(
      {
        context: { grid, images, textureFormat: "jpeg", chains: { model: [step("k.points", 0), step("k.drape", 0)] } },
        kernels: [{ kernel: { ...kernel("k.points", [6]), memory: () => 0 } }, { kernel: drape }],
      } as unknown as Parameters<typeof estimateMemory>[0],
      "model",
      { points, bucketed: true },
      cell,
    ) -
    processBytes -
    workerBytes

  it("count while the kernel works that takes them, beside no points that others had", () => {
    expect(bytesOf([], 0)).toBe(5e6)
    expect(bytesOf([{ lane: "worker" }], 0)).toBe(13e6)
    expect(bytesOf([{ lane: "worker" }, { lane: "worker", infrared: true }], 0)).toBe(16e6)
    expect(bytesOf([{ lane: "worker" }], 5e6)).toBe(bytesOf([], 5e6))
  })

  it("count all along where they come with the task, or are kept for the next one", () => {
    for (const image of [{ lane: "main" }, { lane: "worker", decodedBytes: 4e6 }]) {
      expect(bytesOf([image], 0)).toBe(17e6)
      expect(bytesOf([image], 5e6) - bytesOf([], 5e6)).toBe(4e6)
    }
  })
})

describe("a parent", () => {
  it("is estimated by the bytes of the meshes below, never above what was planned", () => {
    const planning = {
      context: { grid: { leafSide: 500, leafLevel: 14 }, images: [], chains: { parent: [step("mesh.pyramid", 0)] } },
      kernels: [{ kernel: { id: "mesh.pyramid", inputs: {}, memory: ({ points }: { points: number }) => points } }],
    } as unknown as Parameters<typeof memoryOfHanded>[0]
    const of = (handed: number): number => memoryOfHanded(planning, { key: "13/1/1", bytes: 2e9 }, handed)
    expect(of(0)).toBe(processBytes + workerBytes)
    // Two points a vertex of 13 bytes, 80 bytes each and one of the kernel.
    expect(of(13e6) - of(0)).toBe(2e6 * 81)
    expect(of(13e9)).toBe(2e9)
  })
})

describe("the first stage of a tile", () => {
  const points = { count: 5, classification: Uint8Array.of(2, 6, 6, 17, 2, 6) }
  const counted = (tile: object[], model: object[], tileClasses: readonly number[]) => {
    const kernels = new Map(
      Object.entries({ t: kernel("t", tileClasses), m: kernel("m", [17, 6]) } as Record<string, unknown>),
    )
    const state = { context: { chains: { tile, model } }, kernels }
    return countClasses(...([state, tile, points] as unknown as Parameters<typeof countClasses>))
  }

  it("counts the classes that the second one takes", () => {
    expect(counted([step("t", 60)], [step("m", 20)], [2, 6, 17])).toEqual({ 6: 2, 17: 1 })
  })

  it("counts none that it did not read, thinned, or not as far around the tile", () => {
    expect(counted([step("t", 60)], [step("m", 20)], [2, 6])).toEqual({ 6: 2 })
    expect(counted([step("t", 60)], [step("m", 20)], [2])).toBeUndefined()
    expect(counted([step("t", 60, 0.5)], [step("m", 20)], [6])).toBeUndefined()
    expect(counted([step("t", 10)], [step("m", 20)], [6])).toBeUndefined()
  })
})
