import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { openPointFile } from "../../engine/formats/points/point-file.js"
import { readPoints } from "../../engine/formats/points/read-points.js"
import { hashOutput } from "../../engine/report/hash-output.js"
import { jsonOf, runKept } from "../run-maille.js"
import { sharedData } from "../shared-data.js"

describe.skipIf(!sharedData)("LAS, LAZ and COPC of the same points", () => {
  const laz = `${sharedData ?? ""}/lidar-hd/ign-pdal-tools/test_data_77050_627755_LA93_IGN69.laz`
  const copc = `${sharedData ?? ""}/lidar-hd/ctview/classee/test_data_77050_627755_LA93_IGN69_buildings.copc.laz`
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-formats-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("give the same bytes", async () => {
    // With the name of the file, by which it is LiDAR HD.
    const las = join(folder, basename(laz).replace(".laz", ".las"))
    const { points } = await readPoints([laz])
    const file = await openPointFile(laz)
    await file.close()
    await writeFile(las, encodeLas(points, { pointFormat: 6, epsg: 2154, scale: file.info.scale[0] as number }))
    const found = new Map<string, string>()
    for (const [name, input] of Object.entries({ las, laz, copc })) {
      const out = join(folder, name)
      const ended = await runKept(["run", input, "--tile-size", "50", "--out", out, "--json"])
      expect(ended.code, ended.stderr).toBe(0)
      expect(jsonOf(ended).done).toBe(1)
      found.set(name, (await hashOutput(out)).hash)
    }
    expect(found.get("laz")).toMatch(/^[0-9a-f]{64}/)
    expect(found.get("las")).toBe(found.get("laz"))
    expect(found.get("copc")).toBe(found.get("laz"))
  })
})
