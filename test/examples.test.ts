/** The examples as a user runs them: the compiled package, from the clone's root. */
import { execFile } from "node:child_process"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
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
