import { setTimeout as sleep } from "node:timers/promises"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { After, later, type Schedulable, schedule } from "../../../engine/run/schedule.js"

const collect = async <R>(results: AsyncIterable<R>): Promise<R[]> => {
  const all: R[] = []
  for await (const result of results) all.push(result)
  return all
}

describe("schedule", () => {
  it("runs every task once, after its dependencies, within workers and bytes, whatever the graph", async () => {
    const graph = fc.array(
      fc.record({ bytes: fc.integer({ min: 1, max: 60 }), before: fc.array(fc.nat(), { maxLength: 3 }) }),
      { maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(graph, fc.integer({ min: 1, max: 4 }), async (nodes, workers) => {
        const tasks: Schedulable[] = nodes.map((node, i) => ({
          id: `${i}`,
          bytes: node.bytes,
          dependsOn: i === 0 ? [] : [...new Set(node.before.map((n) => `${n % i}`))],
        }))
        const ended = new Set<string>()
        let running = 0
        let bytes = 0
        const run = async (task: Schedulable): Promise<string> => {
          running++
          bytes += task.bytes
          expect(running).toBeLessThanOrEqual(workers)
          expect(running === 1 || bytes <= 100).toBe(true)
          for (const id of task.dependsOn) expect(ended.has(id)).toBe(true)
          await Promise.resolve()
          running--
          bytes -= task.bytes
          ended.add(task.id)
          return task.id
        }
        const results = await collect(schedule(tasks, { workers, budgetBytes: 100, run }))
        expect([...results].sort()).toEqual(tasks.map((task) => task.id).sort())
      }),
      { seed: 7, numRuns: 60 },
    )
  })

  it("runs a task again behind others that it asks for, those that have ended too, whatever the graph", async () => {
    const graph = fc.array(
      fc.record({ before: fc.array(fc.nat(), { maxLength: 3 }), asks: fc.array(fc.nat(), { maxLength: 3 }) }),
      { minLength: 1, maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(graph, fc.integer({ min: 1, max: 4 }), async (nodes, workers) => {
        const tasks: Schedulable[] = nodes.map((node, i) => ({
          id: `${i}`,
          bytes: 1,
          dependsOn: i === 0 ? [] : [...new Set(node.before.map((n) => `${n % i}`))],
        }))
        const ended = new Map<string, number>()
        const asked = new Map<string, Map<string, number>>()
        const run = async (task: Schedulable): Promise<string | After<Schedulable>> => {
          await Promise.resolve()
          const earlier = asked.get(task.id)
          // Nobody reads what comes after it. Each that it asked for has ended once more since.
          for (const [id, times] of earlier ?? []) expect(ended.get(id) ?? 0).toBeGreaterThan(times)
          const wanted = new Set(nodes[Number(task.id)]!.asks.map((n) => `${n % Number(task.id)}`))
          const others = tasks.filter(({ id }) => wanted.has(id) && ended.has(id))
          if (earlier === undefined && others.length > 0) {
            asked.set(task.id, new Map(others.map(({ id }) => [id, ended.get(id) ?? 0])))
            return new After(others)
          }
          ended.set(task.id, (ended.get(task.id) ?? 0) + 1)
          return task.id
        }
        const results = await collect(schedule(tasks, { workers, budgetBytes: 100, run }))
        expect(new Set(results).size).toBe(tasks.length)
      }),
      { seed: 8, numRuns: 60 },
    )
  })

  it("counts what tasks share once", async () => {
    const tasks = [1, 2, 3].map((id) => ({ id: `${id}`, bytes: 60, dependsOn: [] }))
    const most = async (sharedBytes: number): Promise<number> => {
      let running = 0
      let together = 0
      const run = async (): Promise<void> => {
        together = Math.max(together, ++running)
        await sleep(2)
        running--
      }
      await collect(schedule(tasks, { workers: 3, budgetBytes: 100, sharedBytes, run }))
      return together
    }
    expect(await most(0)).toBe(1)
    expect(await most(20)).toBe(2)
    expect(await most(40)).toBe(3)
  })

  it("does not wait for a dependency that is not in the list", async () => {
    const tasks = [{ id: "tile", bytes: 1, dependsOn: ["source that is kept"] }]
    expect(await collect(schedule(tasks, { workers: 1, budgetBytes: 1, run: async (task) => task.id }))).toEqual([
      "tile",
    ])
  })

  it("runs a suspect with nothing beside it", async () => {
    let running = 0
    const run = async (task: Schedulable): Promise<void> => {
      running++
      await sleep(2)
      if (task.alone) expect(running).toBe(1)
      running--
    }
    const tasks = ["a", "b", "c", "d"].map((id) => ({ id, bytes: 1, dependsOn: [], alone: id === "c" }))
    await collect(schedule(tasks, { workers: 4, budgetBytes: 100, run }))
  })

  it("runs what is put off behind all others, with nothing beside it, and only then what waits for it", async () => {
    let running = 0
    const started: string[] = []
    const run = async ({ id }: Schedulable): Promise<string | typeof later> => {
      const again = started.includes(id)
      started.push(id)
      running++
      await sleep(2)
      if (again) expect(running).toBe(1)
      running--
      return id === "b" && !again ? later : id
    }
    const ids = ["a", "b", "c", "d", "e"]
    const tasks = ids.map((id) => ({ id, bytes: 1, dependsOn: id === "e" ? ["b"] : [] }))
    const results = await collect(schedule(tasks, { workers: 2, budgetBytes: 9, run }))
    expect(results.slice(3)).toEqual(["b", "e"])
    expect(results.slice(0, 3).sort()).toEqual(["a", "c", "d"])
    expect(started.slice(-2)).toEqual(["b", "e"])
  })

  it("ends at once when aborted", async () => {
    const controller = new AbortController()
    const tasks = ["a", "b", "c"].map((id) => ({ id, bytes: 1, dependsOn: [] }))
    const started: string[] = []
    const run = async (task: Schedulable): Promise<string> => {
      started.push(task.id)
      if (task.id === "b") await new Promise(() => undefined)
      return task.id
    }
    const results: string[] = []
    for await (const result of schedule(tasks, { workers: 1, budgetBytes: 9, signal: controller.signal, run })) {
      results.push(result)
      setTimeout(() => controller.abort(), 5)
    }
    expect(results).toEqual(["a"])
    expect(started).toEqual(["a", "b"])
  })

  it("starts nothing more when drained, and waits for what runs", async () => {
    const drain = new AbortController()
    const tasks = ["a", "b", "c", "d"].map((id) => ({ id, bytes: 1, dependsOn: [] }))
    const run = async (task: Schedulable): Promise<string> => {
      if (task.id === "a") drain.abort()
      await sleep(task.id === "b" ? 20 : 1)
      return task.id
    }
    expect(await collect(schedule(tasks, { workers: 2, budgetBytes: 9, drain: drain.signal, run }))).toEqual(["a"])
    const late = new AbortController()
    setTimeout(() => late.abort(), 5)
    const slow = async (task: Schedulable): Promise<string> => {
      await sleep(20)
      return task.id
    }
    const ended = await collect(schedule(tasks, { workers: 2, budgetBytes: 9, drain: late.signal, run: slow }))
    expect(ended.sort()).toEqual(["a", "b"])
  })

  it("admits by the bytes of the moment, and gives back what it took", async () => {
    const tasks = [1, 2, 3, 4, 5, 6].map((id) => ({ id: `${id}`, bytes: 100, dependsOn: [] }))
    let factor = 1
    let running = 0
    const together: number[] = []
    const run = async (task: Schedulable): Promise<void> => {
      together.push(++running)
      await sleep(2)
      running--
      // From the second task on two fit side by side.
      if (task.id === "2") factor = 0.5
    }
    const bytesOf = ({ bytes }: Schedulable): number => bytes * factor
    await collect(schedule(tasks, { workers: 4, budgetBytes: 100, bytesOf, run }))
    expect(together.slice(0, 2)).toEqual([1, 1])
    expect(Math.max(...together)).toBe(2)
  })
})
