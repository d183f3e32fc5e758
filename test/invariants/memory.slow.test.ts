import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeLas } from "../../engine/formats/las/writer.js"
import { readPoints } from "../../engine/job/read-points.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"

const mebibyte = 2 ** 20

describe.skipIf(!sharedData)("memory of a run with two workers on tiles of 1 km", () => {
  const hd = `${sharedData ?? ""}/lidar-hd`
  const tile = `${hd}/ign-pdal-tools/decimated_laz/test_semis_2023_0292_6833_LA93_IGN69.laz`
  const bridge = `${hd}/las-digital-models/bridge/pointcloud`
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-memory-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const peakOf = async (inputs: readonly string[], name: string, tiles: number): Promise<number> => {
    // A second try must not meet the first one's run where that still goes on.
    const out = join(await mkdtemp(join(folder, `${name}-`)), "out")
    const ended = await runMaille(["run", ...inputs, "--workers", "2", "--memory", "4G", "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(0)
    const summary = jsonOf(ended)
    expect(summary.done).toBe(tiles)
    await rm(out, { recursive: true, force: true })
    return summary.processPeakBytes / mebibyte
  }

  it("stays under 1 GiB, and is flat when tiles of its kind stand at 16 places", { retry: 1 }, async () => {
    const { points } = await readPoints([tile])
    const copies: string[] = []
    for (let i = 0; i < 14; i++) {
      // Two kilometres apart: no copy lies in the halo of another, each tile is the same work.
      const origin = [points.origin[0] + (i % 5) * 2000, points.origin[1] + Math.floor(i / 5) * 2000, 0] as const
      copies.push(join(folder, `copy-${i}.las`))
      await writeFile(copies[i]!, encodeLas({ ...points, origin }, { pointFormat: 6, epsg: 2154 }))
    }
    const pair = ["0299", "0300"].map((column) => `${bridge}/test_semis_2023_${column}_6802_LA93_IGN69.laz`)
    const four = await peakOf([...copies.slice(0, 2), ...pair], "four", 4)
    const sixteen = await peakOf([...copies, ...pair], "sixteen", 16)
    process.stdout.write(`peaks: four tiles ${Math.round(four)} MiB, sixteen ${Math.round(sixteen)} MiB\n`)
    expect(sixteen).toBeLessThan(1024)
    // One and the same run varies by some 50 MiB with the moments of garbage collection; 10 MiB kept of each tile, less than one of its rasters, would be told.
    expect(sixteen).toBeLessThan(four * 1.06 + 64)
  })
})
