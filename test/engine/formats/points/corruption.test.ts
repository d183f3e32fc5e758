import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { EngineError } from "../../../../engine/errors.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { processorMs } from "../../../processor-ms.js"
import { sharedData } from "../../../shared-data.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-broken-"))
})
afterAll(() => rm(folder, { recursive: true }))

/** Points that a file gives, or the error that refused it. */
const attempt = async (path: string): Promise<number | EngineError> => {
  try {
    const file = await openPointFile(path)
    try {
      let count = 0
      const { box, zRange } = file.info
      for await (const points of file.read({ origin: [box[0], box[1], zRange[0]] })) count += points.count
      return count
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof EngineError) return error
    throw error
  }
}

/**
 * Changes 1 to 4 bytes, sets a run to 0 or 255, or cuts the file; half of the time near the start,
 * where the structure is.
 */
const mutate = (bytes: Uint8Array, random: () => number): Uint8Array => {
  const copy = bytes.slice()
  const below = (n: number): number => Math.floor(random() * n)
  const at = random() < 0.5 ? below(Math.min(2200, bytes.length)) : below(bytes.length)
  const kind = below(10)
  if (kind === 0) return copy.subarray(0, at)
  if (kind <= 2) copy.fill(kind === 1 ? 0 : 255, at, at + 1 + below(16))
  else for (let i = 0; i < 1 + below(4); i++) copy[at + i] = below(256)
  return copy
}

describe.skipIf(!sharedData)("seeded mutations end in points or in a refusal, soon", { retry: 2 }, () => {
  test.each([
    ["lidar-hd/patchwork/recipient_test.laz", 6, 200],
    ["lidar-other/las-rs/autzen.copc.laz", 7, 200],
    // Hundreds of nodes of a few points, hence slow; with sub-pages.
    ["lidar-other/laspy/simple_with_page.copc.laz", 8, 40],
    ["lidar-other/las-rs/32-1-472-150-76.laz", 9, 200],
    ["lidar-hd/patchwork/donor_more_fields_test.las", 10, 200],
  ])("%s", async (source, seed, count) => {
    const bytes = new Uint8Array(await readFile(`${sharedData}/${source}`))
    const random = seededRandom(seed)
    const path = join(folder, "mutant.laz")
    const outcomes = { read: 0, refused: 0 }
    let slowest = 0
    for (let i = 0; i < count; i++) {
      await writeFile(path, mutate(bytes, random))
      const start = processorMs()
      const outcome = await attempt(path)
      slowest = Math.max(slowest, processorMs() - start)
      if (typeof outcome === "number") outcomes.read++
      else {
        outcomes.refused++
        expect(["E_FORMAT", "E_INPUT"]).toContain(outcome.code)
        expect(outcome.message).toContain("mutant.laz")
      }
    }
    expect(slowest).toBeLessThan(2000)
    expect(outcomes.read).toBeGreaterThan(0)
    expect(outcomes.refused).toBeGreaterThan(count / 10)
    // The decoder is sound afterwards.
    await writeFile(path, bytes)
    expect(typeof (await attempt(path))).toBe("number")
  })
})
