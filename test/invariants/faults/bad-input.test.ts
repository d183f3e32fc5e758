import { access, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { jsonOf, runKept } from "../../run-maille.js"
import { montpellier } from "../../scenes/montpellier.js"
import { sharedData } from "../../shared-data.js"

describe.skipIf(!sharedData)("bad input", () => {
  const malformed = `${sharedData ?? ""}/malformed/las`
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-bad-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each([
    ["patchwork/empty_laz_0673_6363_to_test_pattern_matching_1.laz", /0 bytes|empty/i],
    ["las-digital-models/test_data_0000_0000_LA93_IGN69.laz", /LFS/],
    ["ign-pdal-tools/Semis_2022_0906_6665_LA93_IGN69_nok.laz", /header|cut short|unfinished/i],
    ["PDAL/ept/lone-star-invalid-tile/ept-data/2-2-2-2.laz", /./],
  ])("%s alone ends with 3 and names the file", async (name, why) => {
    const ended = await runKept([
      "run",
      `${malformed}/${name}`,
      "--crs",
      "EPSG:2154",
      "--out",
      join(folder, "alone"),
      "--json",
    ])
    expect(ended.code, ended.stderr).toBe(3)
    expect(ended.stderr).toContain(name.split("/").at(-1))
    expect(ended.stderr).toMatch(why)
  })

  it("beside good tiles is reported, the others are made, the exit code is 1", async () => {
    const bad = `${malformed}/ign-pdal-tools/Semis_2022_0906_6665_LA93_IGN69_nok.laz`
    const [good = ""] = montpellier.points
    const out = join(folder, "mixed")
    const ended = await runKept(["run", bad, good, "--tile-size", "50", "--products", "dtm", "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(1)
    const summary = jsonOf(ended)
    expect(summary).toMatchObject({ done: 1, quarantined: 1 })
    const reported = summary.tiles.find((tile: { outcome: string }) => tile.outcome === "quarantined")
    expect(reported.reason).toContain("Semis_2022_0906_6665_LA93_IGN69_nok.laz")
    expect(await readFile(join(out, "report.html"), "utf8")).toContain("Semis_2022_0906_6665_LA93_IGN69_nok.laz")
  })

  it("with one bit turned in its body quarantines its own tile alone, and mends when the file does", async () => {
    const whole = await readFile(montpellier.points[1])
    const damaged = withBitTurned(whole, "height")
    const input = join(folder, "damaged.laz")
    await writeFile(input, damaged)
    const far = `${sharedData ?? ""}/lidar-hd/ign-pdal-tools/replace_area_in_pointcloud/target_cloud_crop.laz`
    const out = join(folder, "damaged")
    const args = ["run", input, far, "--tile-size", "50", "--products", "dtm", "--out", out, "--json"]
    const first = await runKept(args)
    expect(first.code, first.stderr).toBe(1)
    const summary = jsonOf(first)
    expect(summary.done).toBe(1)
    const bad = summary.tiles.find(
      (tile: { stage: string; outcome: string }) => tile.stage === "tile" && tile.outcome === "quarantined",
    )
    expect(bad.key).toBe("18/15411/125550")
    expect(bad.reason).toMatch(/damaged\.laz.*damaged/s)
    // The command that the report gives meets the same failure.
    const again = await runKept([...(bad.reproduce as string).split(" ").slice(1), "--json"])
    expect(again.code).toBe(3)
    expect(again.stderr).toContain(bad.reason)
    await writeFile(input, whole)
    const mended = await runKept(args)
    expect(mended.code, mended.stderr).toBe(0)
    expect(jsonOf(mended)).toMatchObject({ done: 1, unchanged: 1, quarantined: 0 })
    expect(await readdir(join(out, "quarantine"))).toEqual([])
  })

  it("with one bit turned in what no kernel asks for gives the products of the whole file, and is found where points are kept", async () => {
    const whole = await readFile(montpellier.points[1])
    const input = join(folder, "intensity.laz")
    const runs: unknown[] = []
    for (const [name, bytes] of [
      ["sound", whole],
      ["unread", withBitTurned(whole, "intensity")],
    ] as const) {
      await writeFile(input, bytes)
      const out = join(folder, name)
      const ended = await runKept(["run", input, "--tile-size", "50", "--products", "dtm", "--out", out, "--json"])
      expect(ended.code, ended.stderr).toBe(0)
      runs.push(await readFile(join(out, "raster", "dtm", "18-15411-125550.tif")))
    }
    expect(runs[1]).toEqual(runs[0])
    const args = ["run", input, "--tile-size", "50", "--products", "dtm", "--keep-points", "1"]
    const kept = await runKept([...args, "--out", join(folder, "kept"), "--json"])
    expect(kept.code, kept.stderr).toBe(3)
    expect(kept.stderr).toMatch(/intensity\.laz.*damaged/s)
  })

  it("without a ground class is skipped with the remedy, and leaves no raster", async () => {
    const reunion = `${sharedData ?? ""}/lidar-hd/ign-pdal-tools/sample_lareunion_epsg2975.laz`
    const out = join(folder, "reunion")
    const ended = await runKept(["run", reunion, "--tile-size", "50", "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(3)
    const summary = jsonOf(ended)
    expect(summary.done).toBe(0)
    expect(summary.tiles[0]).toMatchObject({ outcome: "skipped" })
    expect(summary.tiles[0].reason).toMatch(/no ground points/)
    for (const product of ["raster", "tiles", "vector", "tileset.json"]) {
      await expect(access(join(out, product)), product).rejects.toThrow(/ENOENT/)
    }
  })

  it("without a CRS is refused until one is given", async () => {
    const file = `${sharedData ?? ""}/lidar-hd/ign-pdal-tools/test_noepsg_043500_629205_IGN69.laz`
    const ended = await runKept(["run", file, "--out", join(folder, "nocrs"), "--json"])
    expect(ended.code).toBe(3)
    expect(ended.stderr).toMatch(/--crs/)
  })
})

/**
 * A copy of a LAZ file with one bit turned in the middle of a layer of its first chunk (LAS 1.4
 * R15, LAZ of layers: the first record, its number of points and the bytes of each layer come
 * first).
 */
const withBitTurned = (whole: Buffer, layer: "height" | "intensity"): Buffer => {
  const bytes = Buffer.from(whole)
  const sizes = bytes.readUInt32LE(96) + 8 + bytes.readUInt16LE(105) + 4
  const names = ["place", "height", "class", "flags", "intensity", "angle", "user", "source", "time"]
  const sizeOf = (k: number): number => bytes.readUInt32LE(sizes + 4 * k)
  let at = sizes + 4 * names.length
  for (let k = 0; k < names.indexOf(layer); k++) at += sizeOf(k)
  at += sizeOf(names.indexOf(layer)) >> 1
  bytes[at] = (bytes[at] as number) ^ 1
  return bytes
}
