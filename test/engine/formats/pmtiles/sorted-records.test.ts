import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { SortedRecords } from "../../../../engine/formats/pmtiles/sorted-records.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-buckets-"))
})
afterAll(() => rm(folder, { recursive: true }))

describe("a list of sorted records", () => {
  it.each([
    ["in memory", 1 << 20, 0],
    ["in many runs", 4096, 20],
  ])("gives all back in order, %s", async (_, runBytes, leastRuns) => {
    const random = seededRandom(3)
    const sorted = new SortedRecords(folder, runBytes)
    const expected: { tile: number; order: number; text: string }[] = []
    for (let i = 0; i < 3000; i++) {
      const tile = Math.floor(random() * 50) + 5e9
      // One string larger than a run, empty ones among them.
      const text = i === 77 ? "x".repeat(700_000) : "y".repeat(Math.floor(random() * 40))
      const one = { tile, order: 2 ** 40 * (i % 2) + i, text: `${text}` }
      expected.push(one)
      const bytes = new TextEncoder().encode(text)
      await sorted.add({ tile, order: one.order, bytes })
      bytes.fill(0)
    }
    expected.sort((a, b) => a.tile - b.tile || a.order - b.order)
    const found: typeof expected = []
    for await (const { tile, order, bytes } of sorted.inOrder())
      found.push({ tile, order, text: new TextDecoder().decode(bytes) })
    expect(found.length).toBe(3000)
    expect(found).toEqual(expected)
    expect((await readdir(folder)).length).toBeGreaterThanOrEqual(leastRuns)
  })

  it("is empty without anything", async () => {
    for await (const one of new SortedRecords(folder).inOrder()) expect.fail(`found ${one.order}`)
  })
})
