import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { Worker } from "node:worker_threads"
import { describe, expect, it } from "vitest"
import { Watchdog } from "../../../engine/pool/watchdog.js"
import { secondsOfThread, threadNumber } from "../../../engine/worker/thread-use.js"

const place = () => ({ process: 1, thread: 2 })

describe("a watchdog", () => {
  it("ends a task once, when its thread has used more than the limit since it was first seen", () => {
    let used = 100
    const ended: number[] = []
    const dog = new Watchdog({ everyMs: 3_600_000, secondsOf: () => used })
    const rest = dog.watch({ limitSeconds: 10, place, end: () => ended.push(used) })
    for (; used < 130; used++) dog.look()
    expect(ended).toEqual([111])
    rest()
  })

  it("does not count time in which the thread did nothing, however often it looks", () => {
    let ended = false
    const dog = new Watchdog({ everyMs: 3_600_000, secondsOf: () => 5 })
    const rest = dog.watch({
      limitSeconds: 1,
      place,
      end: () => {
        ended = true
      },
    })
    for (let i = 0; i < 1000; i++) dog.look()
    expect(ended).toBe(false)
    rest()
  })

  it("counts its own looks where processor time is not told, one for each that comes late", () => {
    const looks = (limitSeconds: number): number => {
      let ended = 0
      let count = 0
      const dog = new Watchdog({ everyMs: 2000, secondsOf: () => undefined })
      const rest = dog.watch({
        limitSeconds,
        place,
        end: () => {
          ended = count
        },
      })
      for (count = 1; count < 20; count++) dog.look()
      rest()
      return ended
    }
    expect(looks(10)).toBe(6)
    expect(looks(1000)).toBe(0)
  })

  it("does not count the time for which a task waits for a thread, and its own looks where the thread is not told", () => {
    let seat: number | undefined
    let looks = 0
    const ended: number[] = []
    const dog = new Watchdog({ everyMs: 1000, secondsOf: () => 1000 })
    const rest = dog.watch({
      limitSeconds: 2,
      place: () => (seat === undefined ? undefined : { process: 1, thread: seat }),
      end: () => ended.push(looks),
    })
    for (; looks < 50; looks++) dog.look()
    expect(ended).toEqual([])
    seat = 0
    for (; looks < 60; looks++) dog.look()
    expect(ended).toEqual([52])
    rest()
  })

  it("lets a task be that has no limit, and one that has ended", () => {
    let used = 0
    let ended = 0
    const end = (): void => {
      ended++
    }
    const dog = new Watchdog({ everyMs: 3_600_000, secondsOf: () => used })
    dog.watch({ limitSeconds: undefined, place, end })
    dog.watch({ limitSeconds: 1, place, end })()
    dog.look()
    used = 1000
    dog.look()
    expect(ended).toBe(0)
  })
})

describe.skipIf(process.platform !== "linux")("the processor time of a thread", () => {
  const busy = `
    const { parentPort } = require("node:worker_threads")
    parentPort.postMessage(require("node:fs").readlinkSync("/proc/thread-self"))
    for (;;);`
  const idle = busy.replace("for (;;);", "setInterval(() => undefined, 1000)")

  it("grows while it is in an endless loop, not while it waits, and ends with it", async () => {
    const of = async (code: string): Promise<readonly [Worker, number]> => {
      const worker = new Worker(code, { eval: true })
      const link = await new Promise<string>((resolve) => worker.once("message", resolve))
      return [worker, Number(link.split("/").at(-1))]
    }
    const [[looping, loop], [waiting, wait]] = await Promise.all([of(busy), of(idle)])
    const seconds = (thread: number): number => secondsOfThread(process.pid, thread) ?? Number.NaN
    const before = { loop: seconds(loop), wait: seconds(wait) }
    // As long as a loaded machine needs to give it a second.
    for (let i = 0; i < 600 && seconds(loop) - before.loop < 1; i++) await sleep(100)
    expect(seconds(loop) - before.loop).toBeGreaterThanOrEqual(1)
    expect(seconds(wait) - before.wait).toBeLessThan(0.2)
    await Promise.all([looping.terminate(), waiting.terminate()])
    expect(secondsOfThread(process.pid, loop)).toBeUndefined()
  })

  it("is told by the number that the thread has for the system", () => {
    const number = threadNumber()
    expect(readFileSync(`/proc/self/task/${number}/stat`, "latin1")).toMatch(new RegExp(`^${number} `))
    expect(secondsOfThread(process.pid, number)).toBeGreaterThan(0)
  })
})
