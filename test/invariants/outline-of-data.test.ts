/** Contours, vegetation, basins and drainage end where the data do, whatever the outline. */
import { readdirSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import type { Features } from "../../engine/kernel.js"
import { type DataEnds, writeDataEnds } from "../../fixtures/data-ends.js"
import { runKept } from "../run-maille.js"

const CELL = 1

/**
 * Metres beyond the data of the farthest place of a layer, measured every half metre. Contours end
 * with the model's outline, at most √5 m beyond; basins with its cells.
 */
const bounds = { contour: 2.5, vegetation: 2, basin: 3 } as const

const farthestOf = ({ coordinates, dimension, ringEnds }: Features, beyond: DataEnds["beyond"]): number => {
  let farthest = -Infinity
  const ends = new Set(ringEnds)
  const count = coordinates.length / dimension
  for (let i = 0; i < count; i++) {
    const [x, y] = [coordinates[i * dimension]!, coordinates[i * dimension + 1]!]
    farthest = Math.max(farthest, beyond(x, y))
    if (i + 1 === count || ends.has(i + 1)) continue
    const [dx, dy] = [coordinates[(i + 1) * dimension]! - x, coordinates[(i + 1) * dimension + 1]! - y]
    const steps = Math.ceil(2 * Math.hypot(dx, dy))
    for (let k = 1; k < steps; k++) farthest = Math.max(farthest, beyond(x + (dx * k) / steps, y + (dy * k) / steps))
  }
  return farthest
}

const layersOf = async (out: string) => {
  const layerOf = async (name: string) => (await readFlatGeobuf(join(out, "vector", `${name}.fgb`))).features
  return { contour: await layerOf("contour"), vegetation: await layerOf("vegetation"), basin: await layerOf("basin") }
}

describe("the end of the data", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-outline-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** The cells of a product with a value. */
  const cellsOf = async (out: string, product: string): Promise<Set<string>> => {
    const cells = new Set<string>()
    for (const name of readdirSync(join(out, "raster", product))) {
      if (!name.endsWith(".tif")) continue
      const { data, width, minX, maxY } = await readRaster(join(out, "raster", product, name))
      for (const [i, z] of data.entries())
        if (!Number.isNaN(z)) cells.add(`${minX + (i % width) * CELL} ${maxY - CELL - Math.floor(i / width) * CELL}`)
    }
    return cells
  }

  const run = async ({ lidar }: DataEnds, side: number) => {
    const out = `${lidar}-${side}`
    const args = ["--tile-size", `${side}`, "--cell", `${CELL}`, "--products", "dtm,vector"]
    const layers = ["--layers", "contour,vegetation", "--kernel", "simulation.flow"]
    const ended = await runKept(["run", lidar, ...args, ...layers, "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(0)
    return { dtm: await cellsOf(out, "dtm"), flow: await cellsOf(out, "flow-filled"), layers: await layersOf(out) }
  }

  const expectBounds = ({ layers }: Awaited<ReturnType<typeof run>>, { beyond }: DataEnds) => {
    for (const name of Object.keys(bounds) as (keyof typeof bounds)[]) {
      const farthest = farthestOf(layers[name], beyond)
      process.stdout.write(`${name}: ${layers[name].ids.length} features, ${farthest.toFixed(2)} m beyond the data\n`)
      expect(layers[name].ids.length).toBeGreaterThan(0)
      expect(farthest, name).toBeLessThan(bounds[name])
    }
  }

  it("ends layers and drainage with the terrain model at an oblique strip, whatever the tile size", async () => {
    const ends = await writeDataEnds(join(folder, "strip.las"), { pulsesPerM2: 2 })
    const [whole, cut] = [await run(ends, 250), await run(ends, 125)]
    expectBounds(whole, ends)
    expect(whole.layers.contour.ids.length).toBeGreaterThan(10)
    expect(whole.flow).toEqual(whole.dtm)
    expect(cut.dtm).toEqual(whole.dtm)
    expect(cut.flow).toEqual(whole.flow)
    expect(cut.layers.contour.ids.toSorted()).toEqual(whole.layers.contour.ids.toSorted())
  })

  it("ends layers at round data and around a gap of 60 m in them", async () => {
    const ends = await writeDataEnds(join(folder, "round.las"), { pulsesPerM2: 2, round: true })
    const [whole, cut] = [await run(ends, 250), await run(ends, 125)]
    expectBounds(whole, ends)
    expect(cut.flow).toEqual(whole.flow)
    expect(cut.layers.contour.ids.toSorted()).toEqual(whole.layers.contour.ids.toSorted())
    // The data enclose the gap, so the delivered model fills it.
    expect(whole.dtm.size - whole.flow.size).toBeGreaterThan(2000)
  })
})
