/**
 * What the other tests lean on: things made once, arrays compared by their bytes, digests of
 * records.
 */
import { spawnSync } from "node:child_process"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { seededRandom } from "../engine/core/random.js"
import { multiset, shuffled } from "./engine/formats/copc/copc-file.js"
import { madeOnce } from "./made-once.js"
import { sharedFolderVariable } from "./set-up/shared-folder.js"

describe("madeOnce", () => {
  it("makes a folder once, and lets all who ask wait for it", async () => {
    let times = 0
    const ask = (): Promise<string> =>
      madeOnce("of-a-test", async (folder) => {
        times++
        await sleep(150)
        await writeFile(join(folder, "it"), "whole")
      })
    const folders = await Promise.all([ask(), ask(), ask()])
    for (const folder of folders) expect(await readFile(join(folder, "it"), "utf8")).toBe("whole")
    expect([times, new Set(folders).size]).toEqual([1, 1])
  })

  it("tells all who ask why it could not be made", async () => {
    const ask = (): Promise<string> => madeOnce("never", () => Promise.reject(new Error("no points")))
    const told = await Promise.allSettled([ask(), ask()])
    for (const one of told)
      expect(String((one as PromiseRejectedResult).reason)).toMatch(/never was not made: Error: no points/)
  })

  it("lets nobody wait for a process that is gone", async () => {
    const folder = join(process.env[sharedFolderVariable]!, "orphan")
    await mkdir(folder)
    await writeFile(`${folder}.owner`, String(spawnSync(process.execPath, ["--version"]).pid))
    await expect(madeOnce("orphan", () => Promise.resolve())).rejects.toThrow(/the process that made it is gone/)
  })
})

describe("toEqual", () => {
  it("still tells typed arrays apart, by class, length and each number", () => {
    const of = (...values: number[]): Float64Array => Float64Array.from(values)
    expect({ a: of(1, Number.NaN, -0) }).toEqual({ a: of(1, Number.NaN, -0) })
    for (const other of [of(1, 2), of(1, 3, 3), of(1, 2, 3, 4), Float32Array.of(1, 2, 3), [1, 2, 3]])
      expect(of(1, 2, 3)).not.toEqual(other)
    // Windows of one buffer are compared where they lie.
    const whole = Uint8Array.of(1, 2, 1, 2, 3)
    expect(whole.subarray(0, 2)).toEqual(whole.subarray(2, 4))
    expect(whole.subarray(0, 2)).not.toEqual(whole.subarray(3, 5))
  })
})

describe("multiset", () => {
  const random = seededRandom(1)
  const records = Uint8Array.from({ length: 30 * 500 }, () => Math.floor(4 * random()))

  it("does not see the order of records, and sees any bit of them", () => {
    const expected = multiset(records, 30)
    expect(multiset(shuffled(random, records, 30), 30)).toBe(expected)
    const found = new Set([expected])
    for (let i = 0; i < 300; i++) {
      const other = records.slice()
      const at = (i * 4999) % other.length
      other[at] = (other[at] as number) ^ (1 << (i % 8))
      // A record twice and another not at all.
      if (i % 10 === 0) other.copyWithin(0, 30 * (1 + i), 30 * (2 + i))
      found.add(multiset(other, 30))
    }
    expect(found.size).toBe(301)
    expect(multiset(records.subarray(30), 30)).not.toBe(expected)
  })
})
