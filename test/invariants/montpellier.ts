import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect } from "vitest"
import { madeOnce } from "../made-once.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"

const hd = `${sharedData ?? ""}/lidar-hd`

/** Four adjacent tiles of 50 m of LiDAR HD in Montpellier, and the orthophoto of one of them among many unsuitable images. */
export const montpellier = {
  points: [
    `${hd}/ign-pdal-tools/test_data_77050_627760_LA93_IGN69.laz`,
    `${hd}/ign-pdal-tools/test_data_77055_627755_LA93_IGN69.laz`,
    `${hd}/ign-pdal-tools/test_data_77055_627760_LA93_IGN69.laz`,
    `${hd}/lidar-for-fuel/test_data_0000_0000_LA93_IGN69.laz`,
  ],
  imagery: `${sharedData ?? ""}/ortho`,
  references: `${hd}/las-digital-models`,
} as const

/** What {@link montpellierRun} was asked for, beside inputs and workers. */
export const montpellierFlags: readonly string[] = ["--imagery", montpellier.imagery, "--tile-size", "50"]

/** The main job on these tiles by two workers, its summary and how long it took; nobody writes into it. */
export const montpellierRun = async (): Promise<{
  readonly out: string
  readonly wholeMs: number
  readonly summary: ReturnType<typeof JSON.parse>
}> => {
  const folder = await madeOnce("montpellier", async (folder) => {
    const started = performance.now()
    const flags = [...montpellierFlags, "--workers", "2", "--out", join(folder, "out"), "--json"]
    const ended = await runMaille(["run", ...montpellier.points, ...flags])
    const wholeMs = performance.now() - started
    expect(ended.code, ended.stderr).toBe(0)
    await writeFile(join(folder, "told.json"), JSON.stringify({ wholeMs, summary: jsonOf(ended) }))
  })
  return { out: join(folder, "out"), ...JSON.parse(await readFile(join(folder, "told.json"), "utf8")) }
}
