import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { openPointFile } from "../../engine/formats/points/point-file.js"
import { readPoints } from "../../engine/formats/points/read-points.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import type { Raster } from "../../engine/kernel.js"
import { jsonOf, runKept } from "../run-maille.js"
import { montpellier } from "../scenes/montpellier.js"
import { sharedData } from "../shared-data.js"

describe.skipIf(!sharedData)("--spacing", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-spacing-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const run = async (
    name: string,
    inputs: readonly string[],
    ...more: string[]
  ): Promise<ReturnType<typeof jsonOf>> => {
    const common = ["--products", "dtm,dsm", "--out", join(folder, name), "--json"]
    const ended = await runKept(["run", ...inputs, ...common, ...more])
    expect(ended.code, ended.stderr).toBe(0)
    return jsonOf(ended)
  }
  const hash = async (name: string): Promise<string> => {
    const { hash } = jsonOf(await runKept(["hash", join(folder, name), "--json"])) as { hash: string }
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    return hash
  }
  /** Cells of all tiles of a product, by place in half metres. */
  const cells = async (name: string, product: string): Promise<Map<string, number>> => {
    const found = new Map<string, number>()
    const place = join(folder, name, "raster", product)
    for (const file of await readdir(place)) {
      const raster: Raster = await readRaster(join(place, file))
      raster.data.forEach((value, i) => {
        const [column, row] = [i % raster.width, Math.floor(i / raster.width)]
        if (value > -9999) found.set(`${raster.minX * 2 + column} ${raster.maxY * 2 - row}`, value)
      })
    }
    return found
  }

  it("gives the same bytes with one and two workers and shuffled inputs, other ones than every point does", async () => {
    const options = ["--tile-size", "50", "--spacing", "0.7"]
    await run("two", montpellier.points, ...options, "--workers", "2")
    await run("one", [...montpellier.points].reverse(), ...options, "--workers", "1")
    await run("every", montpellier.points, "--tile-size", "50")
    expect(await hash("one")).toBe(await hash("two"))
    expect(await hash("every")).not.toBe(await hash("two"))
  })

  it("gives the same rasters for any tile size", async () => {
    await run("hundred", montpellier.points, "--tile-size", "100", "--spacing", "0.7")
    for (const product of ["dtm", "dsm"]) {
      const [small, large] = [await cells("two", product), await cells("hundred", product)]
      expect(small.size).toBeGreaterThan(30_000)
      expect(small).toEqual(large)
    }
  })

  it("gives the same bytes for LAS and LAZ", async () => {
    const laz = montpellier.points[1]
    const { points } = await readPoints([laz])
    const file = await openPointFile(laz)
    await file.close()
    // With the name of the file, by which it is LiDAR HD.
    const las = join(folder, basename(laz).replace(".laz", ".las"))
    await writeFile(las, encodeLas(points, { pointFormat: 6, epsg: 2154, scale: file.info.scale[0] as number }))
    await run("laz", [laz], "--tile-size", "50", "--spacing", "0.5")
    await run("las", [las], "--tile-size", "50", "--spacing", "0.5")
    expect(await hash("las")).toBe(await hash("laz"))
  })

  it("reads COPC down to the level that is dense enough; terrain and density stay near", async () => {
    const [copc, laz] = ["t02.copc.laz", "t02.laz"].map((name) => `${sharedData}/bench/${name}`) as [string, string]
    const ofCopc = await run("copc", [copc], "--tile-size", "200", "--spacing", "1")
    const ofLaz = await run("plain", [laz], "--tile-size", "200", "--spacing", "1")
    await run("full", [copc], "--tile-size", "200")
    // Levels of 1.36 and 0.68 m of three.
    expect(ofCopc.pointsDecoded / ofLaz.pointsDecoded).toBeLessThan(0.5)
    const sum = (summary: typeof ofCopc, name: string): number =>
      summary.tiles.reduce(
        (total: number, { metrics }: { metrics?: Record<string, number> }) => total + (metrics?.[name] ?? 0),
        0,
      )
    const density = sum(ofCopc, "points.kept") / sum(ofLaz, "points.kept")
    expect(density).toBeGreaterThan(0.9)
    expect(density).toBeLessThanOrEqual(1)
    const full = await cells("full", "dtm")
    for (const name of ["copc", "plain"]) {
      const thinned = await cells(name, "dtm")
      let [squares, n] = [0, 0]
      for (const [place, height] of thinned) {
        const other = full.get(place)
        if (other === undefined) continue
        squares += (height - other) ** 2
        n++
      }
      expect(n / full.size).toBeGreaterThan(0.97)
      const rmse = Math.sqrt(squares / n)
      expect(rmse).toBeLessThan(0.15)
    }
  })
})
