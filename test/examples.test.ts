/** The examples as a user runs them: the compiled package, from the clone's root. */
import { execFile } from "node:child_process"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { doubledArea } from "../engine/core/geometry/rings.js"
import { readPoints } from "../engine/formats/points/read-points.js"
import { readRaster } from "../engine/formats/raster/tiff/read-raster.js"
import { type Sample, writeSample } from "../fixtures/sample/write-sample.js"
import { root } from "./source-tree.js"

const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root })

describe("examples", () => {
  let folder: string
  let sample: Sample
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-examples-"))
    sample = await writeSample(folder, { pulsesPerM2: 2 })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it("script-a-run.mjs prints the sources and an outcome for each tile", async () => {
    const { stdout } = await node("examples/script-a-run.mjs", join(folder, "lidar"), join(folder, "scripted"))
    expect(stdout.match(/^LHD_FXX_.*las: \d+ points in \[/gm)).toHaveLength(4)
    expect(stdout.match(/^tile \S+: done, \d+ points/gm)).toHaveLength(4)
    expect(await readdir(join(folder, "scripted", "vector"))).toContain("building.fgb")
  })

  describe("tasks", () => {
    const task = async (name: string, ...args: (string | number)[]) =>
      JSON.parse((await node(`examples/tasks/${name}.mjs`, ...args.map(String))).stdout)
    const tile = () => join(folder, "copc", "LHD_FXX_084200_652010_PTS_LAMB93_IGN69.copc.laz")
    const out = () => join(folder, "out")
    const box = [842020, 6520020, 842080, 6520080]
    beforeAll(async () => {
      const maille = (...args: string[]) => node("dist/bundle/cli/main.js", ...args)
      await maille(
        "copc",
        join(folder, "lidar", "LHD_FXX_084200_652010_PTS_LAMB93_IGN69.las"),
        "--out",
        join(folder, "copc"),
      )
      const products = ["--products", "mesh,vector", "--layers", "roof", "--tile-size", "100"]
      await maille("run", join(folder, "lidar"), ...products, "--out", out())
    })

    it("1 counts the points of a box by class", async () => {
      const { points, duplicates, noise } = await readPoints([tile()], [842020, 6520020, 842080, 6520080])
      const counts: Record<string, number> = await task("1-count-classes", tile(), ...box)
      const sum = Object.values(counts).reduce((all, one) => all + one, 0)
      expect(sum).toBe(points.count + duplicates + noise)
      for (const code of [2, 5, 6]) {
        const once = points.classification.filter((other) => other === code).length
        expect(counts[code]).toBeGreaterThanOrEqual(once)
        expect(counts[code]).toBeLessThanOrEqual(once + duplicates)
      }
    })

    it("2 and 3 make heights that the scene has, and print them at places", async () => {
      const dtm = join(folder, "dtm.tif")
      expect(await task("2-height-raster", tile(), dtm, ...box)).toEqual({ width: 60, height: 60 })
      const places = [842050.3, 842060, 842070.7].map((x) => [x, 6520040.2] as const)
      const heights = await task("3-heights-at-places", dtm, ...places.map((place) => place.join()))
      for (const [i, [x, y]] of places.entries())
        expect(Math.abs(heights[i] - sample.scene.ground(x, y))).toBeLessThan(0.2)
    })

    it("4 gives the slope and area of each roof of the scene", async () => {
      const truth = sample.scene.buildings.map(({ faces }) => {
        const areas = faces.map(({ rings, plane: { a, b } }) => {
          const plan = rings.reduce((sum, ring) => sum + doubledArea(ring) / 2, 0)
          return [plan * Math.hypot(1, a, b), (Math.atan(Math.hypot(a, b)) * 180) / Math.PI] as const
        })
        const area = areas.reduce((sum, [one]) => sum + one, 0)
        return { slope: areas.reduce((sum, [one, slope]) => sum + one * slope, 0) / area, area }
      })
      const roofs = Object.values(await task("4-roofs", join(out(), "vector", "roof.fgb"))) as typeof truth
      const byArea = (a: { area: number }, b: { area: number }): number => a.area - b.area
      expect(roofs).toHaveLength(truth.length)
      for (const [i, { slope, area }] of truth.sort(byArea).entries()) {
        const roof = roofs.sort(byArea)[i]
        expect(Math.abs(roof.area - area)).toBeLessThan(0.03 * area)
        expect(Math.abs(roof.slope - slope)).toBeLessThan(1.5)
      }
    })

    it("5 gives the area of the mesh by class", async () => {
      const areas = await task("5-mesh-area", out())
      const covered = sample.scene.buildings.reduce((sum, { area }) => sum + area, 0)
      expect(Math.abs(areas[2] + areas[9] + covered - 200 * 200)).toBeLessThan(0.03 * 200 * 200)
      expect(areas[6]).toBeGreaterThan(2 * covered)
    })

    it("6 runs its own kernel", async () => {
      const { cells, mean } = await task("6-own-kernel", tile(), ...box)
      const { points } = await readPoints([tile()], [842020, 6520020, 842080, 6520080])
      const heights = new Map<string, number[]>()
      for (let i = 0; i < points.count; i++) {
        if (points.classification[i] !== 2) continue
        const name = `${Math.floor(points.x[i] / 2000)} ${Math.floor(points.y[i] / 2000)}`
        heights.set(name, [...(heights.get(name) ?? []), points.z[i] / 1000])
      }
      const meanOf = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length
      const deviations = [...heights.values()].map((own) => Math.sqrt(meanOf(own.map((z) => (z - meanOf(own)) ** 2))))
      expect(cells).toBe(deviations.length)
      expect(mean).toBeCloseTo(meanOf(deviations), 4)
    })
  })

  it("kernel-slope/slope.js makes the slope of the terrain, seamless across tiles", async () => {
    const out = join(folder, "slope")
    const flags = [
      "--kernel",
      "examples/kernel-slope/slope.js",
      "--products",
      "dtm",
      "--tile-size",
      "100",
      "--out",
      out,
    ]
    await node("dist/bundle/cli/main.js", "run", join(folder, "lidar"), ...flags)
    const files = (await readdir(join(out, "raster", "slope"))).filter((name) => name.endsWith(".tif"))
    expect(files).toHaveLength(4)
    const { scene } = sample
    const errors: number[] = []
    for (const file of files) {
      const slope = await readRaster(join(out, "raster", "slope", file))
      expect([slope.width, slope.height, slope.cellSize]).toEqual([200, 200, 0.5])
      for (let row = 0; row < slope.height; row++) {
        for (let column = 0; column < slope.width; column++) {
          const x = slope.minX + (column + 0.5) * slope.cellSize
          const y = slope.maxY - (row + 0.5) * slope.cellSize
          // The scene's outer border has no neighbour to look at, and roofs hide the ground.
          if (Math.min(x - scene.box[0], scene.box[2] - x, y - scene.box[1], scene.box[3] - y) < 1) continue
          if (scene.surface(x, y).classification !== 2) continue
          const dx = scene.ground(x + 0.5, y) - scene.ground(x - 0.5, y)
          const dy = scene.ground(x, y + 0.5) - scene.ground(x, y - 0.5)
          const truth = (Math.atan(Math.hypot(dx, dy)) * 180) / Math.PI
          const value = slope.data[row * slope.width + column]!
          // Beside the seam at +100 m a cell without its neighbour's context would be void.
          if (Number.isNaN(value)) throw new Error(`void at ${x}, ${y}`)
          errors.push(value - truth)
        }
      }
    }
    const sorted = errors.map(Math.abs).sort((a, b) => a - b)
    // Heights are noisy by 3 cm: 1.5° at 0.5 m cells.
    expect(sorted[sorted.length >> 1]).toBeLessThan(3)
    expect(errors.length).toBeGreaterThan(100_000)
  })
})
