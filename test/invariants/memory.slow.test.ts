import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cropPoints } from "../../engine/export/crop.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { readPoints } from "../../engine/formats/points/read-points.js"
import { journalLines } from "../journal-lines.js"
import { jsonOf, startMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"

const TILES = 6

/** Peak of the engine process, MiB, while its tasks of a stage ended: by how many had. */
type Peaks = Record<"tile" | "model", number[]>

/**
 * Follows the engine process of a run. Its peak (VmHWM, proc(5)) is read and set back each time
 * when tasks have ended, so that what later tiles take is seen apart from what the first ones took.
 */
const followPeaks = async (supervisor: number, out: string, hasEnded: () => boolean): Promise<Peaks> => {
  const peaks: Peaks = { tile: [], model: [] }
  while (!hasEnded()) {
    await sleep(100)
    const [engine] = (await readFile(`/proc/${supervisor}/task/${supervisor}/children`, "utf8").catch(() => "")).split(
      " ",
    )
    const status = await readFile(`/proc/${engine}/status`, "utf8").catch(() => "")
    const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024
    const lines = existsSync(join(out, "journal.jsonl")) ? await journalLines(out) : []
    let isReset = false
    for (const stage of ["tile", "model"] as const) {
      const ended = lines.filter((line) => line.type === "end" && line.stage === stage).length
      isReset ||= ended > peaks[stage].length - 1
      peaks[stage][ended] = Math.max(peaks[stage][ended] ?? 0, peak)
    }
    if (isReset) await writeFile(`/proc/${engine}/clear_refs`, "5").catch(() => {})
  }
  return peaks
}

describe.skipIf(!sharedData)("memory of a run with two workers on tiles of 1 km", () => {
  const tile = `${sharedData}/lidar-hd/ign-pdal-tools/decimated_laz/test_semis_2023_0292_6833_LA93_IGN69.laz`
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-memory-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it(`stays under 1 GiB, and the last of ${TILES} equal tiles take what the first take`, { retry: 1 }, async () => {
    // An eighth of its points: rasters cover all of a tile, and they make its peak. With half of
    // the points it is 2 % lower.
    const strip = join(folder, "strip.laz")
    await cropPoints({ inputs: [tile], box: [292_000, 6_832_000, 293_000, 6_832_125], out: strip })
    const { points } = await readPoints([strip])
    const copies: string[] = []
    for (let i = 0; i < TILES; i++) {
      // Two kilometres apart: no copy lies in the halo of another, each tile is the same work.
      const origin = [points.origin[0] + (i % 3) * 2000, points.origin[1] + Math.floor(i / 3) * 2000, 0] as const
      copies.push(join(folder, `copy-${i}.las`))
      await writeFile(copies[i]!, encodeLas({ ...points, origin }, { pointFormat: 6, epsg: 2154 }))
    }
    // A second try must not meet the first one's run where that still goes on.
    const out = join(await mkdtemp(join(folder, "run-")), "out")
    const { child, ended } = startMaille([
      "run",
      ...copies,
      ...["--workers", "2", "--memory", "4G", "--out", out, "--json"],
    ])
    let isRunning = true
    const followed = followPeaks(child.pid!, out, () => !isRunning)
    const { code, ...told } = await ended
    isRunning = false
    expect(code, told.stderr).toBe(0)
    expect(jsonOf({ code, ...told }).done).toBe(TILES)
    for (const [stage, peaks] of Object.entries(await followed)) {
      process.stdout.write(`${stage}: ${Array.from(peaks, (peak = 0) => Math.round(peak)).join(" ")} MiB\n`)
      const most = (from: number, to: number) => Math.max(...Array.from(peaks.slice(from, to), (peak = 0) => peak))
      expect(most(0, TILES + 1)).toBeLessThan(1024 - 80)
      // Garbage collection moves it by some 50 MiB; one raster kept of each tile would add 200
      // between the second and the last pair.
      expect(most(TILES - 2, TILES)).toBeLessThan(most(1, 4) * 1.06 + 50)
    }
  })
})
