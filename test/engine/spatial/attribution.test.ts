import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { resolveJob } from "../../../engine/job/job.js"
import { readJobFile, writtenSource } from "../../../engine/plan/job-file.js"
import { planJob } from "../../../engine/plan/plan.js"
import {
  attributionOf,
  lidarHdSource,
  mixedSource,
  syntheticSource,
  unstatedSource,
} from "../../../engine/spatial/attribution.js"
import { writeSample } from "../../../fixtures/sample/write-sample.js"

const named = (...names: readonly string[]) => attributionOf(names.map((name) => ({ name })))

describe("the source line", () => {
  it("is IGN's for names of LiDAR HD, of every delivery and territory", () => {
    const names = [
      "LHD_FXX_0636_6934_PTS_LAMB93_IGN69.copc.laz",
      "LHD_REU_0345_7650_PTS_RGR92UTM40S_REUN89.copc.laz",
      "Semis_2021_0906_6665_LA93_IGN69.laz",
      "test_semis_2023_0292_6833_LA93_IGN69.laz",
      "test_data_77050_627755_LA93_IGN69_buildings.copc.laz",
    ]
    for (const name of names) expect(named(name), name).toEqual({ line: lidarHdSource })
    expect(named(...names)).toEqual({ line: lidarHdSource })
    expect(attributionOf([{ name: "a.laz", systemId: "LIDAR HD" }])).toEqual({ line: lidarHdSource })
  })

  it("claims nothing for other files, nor does the warning, which names them", () => {
    const others = ["hamburg_IM2023.laz", "survey_LA93_IGN69.las", "LHD.laz", "ALHD_FXX_0636_6934_PTS.laz"]
    for (const name of others) {
      const { line, warning } = named(name)
      expect(line, name).toBe(unstatedSource)
      expect(warning).toContain("--source")
      expect(`${line} ${warning}`.replaceAll(name, "")).not.toMatch(/IGN|licen|LiDAR HD/i)
    }
    expect(named(...others).warning).toContain("4 of 4 point files without a producer (hamburg_IM2023.laz, survey_LA93")
    expect(attributionOf([])).toEqual({ line: unstatedSource })
  })

  it("names IGN beside others, without a licence", () => {
    const { line, warning } = named("LHD_FXX_0636_6934_PTS_LAMB93_IGN69.copc.laz", "mine.laz")
    expect(line).toBe(mixedSource)
    expect(line).not.toMatch(/licen/i)
    expect(warning).toContain("1 of 2 point files without a producer (mine.laz)")
  })

  it("says of a made scene that it is one, whatever its name", () => {
    const made = { name: "LHD_FXX_0636_6934_PTS_LAMB93_IGN69.las", systemId: "synthetic scene" }
    expect(attributionOf([made])).toEqual({ line: syntheticSource })
  })
})

describe("the source line of a job", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-source-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("follows from the files, and shapes the products; the user's own wins", async () => {
    const { lidar } = await writeSample(folder, { pulsesPerM2: 0.2 })
    const base = { inputs: lidar, out: join(folder, "out"), products: ["dtm"] }
    const found = await planJob(await resolveJob(base))
    expect(found.context.source).toBe(syntheticSource)
    expect(found.warnings.join()).not.toContain("source not stated")
    const stated = await planJob(await resolveJob({ ...base, source: "Kadaster, CC0" }))
    expect(stated.context.source).toBe("Kadaster, CC0")
    expect(stated.context.optionsHash).not.toBe(found.context.optionsHash)
    // A part of the sources says nothing of the whole: what the plan found holds.
    const known = await planJob(await resolveJob(base), { source: mixedSource })
    expect(known.context.source).toBe(mixedSource)
  })

  it("is found again when a resolved job is read, unless the user stated it", async () => {
    const read = async (source: string | undefined, line: string) => {
      const job = { inputs: ["a.laz"], out: "out", version: "1", ...writtenSource({ ...(source && { source }) }, line) }
      await writeFile(join(folder, "job.json"), JSON.stringify(job))
      return (await readJobFile(join(folder, "job.json"))).source
    }
    for (const line of [lidarHdSource, unstatedSource, mixedSource]) expect(await read(undefined, line)).toBeUndefined()
    expect(await read(lidarHdSource, lidarHdSource)).toBe(lidarHdSource)
    expect(await read("Kadaster", "Kadaster")).toBe("Kadaster")
  })
})
