import { getHeapStatistics } from "node:v8"
import { describe, expect, it } from "vitest"
import { releaseMemory, releaseTask } from "../../../engine/worker/thread-use.js"

const mebibyte = 2 ** 20
const outside = (): number => getHeapStatistics().external_memory
const take = (mebibytes: number): Uint8Array => new Uint8Array(mebibytes * mebibyte)

/** What earlier tests of this process dropped counts for none of these: collected before. */
const settle = (): void => {
  take(100)
  releaseMemory()
}

describe("memory that nobody holds", () => {
  it("is given back where much was taken since the last time, and what is held stays", () => {
    settle()
    const before = outside()
    const held = take(20)
    const drop = (): number => take(100).length
    expect(drop()).toBe(100 * mebibyte)
    expect(outside() - before).toBeGreaterThan(100 * mebibyte)
    releaseMemory()
    expect(outside() - before).toBeLessThan(40 * mebibyte)
    expect(held.length).toBe(20 * mebibyte)
    expect(outside() - before).toBeGreaterThan(10 * mebibyte)
  })

  it("is given back without growth where much of what was there is known to be dropped", () => {
    let held: Uint8Array | undefined = take(100)
    settle()
    const before = outside()
    expect(held.length).toBe(100 * mebibyte)
    held = undefined
    releaseMemory()
    expect(outside() - before).toBeGreaterThan(-10 * mebibyte)
    releaseMemory(100 * mebibyte)
    expect(outside() - before).toBeLessThan(-80 * mebibyte)
  })

  it("of a task is given back before the next, also what its last collection left", () => {
    settle()
    releaseTask()
    const before = outside()
    let held: Uint8Array | undefined = take(100)
    releaseMemory()
    expect(held.length).toBe(100 * mebibyte)
    held = undefined
    expect(outside() - before).toBeGreaterThan(90 * mebibyte)
    releaseTask()
    expect(outside() - before).toBeLessThan(20 * mebibyte)
  })

  it("is left for another time where it is little", () => {
    settle()
    const before = outside()
    expect(((): number => take(30).length)()).toBe(30 * mebibyte)
    releaseMemory()
    expect(outside() - before).toBeGreaterThan(25 * mebibyte)
  })
})
